#include "cli/stages.h"

#include <stdio.h>
#include <string.h>

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
static void name_stage(stage *row, const rn_layer *layer)
{
    int number;
    size_t length = stage_length(layer);
    row->in_paper = length && sscanf(layer->name, "layer%d.", &number) == 1;
    if (row->in_paper)
        snprintf(row->name, sizeof row->name, "conv%d_x", number + 1);
    else
        snprintf(row->name, sizeof row->name, "%.*s", (int)(length ? length : strlen(layer->name)),
                 layer->name);
    row->in_paper |= strcmp(row->name, "conv1") == 0;
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

int take_stage(const rn_description *d, int first, stage *row)
{
    int end = stage_end(d, first), times = 1;
    for (; repeats(d, first, end); times++)
        end = stage_end(d, end);
    const rn_layer *layer = &d->layer[first], *last = &d->layer[end - 1];
    *row = (stage){ .pixels = last->height * last->width };
    for (int i = first; i < end; i++) {
        row->parameters += d->layer[i].parameters;
        row->multiply_adds += d->layer[i].multiply_adds;
    }
    name_stage(row, layer);
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
