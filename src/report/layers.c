/*
 * The network's table in the manner of Table 1.  Layers that belong together make a group: those of one block
 * ("layer1.0"), or outside of blocks a layer with the normalization and ReLU behind it.  Neighbouring groups
 * that are equal but for their names share a row.
 */
#include "report/sections.h"

#include <string.h>

typedef struct {
    char first[64], last[64];       /* names of the first and last of the equal groups */
    char what[512];                 /* "3×3, 64 · 3×3, 64 · add" */
    int64_t channels, height, width;
    int64_t parameters, multiply_adds;      /* of one of them */
    int count;
} group;

static bool is_kind(const rn_layer *layer, const char *kind)
{
    return strcmp(layer->kind, kind) == 0;
}

/* The block that a layer belongs to: "layer1.0.conv1" -> "layer1.0"; its own name outside of blocks. */
static void find_block(const rn_layer *layer, char *block, size_t size)
{
    const char *dot = strchr(layer->name, '.');
    dot = dot ? strchr(dot + 1, '.') : NULL;
    size_t length = dot ? (size_t)(dot - layer->name) : strlen(layer->name);
    snprintf(block, size, "%.*s", (int)length, layer->name);
}

static bool belongs_to(const group *g, const rn_layer *layer)
{
    size_t length = strlen(g->first);
    char block[64];
    if (strncmp(layer->name, g->first, length) == 0 && layer->name[length] == '.')
        return true;
    find_block(layer, block, sizeof block);
    return strcmp(block, layer->name) == 0
           && (is_kind(layer, "batchnorm") || is_kind(layer, "relu") || is_kind(layer, "prelu"));
}

static void add_words(group *g, const rn_layer *layer)
{
    size_t used = strlen(g->what);
    char *to = g->what + used;
    size_t size = sizeof g->what - used;
    const char *between = used ? " · " : "", *role = strstr(layer->name, "downsample") ? "shortcut " : "";
    long long kernel = layer->kernel, channels = layer->channels;
    char stride[24] = "";
    if (layer->stride > 1)
        snprintf(stride, sizeof stride, " / %lld", (long long)layer->stride);
    if (is_kind(layer, "conv2d"))
        snprintf(to, size, "%s%s%lld×%lld, %lld%s", between, role, kernel, kernel, channels, stride);
    else if (is_kind(layer, "maxpool") && kernel)
        snprintf(to, size, "%s%lld×%lld max pool%s", between, kernel, kernel, stride);
    else if (is_kind(layer, "maxpool") || (is_kind(layer, "averagepool") && layer->height > 1))
        snprintf(to, size, "%s%s pool", between, is_kind(layer, "maxpool") ? "max" : "average");
    else if (is_kind(layer, "averagepool"))
        snprintf(to, size, "%s%saverage pool", between, kernel ? "" : "global ");
    else if (is_kind(layer, "linear"))
        snprintf(to, size, "%s%lld-way linear layer", between, channels);
    else if (is_kind(layer, "pad_shortcut"))
        snprintf(to, size, "%sshortcut with zeros%s", between, stride);
    else if (is_kind(layer, "dropout"))
        snprintf(to, size, "%sdropout", between);
}

static void add_layer(group *g, const rn_layer *layer)
{
    add_words(g, layer);
    g->channels = layer->channels;
    g->height = layer->height;
    g->width = layer->width;
    g->parameters += layer->parameters;
    g->multiply_adds += layer->multiply_adds;
}

/* Gather the group that begins at `layer`; returns the number of layers in it. */
static int gather(const rn_layer *layer, int left, group *g)
{
    *g = (group){ .count = 1 };
    find_block(layer, g->first, sizeof g->first);
    memcpy(g->last, g->first, sizeof g->last);
    add_layer(g, layer);
    int taken = 1;
    while (taken < left && belongs_to(g, &layer[taken]))
        add_layer(g, &layer[taken++]);
    return taken;
}

static bool is_equal(const group *a, const group *b)
{
    return strcmp(a->what, b->what) == 0 && a->channels == b->channels && a->height == b->height
           && a->width == b->width && a->parameters == b->parameters && a->multiply_adds == b->multiply_adds;
}

static void write_row(rn_text *html, const group *g)
{
    rn_text_add(html, "<tr><th scope='row'>%s", g->first);
    if (g->count > 1)
        rn_text_add(html, " – %s", g->last);
    rn_text_add(html, "</th><td>%s", g->what);
    if (g->count > 1)
        rn_text_add(html, "<b> ×%d</b>", g->count);
    rn_text_add(html, "</td><td class='number'>%lld×%lld×%lld</td><td class='number'>",
                (long long)g->channels, (long long)g->height, (long long)g->width);
    rn_write_whole(html, (double)(g->parameters * g->count));
    rn_text_add(html, "</td><td class='number'>");
    rn_write_rounded(html, (double)(g->multiply_adds * g->count));
    rn_text_add(html, "</td></tr>\n");
}

static void write_total(rn_text *html, const rn_description *d)
{
    rn_text_add(html, "</tbody><tfoot><tr><th scope='row'>together</th><td>%d layers with weights</td>"
                "<td></td><td class='number'>", d->depth);
    rn_write_whole(html, (double)d->parameters);
    rn_text_add(html, "</td><td class='number'>");
    rn_write_rounded(html, (double)d->multiply_adds);
    rn_text_add(html, "</td></tr></tfoot></table></div>\n");
}

void rn_write_layers(rn_text *html, const rn_description *d)
{
    rn_text_add(html, "<div class='wide'><table><thead><tr><th scope='col'>part</th>"
                "<th scope='col'>layers</th><th scope='col' class='number'>output</th>"
                "<th scope='col' class='number'>parameters</th>"
                "<th scope='col' class='number'>multiply-adds</th></tr></thead><tbody>\n");
    group row = { .count = 0 };
    for (int i = 0; i < d->layers;) {
        group next;
        i += gather(&d->layer[i], d->layers - i, &next);
        if (row.count && is_equal(&row, &next)) {
            memcpy(row.last, next.last, sizeof row.last);
            row.count++;
            continue;
        }
        if (row.count)
            write_row(html, &row);
        row = next;
    }
    if (row.count)
        write_row(html, &row);
    write_total(html, d);
}
