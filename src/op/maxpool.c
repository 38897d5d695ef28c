/*
 * The largest number of each window; padding takes no part.  Of equal numbers the first counts, so that the
 * gradient has one place to go.  What is not a number is larger than all.
 */
#include "op/rules.h"

static rn_status maxpool_infer(rn_call *call)
{
    rn_rule_begin(call);
    call->args.dilation = 1;
    const rn_args *args = &call->args;
    rn_shape out = call->input[0].shape;
    if (!args->bins && (2 * args->pad_h > args->kernel_h || 2 * args->pad_w > args->kernel_w))
        return rn_fail(RN_BAD_ARGUMENT, "maxpool: padding %lldx%lld is over half of the kernel %lldx%lld",
                       (long long)args->pad_h, (long long)args->pad_w,
                       (long long)args->kernel_h, (long long)args->kernel_w);
    RN_TRY(rn_rule_windows(call, rn_side_h(call), &out.h));
    RN_TRY(rn_rule_windows(call, rn_side_w(call), &out.w));
    return rn_rule_output(call, out);
}

/* Where the largest number of a window is, in a plane of width `width`. */
static int64_t maxpool_find(const rn_real *plane, int64_t width, rn_span rows, rn_span columns)
{
    int64_t best = rows.first * width + columns.first;
    for (int64_t h = rows.first; h < rows.end; h++)
        for (int64_t w = columns.first; w < columns.end; w++) {
            rn_real x = plane[h * width + w];
            if (x > plane[best] || x != x)
                best = h * width + w;
        }
    return best;
}

static void maxpool_walk(const rn_call *call, bool forward)
{
    rn_shape in = call->input[0].shape, out = call->output.shape;
    rn_side side_h = rn_side_h(call), side_w = rn_side_w(call);
    int64_t to = 0;
    for (int64_t plane = 0; plane < out.n * out.c; plane++)
        for (int64_t h = 0; h < out.h; h++)
            for (int64_t w = 0; w < out.w; w++, to++) {
                int64_t begin = plane * in.h * in.w;
                int64_t from = begin + maxpool_find(call->input[0].data + begin, in.w,
                                                    rn_positions_in_window(side_h, h),
                                                    rn_positions_in_window(side_w, w));
                if (forward)
                    call->output.data[to] = call->input[0].data[from];
                else
                    call->input_grad[0].data[from] += call->output_grad.data[to];
            }
}

static void maxpool_forward(const rn_call *call)
{
    maxpool_walk(call, true);
}

static void maxpool_backward(const rn_call *call)
{
    if (call->input_grad[0].data)
        maxpool_walk(call, false);
}

const rn_op rn_op_maxpool = {
    .name = "maxpool",
    .inputs = 1,
    .infer = maxpool_infer,
    .forward = maxpool_forward,
    .backward = maxpool_backward,
};
