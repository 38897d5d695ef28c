/*
 * describe: a network in the manner of the paper's Table 1, or layer by layer.
 *
 * A row of the compact table is a stage: the layers that share the first part of a name with dots
 * ("layer2.0.conv1"), or one convolution, pooling or linear layer and what follows it.
 */
#include "cli/commands.h"
#include "cli/document.h"
#include "cli/messages.h"
#include "cli/readable.h"
#include "cli/option_groups.h"

#include <string.h>

typedef struct {
    int64_t batch;
    bool layers;
} describe_options;

const rn_option *describe_table(void)
{
    static const rn_option table[] = {
        OPTION(describe_options, batch, "batch", 'b', RN_KIND_INT, "N", "table",
               "pictures at a time, for the memory (default 1 for inference, 128 or 32 for training)"),
        OPTION(describe_options, layers, "layers", 0, RN_KIND_SWITCH, NULL, "table", "every layer on a line"),
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

/* How many bytes of the name say which stage it is; 0 for a layer on its own. */
static size_t stage_length(const rn_layer *layer)
{
    const char *dot = strchr(layer->name, '.');
    return dot ? (size_t)(dot - layer->name) : 0;
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
        block_text(d, first, block_end(d, first, end), block);
        do {
            at = block_end(d, at, end);
            times++;
            if (at < end)
                block_text(d, at, block_end(d, at, end), next);
        } while (at < end && strcmp(block, next) == 0);
        used += (size_t)snprintf(text + used, size - used, "%s%s x %d", used ? ", " : "", block, times);
        first = at;
    }
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
        snprintf(text, size, "%lldx%lld max pool%s", k, k, stride);
    else if (is(layer, "averagepool") && k == 0)
        snprintf(text, size, "global average pool");
    else if (is(layer, "averagepool"))
        snprintf(text, size, "%lldx%lld average pool%s", k, k, stride);
    else if (is(layer, "linear"))
        snprintf(text, size, "%lld-d fc, softmax", (long long)layer->channels);
    else
        snprintf(text, size, "%s", layer->kind);
}

/* The paper counts its stages from conv1 on: "layer1" is conv2_x. */
static void stage_name(const rn_layer *layer, char *text, size_t size)
{
    int number;
    if (stage_length(layer) && sscanf(layer->name, "layer%d.", &number) == 1)
        snprintf(text, size, "conv%d_x", number + 1);
    else
        snprintf(text, size, "%s", layer->name);
}

static void print_row(const char *name, const char *output, const char *what, int64_t parameters,
                      int64_t multiply_adds)
{
    number_text a, b;
    printf("%-8s  %-8s  %-36s  %12s  %15s\n", name, output, what, grouped(&a, parameters),
           grouped(&b, multiply_adds));
}

static int print_stage(const rn_description *d, int first)
{
    const rn_layer *layer = &d->layer[first];
    char name[LINE], output[LINE], what[2 * LINE];
    int64_t parameters = 0, multiply_adds = 0;
    int end = stage_end(d, first);
    const rn_layer *last = &d->layer[end - 1];
    for (int i = first; i < end; i++) {
        parameters += d->layer[i].parameters;
        multiply_adds += d->layer[i].multiply_adds;
    }
    stage_name(layer, name, sizeof name);
    snprintf(output, sizeof output, "%lldx%lld", (long long)last->height, (long long)last->width);
    if (stage_length(layer))
        blocks_text(d, first, end, what, sizeof what);
    else
        layer_text(layer, what, sizeof what);
    print_row(name, output, what, parameters, multiply_adds);
    return end;
}

static void print_stages(const rn_description *d)
{
    printf("%-8s  %-8s  %-36s  %12s  %15s\n", "stage", "output", "layers", "parameters", "multiply-adds");
    for (int i = 0; i < d->layers;)
        i = print_stage(d, i);
    print_row("total", "", "", d->parameters, d->multiply_adds);
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
    if (strncmp(a->model, "plain", 5) != 0)
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

rn_status run_describe(const arguments *args)
{
    describe_options options = { 0 };
    held_options held;
    rn_architecture architecture;
    rn_placement placement = { 0 };
    rn_description *description;
    int batch;
    TRY(arguments_apply(args, describe_table(), &options));
    TRY(in_range("batch", options.batch, 0, 1 << 20, &batch));
    TRY(read_architecture(args, &architecture));
    TRY(read_placement(args, &held, &placement));
    TRY(rn_describe(&architecture, &placement, batch, &description));
    if (wants_json(args))
        print_json(description);
    else
        print(description, batch, options.layers);
    rn_description_free(description);
    return RN_OK;
}
