/* The sum at the end of a residual block: y = F(x) + x (equation 1). */
#include "op/rules.h"

static rn_status add_infer(rn_call *call)
{
    rn_rule_begin(call);
    rn_shape a = call->input[0].shape, b = call->input[1].shape;
    if (!rn_same_shape(a, b))
        return rn_fail(RN_BAD_ARGUMENT, "add: %lldx%lldx%lldx%lld and %lldx%lldx%lldx%lld differ in shape",
                       (long long)a.n, (long long)a.c, (long long)a.h, (long long)a.w,
                       (long long)b.n, (long long)b.c, (long long)b.h, (long long)b.w);
    return rn_rule_output(call, a);
}

static void add_forward(const rn_call *call)
{
    for (int64_t i = 0; i < rn_count(call->output.shape); i++)
        call->output.data[i] = call->input[0].data[i] + call->input[1].data[i];
}

static void add_backward(const rn_call *call)
{
    for (int input = 0; input < 2; input++)
        if (call->input_grad[input].data)
            for (int64_t i = 0; i < rn_count(call->output.shape); i++)
                call->input_grad[input].data[i] += call->output_grad.data[i];
}

const rn_op rn_op_add = {
    .name = "add",
    .inputs = 2,
    .infer = add_infer,
    .forward = add_forward,
    .backward = add_backward,
};
