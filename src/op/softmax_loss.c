/*
 * Softmax and cross-entropy of each image:  p = exp(x - max) / sum,   y = log(sum) - (x[label] - max),
 * dx = dy (p - one at the label).  saved: the probabilities p.
 */
#include "op/rules.h"

#include <assert.h>
#include <math.h>

static rn_status softmax_loss_infer(rn_call *call)
{
    rn_rule_begin(call);
    rn_shape in = call->input[0].shape;
    if (in.h != 1 || in.w != 1)
        return rn_fail(RN_BAD_ARGUMENT, "softmax_loss: scores are %lldx%lldx%lld, wanted %lldx1x1",
                       (long long)in.c, (long long)in.h, (long long)in.w, (long long)in.c);
    call->saved_count = in.n * in.c;
    return rn_rule_output(call, (rn_shape){ in.n, 1, 1, 1 });
}

/* Fill the probabilities of one image and return its loss. */
static rn_real softmax_loss_of(const rn_real *score, rn_real *probability, int64_t classes, int32_t label)
{
    rn_real largest = score[0];
    double sum = 0;
    for (int64_t c = 1; c < classes; c++)
        if (score[c] > largest)
            largest = score[c];
    for (int64_t c = 0; c < classes; c++)
        sum += exp((double)score[c] - (double)largest);
    for (int64_t c = 0; c < classes; c++)
        probability[c] = (rn_real)(exp((double)score[c] - (double)largest) / sum);
    return (rn_real)(log(sum) - ((double)score[label] - (double)largest));
}

static void softmax_loss_forward(const rn_call *call)
{
    int64_t classes = call->input[0].shape.c;
    for (int64_t n = 0; n < call->input[0].shape.n; n++) {
        assert(call->label[n] >= 0 && call->label[n] < classes);
        call->output.data[n] = softmax_loss_of(call->input[0].data + n * classes, call->saved + n * classes,
                                               classes, call->label[n]);
    }
}

static void softmax_loss_backward(const rn_call *call)
{
    int64_t classes = call->input[0].shape.c;
    if (!call->input_grad[0].data)
        return;
    for (int64_t n = 0; n < call->input[0].shape.n; n++)
        for (int64_t c = 0; c < classes; c++) {
            rn_real wanted = c == call->label[n] ? 1 : 0;
            call->input_grad[0].data[n * classes + c] +=
                call->output_grad.data[n] * (call->saved[n * classes + c] - wanted);
        }
}

const rn_op rn_op_softmax_loss = {
    .name = "softmax_loss",
    .inputs = 1,
    .infer = softmax_loss_infer,
    .forward = softmax_loss_forward,
    .backward = softmax_loss_backward,
};
