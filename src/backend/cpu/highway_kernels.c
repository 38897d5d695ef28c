/*
 * The gate of a highway layer on blocked tensors: y = x + T (h - x), T = sigmoid(t + bias).  The bias has its
 * gradient from one sum a shard, added in the order of the shards.
 */
#include "backend/cpu/kernels.h"
#include "backend/cpu/finish.h"

#include <math.h>

enum { H, T, X, INPUTS };

static bool is_blocked(const rn_device *device, const rn_call *call)
{
    (void)device;
    return reads_cells(call) && call->output.shape.c >= VL;
}

/* The three inputs of one block, and the block's bias. */
typedef struct {
    const rn_tensor *input[INPUTS];
    promise promised[INPUTS];
    int64_t place;
    vec bias;
} sources;

static sources sources_of(const rn_call *call, const spot *at)
{
    sources s = { .place = block_place(call->output.shape, at) };
    const int64_t first = at->block * VL, lanes = smaller(VL, call->output.shape.c - first);
    for (int k = 0; k < INPUTS; k++) {
        s.input[k] = &call->input[k];
        s.promised[k] = promise_of(s.input[k], at->group, at->block);
    }
    for (int64_t i = 0; i < lanes; i++)
        s.bias[i] = call->param[0][first + i];
    return s;
}

INLINE vec value(const sources *s, int input, int64_t pixel)
{
    return paid_at(s->input[input], &s->promised[input], s->place + pixel * VL);
}

INLINE vec gate(const sources *s, int64_t pixel)
{
    vec t = value(s, T, pixel) + s->bias;
    for (int i = 0; i < VL; i++)
        t[i] = expf(-t[i]);
    return broadcast(1) / (broadcast(1) + t);
}

static void forward_block(const rn_call *call, const spot *at)
{
    const int64_t pixels = call->output.shape.h * call->output.shape.w;
    const sources s = sources_of(call, at);
    for (int64_t i = 0; i < pixels; i++) {
        vec x = value(&s, X, i);
        store_paid(&call->output, cells_at(&call->output, s.place + i * VL),
                   x + gate(&s, i) * (value(&s, H, i) - x));
    }
}

static double *bias_sums(const rn_call *call, int64_t shard)
{
    return (double *)call->shared + shard * rn_padded(call->output.shape.c);
}

static void backward_block(const rn_call *call, const spot *at)
{
    const int64_t pixels = call->output.shape.h * call->output.shape.w;
    const sources s = sources_of(call, at);
    float room[INPUTS][PASS * VL] __attribute__((aligned(64)));
    vec bias_grad = { 0 };
    for (int64_t first = 0; first < pixels; first += PASS) {
        const int64_t count = smaller(PASS, pixels - first);
        for (int64_t i = 0; i < count; i++) {
            vec dy = load_cells(cells_at(&call->output_grad, s.place + (first + i) * VL));
            vec open = gate(&s, first + i), shut = broadcast(1) - open;
            vec dt = dy * open * shut * (value(&s, H, first + i) - value(&s, X, first + i));
            store(room[H] + i * VL, dy * open);
            store(room[T] + i * VL, dt);
            store(room[X] + i * VL, dy * shut);
            bias_grad += dt;
        }
        for (int k = 0; k < INPUTS; k++)
            if (call->input_grad[k].data)
                finish_grad(&call->input_grad[k], at, call->adds[k], call->completes[k], room[k], first, 1,
                            count);
    }
    add_to_doubles(bias_sums(call, at->shard) + at->block * VL, bias_grad);
}

typedef struct {
    rn_call *call;
    void (*each)(const rn_call *, const spot *);
} walk;

static void walk_shard(void *context, int shard, int thread)
{
    const walk *w = context;
    const rn_shape s = w->call->output.shape;
    const int64_t end = rn_part_begin(s.n, shard + 1, w->call->shards);
    (void)thread;
    for (int64_t image = rn_part_begin(s.n, shard, w->call->shards); image < end; image++) {
        spot at = spot_of(w->call, image, shard);
        for (at.block = 0; at.block < rn_blocks(s.c, VL); at.block++)
            w->each(w->call, &at);
    }
}

static void highway_forward(rn_device *device, rn_call *call)
{
    walk w = { call, forward_block };
    rn_pool_run(device->pool, call->shards, walk_shard, &w);
}

static void highway_backward(rn_device *device, rn_call *call)
{
    const int64_t channels = call->output.shape.c;
    walk w = { call, backward_block };
    for (int shard = 0; shard < call->shards; shard++) {
        for (int64_t c = 0; c < rn_padded(channels); c++)
            bias_sums(call, shard)[c] = 0;
        for (int k = 0; k < INPUTS; k++)
            if (call->completes[k])
                clear_sums(&call->input_grad[k], shard);
    }
    rn_pool_run(device->pool, call->shards, walk_shard, &w);
    for (int64_t c = 0; call->param_grad[0] && c < channels; c++) {
        double sum = 0;
        for (int shard = 0; shard < call->shards; shard++)
            sum += bias_sums(call, shard)[c];
        call->param_grad[0][c] = (float)sum;
    }
}

static void highway_prepare(const rn_device *device, rn_call *call)
{
    (void)device;
    call->shared_bytes = (size_t)(call->shards * rn_padded(call->output.shape.c)) * sizeof(double);
}

const rn_kernel ISA_NAME(rn_cpu_highway) = {
    .name = "highway", .op = &rn_op_highway,
    .abilities = RN_READS_PROMISES | RN_READS_AFFINE | RN_FINISHES_GRADS, .accepts = is_blocked,
    .prepare = highway_prepare, .forward = highway_forward, .backward = highway_backward,
};
