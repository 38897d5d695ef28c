/*
 * What follows from the shapes of a direct convolution: where its frames, weights and tasks are.
 *
 * A task is a run of images times a part of the output channels; it goes through an image in bands of rows,
 * or takes several small images at once.
 * Groups are bundled until a bundle fills whole vectors; a bundle is an ordinary convolution whose weights
 * between different groups are zero.
 */
#ifndef RN_BACKEND_CPU_DIRECT_H
#define RN_BACKEND_CPU_DIRECT_H

#include "backend/cpu/correlate.h"
#include "backend/cpu/frame.h"

/* A band of one image stays in a cache beside weights; several small ones may fill it, since they serve to
 * fetch the weights less often.  LEAST_ROWS: of a part. */
enum { BAND_BYTES = 384 * 1024, IMAGES_BYTES = 1024 * 1024, NARROW = 4, LEAST_ROWS = 8 };

/* Whether a direct kernel can run it: the picture may be narrow, everything else fills a vector. */
static inline bool is_direct(const rn_call *call)
{
    const int64_t channels = call->input[0].shape.c;
    return reads_cells(call) && call->args.kernel_h * call->args.kernel_w <= MAX_TAPS
           && call->output.shape.c >= VL && (channels >= VL || (channels <= NARROW && call->reads_picture));
}

/* Everything that follows from shapes. */
typedef struct {
    rn_shape x, y;
    int64_t kernel_h, kernel_w, taps, stride, dilation, pad_h, pad_w;
    int64_t bundles, in_blocks, out_blocks;             /* channel blocks of a bundle */
    int64_t last_in, last_out;                          /* channels in the last of them */
    int64_t low_h, low_w;                               /* the least (phase + pad - k * dilation) / stride */
    int64_t high_h, high_w;                             /* and the greatest */
    int64_t packed;                                     /* packed weights */
    int64_t band, rows;                                 /* output rows in a band, in all */
    int64_t band_images;                                /* taken at once; 1 unless a band has all rows */
} geometry;

static inline int64_t floor_div(int64_t a, int64_t b)
{
    return a >= 0 ? a / b : -((-a + b - 1) / b);
}

static inline int64_t last_channels(int64_t channels)
{
    return channels - (rn_blocks(channels, VL) - 1) * VL;
}

/* The most bundles of whole groups whose channels fill whole vectors, or one. */
static inline int64_t bundles_of(const rn_call *call)
{
    const int64_t in = call->input[0].shape.c, out = call->output.shape.c;
    int64_t bundles = larger(1, call->args.groups);
    while (bundles > 1 && (call->args.groups % bundles || in % (bundles * VL) || out % (bundles * VL)))
        bundles--;
    return bundles;
}

static inline frame input_frame(const geometry *g, int64_t first, int64_t rows)
{
    const bool one_row = g->kernel_h == 1, one_column = g->kernel_w == 1;
    frame f = { .first_row = first * g->stride - g->pad_h, .row_step = one_row ? g->stride : 1,
                .first_column = -g->pad_w, .phases = g->stride, .used_phases = one_column ? 1 : g->stride,
                .below = one_row ? 1 : g->stride };
    f.rows = one_row ? rows : (rows - 1) * g->stride + (g->kernel_h - 1) * g->dilation + 1;
    f.columns = g->y.w + (g->kernel_w - 1) * g->dilation / g->stride;
    return f;
}

/* Rows first .. first + rows of the output gradient with the border that the data gradient looks at. */
static inline frame grad_frame(const geometry *g, int64_t first, int64_t rows)
{
    int64_t low = smaller(g->low_h, 0), high = larger(g->high_h, 0);
    int64_t low_w = smaller(g->low_w, 0), high_w = larger(g->high_w, 0);
    int64_t columns = larger(g->y.w, ceil_div(g->x.w, g->stride));
    return (frame){ .first_row = first + low, .row_step = 1, .rows = rows + high - low, .first_column = low_w,
                    .phases = 1, .used_phases = 1, .columns = columns + high_w - low_w };
}

