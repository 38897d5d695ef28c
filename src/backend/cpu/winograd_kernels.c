/*
 * Convolution 3x3, stride 1, by Winograd's F(4x4,3x3): forward, data gradient, weight gradient (winograd.h).
 *
 * The tiles of a group are transformed; at each of 36 points a product of matrices takes their input channels
 * to output channels; these are transformed back and finished.  The data gradient is the same with turned
 * filters.  For the weight gradient the products are summed over the tiles of a slice and taken back to 3x3,
 * and the slices' sums are added in a fixed tree.
 */
#include "backend/cpu/bias.h"
#include "backend/cpu/cpu_device.h"
#include "backend/cpu/kernels.h"
#include "backend/cpu/products.h"
#include "backend/cpu/tile.h"
#include "backend/cpu/winograd_tasks.h"

#include <string.h>

TILES(add_product, VL)
WIDE_PRODUCTS(block_products, add_product)

/* ---- Filters --------------------------------------------------------------------------------- */

/* A bank of filters: out block, point, in block, in channel, out channel; turned, it swaps in and out. */
static void fill_bank(void *context, int task, int thread)
{
    const rn_call *call = context;
    const geometry g = geometry_of(call);
    const bool turned = task >= g.out_blocks;
    const int64_t block = turned ? task - g.out_blocks : task, count = turned ? g.out_blocks : g.in_blocks;
    const int64_t one = TAPS * TAPS, row = g.channels * one;
    const int64_t lane_stride = turned ? one : row, channel_stride = turned ? row : one;
    const float *from = call->param[0] + block * VL * lane_stride;
    float *to = (float *)call->workspace + (turned ? g.bank : 0) + block * POINTS * count * VL * VL;
    (void)thread;
    for (int64_t channel = 0; channel < count * VL; channel++)
        filter_points(from + channel * channel_stride, lane_stride, turned, to + channel * VL,
                      count * VL * VL);
}

/* Behind the banks lies the bias. */
static float *bias_of(const rn_call *call, const geometry *g)
{
    return (float *)call->workspace + g->bank * (call->training ? 2 : 1);
}

static void repack(rn_device *device, rn_call *call)
{
    const geometry g = geometry_of(call);
    pack_bias(call, bias_of(call, &g));
    rn_pool_run(device->pool, (int)(g.out_blocks + (call->training ? g.in_blocks : 0)), fill_bank, call);
}

/* ---- Correlating ----------------------------------------------------------------------------- */

typedef void strip_reader(const rn_tensor *, const spot *, const strip *, const seats *, float *, float *,
                          int64_t);

/* Read some blocks of some strips; where their tiles sit. */
static seats read_group(const job *j, range strips, range blocks, const rn_tensor *t, strip_reader *reader,
                        float *to)
{
    const geometry *g = &j->w->g;
    seats taken = { 0 };
    for (int64_t number = strips.first; number < strips.end; number++) {
        const strip s = strip_at(g, number);
        spot at = image_spot(j->w->call, s.image);
        for (at.block = blocks.first; at.block < blocks.end; at.block++)
            reader(t, &at, &s, &taken, j->strip_room, to + at.block * POINTS * g->pitch * VL, g->pitch);
        seat_strip(&taken, &s);
    }
    return taken;
}

static void land_group(const job *j, range strips, landing *l, int64_t block, const float *from)
{
    seats taken = { 0 };
    for (int64_t number = strips.first; number < strips.end; number++) {
        const strip s = strip_at(&j->w->g, number);
        l->at = image_spot(j->w->call, s.image);
        land_strip(l, block, &s, &taken, from, j->w->g.pitch, j->strip_room);
        seat_strip(&taken, &s);
    }
}

/* The bias joins where the transform back hands a number to all outputs of a tile: at the point (1, 1). */
enum { BIAS_POINT = REACH + 1 };

