/* convert: a model file in another format. */
#include "cli/commands.h"
#include "cli/messages.h"
#include "cli/option_groups.h"

typedef struct {
    char to[RN_TEXT_SIZE];
    bool fold, force;
} convert_options;

const rn_option *convert_table(void)
{
    static const rn_option table[] = {
        OPTION(convert_options, to, "to", 0, RN_KIND_TEXT, "FORMAT", "output",
               "safetensors, pytorch, onnx or c (a header); default: as the new file's name ends: "
               ".safetensors, .pth, .pt, .onnx, .h"),
        OPTION(convert_options, fold, "fold", 0, RN_KIND_SWITCH, NULL, "output",
               "make batch normalization part of the convolutions"),
        OPTION(convert_options, force, "force", 0, RN_KIND_SWITCH, NULL, "output",
               "replace the new file where it exists"),
        { 0 },
    };
    return table;
}

rn_status run_convert(const arguments *args)
{
    convert_options options = { 0 };
    held_options held;
    rn_convert_options wanted = { 0 };
    TRY(arguments_apply(args, convert_table(), &options));
    TRY(read_model_options(args, &held, &wanted.model));
    wanted.format = options.to;
    wanted.overwrite = options.force;
    wanted.fold = options.fold;
    TRY(rn_file_convert(held.weights.weights, args->word[0], &wanted));
    say("%s is written", args->word[0]);
    return RN_OK;
}
