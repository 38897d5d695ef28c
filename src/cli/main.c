/*
 * The command `resnet`.  It sees only the public header: every command converts what was said, calls the
 * library once or twice, and writes the answer, results on standard output and the rest on standard error.
 */
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/help.h"
#include "cli/messages.h"
#include "cli/option_groups.h"
#include "cli/stop.h"

#include <errno.h>
#include <string.h>

enum { ANY_NUMBER = 1 << 20 };

const command commands[] = {
    { .name = "train", .help = "train a network; without DATA, on built-in pictures",
      .words = "[DATA]", .most = 1, .word_option = "data",
      .examples = { "train", "train cifar10:DIR --model resnet20 --recipe paper-cifar --out runs/r20",
                    "train photos --model resnet50 --size 128 --epochs 30 --out runs/photos",
                    "train pets --weights runs/photos/best.safetensors --out runs/pets" },
      .options = { rn_train_options, train_table, output_table }, .run = run_train },
    { .name = "resume", .help = "go on with a training that was stopped",
      .words = "RUN", .least = 1, .most = 1, .word_option = "out", .implies = "resume",
      .examples = { "resume runs/r20", "resume runs/r20 --iterations 64000" },
      .options = { rn_train_options, train_table, output_table }, .run = run_resume },
    { .name = "eval", .help = "count a model's mistakes on a data set",
      .words = "[DATA]", .most = 1, .word_option = "data",
      .examples = { "eval cifar10:DIR --weights runs/r20/last.safetensors",
                    "eval photos -w a.safetensors -w b.safetensors --views 10-crop",
                    "eval photos -w runs/photos/last.safetensors --confusion matrix.svg" },
      .options = { eval_table, weights_table, views_table, network_table, picture_table, place_table,
                   output_table },
      .run = run_eval },
    { .name = "classify", .help = "say what is on pictures; - reads one from standard input",
      .words = "PICTURE...", .least = 1, .most = ANY_NUMBER,
      .examples = { "classify cat.jpg dog.png --weights models/cifar10-resnet20.safetensors",
                    "classify - --top 1 -w runs/photos/last.safetensors < cat.jpg" },
      .options = { classify_table, weights_table, views_table, network_table, picture_table, place_table,
                   output_table },
      .run = run_classify },
    { .name = "describe",
      .help = "a network's layers, parameters, multiply-adds and memory; several side by side",
      .words = "MODEL|FILE...", .least = 1, .most = MOST_DRAWN, .word_option = "model",
      .examples = { "describe resnet50", "describe resnet110 --shortcut B --layers",
                    "describe models/cifar10-resnet20.safetensors --json",
                    "describe resnet18 resnet34 resnet50 resnet101 resnet152",
                    "describe vgg19 plain34 resnet34 --graph figure3.svg" },
      .options = { network_table, describe_table, place_table, output_table }, .run = run_describe },
    { .name = "info", .help = "what a model file is",
      .words = "FILE", .least = 1, .most = 1,
      .examples = { "info resnet50.pth", "info models/cifar10-resnet20.safetensors --tensors",
                    "info runs/r20/last.safetensors --json" },
      .options = { info_table, output_table }, .run = run_info },
    { .name = "convert", .help = "write a model file in another format",
      .words = "MODEL NEW", .least = 2, .most = 2, .word_option = "weights",
      .examples = { "convert runs/r20/best.safetensors r20.pth",
                    "convert resnet50.pth r50.safetensors -m resnet50 --stride-in 3x3 --preprocess imagenet",
                    "convert models/cifar10-resnet20.safetensors model.onnx" },
      .options = { convert_table, weights_table, network_table }, .run = run_convert },
    { .name = "quantize", .help = "prepare a model for int8 by looking at pictures, and tell what it costs",
      .words = "MODEL NEW", .least = 2, .most = 2, .word_option = "weights",
      .examples = { "quantize runs/r20/best.safetensors r20-int8.safetensors --data cifar10:DIR",
                    "quantize resnet50.pth r50-int8.safetensors -d photos --preprocess imagenet",
                    "eval cifar10:DIR -w r20-int8.safetensors --type int8" },
      .options = { quantize_table, weights_table, network_table, picture_table, output_table },
      .run = run_quantize },
    { .name = "bench", .help = "measure a network's speed here",
      .words = "MODEL", .least = 1, .most = 1, .word_option = "model",
      .examples = { "bench resnet20 --mode train --batch 128",
                    "bench resnet50 --mode infer --batch 1 --threads 2 --layers",
                    "bench resnet50 --mode infer --batch 32 --tune" },
      .options = { network_table, bench_table, place_table, output_table }, .run = run_bench },
    { .name = "features", .help = "write a layer's values for many pictures, to compare or to learn from",
      .words = "PICTURE|FOLDER...", .least = 1, .most = ANY_NUMBER,
      .examples = { "features photos --weights models/cifar10-resnet20.safetensors --out photos.npy",
                    "features a.jpg b.png --layer layer2 --pool -w runs/photos/last.safetensors -o x.csv" },
      .options = { features_table, weights_table, network_table, place_table, output_table },
      .run = run_features },
    { .name = "explain", .help = "show which places of a picture speak for a class, and what layers hold",
      .words = "[PICTURE]", .most = 1,
      .examples = { "explain cat.jpg -w models/cifar10-resnet20.safetensors -o cam.png",
                    "explain cat.jpg --class dog --layer layer2 -w runs/photos/last.safetensors",
                    "explain cat.jpg --maps --layer layer1.0 -w runs/photos/last.safetensors -o maps.png",
                    "explain --filters -w runs/photos/last.safetensors -o filters.png" },
      .options = { explain_table, weights_table, network_table, place_table, output_table },
      .run = run_explain },
    { .name = "report", .help = "one HTML page about finished trainings",
      .words = "RUN...", .least = 1, .most = ANY_NUMBER,
      .examples = { "report runs/plain runs/residual --out page.html" },
      .options = { report_table }, .run = run_report },
    { .name = "paper", .help = "the paper's tables and figures, made again; without a name it lists them",
      .words = "[NAME]", .most = 1,
      .examples = { "paper", "paper table1 --json",
                    "paper figure6 --cifar cifar10:DIR --scale 0.125 --only plain20,plain56 -o figure6.html",
                    "paper report --cifar cifar10:DIR --out paper.html" },
      .options = { paper_table, output_table }, .run = run_paper },
    { .name = "data get", .help = "download a public data set: cifar10, cifar100",
      .words = "NAME DIR", .least = 2, .most = 2,
      .examples = { "data get cifar10 data/cifar10" },
      .options = { get_table }, .run = run_data_get },
    { .name = "data check", .help = "find damaged, odd and duplicate pictures before a training",
      .words = "DATA", .least = 1, .most = 1,
      .examples = { "data check photos", "data check cifar10:data/cifar10 --json" },
      .options = { check_table, output_table }, .run = run_data_check },
    { .name = "data shard", .help = "pack a folder of pictures as a few tar archives",
      .words = "DATA DIR", .least = 2, .most = 2,
      .examples = { "data shard imagenet imagenet-shards", "data shard photos packed --size 200MB" },
      .options = { shard_table }, .run = run_data_shard },
    { .name = "data draw", .help = "write pictures of the built-in set as PNG files",
      .words = "DIR", .least = 1, .most = 1,
      .examples = { "data draw pictures --count 100" },
      .options = { draw_table }, .run = run_data_draw },
    { .name = "models", .help = "list the networks", .words = "",
      .examples = { "models", "models --json" },
      .options = { output_table }, .run = run_models },
    { .name = "version", .help = "this program's version and what it runs on", .words = "",
      .examples = { "version", "version --json" },
      .options = { output_table }, .run = run_version },
    { .name = "help", .help = "the manual of a command",
      .words = "[COMMAND]", .most = 2,
      .examples = { "help train", "help data get" }, .run = run_help },
    { .name = "completion", .help = "a completion script for a shell",
      .words = "bash", .least = 1, .most = 1,
      .examples = { "completion bash > ~/.resnet-completion" }, .run = run_completion },
    { 0 },
};

