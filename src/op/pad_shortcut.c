/*
 * The shortcut without parameters where the dimensions rise (option A of section 3.3): every stride-th pixel
 * of every stride-th row, and new channels of zeros, all at the end or half of them on each side.
 */
#include "op/rules.h"

static rn_status pad_shortcut_infer(rn_call *call)
{
    rn_rule_begin(call);
    rn_shape in = call->input[0].shape;
    int64_t channels = call->args.filters, stride = call->args.stride;
    if (channels < in.c)
        return rn_fail(RN_BAD_ARGUMENT, "pad_shortcut: %lld channels cannot hold the %lld of the input",
                       (long long)channels, (long long)in.c);
    if (stride < 1)
        return rn_fail(RN_BAD_ARGUMENT, "pad_shortcut: stride %lld, wanted at least 1", (long long)stride);
    rn_shape out = { in.n, channels, (in.h - 1) / stride + 1, (in.w - 1) / stride + 1 };
    return rn_rule_output(call, out);
}

/* The output channel that holds the input's channel 0. */
static int64_t pad_shortcut_first(const rn_call *call)
{
    int64_t extra = call->output.shape.c - call->input[0].shape.c;
    return call->args.place == RN_PLACE_SPLIT ? extra / 2 : 0;
}

static void pad_shortcut_walk(const rn_call *call, bool forward)
{
    rn_shape in = call->input[0].shape, out = call->output.shape;
    int64_t first = pad_shortcut_first(call), stride = call->args.stride;
    for (int64_t n = 0; n < in.n; n++)
        for (int64_t c = 0; c < in.c; c++)
            for (int64_t h = 0; h < out.h; h++)
                for (int64_t w = 0; w < out.w; w++) {
                    int64_t large = rn_at(in, n, c, h * stride, w * stride);
                    int64_t small = rn_at(out, n, first + c, h, w);
                    if (forward)
                        call->output.data[small] = call->input[0].data[large];
                    else
                        call->input_grad[0].data[large] += call->output_grad.data[small];
                }
}

static void pad_shortcut_forward(const rn_call *call)
{
    for (int64_t i = 0; i < rn_count(call->output.shape); i++)
        call->output.data[i] = 0;
    pad_shortcut_walk(call, true);
}

static void pad_shortcut_backward(const rn_call *call)
{
    if (call->input_grad[0].data)
        pad_shortcut_walk(call, false);
}

const rn_op rn_op_pad_shortcut = {
    .name = "pad_shortcut",
    .inputs = 1,
    .infer = pad_shortcut_infer,
    .forward = pad_shortcut_forward,
    .backward = pad_shortcut_backward,
};
