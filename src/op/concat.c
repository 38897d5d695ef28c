/* Channels of several pictures of one size, one after the other: the end of an Inception module. */
#include "op/rules.h"

static rn_status concat_infer(rn_call *call)
{
    rn_rule_begin(call);
    rn_shape out = call->input[0].shape;
    for (int k = 1; k < call->inputs; k++) {
        rn_shape in = call->input[k].shape;
        if (in.n != out.n || in.h != out.h || in.w != out.w)
            return rn_fail(RN_BAD_ARGUMENT, "concat: pictures of %lldx%lld beside pictures of %lldx%lld",
                           (long long)in.h, (long long)in.w, (long long)out.h, (long long)out.w);
        if (in.c > INT64_MAX - out.c)
            return rn_fail(RN_BAD_ARGUMENT, "concat: more channels than can be counted");
        out.c += in.c;
    }
    return rn_rule_output(call, out);
}

static void concat_walk(const rn_call *call, bool forward)
{
    rn_shape out = call->output.shape;
    int64_t whole = 0;
    for (int64_t n = 0; n < out.n; n++)
        for (int k = 0; k < call->inputs; k++) {
            int64_t count = call->input[k].shape.c * out.h * out.w;
            for (int64_t part = n * count; part < (n + 1) * count; part++, whole++)
                if (forward)
                    call->output.data[whole] = call->input[k].data[part];
                else if (call->input_grad[k].data)
                    call->input_grad[k].data[part] += call->output_grad.data[whole];
        }
}

static void concat_forward(const rn_call *call)
{
    concat_walk(call, true);
}

static void concat_backward(const rn_call *call)
{
    concat_walk(call, false);
}

const rn_op rn_op_concat = {
    .name = "concat",
    .inputs = RN_ANY_INPUTS,
    .infer = concat_infer,
    .forward = concat_forward,
    .backward = concat_backward,
};
