/*
 * The table of a training's options, and structures that such a table describes as JSON.  Numbers are written
 * with as many digits as bring back the same bits, and those that are not finite as null.
 */
#include "train/train_options.h"
#include "data/trouble.h"
#include "backend/registry.h"
#include "train/schedule.h"

#include <math.h>
#include <string.h>

#define ROW(field, name, letter, kind, value, group, help) \
    { name, letter, RN_KIND_##kind, offsetof(rn_train_config, field), value, group, help }

static const rn_option options[] = {
    ROW(data, "data", 'd', TEXT, "DATA", "data",
        "builtin, cifar10:DIR, cifar10-45k:DIR (section 4.2's split), cifar100:DIR, a folder of pictures or "
        "tar archives of one (default builtin)"),
    ROW(augment, "augment", 0, TEXT, "KIND", "data", "random views: cifar, imagenet, torchvision or none"),
    ROW(preprocess, "preprocess", 0, TEXT, "RULE", "data",
        "how pictures become input: paper-cifar, paper-imagenet, ... (default: what fits the data)"),
    ROW(validation, "validation", 0, REAL, "PART", "data",
        "part of the pictures kept for testing where the data has no test set (default 0.1)"),
    ROW(workers, "workers", 'j', INT, "N", "data",
        "threads that prepare pictures; 0: the training thread does; -1: as the machine offers (default)"),
    ROW(max_bad, "max-bad", 0, REAL, "PERCENT", "data",
        "give up when more pictures are unreadable (default 1)"),
    ROW(strict_data, "strict-data", 0, SWITCH, NULL, "data", "stop at the first unreadable picture"),
    ROW(model, "model", 'm', TEXT, "NAME", "network",
        "resnet20, plain56, ...; `resnet models` lists them (default resnet20; resnet18 for folders)"),
    ROW(shortcut, "shortcut", 0, TEXT, "KIND", "network",
        "A, A-split, B or C (default A for CIFAR networks, B for ImageNet networks)"),
    ROW(stride_in, "stride-in", 0, TEXT, "PLACE", "network",
        "the stride of a bottleneck: 1x1 (the paper, default) or 3x3 (torchvision)"),
    ROW(classes, "classes", 0, INT, "N", "network", "outputs (default: the classes of the data)"),
    ROW(size, "size", 0, INT, "PIXELS", "network", "height and width of the input (default 32 or 224)"),
    ROW(weights, "weights", 'w', TEXT, "FILE", "network",
        "begin from this model file; network, input size and preprocessing are the file's"),
    ROW(reset_head, "reset-head", 0, SWITCH, NULL, "network",
        "with --weights: a new classifier, for other classes than the file's"),
    ROW(dropout, "dropout", 0, REAL, "RATE", "network",
        "part of the features dropped at random; 0: none (default -1: as the network had it, none in "
        "residual ones)"),
    ROW(recipe, "recipe", 0, TEXT, "NAME", "training",
        "the values that the others start from: paper-cifar, paper-imagenet, quick (default), or "
        "fine-tune (default with --weights), bn-average"),
    ROW(epochs, "epochs", 'e', REAL, "N", "training", "passes over the training set"),
    ROW(iterations, "iterations", 'i', INT, "N", "training", "steps, instead of epochs"),
    ROW(batch, "batch", 'b', INT, "N", "training", "pictures a step"),
    ROW(lr, "lr", 0, REAL, "RATE", "training", "learning rate"),
    ROW(momentum, "momentum", 0, REAL, "M", "training", "part of the last step that is kept (default 0.9)"),
    ROW(weight_decay, "weight-decay", 0, REAL, "RATE", "training", "pull of the weights towards 0"),
    ROW(zero_residual, "zero-residual", 0, SWITCH, NULL, "training",
        "blocks begin as the identity: the end of each residual branch starts at 0"),
    ROW(schedule, "schedule", 0, TEXT, "KIND", "training",
        "how the rate falls: step (at milestones), plateau (when the test error stays), cosine or constant"),
    ROW(milestones, "milestones", 0, TEXT, "N,N", "training", "steps after which the rate is divided by 10"),
    ROW(patience, "patience", 0, INT, "N", "training",
        "plateau: tests without a better error before the rate is divided by 10 (default 5)"),
    ROW(warmup, "warmup", 0, INT, "N", "training", "steps in which the rate rises from 0"),
    ROW(warmup_lr, "warmup-lr", 0, REAL, "RATE", "training",
        "rate until the training error is below --warmup-error: the paper's rule for 110 layers"),
    ROW(warmup_error, "warmup-error", 0, REAL, "PERCENT", "training", "see --warmup-lr; 0: no such rule"),
    ROW(head_epochs, "head-epochs", 0, REAL, "N", "fine-tuning",
        "first the classifier learns alone, in so many passes over the features of the pictures"),
    ROW(head_lr, "head-lr", 0, REAL, "RATE", "fine-tuning", "learning rate of the classifier alone"),
    ROW(freeze, "freeze", 0, SWITCH, NULL, "fine-tuning",
        "nothing but the classifier learns; the rest of the network stays as it is"),
    ROW(frozen_bn, "frozen-bn", 0, SWITCH, NULL, "fine-tuning",
        "batch normalization keeps the file's statistics"),
    ROW(seed, "seed", 0, INT, "N", "training", "of everything random (default 0)"),
    ROW(shards, "shards", 0, INT, "N", "training",
        "parts of a batch that are summed in a fixed order; another number is another rounding (default 8)"),
    ROW(bn_groups, "bn-groups", 0, INT, "N", "training",
        "parts of a batch with their own statistics for batch normalization, as on so many GPUs"),
    ROW(bn_average, "bn-average", 0, INT, "N", "training",
        "at the end: batch normalization's statistics as averages over N training pictures; 0: moving "
        "averages (default)"),
    ROW(type, "type", 0, TEXT, "TYPE", "training",
        "fp32, or bf16: faster where the processor has it, with fewer digits in activations and their "
        "gradients; weights stay in fp32 (default fp32)"),
    ROW(evaluate_every, "evaluate-every", 0, INT, "EPOCHS", "training",
        "epochs between tests; 0: at the end only (default 1)"),
    ROW(threads, "threads", 't', INT, "N", "machine",
        "threads that compute (default: the processors this process may use); the result is the same"),
    ROW(device, "device", 0, TEXT, "NAME", "machine",
        "cpu (fast kernels) or plain (the reference loops); default cpu"),
    ROW(memory, "memory", 0, BYTES, "SIZE", "machine",
        "a limit, such as 8GB: within it values are computed twice where they cannot be kept; the result is "
        "the same (default: none)"),
    ROW(out, "out", 'o', TEXT, "DIR", "run", "the run directory (default runs/train, runs/train2, ...)"),
    ROW(resume, "resume", 0, SWITCH, NULL, "run", "continue the run in DIR, or begin it when there is none"),
    ROW(force, "force", 0, SWITCH, NULL, "run",
        "overwrite the run in DIR; with --resume: continue it even when its options differ"),
    ROW(save_every, "save-every", 0, INT, "N", "run",
        "steps between checkpoints beside those of each epoch; 0: none"),
    ROW(snapshots, "snapshots", 0, TEXT, "N,N", "run",
        "steps after which a model file is kept beside the last and the best: step-N.safetensors"),
    ROW(log_every, "log-every", 0, INT, "N", "run",
        "steps between lines of metrics.jsonl; 0: about 100 lines in all"),
    ROW(tensorboard, "tensorboard", 0, SWITCH, NULL, "run",
        "also write metrics.jsonl's numbers as an event file for TensorBoard"),
    ROW(time_limit, "time-limit", 0, REAL, "SECONDS", "run", "save and stop after so long; 0: none"),
    { 0 },
};

const rn_option *rn_train_options(void)
{
    return options;
}

/* ---- Checks ---------------------------------------------------------------------------------- */

static const struct { const char *name; double least, most; } ranges[] = {
    { "classes", 0, 1 << 20 },  { "size", 0, 1 << 14 },       { "batch", 1, 1 << 15 },
    { "iterations", 0, 1e12 },  { "epochs", 0, 1e6 },         { "lr", 0, 1e30 },
    { "momentum", 0, 1 },       { "weight-decay", 0, 1e30 },  { "warmup", 0, 1e12 },
    { "warmup-lr", 0, 1e30 },   { "warmup-error", 0, 100 },   { "validation", 0, 0.9 },
    { "shards", 0, 1 << 12 },   { "bn-groups", 0, 1 << 12 },  { "threads", 0, 1 << 12 },
    { "workers", -1, 1 << 10 }, { "save-every", 0, 1e12 },    { "log-every", 0, 1e12 },
    { "time-limit", 0, 1e12 },  { "evaluate-every", 0, 1e9 }, { "max-bad", 0, 100 },
    { "patience", 1, 1e9 },     { "seed", -9.3e18, 9.3e18 },  { "head-epochs", 0, 1e6 },
    { "dropout", -1, 0.999 },   { "head-lr", 0, 1e30 },     { "bn-average", 0, 1e12 },  { "memory", 0, 1e15 },
};

static double number_of(const rn_option *row, const void *structure)
{
    const char *field = (const char *)structure + row->offset;
    return row->kind == RN_KIND_REAL ? *(const double *)field : (double)*(const int64_t *)field;
}

/* What only means something beside something else. */
static rn_status check_together(const rn_train_config *c)
{
    const char *idle = c->reset_head ? "--reset-head" : c->freeze ? "--freeze" : c->frozen_bn ? "--frozen-bn"
                     : c->head_epochs > 0 ? "--head-epochs" : NULL;
    if (idle && !c->weights[0])
        return rn_hint(rn_fail(RN_BAD_ARGUMENT, "%s: there is no trained network to begin from", idle),
                       "--weights FILE");
    if (c->freeze && c->head_epochs == 0)
        return rn_hint(rn_fail(RN_BAD_ARGUMENT, "--freeze: nothing would learn"), "--head-epochs N");
    if (c->frozen_bn && c->bn_average > 0)
        return rn_fail(RN_BAD_ARGUMENT, "--bn-average: batch normalization keeps its statistics with "
                       "--frozen-bn");
    if (c->iterations == 0 && c->epochs == 0 && c->bn_average == 0)
        return rn_hint(rn_fail(RN_BAD_ARGUMENT, "a training of no length"), "--epochs or --iterations");
    return RN_OK;
}

rn_status rn_train_check(const rn_train_config *config)
{
    rn_schedule schedule;
    rn_steps snapshots;
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++) {
        const rn_option *row = rn_option_find(options, ranges[i].name);
        double value = number_of(row, config);
        if (!(value >= ranges[i].least && value <= ranges[i].most))
            return rn_fail(RN_BAD_ARGUMENT, "--%s: %g is out of range, wanted %g to %g", row->name, value,
                           ranges[i].least, ranges[i].most);
    }
    RN_TRY(check_together(config));
    RN_TRY(rn_steps_read(&snapshots, "--snapshots", config->snapshots));
    RN_TRY(rn_trains_in(config->type));
    return rn_schedule_make(&schedule, config, 1);
}

