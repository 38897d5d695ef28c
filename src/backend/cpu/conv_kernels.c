/*
 * Direct convolution on blocked tensors: forward, data gradient and weight gradient.
 *
 * A shard of images is one task.  For each band of rows the input is seen through a frame (promise paid,
 * border and stride arranged) and correlated with packed weights.  The data gradient is a correlation of the
 * output gradient with the kernel flipped, once for each phase of the stride.  The weight gradient sums, over
 * the pixels of a shard, products of output gradient and input; the shards' sums are added in a fixed tree,
 * so the result does not depend on threads.
 */
#include "backend/cpu/kernels.h"
#include "backend/cpu/bias.h"
#include "backend/cpu/direct.h"
#if defined(RN_NATIVE_AMX)
#include "backend/cpu/by_matrices.h"
#else
#include "backend/cpu/by_vectors.h"
#endif

#include <string.h>

/* ---- Packed weights -------------------------------------------------------------------------- */

/* Where a square begins in packed order with in and out swapped: for the data gradient. */
static int64_t turned_at(const geometry *g, int64_t out_block, int64_t in_block, int64_t tap)
{
    const int64_t block = out_block / g->out_blocks * g->in_blocks + in_block;
    return ((block * g->out_blocks + out_block % g->out_blocks) * g->taps + tap) * VL * VL;
}

static cell *packed_weights(const rn_call *call)
{
    return call->workspace;
}

static cell *turned_weights(const rn_call *call, const geometry *g)
{
    return packed_weights(call) + g->packed;
}

/* Behind the weights lies the bias, if there is one. */
static float *bias_of(const rn_call *call, const geometry *g)
{
    return call->args.bias ? (float *)(void *)(packed_weights(call) + g->packed * (call->training ? 2 : 1))
                           : NULL;
}

typedef struct { rn_call *call; const geometry *g; } packing;

/* The weights of one tap from an in block to an out block: rows of in lanes; zeros between groups. */
static void read_square(const packing *p, int64_t out_block, int64_t in_block, int64_t tap, float *rows)
{
    const int64_t channels = p->call->param_shape[0].c, taps = p->g->taps;
    store_zeros(rows, VL);
    for (int64_t o = out_block * VL; o < smaller(p->g->y.c, (out_block + 1) * VL); o++, rows += VL) {
        const int64_t first = first_channel(p->call, p->g, o), begin = in_block * VL;
        const float *weight = p->call->param[0] + o * channels * taps + tap;
        for (int64_t c = larger(first, begin); c < smaller(first + channels, begin + VL); c++)
            rows[c - begin] = weight[(c - first) * taps];
    }
}

static void turn_square(const float *rows, float *columns)
{
    for (int i = 0; i < VL; i++)
        for (int k = 0; k < VL; k++)
            columns[k * VL + i] = rows[i * VL + k];
}

/* What tiles load: a vector of each row, or of rows that share places. */
static void store_square(const float *rows, cell *to)
{
    for (int place = 0; place < PLACES; place++, rows += AT_ONCE * VL, to += AT_ONCE * VL)
        store((float *)(void *)to, FLOAT_CELLS ? load(rows) : paired(load(rows), load(rows + VL)));
}

static void pack_block(void *context, int block, int thread)
{
    const packing *p = context;
    const geometry *g = p->g;
    float rows[VL * VL] __attribute__((aligned(64))), columns[VL * VL] __attribute__((aligned(64)));
    (void)thread;
    for (int64_t i = 0; i < g->in_blocks; i++)
        for (int64_t tap = 0; tap < g->taps; tap++) {
            read_square(p, block, i, tap, rows);
            turn_square(rows, columns);
            store_square(columns, packed_weights(p->call) + packed_at(g, AT_ONCE, block * VL, i * VL, tap));
            if (p->call->training)
                store_square(rows, turned_weights(p->call, g) + turned_at(g, block, i, tap));
        }
}

static void repack(rn_device *device, rn_call *call)
{
    geometry g = geometry_of(call);
    packing p = { call, &g };
    pack_bias(call, bias_of(call, &g));
    rn_pool_run(device->pool, (int)(g.bundles * g.out_blocks), pack_block, &p);
}

/* ---- Forward --------------------------------------------------------------------------------- */

