#include "op/rules.h"

void rn_rule_begin(rn_call *call)
{
    rn_args *args = &call->args;
    int64_t *one_if_zero[] = { &args->stride, &args->dilation, &args->groups };
    for (int i = 0; i < 3; i++)
        if (*one_if_zero[i] == 0)
            *one_if_zero[i] = 1;
    if (call->groups < 1)
        call->groups = 1;
    call->params = 0;
    call->saved_count = 0;
}

/* Room is left for 16 bytes a number and for padding of channels to whole vectors. */
static bool countable(rn_shape shape)
{
    int64_t sides[] = { shape.n, shape.c, shape.h, shape.w }, count = INT64_MAX >> 10;
    for (int i = 0; i < 4; i++) {
        if (sides[i] < 1 || sides[i] > count)
            return false;
        count /= sides[i];
    }
    return true;
}

static rn_status check_shape(const rn_call *call, const char *what, rn_shape shape)
{
    if (countable(shape))
        return RN_OK;
    return rn_fail(RN_BAD_ARGUMENT, "%s: %s of %lldx%lldx%lldx%lld numbers is not possible", call->op->name,
                   what, (long long)shape.n, (long long)shape.c, (long long)shape.h, (long long)shape.w);
}

rn_status rn_rule_param(rn_call *call, rn_shape shape)
{
    call->param_shape[call->params++] = shape;
    return check_shape(call, "a parameter", shape);
}

rn_status rn_rule_output(rn_call *call, rn_shape shape)
{
    call->output.shape = shape;
    return check_shape(call, "an output", shape);
}

rn_side rn_side_h(const rn_call *call)
{
    const rn_args *args = &call->args;
    return (rn_side){ call->input[0].shape.h, args->kernel_h, args->stride, args->pad_h, args->dilation,
                      args->bins };
}

rn_side rn_side_w(const rn_call *call)
{
    const rn_args *args = &call->args;
    return (rn_side){ call->input[0].shape.w, args->kernel_w, args->stride, args->pad_w, args->dilation,
                      args->bins };
}

enum { WINDOW_LIMIT = 1 << 20 };

static bool countable_window(rn_side side)
{
    int64_t limit = WINDOW_LIMIT;
    return side.kernel >= 1 && side.kernel <= limit && side.stride >= 1 && side.stride <= limit
           && side.dilation >= 1 && side.dilation <= limit && side.pad >= 0 && side.pad <= limit;
}

rn_status rn_rule_windows(const rn_call *call, rn_side side, int64_t *windows)
{
    const char *op = call->op->name;
    *windows = side.bins;
    if (side.bins < 0 || side.bins > WINDOW_LIMIT)
        return rn_fail(RN_BAD_ARGUMENT, "%s: %lld windows, wanted at least 1", op, (long long)side.bins);
    if (side.bins)
        return RN_OK;
    if (!countable_window(side))
        return rn_fail(RN_BAD_ARGUMENT, "%s: kernel %lld, stride %lld, padding %lld, dilation %lld: wanted "
                       "at least 1, 1, 0 and 1", op, (long long)side.kernel, (long long)side.stride,
                       (long long)side.pad, (long long)side.dilation);
    int64_t reach = side.dilation * (side.kernel - 1) + 1, slack = side.size + 2 * side.pad - reach;
    if (slack < 0)
        return rn_fail(RN_BAD_ARGUMENT, "%s: a kernel that reaches over %lld pixels does not fit into %lld "
                       "(%lld and padding %lld on both sides)", op, (long long)reach,
                       (long long)(side.size + 2 * side.pad), (long long)side.size, (long long)side.pad);
    *windows = slack / side.stride + 1;
    bool hangs_over = call->args.ceil_mode && slack % side.stride != 0;
    if (hangs_over && *windows * side.stride < side.size + side.pad)
        ++*windows;
    return RN_OK;
}
