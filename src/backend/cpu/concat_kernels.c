/* Channels one after the other on blocked tensors: whole blocks are copied, each with its promise paid. */
#include "backend/cpu/kernels.h"
#include "backend/cpu/finish.h"

/* Every input but the last ends with a full block, so that the next one begins with a block. */
static bool is_blocked(const rn_device *device, const rn_call *call)
{
    (void)device;
    for (int k = 0; k < call->inputs - 1; k++)
        if (call->input[k].shape.c % VL != 0)
            return false;
    return reads_cells(call) && call->input[call->inputs - 1].shape.c >= VL;
}

/* One block of input k: `from` its block, `whole` the output's. */
static void copy_block(const rn_call *call, int k, const spot *from, const spot *whole)
{
    const rn_tensor *x = &call->input[k];
    const int64_t place = block_place(x->shape, from), pixels = x->shape.h * x->shape.w;
    const promise p = promise_of(x, from->group, from->block);
    cell *to = cells_at(&call->output, block_place(call->output.shape, whole));
    for (int64_t i = 0; i < pixels; i++)
        store_paid(&call->output, to + i * VL, paid_at(x, &p, place + i * VL));
}

static void copy_grad_block(const rn_call *call, int k, const spot *to, const spot *whole)
{
    const rn_tensor *grad = &call->input_grad[k];
    if (grad->data)
        hand_grad(grad, to, call->adds[k], call->completes[k], &call->output_grad, whole, NULL);
}

typedef struct {
    rn_call *call;
    void (*each)(const rn_call *, int k, const spot *part, const spot *whole);
} walk;

static void walk_shard(void *context, int shard, int thread)
{
    const walk *w = context;
    const rn_call *call = w->call;
    const int64_t n = call->output.shape.n, end = rn_part_begin(n, shard + 1, call->shards);
    (void)thread;
    for (int64_t image = rn_part_begin(n, shard, call->shards); image < end; image++) {
        spot whole = spot_of(call, image, shard), part = whole;
        for (int k = 0; k < call->inputs; k++) {
            const int64_t blocks = rn_blocks(call->input[k].shape.c, VL);
            for (part.block = 0; part.block < blocks; part.block++, whole.block++)
                w->each(call, k, &part, &whole);
        }
    }
}

static void concat_forward(rn_device *device, rn_call *call)
{
    walk w = { call, copy_block };
    rn_pool_run(device->pool, call->shards, walk_shard, &w);
}

static void concat_backward(rn_device *device, rn_call *call)
{
    walk w = { call, copy_grad_block };
    for (int k = 0; k < call->inputs; k++)
        for (int shard = 0; call->completes[k] && shard < call->shards; shard++)
            clear_sums(&call->input_grad[k], shard);
    rn_pool_run(device->pool, call->shards, walk_shard, &w);
}

const rn_kernel ISA_NAME(rn_cpu_concat) = {
    .name = "concat", .op = &rn_op_concat,
    .abilities = RN_READS_PROMISES | RN_READS_AFFINE | RN_FINISHES_GRADS,
    .accepts = is_blocked, .forward = concat_forward, .backward = concat_backward,
};