static bool asks_for(const char *word, const char *name, const char *letter)
{
    return strcmp(word, name) == 0 || strcmp(word, letter) == 0;
}

/* What to answer when no command was named. */
static rn_status answer_without_command(const request *asked, int argc, char **argv)
{
    if (asked->unknown)
        return command_unknown(asked->family, asked->unknown);
    for (int i = 1; i < argc; i++) {
        bool help = asks_for(argv[i], "--help", "-h");
        if (help && asked->family)
            return help_family(stdout, asked->family), RN_OK;
        if (help)
            return help_overview(stdout), RN_OK;
        if (asks_for(argv[i], "--version", "-V"))
            return printf("resnet %s\n", rn_version()), RN_OK;
        if (argv[i][0] == '-')
            return complain(RN_BAD_ARGUMENT, "%s: no command is named; resnet --help lists them", argv[i]);
    }
    if (asked->family)
        help_family(stderr, asked->family);
    else
        help_overview(stderr);
    return RN_BAD_ARGUMENT;
}

static rn_status run(const request *asked, arguments *args, int argc, char **argv)
{
    common_options common;
    TRY(arguments_read(args, asked->row, argc, argv, asked->at, asked->words));
    TRY(read_common(args, &common));
    if (common.help)
        return help_command(stdout, asked->row), RN_OK;
    TRY(messages_open(common.quiet, common.verbose, common.color));
    return asked->row->run(args);
}

/* A result that did not reach its reader is a failure, but a reader that has seen enough needs no message. */
static rn_status finish_output(rn_status status)
{
    if ((fflush(stdout) == 0 && !ferror(stdout)) || status != RN_OK)
        return status;
    return errno == EPIPE ? RN_IO : complain(RN_IO, "standard output: %s", strerror(errno));
}

int main(int argc, char **argv)
{
    arguments args = { 0 };
    stop_prepare();
    messages_open(false, false, "");
    request asked = command_request(argc, argv);
    rn_status status;
    if (asked.row) {
        status = run(&asked, &args, argc, argv);
        tell_once(status);
    } else {
        status = answer_without_command(&asked, argc, argv);
    }
    arguments_free(&args);
    status = finish_output(status);
    return status == RN_INTERRUPTED && stop_signal() ? 128 + stop_signal() : (int)status;
}
