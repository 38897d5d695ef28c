/* Sheets of what a layer holds: the feature maps that a picture leaves in it, or the filters that it has
 * learned. */
#include "base/memory.h"
#include "image/heat.h"
#include "image/sheet.h"
#include "predict/inside.h"

#include <math.h>
#include <string.h>

static rn_status write_sheet(rn_sheet *sheet, rn_status status, const char *png)
{
    if (status == RN_OK)
        status = rn_image_write_png(&sheet->image, png);
    rn_sheet_close(sheet);
    return status;
}

/* ---- Feature maps ---------------------------------------------------------------------------- */

/* From the map's least number to its largest; a map of equal numbers is dark. */
static void colour_map(const float *value, int64_t count, uint8_t *rgb)
{
    double least = (double)value[0], most = least;
    for (int64_t i = 1; i < count; i++) {
        least = fmin(least, (double)value[i]);
        most = fmax(most, (double)value[i]);
    }
    for (int64_t i = 0; i < count; i++)
        rn_heat_colour(most > least ? ((double)value[i] - least) / (most - least) : 0, rgb + 3 * i);
}

static rn_status put_maps(rn_sheet *sheet, const float *value)
{
    uint8_t *rgb;
    int64_t pixels = (int64_t)sheet->width * sheet->height;
    RN_TRY(rn_new(&rgb, 3 * pixels));
    for (int c = 0; c < sheet->tiles; c++) {
        colour_map(value + c * pixels, pixels, rgb);
        rn_sheet_put(sheet, c, rgb);
    }
    rn_free(rgb);
    return RN_OK;
}

static rn_status run_and_read(rn_model *model, rn_session *session, const rn_image *image, float *value)
{
    RN_TRY(rn_preprocess_apply(&model->bundle.preprocess, image, rn_session_input(session)));
    rn_session_forward(session, 1, 0);
    rn_session_read(session, value);
    return RN_OK;
}

static rn_status read_value(rn_model *model, const char *picture, rn_value layer, float *value)
{
    rn_session *session;
    rn_image image;
    RN_TRY(rn_image_read(&image, picture, &model->reading));
    rn_status status = rn_inside_open(&session, model, RN_INFER, 1, layer);
    if (status == RN_OK)
        status = rn_while(run_and_read(model, session, &image, value), "%s", picture);
    rn_session_close(session);
    rn_image_free(&image);
    return status;
}

rn_status rn_model_draw_maps(rn_model *model, const char *picture, const char *layer_name, const char *png)
{
    const rn_net *net = &model->bundle.net;
    rn_value layer = rn_inside_map(net);
    float *value;
    if (layer_name)
        RN_TRY(rn_inside_find(net, layer_name, &layer));
    rn_shape shape = rn_value_shape(net, layer);
    rn_sheet sheet = { .tiles = (int)shape.c, .width = (int)shape.w, .height = (int)shape.h };
    RN_TRY(rn_allocate((void **)&value, (size_t)rn_count(shape), sizeof *value, "a layer"));
    rn_status status = read_value(model, picture, layer, value);
    if (status == RN_OK)
        status = rn_sheet_open(&sheet);
    if (status == RN_OK)
        status = put_maps(&sheet, value);
    rn_free(value);
    return write_sheet(&sheet, status, png);
}

/* ---- Filters --------------------------------------------------------------------------------- */

/*
 * A tile is one filter.  One that reads three channels is shown in the colours that it answers to; of others
 * each channel is a grey square of its own, in rows.  Middle grey is zero; the filter's largest number,
 * positive or negative, is white or black.
 */
typedef struct {
    const float *weight;
    rn_shape shape;         /* filters, channels, height, width */
    bool coloured, bgr;
    int across;             /* channels in a row of a tile */
} filters;

enum { BETWEEN = 222 };       /* the grey between channels */

static uint8_t shade(float number, float largest)
{
    return (uint8_t)lroundf(127.5f + 127.5f * (largest > 0 ? number / largest : 0));
}

