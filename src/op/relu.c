/* Rectified linear unit: y = max(x, 0).  What is not a number stays so, that it can be found. */
#include "op/rules.h"

static rn_status relu_infer(rn_call *call)
{
    rn_rule_begin(call);
    return rn_rule_output(call, call->input[0].shape);
}

static void relu_forward(const rn_call *call)
{
    const rn_real *x = call->input[0].data;
    for (int64_t i = 0; i < rn_count(call->output.shape); i++)
        call->output.data[i] = x[i] < 0 ? 0 : x[i];
}

static void relu_backward(const rn_call *call)
{
    if (!call->input_grad[0].data)
        return;
    for (int64_t i = 0; i < rn_count(call->output.shape); i++)
        if (call->input[0].data[i] > 0)
            call->input_grad[0].data[i] += call->output_grad.data[i];
}

const rn_op rn_op_relu = {
    .name = "relu",
    .inputs = 1,
    .infer = relu_infer,
    .forward = relu_forward,
    .backward = relu_backward,
};