/* Places of all rows of an image. */
static inline int64_t whole_input(const geometry *g)
{
    const frame f = input_frame(g, 0, g->rows);
    return frame_places(&f, g->x, IN_ROW_PAIRS);
}

static inline int64_t whole_grad(const geometry *g)
{
    const frame f = grad_frame(g, 0, g->rows);
    return frame_places(&f, g->y, IN_ROW_PAIRS);
}

static inline geometry geometry_of(const rn_call *call)
{
    const rn_args *a = &call->args;
    geometry g = { .x = call->input[0].shape, .y = call->output.shape, .kernel_h = a->kernel_h,
                   .kernel_w = a->kernel_w, .taps = a->kernel_h * a->kernel_w, .stride = a->stride,
                   .dilation = a->dilation > 1 ? a->dilation : 1, .pad_h = a->pad_h, .pad_w = a->pad_w };
    g.bundles = bundles_of(call);
    g.in_blocks = rn_blocks(g.x.c, VL) / g.bundles;
    g.out_blocks = rn_blocks(g.y.c, VL) / g.bundles;
    g.last_in = last_channels(g.x.c);
    g.last_out = last_channels(g.y.c);
    g.low_h = floor_div(g.pad_h - (g.kernel_h - 1) * g.dilation, g.stride);
    g.low_w = floor_div(g.pad_w - (g.kernel_w - 1) * g.dilation, g.stride);
    g.high_h = floor_div(g.stride - 1 + g.pad_h, g.stride);
    g.high_w = floor_div(g.stride - 1 + g.pad_w, g.stride);
    g.packed = g.bundles * g.out_blocks * g.in_blocks * g.taps * VL * VL;
    g.rows = call->training ? larger(g.y.h, ceil_div(g.x.h, g.stride)) : g.y.h;
    frame in = input_frame(&g, 0, 1), out = grad_frame(&g, 0, 1);
    int64_t bytes = 4
                    * (frame_places(&in, g.x, IN_ROW_PAIRS) / in.rows * g.stride
                       + (call->training ? frame_places(&out, g.y, IN_ROW_PAIRS) : 0));
    g.band = larger(1, smaller(g.rows, BAND_BYTES / larger(1, bytes)));
    g.band = ceil_div(g.rows, ceil_div(g.rows, g.band));    /* bands of nearly equal height */
    g.band_images = 1;
    if (call->training && g.band == g.rows) {
        const int64_t whole = 4 * (whole_input(&g) + whole_grad(&g));
        g.band_images = larger(1, smaller(ceil_div(g.x.n, call->shards), IMAGES_BYTES / whole));
    }
    return g;
}

/* ---- Weights --------------------------------------------------------------------------------- */

/* Packed order: bundle, out block, in block, tap, in lane, out lane, where `at_once` in lanes share a place.
 * Channel o is counted through all bundles, channel c within the bundle. */
static inline int64_t packed_at(const geometry *g, int at_once, int64_t o, int64_t c, int64_t tap)
{
    const int64_t square = (o / VL * g->in_blocks + c / VL) * g->taps + tap, lane = c % VL;
    return (square * VL + lane / at_once * at_once) * VL + o % VL * at_once + lane % at_once;
}

/* Where in its bundle the channels begin that filter o reads. */
static inline int64_t first_channel(const rn_call *call, const geometry *g, int64_t o)
{
    const int64_t channels = call->param_shape[0].c, group = o * larger(1, call->args.groups) / g->y.c;
    return group * channels % (g->x.c / g->bundles);
}

/* ---- Forward --------------------------------------------------------------------------------- */

typedef struct {
    rn_call *call;
    geometry g;
    int64_t runs, parts;    /* tasks: runs of images times parts of the output channels, or of the rows */
    bool by_rows;
} work;

static inline float *scratch_of(const rn_call *call, int thread)
{
    return (float *)(void *)(call->scratch + (size_t)thread * call->scratch_stride);
}

