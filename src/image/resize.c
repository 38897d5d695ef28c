/*
 * Resampling with a filter as wide as the scale asks (Pillow's definition, to the bit).
 *
 *     scale = in / out,  stretch = max(scale, 1),  centre = (x + 1/2) scale
 *     out[x] = sum over i of in[i] f((i + 1/2 - centre) / stretch),   weights normalised to the sum 1
 *
 * Weights are rounded to 22 fraction bits.  Rows first, rounded to 8 bits, then columns.
 */
#include "image/resize.h"
#include "base/memory.h"

#include <assert.h>
#include <math.h>
#include <string.h>

static double triangle(double x)
{
    x = fabs(x);
    return x < 1 ? 1 - x : 0;
}

/* Keys's cubic with a = -1/2. */
static double cubic(double x)
{
    const double a = -0.5;
    x = fabs(x);
    if (x < 1)
        return ((a + 2) * x - (a + 3)) * x * x + 1;
    return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
}

static double sinc(double x)
{
    x *= 3.14159265358979323846;
    return x == 0 ? 1 : sin(x) / x;
}

static double lanczos(double x)
{
    return x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0;
}

static const struct {
    double (*weight)(double x);
    double reach;
} filters[] = {
    [RN_BILINEAR] = { triangle, 1 },
    [RN_BICUBIC] = { cubic, 2 },
    [RN_LANCZOS] = { lanczos, 3 },
};

enum { FRACTION_BITS = 22, ONE_HALF = 1 << (FRACTION_BITS - 1), LANES = 64 };

/* One direction: each output is a weighted sum of `count` inputs from `first` on. */
typedef struct {
    int first, count;
    const int32_t *weight;
} tap_list;

typedef struct {
    tap_list *output;
    int32_t *weight;
} axis;

static void close_axis(axis *a)
{
    rn_free(a->output);
    rn_free(a->weight);
}

static tap_list weigh(int x, int in, double scale, rn_filter filter, double *exact, int32_t *weight)
{
    double stretch = scale > 1 ? scale : 1, reach = filters[filter].reach * stretch;
    double centre = (x + 0.5) * scale, sum = 0, shrink = 1 / stretch;
    int first = (int)(centre - reach + 0.5), end = (int)(centre + reach + 0.5);
    first = first < 0 ? 0 : first;
    end = end > in ? in : end;
    for (int i = first; i < end; i++)
        sum += exact[i - first] = filters[filter].weight((i - centre + 0.5) * shrink);
    for (int i = 0; i < end - first; i++) {
        double w = (sum != 0 ? exact[i] / sum : exact[i]) * (1 << FRACTION_BITS);
        weight[i] = (int32_t)(w < 0 ? w - 0.5 : w + 0.5);
    }
    return (tap_list){ first, end - first, weight };
}

/* Outputs `from` to `from + count` of `out` ones made of `in` inputs.  To be closed after a failure, too. */
static rn_status open_axis(axis *a, int in, int out, int from, int count, rn_filter filter)
{
    double scale = (double)in / out, *exact = NULL;
    size_t taps = (size_t)ceil(filters[filter].reach * (scale > 1 ? scale : 1)) * 2 + 1;
    RN_TRY(rn_new(&exact, taps));
    rn_status status = rn_new(&a->output, count);
    if (status == RN_OK)
        status = rn_new(&a->weight, (size_t)count * taps);
    for (int i = 0; status == RN_OK && i < count; i++)
        a->output[i] = weigh(from + i, in, scale, filter, exact, a->weight + (size_t)i * taps);
    rn_free(exact);
    return status;
}

static uint8_t rounded(int32_t sum)
{
    sum >>= FRACTION_BITS;
    return (uint8_t)(sum < 0 ? 0 : sum > 255 ? 255 : sum);
}

