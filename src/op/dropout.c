/*
 * Dropout (Srivastava et al. 2014): in training each number is zero with probability `rate` and otherwise
 * divided by 1 - rate; else nothing happens.  Whether a number stays depends on the call's key and the
 * number's place in the whole batch alone, so nothing needs to be saved and batches may be cut anywhere.
 */
#include "op/rules.h"
#include "base/random.h"

static rn_status dropout_infer(rn_call *call)
{
    rn_rule_begin(call);
    if (!(call->args.rate >= 0 && call->args.rate < 1))
        return rn_fail(RN_BAD_ARGUMENT, "dropout: rate %g, wanted at least 0 and below 1", call->args.rate);
    return rn_rule_output(call, call->input[0].shape);
}

/* What number i of the call is multiplied with. */
static rn_real dropout_factor(const rn_call *call, int64_t i)
{
    rn_shape in = call->input[0].shape;
    if (!call->training)
        return 1;
    uint64_t place = (uint64_t)(call->first_image * in.c * in.h * in.w + i);
    double uniform = (double)(rn_random_mix(call->key, place) >> 11) * 0x1p-53;
    return uniform < call->args.rate ? 0 : (rn_real)(1 / (1 - call->args.rate));
}

static void dropout_forward(const rn_call *call)
{
    for (int64_t i = 0; i < rn_count(call->output.shape); i++)
        call->output.data[i] = dropout_factor(call, i) * call->input[0].data[i];
}

static void dropout_backward(const rn_call *call)
{
    if (!call->input_grad[0].data)
        return;
    for (int64_t i = 0; i < rn_count(call->output.shape); i++)
        call->input_grad[0].data[i] += dropout_factor(call, i) * call->output_grad.data[i];
}

const rn_op rn_op_dropout = {
    .name = "dropout",
    .inputs = 1,
    .infer = dropout_infer,
    .forward = dropout_forward,
    .backward = dropout_backward,
};
