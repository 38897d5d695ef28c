/*
 * Convolution (cross-correlation, as everywhere in this field):
 *
 *     y[n,o,h,w] = bias[o] + sum over i,u,v of  weight[o,i,u,v] x[n, i', h stride - pad + u dilation, w ...]
 *
 * where i' is channel i of the group of filters that o belongs to, and x is zero outside the picture.
 * It is a sum over taps: a tap (n,o,i,u,v) ties every pixel of one output plane to one pixel of an input
 * plane by one weight.  All three directions walk over the same taps and differ in what they do with a row.
 */
#include "op/rules.h"

typedef struct {
    rn_span h, w;                   /* output pixels whose tap falls into the picture */
    int64_t stride, shift_h, shift_w;
    int64_t input_width, output_width;
    int64_t input, output, weight;  /* where the planes and the weight begin in their tensors */
} conv2d_tap;

typedef void conv2d_work(const rn_call *call, const conv2d_tap *tap);

static rn_status conv2d_infer(rn_call *call)
{
    rn_rule_begin(call);
    const rn_args *args = &call->args;
    rn_shape in = call->input[0].shape, out = { in.n, args->filters, 0, 0 };
    if (args->filters < 1 || args->groups < 1)
        return rn_fail(RN_BAD_ARGUMENT, "conv2d: %lld filters in %lld groups, wanted at least 1 of both",
                       (long long)args->filters, (long long)args->groups);
    if (in.c % args->groups != 0 || args->filters % args->groups != 0)
        return rn_fail(RN_BAD_ARGUMENT, "conv2d: %lld channels and %lld filters do not fall into %lld groups",
                       (long long)in.c, (long long)args->filters, (long long)args->groups);
    RN_TRY(rn_rule_windows(call, rn_side_h(call), &out.h));
    RN_TRY(rn_rule_windows(call, rn_side_w(call), &out.w));
    rn_shape weight = { args->filters, in.c / args->groups, args->kernel_h, args->kernel_w };
    RN_TRY(rn_rule_param(call, weight));
    if (args->bias)
        RN_TRY(rn_rule_param(call, (rn_shape){ args->filters, 1, 1, 1 }));
    return rn_rule_output(call, out);
}

static int64_t conv2d_multiply_adds(const rn_call *call)
{
    rn_shape weight = call->param_shape[0];
    return rn_count(call->output.shape) * weight.c * weight.h * weight.w;
}

/* The taps between image n of the input and plane o of the output. */
static void conv2d_walk_plane(const rn_call *call, int64_t n, int64_t o, conv2d_work *work)
{
    rn_shape in = call->input[0].shape, out = call->output.shape, weight = call->param_shape[0];
    rn_side side_h = rn_side_h(call), side_w = rn_side_w(call);
    int64_t first_channel = o / (out.c / call->args.groups) * weight.c;
    conv2d_tap tap = { .stride = side_h.stride, .input_width = in.w, .output_width = out.w,
                       .output = rn_at(out, n, o, 0, 0), .weight = rn_at(weight, o, 0, 0, 0) };
    for (int64_t i = 0; i < weight.c; i++)
        for (int64_t u = 0; u < weight.h; u++)
            for (int64_t v = 0; v < weight.w; v++, tap.weight++) {
                tap.h = rn_windows_at_tap(side_h, u, out.h);
                tap.w = rn_windows_at_tap(side_w, v, out.w);
                tap.shift_h = u * side_h.dilation - side_h.pad;
                tap.shift_w = v * side_w.dilation - side_w.pad;
                tap.input = rn_at(in, n, first_channel + i, 0, 0);
                work(call, &tap);
            }
}

static void conv2d_walk(const rn_call *call, conv2d_work *work)
{
    for (int64_t n = 0; n < call->output.shape.n; n++)
        for (int64_t o = 0; o < call->output.shape.c; o++)
            conv2d_walk_plane(call, n, o, work);
}

/* The places that belong to column 0 of output row h; the one in the input may be outside, as padding is. */
static int64_t conv2d_input_row(const conv2d_tap *tap, int64_t h)
{
    return tap->input + (h * tap->stride + tap->shift_h) * tap->input_width + tap->shift_w;
}

static int64_t conv2d_output_row(const conv2d_tap *tap, int64_t h)
{
    return tap->output + h * tap->output_width;
}

static void conv2d_tap_forward(const rn_call *call, const conv2d_tap *tap)
{
    const rn_real weight = call->param[0][tap->weight], *restrict x = call->input[0].data;
    rn_real *restrict y = call->output.data;
    for (int64_t h = tap->h.first; h < tap->h.end; h++) {
        int64_t from = conv2d_input_row(tap, h), to = conv2d_output_row(tap, h);
        for (int64_t w = tap->w.first; w < tap->w.end; w++)
            y[to + w] += weight * x[from + w * tap->stride];
    }
}

static void conv2d_tap_input_grad(const rn_call *call, const conv2d_tap *tap)
{
    const rn_real weight = call->param[0][tap->weight], *restrict dy = call->output_grad.data;
    rn_real *restrict dx = call->input_grad[0].data;
    for (int64_t h = tap->h.first; h < tap->h.end; h++) {
        int64_t to = conv2d_input_row(tap, h), from = conv2d_output_row(tap, h);
        for (int64_t w = tap->w.first; w < tap->w.end; w++)
            dx[to + w * tap->stride] += weight * dy[from + w];
    }
}

static void conv2d_tap_weight_grad(const rn_call *call, const conv2d_tap *tap)
{
    const rn_real *x = call->input[0].data, *dy = call->output_grad.data;
    double sum = 0;
    for (int64_t h = tap->h.first; h < tap->h.end; h++) {
        int64_t at_x = conv2d_input_row(tap, h), at_dy = conv2d_output_row(tap, h);
        for (int64_t w = tap->w.first; w < tap->w.end; w++)
            sum += (double)(dy[at_dy + w] * x[at_x + w * tap->stride]);
    }
    call->param_grad[0][tap->weight] += (rn_real)sum;
}

static void conv2d_bias_grad(const rn_call *call)
{
    rn_shape out = call->output.shape;
    for (int64_t o = 0; o < out.c; o++) {
        double sum = 0;
        for (int64_t n = 0; n < out.n; n++)
            for (int64_t i = 0; i < out.h * out.w; i++)
                sum += (double)call->output_grad.data[rn_at(out, n, o, 0, i)];
        call->param_grad[1][o] += (rn_real)sum;
    }
}

static void conv2d_forward(const rn_call *call)
{
    rn_shape out = call->output.shape;
    for (int64_t i = 0; i < rn_count(out); i++)
        call->output.data[i] = call->args.bias ? call->param[1][i / (out.h * out.w) % out.c] : 0;
    conv2d_walk(call, conv2d_tap_forward);
}

static void conv2d_backward(const rn_call *call)
{
    if (call->input_grad[0].data)
        conv2d_walk(call, conv2d_tap_input_grad);
    if (call->param_grad[0])
        conv2d_walk(call, conv2d_tap_weight_grad);
    if (call->args.bias && call->param_grad[1])
        conv2d_bias_grad(call);
}

const rn_op rn_op_conv2d = {
    .name = "conv2d",
    .inputs = 1,
    .param_name = { "weight", "bias" },
    .param_role = { RN_DECAYED, RN_LEARNED },
    .infer = conv2d_infer,
    .multiply_adds = conv2d_multiply_adds,
    .forward = conv2d_forward,
    .backward = conv2d_backward,
};
