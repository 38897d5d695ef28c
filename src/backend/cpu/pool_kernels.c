/* Pooling and the parameter-free shortcut on blocked tensors. */
#include "backend/cpu/kernels.h"
#include "backend/cpu/finish.h"

#include <string.h>

/* One task a shard: `each` for every channel block of every image of the output, with the scratch memory of
 * its thread. */
typedef struct {
    rn_call *call;
    void (*each)(rn_call *, const spot *, float *room);
    int64_t blocks;
} sweep;

static void sweep_task(void *context, int shard, int thread)
{
    const sweep *s = context;
    const int64_t n = s->call->output.shape.n, end = rn_part_begin(n, shard + 1, s->call->shards);
    float *room = (float *)(void *)(s->call->scratch + (size_t)thread * s->call->scratch_stride);
    for (int64_t image = rn_part_begin(n, shard, s->call->shards); image < end; image++) {
        spot at = spot_of(s->call, image, shard);
        for (at.block = 0; at.block < s->blocks; at.block++)
            s->each(s->call, &at, room);
    }
}

static void sweep_blocks(rn_device *device, rn_call *call, int64_t blocks,
                         void (*each)(rn_call *, const spot *, float *room))
{
    sweep s = { call, each, blocks };
    rn_pool_run(device->pool, call->shards, sweep_task, &s);
}

static void begin_grad(rn_call *call)
{
    for (int shard = 0; call->completes[0] && shard < call->shards; shard++)
        clear_sums(&call->input_grad[0], shard);
}

static bool is_blocked(const rn_device *device, const rn_call *call)
{
    (void)device;
    return reads_cells(call) && call->output.shape.c >= VL && call->input[0].shape.c >= VL;
}

/* ---- Maximum pooling ------------------------------------------------------------------------- */

static int64_t greater(int64_t a, int64_t b) { return a > b ? a : b; }
static int64_t lesser(int64_t a, int64_t b) { return a < b ? a : b; }

typedef struct { int64_t top, bottom, left, right; } window;

static window window_of(const rn_call *call, int64_t h, int64_t w)
{
    const rn_args *a = &call->args;
    const rn_shape s = call->input[0].shape;
    int64_t top = h * a->stride - a->pad_h, left = w * a->stride - a->pad_w;
    return (window){ greater(top, 0), lesser(top + a->kernel_h, s.h), greater(left, 0),
                     lesser(left + a->kernel_w, s.w) };
}

/* The first of the greatest, lane by lane; a NaN counts as greatest. */
INLINE vec greatest(vec best, vec a)
{
    ivec better = (ivec)(a > best) | (ivec)(a != a);
    return (vec)(((ivec)a & better) | ((ivec)best & ~better));
}

typedef struct {
    const rn_tensor *x;
    int64_t place;
    promise p;
} source;

static source source_of(const rn_call *call, const spot *at)
{
    const rn_tensor *x = &call->input[0];
    return (source){ x, block_place(x->shape, at), promise_of(x, at->group, at->block) };
}

INLINE vec pixel(const source *s, int64_t h, int64_t w)
{
    return paid_at(s->x, &s->p, s->place + (h * s->x->shape.w + w) * VL);
}

INLINE vec window_maximum(const source *s, window area)
{
    vec best = broadcast(-__builtin_inff());
    for (int64_t i = area.top; i < area.bottom; i++)
        for (int64_t j = area.left; j < area.right; j++)
            best = greatest(best, pixel(s, i, j));
    return best;
}

static void maxpool_block(rn_call *call, const spot *at, float *room)
{
    (void)room;
    const rn_shape y = call->output.shape;
    source s = source_of(call, at);
    cell *to = cells_at(&call->output, block_place(y, at));
    for (int64_t h = 0; h < y.h; h++)
        for (int64_t w = 0; w < y.w; w++)
            store_paid(&call->output, to + (h * y.w + w) * VL, window_maximum(&s, window_of(call, h, w)));
}