/* Correlate a group of strips with a bank of filters: the blocks of the task's part. */
static void correlate_group(const job *j, range strips, landing *l)
{
    const rn_call *call = j->w->call;
    const geometry *g = &j->w->g;
    const rn_tensor *from = l->is_grad ? &call->output_grad : &call->input[0];
    const float *bank = (const float *)call->workspace + (l->is_grad ? g->bank : 0);
    const float *bias = call->args.bias && !l->is_grad ? bias_of(call, g) : NULL;
    const int64_t row = g->pitch * VL, in_blocks = from->shape.c / VL, matrix = in_blocks * VL * VL;
    const range read = { 0, j->w->shares ? 0 : in_blocks };
    const seats taken = read_group(j, strips, read, from, read_inputs, j->a);
    const range part = part_blocks(j, l->to->shape.c / VL);
    const int most = tile_blocks(part.end - part.first, seated(&taken, 0));
    correlation c = { .tile = add_product_tile, .pixel = VL, .block_stride = POINTS * row,
                      .blocks = in_blocks, .last_channels = VL, .taps = 1,
                      .weight_in = VL * VL, .weight_out = POINTS * matrix };
    for (int64_t block = part.first, blocks; block < part.end; block += blocks) {
        blocks = most;
        while (blocks > part.end - block)
            blocks /= 2;
        for (int64_t point = 0; point < POINTS; point++) {
            c.weight = bank + point * matrix;
            c.start = point == BIAS_POINT ? bias : NULL;
            segment(&c, block, (int)blocks, seated(&taken, point), j->a + point * row, j->b + point * row,
                    POINTS * row);
        }
        for (int64_t b = 0; b < blocks; b++)
            land_group(j, strips, l, block + b, j->b + b * POINTS * row);
    }
}

static void forward_task(void *context, int task, int thread)
{
    const work *w = context;
    const job j = job_of(w, task, thread);
    landing l = { .to = &w->call->output, .step = 1 };
    for (int64_t group = 0; group < j.groups; group++)
        correlate_group(&j, group_strips(&j, group), &l);
}

/* A run that is shared has one group. */
static void read_task(void *context, int task, int thread)
{
    const work *w = context;
    const job j = job_of(w, task, thread);
    const range blocks = part_blocks(&j, w->g.in_blocks);
    read_group(&j, group_strips(&j, 0), blocks, &w->call->input[0], read_inputs, j.a);
}

static void forward(rn_device *device, rn_call *call)
{
    work w = work_of(device, call);
    for (int shard = 0; call->output.sums && shard < call->shards; shard++)
        clear_sums(&call->output, shard);
    w.shares = w.shares && shared_bytes(&w) <= call->shared_bytes; /* fewer images may need more */
    if (w.shares)
        rn_pool_run(device->pool, (int)(w.runs * w.parts), read_task, &w);
    rn_pool_run(device->pool, (int)(w.runs * w.parts), forward_task, &w);
}

/* ---- Backward -------------------------------------------------------------------------------- */

/* Sums at every point over the tiles of a group, for one input block and some output blocks; with the last
 * group, `taps` are made of them. */
static void sum_blocks(const job *j, range out, int64_t in, const seats *taken, bool starts, float *taps)
{
    const geometry *g = &j->w->g;
    const int64_t row = g->pitch * VL, pair = POINTS * VL * VL;
    const int64_t stride = g->keeps ? g->in_blocks * pair : pair;
    float *sums = j->sums + (g->keeps ? out.first * stride + in * pair : 0);
    for (int64_t point = 0; point < POINTS; point++)
        for (int64_t block = out.first, blocks; block < out.end; block += blocks) {
            blocks = smaller(2, out.end - block);
            const pixels p = { .x = j->b + (in * POINTS + point) * row,
                               .dy = j->a + (block * POINTS + point) * row, .dy_block = POINTS * row,
                               .images = 1, .rows = 1, .width = seated(taken, point), .starts = starts };
            block_products(&p, (int)blocks, sums + (block - out.first) * stride + point * VL * VL, stride);
        }
    for (int64_t block = out.first; taps && block < out.end; block++)
        for (int64_t channel = 0; channel < VL; channel++)
            filter_taps(sums + (block - out.first) * stride + channel * VL, VL * VL,
                        taps + ((block * g->in_blocks + in) * TAPS * TAPS * VL + channel) * VL, VL * VL);
}

static void sum_group(const job *j, range strips, bool starts, float *taps)
{
    const rn_call *call = j->w->call;
    const geometry *g = &j->w->g;
    const range part = part_blocks(j, g->out_blocks);
    const range all = { 0, g->in_blocks };
    const seats taken = read_group(j, strips, all, &call->input[0], read_inputs, j->b);
    read_group(j, strips, part, &call->output_grad, read_outputs, j->a);
    for (int64_t block = part.first; block < part.end; block += SUM_BLOCKS)
        for (int64_t in = 0; in < g->in_blocks; in++)
            sum_blocks(j, (range){ block, smaller(block + SUM_BLOCKS, part.end) }, in, &taken, starts, taps);
}

