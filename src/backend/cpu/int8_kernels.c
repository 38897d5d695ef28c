/*
 * Direct convolution with products of small integers, for inference: four times the arithmetic of floats
 * where the processor has it (AVX-512 VNNI), the same numbers elsewhere (quads.h).
 *
 * Weights are measured in steps of their own for each output channel, once.  Compiled for tensors of bytes,
 * pixels are multiplied as they are; their steps come from a calibration.  Compiled for tensors of floats,
 * each frame is measured in steps of its own as it is read, so that nothing needs to be calibrated.  Sums are
 * exact until they become floats again.
 */
#include "backend/cpu/bias.h"
#include "backend/cpu/direct.h"
#include "backend/cpu/kernels.h"
#include "backend/cpu/quads.h"

#include <limits.h>
#include <math.h>

/* ---- Weights --------------------------------------------------------------------------------- */

/* As the direct kernel's, with quads of in lanes.  Behind them, for each output channel: its step, what sums
 * start from where the zero of pixels is not 0, and the bias, if there is one. */
typedef struct { int8_t *weight; float *step; int *start; float *bias; } packed;

static packed packed_of(const rn_call *call, const geometry *g)
{
    const int64_t channels = rn_padded(g->y.c);
    packed p = { .weight = call->workspace, .step = (float *)call->workspace + g->packed / 4 };
    p.start = (int *)(void *)(p.step + channels);
    p.bias = call->args.bias ? p.step + 2 * channels : NULL;
    return p;
}

typedef struct { rn_call *call; const geometry *g; } packing;

/* The zero of pixels: of frames with negative numbers, or of the tensor. */
static int zero_of(const rn_call *call)
{
    return BYTE_CELLS ? call->input[0].steps.zero : 128;
}

static void pack_channel(const packing *p, int64_t o)
{
    const geometry *g = p->g;
    const packed to = packed_of(p->call, g);
    const int64_t channels = p->call->param_shape[0].c, count = channels * g->taps;
    const int64_t first = first_channel(p->call, g, o);
    const float *weight = p->call->param[0] + o * count;
    float most = 0;
    int sum = 0;
    for (int64_t i = 0; i < count; i++)
        most = isnan(weight[i]) || fabsf(weight[i]) > most ? fabsf(weight[i]) : most;
    to.step[o] = most == 0 ? 1 : most / 127;        /* a NaN stays one */
    for (int64_t c = first; c < first + channels; c++)
        for (int64_t tap = 0; tap < g->taps; tap++, weight++) {
            const int8_t small = (int8_t)lrintf(*weight / to.step[o]);
            to.weight[packed_at(g, 4, o, c, tap)] = small;
            sum += small;
        }
    to.start[o] = -zero_of(p->call) * sum;
}

static void pack_block(void *context, int block, int thread)
{
    const packing *p = context;
    const int64_t end = smaller(p->g->y.c, (block + 1) * VL);
    (void)thread;
    for (int64_t o = block * VL; o < end; o++)
        pack_channel(p, o);
}

static void repack(rn_device *device, rn_call *call)
{
    const geometry g = geometry_of(call);
    packing p = { call, &g };
    pack_bias(call, packed_of(call, &g).bias);
    rn_pool_run(device->pool, (int)(g.bundles * g.out_blocks), pack_block, &p);
}

/* ---- Forward --------------------------------------------------------------------------------- */

/* Places for a frame that is put into steps. */
static int64_t quads_room(const geometry *g)
{
    return BYTE_CELLS ? 0 : ceil_div(input_room(g, IN_CELLS), 4 * VL) * VL;
}

/* What sums of products with pixels of these steps start from, and what they mean: `scale` is filled. */
static void expect(correlation *c, const work *w, rn_byte_steps steps, float *scale)
{
    const packed p = packed_of(w->call, &w->g);
    for (int64_t o = 0; o < rn_padded(w->g.y.c); o += VL)
        store(scale + o, load(p.step + o) * broadcast(steps.step));
    c->scale = scale;
    c->start = steps.zero ? (const float *)(const void *)p.start : NULL;
}

