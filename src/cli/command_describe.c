/*
 * describe: a network in the manner of the paper's Table 1, or layer by layer.
 *
 * A row of the compact table is a stage: the layers that share the first part of a name with dots
 * ("layer2.0.conv1"), or one convolution, pooling or linear layer and what follows it, with its equals behind
 * it.  Or, as a picture, several networks side by side.
 */
#include "cli/commands.h"
#include "cli/document.h"
#include "cli/messages.h"
#include "cli/readable.h"
#include "cli/option_groups.h"

#include <string.h>

typedef struct {
    char graph[RN_TEXT_SIZE];
    int64_t batch;
    bool layers, folded;
} describe_options;

const rn_option *describe_table(void)
{
    static const rn_option table[] = {
        OPTION(describe_options, batch, "batch", 'b', RN_KIND_INT, "N", "table",
               "pictures at a time, for the memory (default 1 for inference, 128 or 32 for training)"),
        OPTION(describe_options, layers, "layers", 0, RN_KIND_SWITCH, NULL, "table", "every layer on a line"),
        OPTION(describe_options, graph, "graph", 0, RN_KIND_TEXT, "FILE", "picture",
               "instead, draw the network as SVG; several MODELs stand side by side"),
        OPTION(describe_options, folded, "folded", 0, RN_KIND_SWITCH, NULL, "picture",
               "draw what runs when pictures are classified: convolutions that do batch normalization, sums "
               "and rectifiers besides"),
        { 0 },
    };
    return table;
}

/* ---- one line for each stage ---- */

enum { LINE = 128 };

static bool is(const rn_layer *layer, const char *kind)
{
    return strcmp(layer->kind, kind) == 0;
}

/* How many bytes of the name say which stage it is; 0 for a layer on its own ("fc", "features.2"). */
static size_t stage_length(const rn_layer *layer)
{
    const char *dot = strchr(layer->name, '.');
    bool numbered = dot && dot[1 + strspn(dot + 1, "0123456789")] == '\0';
    return dot && !numbered ? (size_t)(dot - layer->name) : 0;
}

static bool begins_row(const rn_layer *layer)
{
    return is(layer, "conv2d") || is(layer, "linear") || is(layer, "maxpool") || is(layer, "averagepool");
}

/* The layer after the stage that begins at `first`. */
static int stage_end(const rn_description *d, int first)
{
    const rn_layer *layer = d->layer;
    size_t length = stage_length(&layer[first]);
    int i = first + 1;
    while (i < d->layers && stage_length(&layer[i]) == length
           && (length ? strncmp(layer[i].name, layer[first].name, length) == 0 : !begins_row(&layer[i])))
        i++;
    return i;
}

/* The end of the block "layer2.0." that begins at `first`. */
static int block_end(const rn_description *d, int first, int end)
{
    const char *name = d->layer[first].name, *dot = strchr(name, '.');
    size_t length = dot ? (size_t)(dot - name) + 1 + strcspn(dot + 1, ".") : strlen(name);
    int i = first + 1;
    while (i < end && strncmp(d->layer[i].name, name, length) == 0 && d->layer[i].name[length] == '.')
        i++;
    return i;
}

static void block_text(const rn_description *d, int first, int end, char text[LINE])
{
    int used = snprintf(text, LINE, "[");
    for (int i = first; i < end && used < LINE - 32; i++) {
        const rn_layer *layer = &d->layer[i];
        if (is(layer, "conv2d") && !strstr(layer->name, "downsample"))
            used += snprintf(text + used, (size_t)(LINE - used), "%s%lldx%lld, %lld", used > 1 ? "; " : "",
                             (long long)layer->kernel, (long long)layer->kernel, (long long)layer->channels);
        else if (is(layer, "linear"))
            used += snprintf(text + used, (size_t)(LINE - used), "%lld-d fc", (long long)layer->channels);
    }
    snprintf(text + used, (size_t)(LINE - used), "]");
}

