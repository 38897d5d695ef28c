/*
 * The mean of each window, or of the whole picture where the kernel is 0 and there are no bins.  With
 * count_pad the padding counts as zeros; what hangs over the padded edge by ceil_mode never counts (PyTorch's
 * rules).
 */
#include "op/rules.h"

typedef struct { rn_side h, w; } averagepool_sides;

static averagepool_sides averagepool_find_sides(const rn_call *call)
{
    averagepool_sides sides = { rn_side_h(call), rn_side_w(call) };
    if (sides.h.kernel == 0 && sides.w.kernel == 0 && !sides.h.bins)
        sides.h.bins = sides.w.bins = 1;
    return sides;
}

static rn_status averagepool_infer(rn_call *call)
{
    rn_rule_begin(call);
    call->args.dilation = 1;
    rn_shape out = call->input[0].shape;
    averagepool_sides sides = averagepool_find_sides(call);
    if (!sides.h.bins && (2 * sides.h.pad > sides.h.kernel || 2 * sides.w.pad > sides.w.kernel))
        return rn_fail(RN_BAD_ARGUMENT, "averagepool: padding %lldx%lld is over half of the kernel %lldx%lld",
                       (long long)sides.h.pad, (long long)sides.w.pad,
                       (long long)sides.h.kernel, (long long)sides.w.kernel);
    RN_TRY(rn_rule_windows(call, sides.h, &out.h));
    RN_TRY(rn_rule_windows(call, sides.w, &out.w));
    return rn_rule_output(call, out);
}

/* How many positions of one side count in the mean of a window. */
static int64_t averagepool_count(const rn_call *call, rn_side side, int64_t window)
{
    rn_span inside = rn_positions_in_window(side, window);
    int64_t begin = window * side.stride - side.pad, end = begin + side.kernel, edge = side.size + side.pad;
    return call->args.count_pad && !side.bins ? (end < edge ? end : edge) - begin : inside.end - inside.first;
}

static rn_real averagepool_sum(const rn_real *plane, int64_t width, rn_span rows, rn_span columns)
{
    double sum = 0;
    for (int64_t h = rows.first; h < rows.end; h++)
        for (int64_t w = columns.first; w < columns.end; w++)
            sum += (double)plane[h * width + w];
    return (rn_real)sum;
}

static void averagepool_spread(rn_real *plane, int64_t width, rn_span rows, rn_span columns, rn_real share)
{
    for (int64_t h = rows.first; h < rows.end; h++)
        for (int64_t w = columns.first; w < columns.end; w++)
            plane[h * width + w] += share;
}

/* Window h,w of a plane, whose input begins at `from` and whose output is number `to`. */
static void averagepool_window(const rn_call *call, bool forward, int64_t from, int64_t to, int64_t h,
                               int64_t w)
{
    averagepool_sides sides = averagepool_find_sides(call);
    rn_span rows = rn_positions_in_window(sides.h, h), columns = rn_positions_in_window(sides.w, w);
    rn_real count = (rn_real)(averagepool_count(call, sides.h, h) * averagepool_count(call, sides.w, w));
    int64_t width = call->input[0].shape.w;
    if (forward)
        call->output.data[to] = averagepool_sum(call->input[0].data + from, width, rows, columns) / count;
    else
        averagepool_spread(call->input_grad[0].data + from, width, rows, columns,
                           call->output_grad.data[to] / count);
}

static void averagepool_walk(const rn_call *call, bool forward)
{
    rn_shape in = call->input[0].shape, out = call->output.shape;
    int64_t to = 0;
    for (int64_t plane = 0; plane < out.n * out.c; plane++)
        for (int64_t h = 0; h < out.h; h++)
            for (int64_t w = 0; w < out.w; w++)
                averagepool_window(call, forward, plane * in.h * in.w, to++, h, w);
}

static void averagepool_forward(const rn_call *call)
{
    averagepool_walk(call, true);
}

static void averagepool_backward(const rn_call *call)
{
    if (call->input_grad[0].data)
        averagepool_walk(call, false);
}

const rn_op rn_op_averagepool = {
    .name = "averagepool",
    .inputs = 1,
    .infer = averagepool_infer,
    .forward = averagepool_forward,
    .backward = averagepool_backward,
};