static bool slides(const rn_device *device, const rn_call *call)
{
    return is_blocked(device, call) && !call->args.bins;
}

static void maxpool_forward(rn_device *device, rn_call *call)
{
    sweep_blocks(device, call, rn_blocks(call->output.shape.c, VL), maxpool_block);
}

/* The gradient goes to the first pixel that reached the maximum. */
static void give_to_first(const source *s, window area, vec g, float *grad)
{
    vec best = window_maximum(s, area);
    ivec waiting = (ivec)(best == best) | (ivec)(best != best);
    for (int64_t i = area.top; i < area.bottom; i++)
        for (int64_t j = area.left; j < area.right; j++) {
            float *to = grad + (i * s->x->shape.w + j) * VL;
            vec a = pixel(s, i, j);
            ivec hit = waiting & ((ivec)(a == best) | (ivec)(a != a));
            store(to, load(to) + (vec)((ivec)g & hit));
            waiting &= ~hit;
        }
}

static void maxpool_grad_block(rn_call *call, const spot *at, float *grad)
{
    const rn_shape y = call->output.shape, x = call->input[0].shape;
    source s = source_of(call, at);
    const cell *from = cells_at(&call->output_grad, block_place(y, at));
    store_zeros(grad, x.h * x.w);
    for (int64_t h = 0; h < y.h; h++)
        for (int64_t w = 0; w < y.w; w++)
            give_to_first(&s, window_of(call, h, w), load_cells(from + (h * y.w + w) * VL), grad);
    finish_grad(&call->input_grad[0], at, call->adds[0], call->completes[0], grad, 0, 1, x.h * x.w);
}

static void maxpool_prepare(const rn_device *device, rn_call *call)
{
    const rn_shape x = call->input[0].shape;
    (void)device;
    call->scratch_bytes = call->training ? (size_t)(x.h * x.w * VL) * sizeof(float) : 0;
}

static void maxpool_backward(rn_device *device, rn_call *call)
{
    if (!call->input_grad[0].data)
        return;
    begin_grad(call);
    sweep_blocks(device, call, rn_blocks(call->output.shape.c, VL), maxpool_grad_block);
}

const rn_kernel ISA_NAME(rn_cpu_maxpool) = {
    .name = "maxpool", .op = &rn_op_maxpool,
    .abilities = RN_READS_PROMISES | RN_READS_AFFINE | RN_FINISHES_GRADS,
    .accepts = slides, .prepare = maxpool_prepare, .forward = maxpool_forward, .backward = maxpool_backward,
};

/* ---- Global average pooling ------------------------------------------------------------------ */

static bool is_global(const rn_device *device, const rn_call *call)
{
    return is_blocked(device, call) && call->args.kernel_h == 0 && call->args.kernel_w == 0
           && call->args.bins <= 1;
}

/* The features that come out are floats. */
static void average_block(rn_call *call, const spot *at, float *room)
{
    (void)room;
    const rn_shape x = call->input[0].shape;
    source s = source_of(call, at);
    vec sum = { 0 };
    for (int64_t h = 0; h < x.h; h++)
        for (int64_t w = 0; w < x.w; w++)
            sum += pixel(&s, h, w);
    store(call->output.data + block_place(call->output.shape, at), sum * broadcast(1 / (float)(x.h * x.w)));
}

static void average_forward(rn_device *device, rn_call *call)
{
    sweep_blocks(device, call, rn_blocks(call->output.shape.c, VL), average_block);
}

static void average_grad_block(rn_call *call, const spot *at, float *room)
{
    const int64_t count = call->input[0].shape.h * call->input[0].shape.w;
    float share[VL] __attribute__((aligned(64)));
    (void)room;
    vec g = load(call->output_grad.data + block_place(call->output.shape, at));
    store(share, g * broadcast(1 / (float)count));
    for (int64_t i = 0; i < count; i++)
        finish_grad(&call->input_grad[0], at, call->adds[0], call->completes[0], share, i, 1, 1);
}