/* One row of pixels: `to` has `count` of them. */
static void stretch_row(const tap_list *output, int count, const uint8_t *from, uint8_t *to)
{
    for (int x = 0; x < count; x++, to += 3) {
        const uint8_t *p = from + 3 * (size_t)output[x].first;
        const int32_t *w = output[x].weight;
        int32_t r = ONE_HALF, g = ONE_HALF, b = ONE_HALF;
        for (int i = 0; i < output[x].count; i++, p += 3) {
            r += w[i] * p[0];
            g += w[i] * p[1];
            b += w[i] * p[2];
        }
        to[0] = rounded(r);
        to[1] = rounded(g);
        to[2] = rounded(b);
    }
}

/* One row from several: rows of `stride` bytes, a multiple of LANES, of which `size` are wanted. */
static void mix_rows(const tap_list *output, const uint8_t *rows, size_t stride, uint8_t *to, size_t size)
{
    for (size_t start = 0; start < size; start += LANES) {
        int32_t sum[LANES];
        uint8_t done[LANES];
        for (int x = 0; x < LANES; x++)
            sum[x] = ONE_HALF;
        for (int i = 0; i < output->count; i++) {
            const uint8_t *row = rows + (size_t)i * stride + start;
            int32_t w = output->weight[i];
            for (int x = 0; x < LANES; x++)
                sum[x] += w * row[x];
        }
        for (int x = 0; x < LANES; x++)
            done[x] = rounded(sum[x]);
        memcpy(to + start, done, size - start < LANES ? size - start : LANES);
    }
}

/* `from` starts at the source's corner and has rows of `width` pixels. */
static rn_status apply(const axis *across, const axis *down, rn_image *to, const uint8_t *from, int width)
{
    const tap_list *last = &down->output[to->height - 1];
    int first = down->output[0].first, end = last->first + last->count;
    size_t row = (size_t)to->width * 3, stride = (row + LANES - 1) / LANES * LANES;
    uint8_t *stretched;
    RN_TRY(rn_allocate((void **)&stretched, (size_t)(end - first), stride, "a resized picture"));
    for (int y = first; y < end; y++)
        stretch_row(across->output, to->width, from + (size_t)y * (size_t)width * 3,
                    stretched + (size_t)(y - first) * stride);
    for (int y = 0; y < to->height; y++)
        mix_rows(&down->output[y], stretched + (size_t)(down->output[y].first - first) * stride, stride,
                 to->pixels + (size_t)y * row, row);
    rn_free(stretched);
    return RN_OK;
}

rn_status rn_image_resize_part(rn_image *to, const rn_image *from, const rn_resizing *r)
{
    assert(r->source.left >= 0 && r->source.width > 0 && r->source.left + r->source.width <= from->width);
    assert(r->source.top >= 0 && r->source.height > 0 && r->source.top + r->source.height <= from->height);
    assert(r->part.left >= 0 && r->part.width > 0 && r->part.left + r->part.width <= r->width);
    assert(r->part.top >= 0 && r->part.height > 0 && r->part.top + r->part.height <= r->height);
    axis across = { 0 }, down = { 0 };
    size_t corner = (size_t)r->source.top * (size_t)from->width + (size_t)r->source.left;
    *to = (rn_image){ 0 };
    rn_status status = open_axis(&across, r->source.width, r->width, r->part.left, r->part.width, r->filter);
    if (status == RN_OK)
        status = open_axis(&down, r->source.height, r->height, r->part.top, r->part.height, r->filter);
    if (status == RN_OK)
        status = rn_image_new(to, r->part.width, r->part.height);
    if (status == RN_OK)
        status = apply(&across, &down, to, from->pixels + 3 * corner, from->width);
    if (status != RN_OK)
        rn_image_free(to);
    close_axis(&across);
    close_axis(&down);
    return status;
}

rn_status rn_image_resize(rn_image *to, const rn_image *from, int width, int height, rn_filter filter)
{
    rn_resizing whole = { .source = { 0, 0, from->width, from->height }, .width = width, .height = height,
                          .part = { 0, 0, width, height }, .filter = filter };
    return rn_image_resize_part(to, from, &whole);
}
