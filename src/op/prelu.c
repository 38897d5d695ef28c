/* Parametric rectified linear unit (He et al. 2015a): y = x if x > 0, else weight x; one weight a channel. */
#include "op/rules.h"

static rn_status prelu_infer(rn_call *call)
{
    rn_rule_begin(call);
    RN_TRY(rn_rule_param(call, (rn_shape){ call->input[0].shape.c, 1, 1, 1 }));
    return rn_rule_output(call, call->input[0].shape);
}

static int64_t prelu_channel(rn_shape shape, int64_t i)
{
    return i / (shape.h * shape.w) % shape.c;
}

static void prelu_forward(const rn_call *call)
{
    rn_shape shape = call->output.shape;
    for (int64_t i = 0; i < rn_count(shape); i++) {
        rn_real x = call->input[0].data[i];
        call->output.data[i] = x > 0 ? x : call->param[0][prelu_channel(shape, i)] * x;
    }
}

static void prelu_backward(const rn_call *call)
{
    rn_shape shape = call->output.shape;
    for (int64_t i = 0; i < rn_count(shape); i++) {
        rn_real x = call->input[0].data[i], dy = call->output_grad.data[i];
        int64_t c = prelu_channel(shape, i);
        if (call->input_grad[0].data)
            call->input_grad[0].data[i] += x > 0 ? dy : call->param[0][c] * dy;
        if (call->param_grad[0] && x <= 0)
            call->param_grad[0][c] += x * dy;
    }
}

const rn_op rn_op_prelu = {
    .name = "prelu",
    .inputs = 1,
    .param_name = { "weight" },
    .param_role = { RN_LEARNED },
    .infer = prelu_infer,
    .forward = prelu_forward,
    .backward = prelu_backward,
};
