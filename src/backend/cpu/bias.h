/*
 * The bias of a convolution: whole vectors of it, from which sums start (tile.h); its gradient, which is the
 * output's summed over all images and pixels.
 */
#ifndef RN_BACKEND_CPU_BIAS_H
#define RN_BACKEND_CPU_BIAS_H

#include "backend/cpu/finish.h"

INLINE int64_t bias_floats(const rn_call *call)
{
    return call->args.bias ? rn_padded(call->output.shape.c) : 0;
}

/* Fill it up with zeros to whole vectors. */
static inline void pack_bias(const rn_call *call, float *to)
{
    for (int64_t c = 0; c < bias_floats(call); c++)
        to[c] = c < call->output.shape.c ? call->param[1][c] : 0;
}

static inline void bias_gradient_block(void *context, int block, int thread)
{
    const rn_call *call = context;
    const rn_tensor *dy = &call->output_grad;
    const int64_t pixels = dy->shape.h * dy->shape.w, end = smaller(VL, dy->shape.c - block * VL);
    double total[VL] = { 0 };
    (void)thread;
    for (int64_t image = 0; image < dy->shape.n; image++) {
        spot at = image_spot(call, image);
        at.block = block;
        const int64_t place = block_place(dy->shape, &at);
        const promise p = promise_of(dy, at.group, block);
        vec sum = { 0 };
        for (int64_t i = 0; i < pixels; i++)
            sum += paid_at(dy, &p, place + i * VL);
        add_to_doubles(total, sum);
    }
    for (int64_t c = 0; c < end; c++)
        call->param_grad[1][block * VL + c] = (float)total[c];
}

static inline void bias_gradient(rn_device *device, rn_call *call)
{
    if (call->args.bias && call->param_grad[1])
        rn_pool_run(device->pool, (int)rn_blocks(call->output.shape.c, VL), bias_gradient_block, call);
}

#endif