/* A frame in steps; behind it, the steps of the sums. */
static view look(const work *w, const frame *f, const image_run *of, float *room, correlation *c)
{
    const rn_tensor *x = &w->call->input[0];
    const view v = see(f, x, of, IN_CELLS, room);
    const int64_t band = input_room(&w->g, IN_CELLS);
    float *quads = room + band, *scale = quads + quads_room(&w->g);
    if (BYTE_CELLS)
        return expect(c, w, x->steps, scale), v;
    const int64_t blocks = rn_blocks(w->g.x.c, VL), count = f->rows * v.row_stride;
    const rn_byte_steps steps = steps_for(v.data, v.block_stride, blocks, count / VL);
    const vec per = broadcast(1 / steps.step), zero = broadcast((float)steps.zero);
    for (int64_t block = 0; block < blocks; block++)
        for (int64_t i = 0; i < count; i += VL)
            store_bytes(quads + (block * count + i) / 4,
                        load(v.data + block * v.block_stride + i) * per + zero);
    expect(c, w, steps, scale);
    return (view){ .data = quads, .pixel = QUADS, .run = v.run / 4, .row_stride = v.row_stride / 4,
                   .block_stride = count / 4, .image_stride = blocks * count / 4 };
}

INLINE void forward_task(const work *w, int task, int thread, tile_function *multiply)
{
    correlation c = { .tile = multiply, .pixel = QUADS, .last_channels = ceil_div(w->g.last_in, 4),
                      .weight = w->call->workspace, .shift = packed_of(w->call, &w->g).bias };
    forward_bands(w, &c, look, task, thread);
}

TILES(add_bytes, QUADS)

static void forward_bytes(void *context, int task, int thread)
{
    forward_task(context, task, thread, add_bytes_tile);
}

#if RN_VL == 16
TILES(add_quads, QUADS)

static void forward_quads(void *context, int task, int thread)
{
    forward_task(context, task, thread, add_quads_tile);
}
#endif

static rn_work *best_forward(void)
{
#if RN_VL == 16
    if (__builtin_cpu_supports("avx512vnni"))
        return forward_quads;
#endif
    return forward_bytes;
}

static void forward(rn_device *device, rn_call *call)
{
    work w = forward_work(device, call);
    rn_pool_run(device->pool, (int)(w.runs * w.parts), best_forward(), &w);
}

/* ---- The kernel ------------------------------------------------------------------------------ */

/* The first layer stays in floats where the picture does: so few channels are not worth measuring frames. */
static bool accepts(const rn_device *device, const rn_call *call)
{
    const rn_shape filter = call->param_shape[0];
    return rn_cpu_precision(device) == RN_IN_INT8 && !call->training && is_direct(call)
           && (BYTE_CELLS || call->input[0].shape.c >= VL)
           && filter.c * filter.h * filter.w <= INT_MAX / (255 * 127);
}

static void prepare(const rn_device *device, rn_call *call)
{
    const geometry g = geometry_of(call);
    const int64_t room = input_room(&g, IN_CELLS) + quads_room(&g), channels = rn_padded(g.y.c);
    (void)device;
    call->workspace_bytes = (size_t)(g.packed / 4 + 3 * channels) * sizeof(float);
    call->scratch_bytes = (size_t)(4 * SEGMENT * VL + room + channels) * sizeof(float);
}

const rn_kernel ISA_NAME(rn_cpu_int8) = {
    .name = "int8", .op = &rn_op_conv2d,
    .abilities = RN_PAYS_PROMISES | (BYTE_CELLS ? 0 : RN_READS_PROMISES | RN_READS_AFFINE),
    .accepts = accepts, .prepare = prepare, .repack = repack, .forward = forward,
};