/* "[3x3, 64; 3x3, 64] x 3", where blocks differ one after the other. */
static void blocks_text(const rn_description *d, int first, int end, char *text, size_t size)
{
    char block[LINE], next[LINE];
    size_t used = 0;
    text[0] = '\0';
    while (first < end && used < size) {
        int times = 0, at = first;
        char count[16] = "";
        block_text(d, first, block_end(d, first, end), block);
        do {
            at = block_end(d, at, end);
            times++;
            if (at < end)
                block_text(d, at, block_end(d, at, end), next);
        } while (at < end && strcmp(block, next) == 0);
        if (times > 1)
            snprintf(count, sizeof count, " x %d", times);
        if (strcmp(block, "[]") != 0)
            used += (size_t)snprintf(text + used, size - used, "%s%s%s", used ? ", " : "", block, count);
        first = at;
    }
}

static void pool_text(const rn_layer *layer, const char *what, const char *stride, char *text, size_t size)
{
    if (layer->kernel)
        snprintf(text, size, "%lldx%lld %s pool%s", (long long)layer->kernel, (long long)layer->kernel, what,
                 stride);
    else if (layer->height * layer->width == 1)
        snprintf(text, size, "global %s pool", what);
    else
        snprintf(text, size, "%s pool to %lldx%lld", what, (long long)layer->height, (long long)layer->width);
}

static void layer_text(const rn_layer *layer, char *text, size_t size)
{
    char stride[32] = "";
    long long k = (long long)layer->kernel;
    if (layer->stride > 1)
        snprintf(stride, sizeof stride, ", stride %lld", (long long)layer->stride);
    if (is(layer, "conv2d"))
        snprintf(text, size, "%lldx%lld, %lld%s", k, k, (long long)layer->channels, stride);
    else if (is(layer, "maxpool"))
        pool_text(layer, "max", stride, text, size);
    else if (is(layer, "averagepool"))
        pool_text(layer, "average", stride, text, size);
    else if (is(layer, "linear"))
        snprintf(text, size, "%lld-d fc", (long long)layer->channels);
    else
        snprintf(text, size, "%s", layer->kind);
}

/* The paper counts its stages from conv1 on: "layer1" is conv2_x. */
static void stage_name(const rn_layer *layer, char *text, size_t size)
{
    int number;
    size_t length = stage_length(layer);
    if (length && sscanf(layer->name, "layer%d.", &number) == 1)
        snprintf(text, size, "conv%d_x", number + 1);
    else
        snprintf(text, size, "%.*s", (int)(length ? length : strlen(layer->name)), layer->name);
}

/* Whether the layer on its own that begins at `next` repeats that at `first`. */
static bool repeats(const rn_description *d, int first, int next)
{
    if (next >= d->layers || stage_length(&d->layer[first]) || stage_length(&d->layer[next])
        || d->layer[first].height != d->layer[next].height || d->layer[first].width != d->layer[next].width)
        return false;
    char one[LINE], other[LINE];
    layer_text(&d->layer[first], one, sizeof one);
    layer_text(&d->layer[next], other, sizeof other);
    return strcmp(one, other) == 0;
}

typedef struct {
    char name[LINE], output[LINE], what[2 * LINE];
    int64_t parameters, multiply_adds;
} stage;

/* The stage that begins at `first`; returns the layer after it. */
static int take_stage(const rn_description *d, int first, stage *row)
{
    int end = stage_end(d, first), times = 1;
    for (; repeats(d, first, end); times++)
        end = stage_end(d, end);
    const rn_layer *layer = &d->layer[first], *last = &d->layer[end - 1];
    *row = (stage){ 0 };
    for (int i = first; i < end; i++) {
        row->parameters += d->layer[i].parameters;
        row->multiply_adds += d->layer[i].multiply_adds;
    }
    stage_name(layer, row->name, sizeof row->name);
    snprintf(row->output, sizeof row->output, "%lldx%lld", (long long)last->height, (long long)last->width);
    if (stage_length(layer))
        blocks_text(d, first, end, row->what, sizeof row->what);
    else
        layer_text(layer, row->what, sizeof row->what);
    size_t used = strlen(row->what);
    if (times > 1)
        snprintf(row->what + used, sizeof row->what - used, " x %d", times);
    return end;
}