static float largest_of(const float *number, int64_t count)
{
    float most = 0;
    for (int64_t i = 0; i < count; i++)
        most = fmaxf(most, fabsf(number[i]));
    return most;
}

static void draw_colours(const filters *f, const float *weight, float largest, uint8_t *rgb)
{
    int64_t pixels = f->shape.h * f->shape.w;
    for (int64_t i = 0; i < pixels; i++)
        for (int c = 0; c < 3; c++)
            rgb[3 * i + c] = shade(weight[(f->bgr ? 2 - c : c) * pixels + i], largest);
}

static void draw_channels(const filters *f, const rn_sheet *sheet, const float *weight, float largest,
                          uint8_t *rgb)
{
    memset(rgb, BETWEEN, 3 * (size_t)sheet->width * (size_t)sheet->height);
    for (int64_t c = 0; c < f->shape.c; c++)
        for (int64_t i = 0; i < f->shape.h * f->shape.w; i++) {
            int64_t x = c % f->across * (f->shape.w + 1) + i % f->shape.w;
            int64_t y = c / f->across * (f->shape.h + 1) + i / f->shape.w;
            memset(rgb + 3 * (y * sheet->width + x), shade(*weight++, largest), 3);
        }
}

static rn_sheet sheet_of(const filters *f)
{
    rn_sheet sheet = { .tiles = (int)f->shape.n, .width = (int)f->shape.w, .height = (int)f->shape.h };
    if (!f->coloured) {
        int64_t down = (f->shape.c + f->across - 1) / f->across;
        sheet.width = (int)(f->across * (f->shape.w + 1) - 1);
        sheet.height = (int)(down * (f->shape.h + 1) - 1);
    }
    return sheet;
}

static rn_status put_filters(rn_sheet *sheet, const filters *f)
{
    uint8_t *rgb;
    int64_t numbers = f->shape.c * f->shape.h * f->shape.w;
    RN_TRY(rn_new(&rgb, 3 * (size_t)sheet->width * (size_t)sheet->height));
    for (int tile = 0; tile < sheet->tiles; tile++) {
        const float *weight = f->weight + tile * numbers;
        float largest = largest_of(weight, numbers);
        if (f->coloured)
            draw_colours(f, weight, largest, rgb);
        else
            draw_channels(f, sheet, weight, largest, rgb);
        rn_sheet_put(sheet, tile, rgb);
    }
    rn_free(rgb);
    return RN_OK;
}

static rn_value first_convolution(const rn_net *net)
{
    rn_value first = 1;
    while (first < net->nodes - 1 && net->node[first].op != &rn_op_conv2d)
        first++;
    return first;
}

static rn_status choose_filters(filters *f, const rn_model *model, const char *name)
{
    const rn_net *net = &model->bundle.net;
    rn_value layer = first_convolution(net);
    if (name)
        RN_TRY(rn_inside_find(net, name, &layer));
    const rn_node *node = &net->node[layer];
    if (node->op != &rn_op_conv2d)
        return rn_hint(rn_fail(RN_BAD_ARGUMENT, "'%s' is of the kind %s; convolutions have filters",
                               node->name, node->op->name),
                       "the first one is '%s'", net->node[first_convolution(net)].name);
    *f = (filters){ .weight = rn_weights_param(&model->bundle.weights, node->first_param),
                    .shape = net->param[node->first_param].shape,
                    .coloured = node->input[0] == 0, .bgr = model->bundle.preprocess.bgr };
    f->across = (int)ceil(sqrt((double)f->shape.c));
    return RN_OK;
}

rn_status rn_model_draw_filters(rn_model *model, const char *layer, const char *png)
{
    filters f = { 0 };
    RN_TRY(choose_filters(&f, model, layer));
    rn_sheet sheet = sheet_of(&f);
    rn_status status = rn_sheet_open(&sheet);
    if (status == RN_OK)
        status = put_filters(&sheet, &f);
    return write_sheet(&sheet, status, png);
}