static view look(const work *w, const frame *f, const image_run *of, float *room, correlation *c)
{
    (void)c;
    return see(f, &w->call->input[0], of, IN_CELLS, room);
}

static void forward_task(void *context, int task, int thread)
{
    const work *w = context;
    correlation c = { .tile = multiply_tile, .pixel = PLACES,
                      .last_channels = ceil_div(w->g.last_in, AT_ONCE), .weight = w->call->workspace,
                      .start = bias_of(w->call, &w->g) };
    forward_bands(w, &c, look, task, thread);
    end_task();
}

static void forward(rn_device *device, rn_call *call)
{
    work w = forward_work(device, call);
    for (int shard = 0; call->output.sums && shard < call->shards; shard++)
        clear_sums(&call->output, shard);
    rn_pool_run(device->pool, (int)(w.runs * w.parts), forward_task, &w);
}

/* ---- Backward -------------------------------------------------------------------------------- */

/* The taps that meet pixels of one phase of the input: those whose way back is a whole number of strides. */
static void aim_backward(correlation *c, const geometry *g, const view *v, const frame *f, int64_t first,
                         int64_t phase_h, int64_t phase_w)
{
    c->source = v->data;
    c->image_stride = v->image_stride;
    c->block_stride = v->block_stride;
    c->row_stride = v->row_stride;
    c->taps = 0;
    for (int64_t tap = 0; tap < g->taps; tap++) {
        int64_t h = phase_h + g->pad_h - tap / g->kernel_w * g->dilation;
        int64_t w = phase_w + g->pad_w - tap % g->kernel_w * g->dilation;
        if (floor_div(h, g->stride) * g->stride != h || floor_div(w, g->stride) * g->stride != w)
            continue;
        c->tap_source[c->taps] = (floor_div(h, g->stride) + first - f->first_row) * v->row_stride
                                 + (floor_div(w, g->stride) - f->first_column) * v->pixel;
        c->tap_weight[c->taps++] = tap * VL * v->pixel;
    }
}

static void data_gradient(const work *w, const view *v, const frame *f, int64_t row, int64_t rows,
                          int64_t count, spot at, float *room)
{
    const rn_call *call = w->call;
    const geometry *g = &w->g;
    correlation c = { .tile = multiply_tile, .pixel = PLACES, .blocks = g->out_blocks,
                      .bundle = g->in_blocks, .last_channels = ceil_div(g->last_out, AT_ONCE),
                      .weight = (const float *)(const void *)turned_weights(call, g),
                      .weight_in = g->taps * VL * PLACES,
                      .weight_out = g->out_blocks * g->taps * VL * PLACES };
    for (int64_t phase_h = 0; phase_h < g->stride; phase_h++)
        for (int64_t phase_w = 0; phase_w < g->stride; phase_w++) {
            int64_t have = larger(0, smaller(rows, ceil_div(g->x.h - phase_h, g->stride) - row));
            int64_t width = ceil_div(g->x.w - phase_w, g->stride);
            landing l = { .to = &call->input_grad[0], .at = at, .is_grad = true, .adds = call->adds[0],
                          .completes = call->completes[0],
                          .origin = (row * g->stride + phase_h) * g->x.w + phase_w,
                          .row_pixels = g->stride * g->x.w, .step = g->stride };
            aim_backward(&c, g, v, f, row, phase_h, phase_w);
            correlate(&c, &l, 0, g->bundles * g->in_blocks, count, have, width, room);
        }
}

/* What the weight gradient is summed from: for bf16 pairs of neighbours in a row, as long as taps do not
 * shift them against each other. */
static holding summed_as(const geometry *g)
{
    return FLOAT_CELLS ? IN_CELLS
           : g->taps == 1 && !g->pad_w && g->x.c > NARROW ? IN_PIXEL_PAIRS : IN_ROW_PAIRS;
}

/* Output channel blocks that are summed together. */
static int64_t product_blocks(const geometry *g, int64_t left)
{
    const int64_t most = g->x.c <= NARROW ? 4 : MOST_BLOCKS;
    return left >= 4 && most >= 4 ? 4 : left >= 2 ? 2 : 1;
}