static void print_row(const stage *row, int width)
{
    number_text a, b;
    printf("%-12s  %-8s  %-*s  %12s  %15s\n", row->name, row->output, width, row->what,
           grouped(&a, row->parameters), grouped(&b, row->multiply_adds));
}

static void print_stages(const rn_description *d)
{
    stage row;
    int width = 36;
    for (int i = 0; i < d->layers;) {
        i = take_stage(d, i, &row);
        if ((int)strlen(row.what) > width)
            width = (int)strlen(row.what);
    }
    printf("%-12s  %-8s  %-*s  %12s  %15s\n", "stage", "output", width, "layers", "parameters",
           "multiply-adds");
    for (int i = 0; i < d->layers;) {
        i = take_stage(d, i, &row);
        print_row(&row, width);
    }
    print_row(&(stage){ .name = "total", .parameters = d->parameters, .multiply_adds = d->multiply_adds },
              width);
}

/* ---- one line for each layer ---- */

static void print_layers(const rn_description *d)
{
    number_text a, b, c;
    printf("%-24s %-12s %-14s %12s %15s %10s\n", "layer", "kind", "output", "parameters", "multiply-adds",
           "memory");
    for (int i = 0; i < d->layers; i++) {
        const rn_layer *layer = &d->layer[i];
        char output[LINE];
        snprintf(output, sizeof output, "%lldx%lldx%lld", (long long)layer->channels,
                 (long long)layer->height, (long long)layer->width);
        printf("%-24s %-12s %-14s %12s %15s %10s\n", layer->name, layer->kind, output,
               grouped(&a, layer->parameters), grouped(&b, layer->multiply_adds),
               bytes_text(&c, layer->bytes));
    }
    printf("%-24s %-12s %-14s %12s %15s\n", "total", "", "", grouped(&a, d->parameters),
           grouped(&b, d->multiply_adds));
}

static void print_head(const rn_description *d)
{
    const rn_architecture *a = &d->architecture;
    printf("%s: %d layers, input %dx%d, %d classes", a->model, d->depth, a->height, a->width, a->classes);
    if (a->shortcut)
        printf(", shortcuts %s", rn_shortcut_name(a->shortcut));
    printf("\n\n");
}

static void print_tail(const rn_description *d, int batch)
{
    number_text a, b;
    const char *answer = bytes_text(&a, d->inference_bytes), *train = bytes_text(&b, d->training_bytes);
    printf("\nmultiply-adds are for one image\n");
    if (batch > 0)
        printf("memory with batches of %d: %s to classify, %s to train\n", batch, answer, train);
    else
        printf("memory: %s to classify one image at a time, %s to train with batches of %d\n", answer, train,
               d->batch);
}