static void average_backward(rn_device *device, rn_call *call)
{
    if (!call->input_grad[0].data)
        return;
    begin_grad(call);
    sweep_blocks(device, call, rn_blocks(call->output.shape.c, VL), average_grad_block);
}

const rn_kernel ISA_NAME(rn_cpu_average) = {
    .name = "average", .op = &rn_op_averagepool,
    .abilities = RN_READS_PROMISES | RN_READS_AFFINE | RN_FINISHES_GRADS,
    .accepts = is_global, .forward = average_forward, .backward = average_backward,
};

/* ---- Option A's shortcut --------------------------------------------------------------------- */

static int64_t first_channel(const rn_call *call)
{
    int64_t extra = call->output.shape.c - call->input[0].shape.c;
    return call->args.place == RN_PLACE_SPLIT ? extra / 2 : 0;
}

/* A cell of one tensor as one of another. */
INLINE cell carried(const rn_tensor *from, const rn_tensor *to, cell a)
{
    const float number = from->steps.step * (widened(a) - (float)from->steps.zero);
    return BYTE_CELLS ? (cell)rn_to_byte(to->steps, number) : a;
}

/* Copy (or give back) every stride-th pixel of one input channel block. */
static void shortcut_block(rn_call *call, const spot *at, bool back)
{
    const rn_shape x = call->input[0].shape, y = call->output.shape;
    const int64_t first = first_channel(call), stride = call->args.stride;
    const int64_t lanes = lesser(VL, x.c - at->block * VL);
    const rn_tensor *large_tensor = back ? &call->input_grad[0] : &call->input[0];
    const rn_tensor *small_tensor = back ? &call->output_grad : &call->output;
    for (int64_t k = 0; k < lanes; k++) {
        int64_t c = at->block * VL + k;
        cell *small = cells_at(small_tensor, rn_blocked_at(y, VL, at->image, first + c, 0, 0));
        cell *large = cells_at(large_tensor, rn_blocked_at(x, VL, at->image, c, 0, 0));
        for (int64_t h = 0; h < y.h; h++)
            for (int64_t w = 0; w < y.w; w++) {
                cell *s = small + (h * y.w + w) * VL, *l = large + (h * stride * x.w + w * stride) * VL;
                if (back)
                    *l = rounded(widened(*l) + widened(*s));
                else
                    *s = carried(large_tensor, small_tensor, *l);
            }
    }
}

static void shortcut_forward_block(rn_call *call, const spot *at, float *room)
{
    (void)room;
    shortcut_block(call, at, false);
}

static void shortcut_backward_block(rn_call *call, const spot *at, float *room)
{
    (void)room;
    const rn_shape x = call->input[0].shape;
    if (!call->adds[0])
        store_zero_cells(cells_at(&call->input_grad[0], block_place(x, at)), x.h * x.w);
    shortcut_block(call, at, true);
}

static void shortcut_forward(rn_device *device, rn_call *call)
{
    const rn_shape y = call->output.shape;
    const int zero = call->output.steps.zero;
    memset(call->output.data, zero, (size_t)(y.n * rn_blocked_image(y, VL)) * sizeof(cell));
    sweep_blocks(device, call, rn_blocks(call->input[0].shape.c, VL), shortcut_forward_block);
}

static void shortcut_backward(rn_device *device, rn_call *call)
{
    if (call->input_grad[0].data)
        sweep_blocks(device, call, rn_blocks(call->input[0].shape.c, VL), shortcut_backward_block);
}

const rn_kernel ISA_NAME(rn_cpu_pad_shortcut) = {
    .name = "pad_shortcut",
    .op = &rn_op_pad_shortcut,
    .accepts = is_blocked,
    .forward = shortcut_forward,
    .backward = shortcut_backward,
};