/* The products of a chunk of pixels, whose x and dy are those of the first tap and blocks. */
static void sum_chunk(const geometry *g, const correlation *c, const pixels chunk, float *dw)
{
    const int64_t in_stride = g->taps * VL * VL, out_stride = g->in_blocks * in_stride;
    for (int64_t o = 0, blocks; o < g->bundles * g->out_blocks; o += blocks) {
        const int64_t source = o / g->out_blocks * g->in_blocks;
        blocks = product_blocks(g, g->out_blocks - o % g->out_blocks);
        for (int64_t i = 0; i < g->in_blocks; i++)
            for (int64_t tap = 0; tap < g->taps; tap++) {
                pixels p = chunk;
                p.x += (source + i) * c->block_stride + c->tap_source[tap];
                p.dy += o * p.dy_block;
                sum_products(&p, g->x.c <= NARROW, (int)blocks,
                             dw + o * out_stride + i * in_stride + tap * VL * VL, out_stride);
            }
    }
}

/* dw += dy * x for some rows of the output of some images, which x and dy begin with; `left`: the border's
 * columns in dy.  `starts`: dw holds nothing yet. */
static void weight_gradient(const geometry *g, const view *x, const frame *in, const view *dy, int64_t left,
                            int64_t count, int64_t rows, bool starts, float *dw)
{
    correlation c = { 0 };
    aim_forward(&c, g, x, in);
    if (summed_as(g) == IN_ROW_PAIRS)
        c.row_stride *= 2, rows = ceil_div(rows, 2);
    const int64_t width = summed_as(g) == IN_PIXEL_PAIRS ? ceil_div(g->y.w, 2) : g->y.w;
    const int64_t chunk = smaller(rows, larger(1, CHUNK_PIXELS / width));
    const int64_t together = chunk < rows ? 1 : larger(1, CHUNK_PIXELS / (rows * width));
    for (int64_t image = 0; image < count; image += together)
        for (int64_t row = 0; row < rows; row += chunk) {
            const pixels p = { .x = c.source + image * c.image_stride + row * c.row_stride,
                               .dy = dy->data + image * dy->image_stride + row * dy->row_stride
                                     + left * dy->pixel,
                               .x_row = c.row_stride, .dy_row = dy->row_stride,
                               .x_image = c.image_stride, .dy_image = dy->image_stride,
                               .dy_block = dy->block_stride, .dy_channel = dy->channel,
                               .images = smaller(together, count - image), .rows = smaller(chunk, rows - row),
                               .width = width, .starts = starts && image == 0 && row == 0 };
            sum_chunk(g, &c, p, dw);
        }
}

static int64_t grad_room(const geometry *g, holding as)
{
    frame f = grad_frame(g, 0, g->band);
    return g->band_images * frame_places(&f, g->y, as);
}

/* Where in scratch memory a band has its rooms: the gradient in cells; both factors of the weight gradient;
 * what tiles leave. */
typedef struct { int64_t dy, x, factor, tiles; } rooms;

static rooms rooms_of(const geometry *g)
{
    rooms r = { .x = grad_room(g, IN_CELLS) };
    r.factor = r.x + input_room(g, summed_as(g));
    r.tiles = r.factor + (FLOAT_CELLS ? 0 : grad_room(g, summed_as(g)));
    return r;
}

static void backward_band(const work *w, int64_t row, int64_t end, spot at, bool starts, float *scratch,
                          float *dw)
{
    const rn_call *call = w->call;
    const geometry *g = &w->g;
    const int64_t rows = smaller(g->band, g->rows - row), rows_y = smaller(rows, g->y.h - row);
    const rooms room = rooms_of(g);
    const image_run of = images_of(g, &at, end);
    frame out = grad_frame(g, row, rows);
    view seen = see(&out, &call->output_grad, &of, IN_CELLS, scratch + room.dy);
    if (call->input_grad[0].data)
        data_gradient(w, &seen, &out, row, rows, of.count, at, scratch + room.tiles);
    if (call->param_grad[0] && rows_y > 0) {
        frame in = input_frame(g, row, rows_y);
        view x = see(&in, &call->input[0], &of, summed_as(g), scratch + room.x);
        view dy = seen;
        dy.data += (row - out.first_row) * dy.row_stride;
        if (!FLOAT_CELLS)
            dy = recast_gradient(&out, g->y, &dy, of.count, rows_y, summed_as(g), scratch + room.factor);
        weight_gradient(g, &x, &in, &dy, -out.first_column, of.count, rows_y, starts, dw);
    }
}