static void print_json(const rn_description *d)
{
    const rn_architecture *a = &d->architecture;
    document doc = { 0 };
    put_object(&doc, NULL);
    put_int(&doc, "schema", 1);
    put_text(&doc, "model", a->model);
    put_text(&doc, "shortcut", rn_shortcut_name(a->shortcut));
    put_text(&doc, "stride_in", rn_stride_place_name(a->stride_in));
    put_int(&doc, "classes", a->classes);
    put_int(&doc, "height", a->height);
    put_int(&doc, "width", a->width);
    put_int(&doc, "depth", d->depth);
    put_int(&doc, "parameters", d->parameters);
    put_int(&doc, "multiply_adds", d->multiply_adds);
    put_int(&doc, "batch", d->batch);
    put_int(&doc, "inference_bytes", d->inference_bytes);
    put_int(&doc, "training_bytes", d->training_bytes);
    put_array(&doc, "layers");
    for (int i = 0; i < d->layers; i++) {
        const rn_layer *layer = &d->layer[i];
        put_object(&doc, NULL);
        put_text(&doc, "name", layer->name);
        put_text(&doc, "kind", layer->kind);
        put_int(&doc, "channels", layer->channels);
        put_int(&doc, "height", layer->height);
        put_int(&doc, "width", layer->width);
        put_int(&doc, "kernel", layer->kernel);
        put_int(&doc, "stride", layer->stride);
        put_int(&doc, "groups", layer->groups);
        put_int(&doc, "parameters", layer->parameters);
        put_int(&doc, "multiply_adds", layer->multiply_adds);
        put_int(&doc, "bytes", layer->bytes);
        put_end(&doc);
    }
    put_end(&doc);
    put_end(&doc);
}

static void print(const rn_description *d, int batch, bool layers)
{
    print_head(d);
    if (layers)
        print_layers(d);
    else
        print_stages(d);
    print_tail(d, batch);
}

/* ---- which network ---- */

typedef struct {
    rn_architecture architecture;
    rn_model *model;            /* of a file, else NULL */
} subject;

/* Names of networks have neither dots nor slashes. */
static bool names_file(const char *name)
{
    return strpbrk(name, "./");
}

static rn_status open_subject(const arguments *args, const char *name, subject *s)
{
    held_options held;
    rn_model_options options = { 0 };
    *s = (subject){ 0 };
    if (!names_file(name))
        return read_architecture(args, name, &s->architecture);
    TRY(read_architecture(args, "", &options.architecture));
    TRY(read_placement(args, &held, &options.placement));
    TRY(rn_model_open(&s->model, name, &options));
    s->architecture = *rn_model_architecture(s->model);
    return RN_OK;
}

/* The first name is kept as --model. */
static const char *name_of(const arguments *args, int number)
{
    return number == 0 ? arguments_winner(args, "model")->text : args->word[number - 1];
}

static rn_status describe(const arguments *args, const describe_options *options, int batch)
{
    held_options held;
    rn_placement placement = { 0 };
    rn_description *description;
    subject s;
    TRY(read_placement(args, &held, &placement));
    TRY(open_subject(args, name_of(args, 0), &s));
    rn_model_close(s.model);
    TRY(rn_describe(&s.architecture, &placement, batch, &description));
    if (wants_json(args))
        print_json(description);
    else
        print(description, batch, options->layers);
    rn_description_free(description);
    return RN_OK;
}

static rn_status draw(const arguments *args, const describe_options *options)
{
    subject s[MOST_DRAWN];
    rn_network network[MOST_DRAWN];
    int count = 0, wanted = args->words + 1;
    rn_status status = RN_OK;
    for (; count < wanted && status == RN_OK; count++) {
        status = open_subject(args, name_of(args, count), &s[count]);
        network[count] = (rn_network){ &s[count].architecture, s[count].model };
    }
    if (status == RN_OK)
        status = rn_networks_draw(options->graph, network, count, options->folded);
    while (count > 0)
        rn_model_close(s[--count].model);
    if (status == RN_OK)
        printf("%s\n", options->graph);
    return status;
}

rn_status run_describe(const arguments *args)
{
    describe_options options = { 0 };
    int batch;
    TRY(arguments_apply(args, describe_table(), &options));
    TRY(in_range("batch", options.batch, 0, 1 << 20, &batch));
    if (options.graph[0])
        return draw(args, &options);
    if (args->words > 0)
        return complain(RN_BAD_ARGUMENT, "\"%s\" is one too many; --graph FILE draws several side by side",
                        args->word[0]);
    if (options.folded)
        return complain(RN_BAD_ARGUMENT, "--folded goes with --graph FILE");
    return describe(args, &options, batch);
}
