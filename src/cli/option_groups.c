#include "cli/option_groups.h"
#include "cli/messages.h"

#include <stdlib.h>
#include <string.h>

#define COMMON(...) OPTION(common_options, __VA_ARGS__)
#define OUTPUT(...) OPTION(output_options, __VA_ARGS__)
#define NETWORK(...) OPTION(network_options, __VA_ARGS__)
#define PLACE(...) OPTION(place_options, __VA_ARGS__)
#define WEIGHTS(...) OPTION(weights_options, __VA_ARGS__)

const rn_option *common_table(void)
{
    static const rn_option table[] = {
        COMMON(help, "help", 'h', RN_KIND_SWITCH, NULL, "messages", "show this text"),
        COMMON(quiet, "quiet", 'q', RN_KIND_SWITCH, NULL, "messages",
               "say nothing but errors and the result"),
        COMMON(verbose, "verbose", 'v', RN_KIND_SWITCH, NULL, "messages", "say more"),
        COMMON(color, "color", 0, RN_KIND_TEXT, "WHEN", "messages", "auto, always or never (default auto)"),
        { 0 },
    };
    return table;
}

const rn_option *output_table(void)
{
    static const rn_option table[] = {
        OUTPUT(json, "json", 0, RN_KIND_SWITCH, NULL, "output", "one JSON document on standard output"),
        { 0 },
    };
    return table;
}

const rn_option *network_table(void)
{
    static const rn_option table[] = {
        NETWORK(model, "model", 'm', RN_KIND_TEXT, "NAME", "network",
                "resnet50, plain34, resnet20, ...; `resnet models` lists them"),
        NETWORK(shortcut, "shortcut", 0, RN_KIND_TEXT, "KIND", "network",
                "where dimensions change: A (zero channels at the end), A-split (half on each side), "
                "B (projection), C (every shortcut is a projection); "
                "default A for CIFAR networks, B for ImageNet networks"),
        NETWORK(stride_in, "stride-in", 0, RN_KIND_TEXT, "PLACE", "network",
                "the stride of a bottleneck: 1x1 (the paper, default) or 3x3 (torchvision)"),
        NETWORK(classes, "classes", 0, RN_KIND_INT, "N", "network",
                "outputs (default 10 for CIFAR networks, 1000 for ImageNet networks)"),
        NETWORK(size, "size", 0, RN_KIND_INT, "PIXELS", "network",
                "height and width of the input (default 32 or 224)"),
        { 0 },
    };
    return table;
}

const rn_option *place_table(void)
{
    static const rn_option table[] = {
        PLACE(threads, "threads", 't', RN_KIND_INT, "N", "machine",
              "threads that compute (default: the processors this process may use)"),
        PLACE(device, "device", 0, RN_KIND_TEXT, "NAME", "machine",
              "cpu (fast kernels) or plain (the reference loops); default cpu"),
        PLACE(type, "type", 0, RN_KIND_TEXT, "TYPE", "machine",
              "what convolutions multiply in: fp32, bf16 or int8 (ever fewer digits; int8 does not train); "
              "default fp32"),
        PLACE(memory, "memory", 0, RN_KIND_BYTES, "SIZE", "machine",
              "a limit, such as 8GB or 512MiB, for the price of speed (default: none)"),
        { 0 },
    };
    return table;
}

const rn_option *weights_table(void)
{
    static const rn_option table[] = {
        WEIGHTS(weights, "weights", 'w', RN_KIND_TEXT, "FILE", "model file",
                "the model file; eval and classify average the answers of several"),
        WEIGHTS(preprocess, "preprocess", 0, RN_KIND_TEXT, "RULE", "model file",
                "how pictures become input, for files that do not say it: imagenet, cifar-imagenet-norm, "
                "..., or with changes: imagenet,crop_pct=0.95,filter=bicubic"),
        WEIGHTS(class_names, "class-names", 0, RN_KIND_TEXT, "FILE", "model file",
                "text file of class names, one a line, for files that have none"),
        { 0 },
    };
    return table;
}

const rn_option *views_table(void)
{
    static const rn_option table[] = {
        WEIGHTS(views, "views", 0, RN_KIND_TEXT, "KIND", "views",
                "what the answer averages: 1-crop (the middle), 10-crop (corners, middle and their mirror "
                "images) or dense (the whole picture and its mirror image); default 1-crop"),
        WEIGHTS(scales, "scales", 0, RN_KIND_TEXT, "LIST", "views",
                "shorter sides of the resized picture, averaged too; the paper: 224,256,384,480,640"),
        { 0 },
    };
    return table;
}

const rn_option *picture_table(void)
{
    static const rn_option table[] = {
        WEIGHTS(max_pixels, "max-pixels", 0, RN_KIND_INT, "N", "pictures",
                "refuse larger pictures (default 89478485)"),
        WEIGHTS(exif_rotate, "exif-rotate", 0, RN_KIND_SWITCH, NULL, "pictures",
                "turn pictures upright by their EXIF orientation"),
        { 0 },
    };
    return table;
}