/* ---- As JSON --------------------------------------------------------------------------------- */

static void write_text(rn_text *text, char *value)
{
    json_t *string = json_string(value);
    if (!string) {                  /* JSON bears UTF-8 only */
        rn_make_printable(value);
        string = json_string(value);
    }
    rn_json_write(text, string, 0);
    json_decref(string);
}

static void write_value(rn_text *text, const rn_option *row, const void *structure)
{
    char value[RN_TEXT_SIZE];
    rn_option_get(row, structure, value, sizeof value);
    if (row->kind == RN_KIND_REAL && !isfinite(number_of(row, structure)))
        rn_text_add(text, "null");
    else if (row->kind == RN_KIND_SWITCH)
        rn_text_add(text, strcmp(value, "yes") == 0 ? "true" : "false");
    else if (row->kind == RN_KIND_TEXT)
        write_text(text, value);
    else
        rn_text_add(text, "%s", value);
}

void rn_options_write(rn_text *text, const rn_option *table, const void *structure)
{
    const char *before = "{\n  ";
    for (const rn_option *row = table; row->name; row++, before = ",\n  ") {
        rn_text_add(text, "%s\"%s\": ", before, row->name);
        write_value(text, row, structure);
    }
    rn_text_add(text, "\n}\n");
}

static rn_status read_value(const rn_option *row, void *structure, const json_t *value, const char *name)
{
    void *field = (char *)structure + row->offset;
    bool fits = (row->kind == RN_KIND_SWITCH && json_is_boolean(value))
                || ((row->kind == RN_KIND_INT || row->kind == RN_KIND_BYTES) && json_is_integer(value))
                || (row->kind == RN_KIND_REAL && (json_is_number(value) || json_is_null(value)))
                || (row->kind == RN_KIND_TEXT && json_is_string(value)
                    && json_string_length(value) < RN_TEXT_SIZE);
    if (!fits)
        return rn_fail(RN_BAD_FILE, "%s: the value of \"%s\" is of the wrong kind", name, row->name);
    switch (row->kind) {
    case RN_KIND_SWITCH: *(bool *)field = json_is_true(value); break;
    case RN_KIND_INT:
    case RN_KIND_BYTES: *(int64_t *)field = json_integer_value(value); break;
    case RN_KIND_REAL: *(double *)field = json_is_null(value) ? NAN : json_number_value(value); break;
    case RN_KIND_TEXT: strcpy(field, json_string_value(value)); break;
    }
    return RN_OK;
}

rn_status rn_options_read(const rn_option *table, void *structure, const char *text, size_t length,
                          const char *name)
{
    json_t *object;
    rn_status status = RN_OK;
    RN_TRY(rn_json_parse(&object, text, length, name));
    for (const rn_option *row = table; row->name && status == RN_OK; row++) {
        const json_t *value = json_object_get(object, row->name);
        if (value)
            status = read_value(row, structure, value, name);
    }
    json_decref(object);
    return status;
}
