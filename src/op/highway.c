/*
 * The gate of a highway layer (Srivastava et al. 2015):  y = T h + (1 - T) x  with  T = sigmoid(t + bias).
 *
 * Inputs are h, t and x, of one shape; the bias, one a channel, begins below zero, so that a new layer
 * carries x through.
 */
#include "op/rules.h"

#include <math.h>

enum { HIGHWAY_H, HIGHWAY_T, HIGHWAY_X };

static rn_status highway_infer(rn_call *call)
{
    rn_rule_begin(call);
    rn_shape h = call->input[HIGHWAY_H].shape;
    if (!rn_same_shape(h, call->input[HIGHWAY_T].shape) || !rn_same_shape(h, call->input[HIGHWAY_X].shape))
        return rn_fail(RN_BAD_ARGUMENT, "highway: the inputs differ in shape");
    RN_TRY(rn_rule_param(call, (rn_shape){ h.c, 1, 1, 1 }));
    return rn_rule_output(call, h);
}

static int64_t highway_channel(const rn_call *call, int64_t i)
{
    rn_shape shape = call->output.shape;
    return i / (shape.h * shape.w) % shape.c;
}

static rn_real highway_gate(const rn_call *call, int64_t i)
{
    double t = (double)(call->input[HIGHWAY_T].data[i] + call->param[0][highway_channel(call, i)]);
    return (rn_real)(1 / (1 + exp(-t)));
}

static void highway_forward(const rn_call *call)
{
    for (int64_t i = 0; i < rn_count(call->output.shape); i++) {
        rn_real gate = highway_gate(call, i);
        call->output.data[i] = gate * call->input[HIGHWAY_H].data[i]
                               + (1 - gate) * call->input[HIGHWAY_X].data[i];
    }
}

static void highway_backward(const rn_call *call)
{
    for (int64_t i = 0; i < rn_count(call->output.shape); i++) {
        rn_real gate = highway_gate(call, i), dy = call->output_grad.data[i];
        rn_real dt = dy * gate * (1 - gate)
                     * (call->input[HIGHWAY_H].data[i] - call->input[HIGHWAY_X].data[i]);
        rn_real grad[] = { gate * dy, dt, (1 - gate) * dy };
        for (int k = 0; k < 3; k++)
            if (call->input_grad[k].data)
                call->input_grad[k].data[i] += grad[k];
        if (call->param_grad[0])
            call->param_grad[0][highway_channel(call, i)] += dt;
    }
}

const rn_op rn_op_highway = {
    .name = "highway",
    .inputs = 3,
    .param_name = { "bias" },
    .param_role = { RN_LEARNED },
    .infer = highway_infer,
    .forward = highway_forward,
    .backward = highway_backward,
};
