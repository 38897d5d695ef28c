/* The fully connected layer: y = weight x + bias, where x is a picture's c*h*w numbers in a row. */
#include "op/rules.h"

static rn_status linear_infer(rn_call *call)
{
    rn_rule_begin(call);
    rn_shape in = call->input[0].shape;
    int64_t filters = call->args.filters;
    if (filters < 1)
        return rn_fail(RN_BAD_ARGUMENT, "linear: %lld outputs, wanted at least 1", (long long)filters);
    RN_TRY(rn_rule_param(call, (rn_shape){ filters, in.c * in.h * in.w, 1, 1 }));
    if (call->args.bias)
        RN_TRY(rn_rule_param(call, (rn_shape){ filters, 1, 1, 1 }));
    return rn_rule_output(call, (rn_shape){ in.n, filters, 1, 1 });
}

static int64_t linear_multiply_adds(const rn_call *call)
{
    return rn_count(call->param_shape[0]) * call->output.shape.n;
}

static void linear_forward(const rn_call *call)
{
    int64_t features = call->param_shape[0].c, outputs = call->param_shape[0].n;
    for (int64_t n = 0; n < call->output.shape.n; n++)
        for (int64_t o = 0; o < outputs; o++) {
            const rn_real *x = call->input[0].data + n * features, *weight = call->param[0] + o * features;
            double sum = call->args.bias ? (double)call->param[1][o] : 0;
            for (int64_t i = 0; i < features; i++)
                sum += (double)(weight[i] * x[i]);
            call->output.data[n * outputs + o] = (rn_real)sum;
        }
}

static void linear_backward(const rn_call *call)
{
    int64_t features = call->param_shape[0].c, outputs = call->param_shape[0].n;
    for (int64_t n = 0; n < call->output.shape.n; n++)
        for (int64_t o = 0; o < outputs; o++) {
            rn_real dy = call->output_grad.data[n * outputs + o];
            if (call->input_grad[0].data)
                for (int64_t i = 0; i < features; i++)
                    call->input_grad[0].data[n * features + i] += dy * call->param[0][o * features + i];
            if (call->param_grad[0])
                for (int64_t i = 0; i < features; i++)
                    call->param_grad[0][o * features + i] += dy * call->input[0].data[n * features + i];
            if (call->args.bias && call->param_grad[1])
                call->param_grad[1][o] += dy;
        }
}

const rn_op rn_op_linear = {
    .name = "linear",
    .inputs = 1,
    .param_name = { "weight", "bias" },
    .param_role = { RN_DECAYED, RN_LEARNED },
    .infer = linear_infer,
    .multiply_adds = linear_multiply_adds,
    .forward = linear_forward,
    .backward = linear_backward,
};