rn_status read_common(const arguments *args, common_options *options)
{
    output_options output;
    *options = (common_options){ 0 };
    TRY(arguments_apply(args, output_table(), &output));
    return arguments_apply(args, common_table(), options);
}

bool wants_json(const arguments *args)
{
    output_options options = { 0 };
    return arguments_apply(args, output_table(), &options) == RN_OK && options.json;
}

rn_status in_range(const char *name, int64_t value, int64_t least, int64_t most, int *result)
{
    *result = (int)value;
    if (value >= least && value <= most)
        return RN_OK;
    return complain(RN_BAD_ARGUMENT, "--%s: %lld is out of range, wanted %lld to %lld", name,
                    (long long)value, (long long)least, (long long)most);
}

static rn_status read_model_name(const char *name, rn_architecture *architecture)
{
    size_t length = strlen(name);
    if (length >= sizeof architecture->model)
        return complain(RN_BAD_ARGUMENT, "--model: \"%.40s...\" is no network; `resnet models` lists them",
                        name);
    memcpy(architecture->model, name, length + 1);
    return RN_OK;
}

rn_status read_architecture(const arguments *args, const char *name, rn_architecture *architecture)
{
    network_options options = { 0 };
    *architecture = (rn_architecture){ 0 };
    TRY(arguments_apply(args, network_table(), &options));
    TRY(read_model_name(name ? name : options.model, architecture));
    if (options.shortcut[0])
        TRY(rn_shortcut_parse(options.shortcut, &architecture->shortcut));
    if (options.stride_in[0])
        TRY(rn_stride_place_parse(options.stride_in, &architecture->stride_in));
    TRY(in_range("classes", options.classes, 0, 1 << 20, &architecture->classes));
    TRY(in_range("size", options.size, 0, 1 << 14, &architecture->height));
    architecture->width = architecture->height;
    return RN_OK;
}

rn_status read_placement(const arguments *args, held_options *held, rn_placement *placement)
{
    held->place = (place_options){ 0 };
    TRY(arguments_apply(args, place_table(), &held->place));
    placement->device = held->place.device[0] ? held->place.device : NULL;
    placement->type = held->place.type[0] ? held->place.type : "fp32";
    placement->memory = held->place.memory;
    return in_range("threads", held->place.threads, 0, 4096, &placement->threads);
}

static const char *or_null(const char *text)
{
    return text[0] ? text : NULL;
}

rn_status read_model_options(const arguments *args, held_options *held, rn_model_options *options)
{
    *options = (rn_model_options){ 0 };
    held->weights = (weights_options){ 0 };
    TRY(arguments_apply(args, weights_table(), &held->weights));
    TRY(arguments_apply(args, views_table(), &held->weights));
    TRY(arguments_apply(args, picture_table(), &held->weights));
    TRY(read_placement(args, held, &options->placement));
    TRY(read_architecture(args, NULL, &options->architecture));
    options->preprocess = or_null(held->weights.preprocess);
    options->class_names = or_null(held->weights.class_names);
    options->views = or_null(held->weights.views);
    options->scales = or_null(held->weights.scales);
    options->max_pixels = held->weights.max_pixels;
    options->exif_rotate = held->weights.exif_rotate;
    if (held->weights.max_pixels >= 0)
        return RN_OK;
    return complain(RN_BAD_ARGUMENT, "--max-pixels: %lld is negative", (long long)held->weights.max_pixels);
}

rn_status open_model_file(const arguments *args, const char *file, rn_model **model)
{
    held_options held;
    rn_model_options options;
    *model = NULL;
    TRY(read_model_options(args, &held, &options));
    return rn_model_open(model, file, &options);
}

rn_status weights_files(const arguments *args, const char *file[MAX_MODELS], int *count)
{
    *count = arguments_all(args, "weights", file, MAX_MODELS);
    if (*count > MAX_MODELS)
        return complain(RN_BAD_ARGUMENT, "--weights: said %d times, the limit is %d", *count, MAX_MODELS);
    return RN_OK;
}

rn_status want_weights(const arguments *args)
{
    complain(RN_BAD_ARGUMENT, "%s wants --weights FILE", args->command->name);
    hint("models/cifar10-resnet20.safetensors comes with the program; `resnet train` makes one");
    return RN_BAD_ARGUMENT;
}

rn_status open_model(const arguments *args, rn_model **model)
{
    const setting *weights = arguments_winner(args, "weights");
    *model = NULL;
    return weights ? open_model_file(args, weights->text, model) : want_weights(args);
}

rn_status write_answers(const rn_answers *answers, const char *csv, const char *logits)
{
    if (csv[0])
        TRY(rn_answers_write_guesses(answers, csv));
    return logits[0] ? rn_answers_write_scores(answers, logits) : RN_OK;
}