static void backward_task(void *context, int shard, int thread)
{
    const work *w = context;
    const rn_call *call = w->call;
    const geometry *g = &w->g;
    float *dw = (float *)call->shared + shard * g->packed;
    const int64_t first = rn_part_begin(g->x.n, shard, call->shards);
    const int64_t end = rn_part_begin(g->x.n, shard + 1, call->shards);
    if (first == end)
        memset(dw, 0, (size_t)g->packed * sizeof *dw);
    if (call->completes[0])
        clear_sums(&call->input_grad[0], shard);
    for (int64_t image = first; image < end; image += g->band_images)
        for (int64_t row = 0; row < g->rows; row += g->band) {
            const bool starts = image == first && row == 0;
            backward_band(w, row, end, spot_of(call, image, shard), starts, scratch_of(call, thread), dw);
        }
    end_task();
}

/* Where the weight gradient of a channel pair lies. */
static int64_t summed_at(const geometry *g, int64_t o, int64_t c, int64_t tap)
{
    const int64_t square = packed_at(g, 1, o - o % VL, c - c % VL, tap);
    return square + sum_place(o % VL, c % VL);
}

/* Add the shards' weight gradients; then n,c,h,w order. */
static void reduce_block(void *context, int block, int thread)
{
    const work *w = context;
    const rn_call *call = w->call;
    const geometry *g = &w->g;
    const int64_t size = g->in_blocks * g->taps * VL * VL;
    float *dw = (float *)call->shared + block * size;
    (void)thread;
    add_shards(dw, size, g->packed, call->shards);
    const int64_t channels = call->param_shape[0].c, end = smaller(g->y.c, (block + 1) * VL);
    float *to = call->param_grad[0] + block * VL * channels * g->taps;
    for (int64_t o = block * VL; o < end; o++)
        for (int64_t c = 0, first = first_channel(call, g, o); c < channels; c++)
            for (int64_t tap = 0; tap < g->taps; tap++)
                *to++ = ((float *)call->shared)[summed_at(g, o, first + c, tap)];
}

static void backward(rn_device *device, rn_call *call)
{
    work w = { .call = call, .g = geometry_of(call) };
    rn_pool_run(device->pool, call->shards, backward_task, &w);
    if (call->param_grad[0])
        rn_pool_run(device->pool, (int)(w.g.bundles * w.g.out_blocks), reduce_block, &w);
    bias_gradient(device, call);
}

/* ---- The kernel ------------------------------------------------------------------------------ */

/* A kernel that the device tries before Winograd's makes way for it where that is asked for. */
static bool accepts(const rn_device *device, const rn_call *call)
{
    return is_direct(call) && !(BEFORE_WINOGRAD && rn_cpu_conv_choice(device) == RN_CONV_WINOGRAD);
}

static void prepare(const rn_device *device, rn_call *call)
{
    geometry g = geometry_of(call);
    const int64_t banks = call->training ? 2 : 1, back = call->training ? rooms_of(&g).tiles : 0;
    const int64_t room = larger(input_room(&g, IN_CELLS), back) + 4 * SEGMENT * VL;
    (void)device;
    call->workspace_bytes = (size_t)(g.packed * banks) * sizeof(cell)
                            + (size_t)bias_floats(call) * sizeof(float);
    call->shared_bytes = call->training ? (size_t)(g.packed * call->shards) * sizeof(float) : 0;
    call->scratch_bytes = (size_t)room * sizeof(float);
}

const rn_kernel ISA_NAME(rn_cpu_direct) = {
    .name = MULTIPLIER,
    .op = &rn_op_conv2d,
    .abilities = RN_READS_PROMISES | RN_READS_AFFINE | RN_READS_GRAD_PROMISES | RN_LEAVES_SUMS
                 | RN_FINISHES_GRADS | RN_PAYS_PROMISES,
    .accepts = accepts,
    .prepare = prepare,
    .repack = repack,
    .forward = forward,
    .backward = backward,
};