static void backward_task(void *context, int task, int thread)
{
    const work *w = context;
    const rn_call *call = w->call;
    const job j = job_of(w, task, thread);
    float *taps = (float *)call->shared + j.run * w->g.taps;
    landing l = { .to = &call->input_grad[0], .is_grad = true, .adds = call->adds[0],
                  .completes = call->completes[0], .step = 1 };
    if (!j.groups && !j.part)
        memset(taps, 0, (size_t)w->g.taps * sizeof *taps);
    for (int64_t group = 0; group < j.groups; group++) {
        const range strips = group_strips(&j, group);
        if (l.to->data)
            correlate_group(&j, strips, &l);
        if (call->param_grad[0])
            sum_group(&j, strips, group == 0, group == j.groups - 1 ? taps : NULL);
    }
}

/* Add the slices' taps of one output block; then n,c,h,w order. */
static void reduce_block(void *context, int block, int thread)
{
    const work *w = context;
    const geometry *g = &w->g;
    const int64_t size = g->in_blocks * TAPS * TAPS * VL * VL;
    float *taps = (float *)w->call->shared + block * size;
    float *to = w->call->param_grad[0] + block * VL * g->channels * TAPS * TAPS;
    (void)thread;
    add_shards(taps, size, g->taps, (int)g->slices);
    for (int64_t o = 0; o < VL; o++)
        for (int64_t c = 0; c < g->channels; c++)
            for (int64_t tap = 0; tap < TAPS * TAPS; tap++)
                *to++ = taps[((c / VL * TAPS * TAPS + tap) * VL + c % VL) * VL + o];
}

static void backward(rn_device *device, rn_call *call)
{
    work w = work_of(device, call);
    for (int shard = 0; call->completes[0] && shard < call->shards; shard++)
        clear_sums(&call->input_grad[0], shard);
    rn_pool_run(device->pool, (int)(w.runs * w.parts), backward_task, &w);
    if (call->param_grad[0])
        rn_pool_run(device->pool, (int)w.g.out_blocks, reduce_block, &w);
    bias_gradient(device, call);
}

/* ---- The kernel ------------------------------------------------------------------------------ */

static bool fits(const rn_call *call)
{
    const rn_args *a = &call->args;
    const int64_t in = call->input[0].shape.c, out = call->output.shape.c;
    return reads_cells(call) && a->kernel_h == TAPS && a->kernel_w == TAPS && a->stride == 1
           && a->pad_h == 1 && a->pad_w == 1 && a->dilation <= 1 && a->groups <= 1
           && in % VL == 0 && out % VL == 0;
}

/* Where it is faster than the direct kernel: a multiplication for each point against 9 for each pixel; and a
 * bank of filters that is read from afar must serve enough tiles. */
static bool pays(const rn_call *call)
{
    const rn_shape x = call->input[0].shape;
    const geometry g = geometry_of(call);
    const int64_t points = axis_points(g.rows) * axis_points(g.columns);
    return points * 20 <= x.h * x.w * 81 && (g.cached || x.n * g.rows.tiles * g.columns.tiles >= 16);
}

static bool accepts(const rn_device *device, const rn_call *call)
{
    const rn_conv_choice choice = rn_cpu_conv_choice(device);
    return fits(call) && choice != RN_CONV_DIRECT && (choice != RN_CONV_FASTEST || pays(call));
}

static void prepare(const rn_device *device, rn_call *call)
{
    const work w = work_of(device, call);
    const geometry g = w.g;
    call->scratch_bytes = (size_t)g.scratch * sizeof(float);
    call->workspace_bytes = (size_t)(g.bank * (call->training ? 2 : 1) + bias_floats(call)) * sizeof(float);
    call->shared_bytes = shared_bytes(&w);
}

const rn_kernel ISA_NAME(rn_cpu_winograd) = {
    .name = "winograd", .op = &rn_op_conv2d,
    .abilities = RN_READS_PROMISES | RN_READS_AFFINE | RN_READS_GRAD_PROMISES | RN_LEAVES_SUMS
                 | RN_FINISHES_GRADS | RN_PAYS_PROMISES,
    .accepts = accepts, .prepare = prepare, .repack = repack, .forward = forward, .backward = backward,
};