static inline void aim_forward(correlation *c, const geometry *g, const view *v, const frame *f)
{
    c->source = v->data;
    c->image_stride = v->image_stride;
    c->block_stride = v->block_stride;
    c->row_stride = v->row_stride * (f->row_step == 1 ? g->stride : 1);
    for (int64_t tap = 0; tap < g->taps; tap++) {
        int64_t column = tap % g->kernel_w * g->dilation;
        c->tap_source[tap] = tap / g->kernel_w * g->dilation * v->row_stride
                             + column % g->stride * v->run + column / g->stride * v->pixel;
        c->tap_weight[tap] = tap * VL * v->pixel;
    }
}

/* Places of a band of input. */
static inline int64_t input_room(const geometry *g, holding as)
{
    frame f = input_frame(g, 0, g->band);
    return g->band_images * frame_places(&f, g->x, as);
}

/* How a kernel looks at a frame of some images: room after the frames' own is for what it makes of them, and
 * `c` for what the tiles must know of that. */
typedef view looking(const work *, const frame *, const image_run *, float *room, correlation *c);

/* The next images of a band: at most up to `end`, and all of one shard. */
INLINE image_run images_of(const geometry *g, const spot *at, int64_t end)
{
    return (image_run){ at->image, smaller(g->band_images, end - at->image), at->group };
}

/* The outputs of a task; `c` says how to multiply and with which weights. */
static inline void forward_bands(const work *w, correlation *c, looking *look, int task, int thread)
{
    const rn_call *call = w->call;
    const geometry *g = &w->g;
    const int64_t run = task / w->parts, part = task % w->parts, all = g->bundles * g->out_blocks;
    const int64_t end = rn_part_begin(g->x.n, run + 1, w->runs);
    const int64_t rows_of = w->by_rows ? w->parts : 1, row_part = w->by_rows ? part : 0;
    const int64_t blocks_of = w->by_rows ? 1 : w->parts, block_part = w->by_rows ? 0 : part;
    const int64_t end_row = rn_part_begin(g->y.h, row_part + 1, rows_of);
    float *room = scratch_of(call, thread);
    c->blocks = g->in_blocks;
    c->bundle = g->out_blocks;
    c->taps = (int)g->taps;
    c->weight_in = g->taps * VL * c->pixel;
    c->weight_out = g->in_blocks * c->weight_in;
    for (int64_t image = rn_part_begin(g->x.n, run, w->runs); image < end; image += g->band_images)
        for (int64_t row = rn_part_begin(g->y.h, row_part, rows_of); row < end_row; row += g->band) {
            int64_t rows = smaller(g->band, end_row - row);
            landing l = { .to = &call->output, .at = spot_of(call, image, call->training ? run : 0),
                          .origin = row * g->y.w, .row_pixels = g->y.w, .step = 1 };
            frame f = input_frame(g, row, rows);
            const image_run of = images_of(g, &l.at, end);
            view v = look(w, &f, &of, room + 4 * SEGMENT * VL, c);
            aim_forward(c, g, &v, &f);
            correlate(c, &l, rn_part_begin(all, block_part, blocks_of),
                      rn_part_begin(all, block_part + 1, blocks_of), of.count, rows, g->y.w, room);
        }
}

/* Parts of the channels read the same frames, each for itself; parts of a tall picture only some rows twice.
 * In training the parts of a shard fill its sums, which belong to channels. */
static inline work forward_work(const rn_device *device, rn_call *call)
{
    work w = { .call = call, .g = geometry_of(call) };
    const int64_t threads = rn_device_threads(device), n = call->input[0].shape.n;
    w.runs = call->training ? call->shards : n;
    if (threads == 1 || n >= 2 * threads) {
        w.parts = 1;
        return w;
    }
    w.parts = ceil_div(2 * threads, n);
    w.by_rows = !call->training && w.g.taps > 1 && w.g.y.h >= w.parts * LEAST_ROWS;
    if (!w.by_rows)
        w.parts = smaller(w.g.bundles * w.g.out_blocks, w.parts);
    return w;
}

#endif
