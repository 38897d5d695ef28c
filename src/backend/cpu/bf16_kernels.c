/*
 * Direct convolution with products in bf16, for inference: twice the arithmetic of floats where the processor
 * has it (AVX-512 BF16), the same numbers elsewhere.
 *
 * Tensors stay floats: frames are rounded to pairs as they are read, weights once.  Sums are floats.
 */
#include "backend/cpu/bias.h"
#include "backend/cpu/direct.h"
#include "backend/cpu/kernels.h"
#include "backend/cpu/pairs.h"

/* ---- Weights --------------------------------------------------------------------------------- */

/* As the direct kernel's, with pairs of in lanes; behind them the bias, if there is one. */
static float *bias_of(const rn_call *call, const geometry *g)
{
    return call->args.bias ? (float *)call->workspace + g->packed / 2 : NULL;
}

typedef struct { rn_call *call; const geometry *g; } packing;

static void pack_block(void *context, int block, int thread)
{
    const packing *p = context;
    const geometry *g = p->g;
    const int64_t channels = p->call->param_shape[0].c, end = smaller(g->y.c, (block + 1) * VL);
    const float *weight = p->call->param[0] + block * VL * channels * g->taps;
    uint16_t *packed = p->call->workspace;
    (void)thread;
    for (int64_t o = block * VL; o < end; o++) {
        const int64_t first = first_channel(p->call, g, o);
        for (int64_t c = first; c < first + channels; c++)
            for (int64_t tap = 0; tap < g->taps; tap++, weight++) {
                const int64_t place = packed_at(g, o, c, tap), lane = place % VL, in_lane = place / VL % VL;
                packed[(place - lane - in_lane % 2 * VL) + 2 * lane + in_lane % 2] = bf16(*weight);
            }
    }
}

static void repack(rn_device *device, rn_call *call)
{
    const geometry g = geometry_of(call);
    packing p = { call, &g };
    pack_bias(call, bias_of(call, &g));
    rn_pool_run(device->pool, (int)(g.bundles * g.out_blocks), pack_block, &p);
}

/* ---- Forward --------------------------------------------------------------------------------- */

/* A frame, rounded. */
INLINE view rounded(const work *w, const frame *f, const spot *at, float *room,
                    void (*store_rounded)(float *, vec))
{
    const view v = see(f, &w->call->input[0], at->image, at->group, room);
    const int64_t blocks = rn_blocks(w->g.x.c, VL), count = f->rows * v.row_stride;
    float *pairs = room + w->room;
    for (int64_t block = 0; block < blocks; block++)
        for (int64_t i = 0; i < count; i += VL)
            store_rounded(pairs + (block * count + i) / 2, load(v.data + block * v.block_stride + i));
    return (view){ pairs, count / 2, v.row_stride / 2 };
}

INLINE void forward_task(const work *w, int task, int thread, tile_function *const (*tiles)[WIDEST + 1],
                         looking *look)
{
    correlation c = { .tiles = tiles, .pixel = PAIRS, .last_channels = ceil_div(w->g.last_in, 2),
                      .weight = w->call->workspace, .start = bias_of(w->call, &w->g) };
    forward_bands(w, &c, look, task, thread);
}

TILES(add_halves, PAIRS)

static view look_halves(const work *w, const frame *f, const spot *at, float *room, correlation *c)
{
    (void)c;
    return rounded(w, f, at, room, store_halves);
}

static void forward_halves(void *context, int task, int thread)
{
    forward_task(context, task, thread, add_halves_tiles, look_halves);
}

#if RN_VL == 16
TILES(add_pairs, PAIRS)

static view look_pairs(const work *w, const frame *f, const spot *at, float *room, correlation *c)
{
    (void)c;
    return rounded(w, f, at, room, store_pairs);
}

static void forward_pairs(void *context, int task, int thread)
{
    forward_task(context, task, thread, add_pairs_tiles, look_pairs);
}
#endif

static rn_work *best_forward(void)
{
#if RN_VL == 16
    if (__builtin_cpu_supports("avx512bf16"))
        return forward_pairs;
#endif
    return forward_halves;
}

static void forward(rn_device *device, rn_call *call)
{
    work w = forward_work(device, call);
    rn_pool_run(device->pool, (int)(w.runs * w.parts), best_forward(), &w);
}

/* ---- The kernel ------------------------------------------------------------------------------ */

static bool accepts(const rn_device *device, const rn_call *call)
{
    return rn_cpu_products(device) == RN_BF16_PRODUCTS && !call->training && is_direct(call);
}

static void prepare(const rn_device *device, rn_call *call)
{
    const geometry g = geometry_of(call);
    const int64_t room = input_room(&g), pairs = ceil_div(room, 2 * VL) * VL;
    (void)device;
    call->workspace_bytes = (size_t)(g.packed / 2 + bias_floats(call)) * sizeof(float);
    call->scratch_bytes = (size_t)(4 * SEGMENT * VL + room + pairs) * sizeof(float);
}

const rn_kernel ISA_NAME(rn_cpu_bf16) = {
    .name = "bf16", .op = &rn_op_conv2d, .abilities = RN_READS_PROMISES | RN_READS_AFFINE | RN_PAYS_PROMISES,
    .accepts = accepts, .prepare = prepare, .repack = repack, .forward = forward,
};
