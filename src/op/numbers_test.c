/* What PyTorch's numbers cannot show: dropout's independence of cuts, numbers at the edge. */
#include "op/cases.h"
#include "base/check.h"

#include <math.h>

static rn_status open_scores(rn_call *call, const float *score, int32_t *label)
{
    static const rn_case row = RN_CASE(softmax_loss, RN_IN(1, 3, 1, 1), .filters = 0);
    RN_TRY(rn_case_open(&row, call));
    memcpy(call->input[0].data, score, 3 * sizeof *score);
    call->label = label;
    return RN_OK;
}

/* Scores that would overflow or vanish without the subtraction of the largest. */
static void check_stable_softmax(void)
{
    const float score[] = { 1000, -1000, 990 };
    const double wanted[] = { 4.53989e-5, 2000.0000454, 10.0000454 };
    for (int32_t label = 0; label < 3; label++) {
        rn_call call;
        CHECK_OK(open_scores(&call, score, &label));
        call.op->forward(&call);
        double loss = (double)call.output.data[0];
        CHECK(fabs(loss - wanted[label]) < 1e-6 * (1 + wanted[label]), "loss %.9g, wanted %.9g", loss,
              wanted[label]);
        rn_call_close(&call);
    }
}

/* The second half of a batch meets the mask that it meets in the whole, and about rate of it is dropped. */
static void check_dropout(void)
{
    static const rn_case whole_row = RN_CASE(dropout, RN_IN(8, 16, 5, 5), .rate = 0.25);
    static const rn_case half_row = RN_CASE(dropout, RN_IN(4, 16, 5, 5), .rate = 0.25);
    rn_call whole, half;
    CHECK_OK(rn_case_open(&whole_row, &whole));
    CHECK_OK(rn_case_open(&half_row, &half));
    int64_t count = rn_count(half.input[0].shape), dropped = 0;
    half.first_image = whole.first_image + 4;
    memcpy(half.input[0].data, whole.input[0].data + count, (size_t)count * sizeof(float));
    whole.op->forward(&whole);
    half.op->forward(&half);
    CHECK(memcmp(half.output.data, whole.output.data + count, (size_t)count * sizeof(float)) == 0,
          "a cut batch is dropped in another way");
    for (int64_t i = 0; i < 2 * count; i++)
        dropped += whole.output.data[i] == 0;
    CHECK(llabs(dropped - count / 2) < count / 20, "%lld of %lld dropped", (long long)dropped,
          (long long)(2 * count));
    rn_call_close(&whole);
    rn_call_close(&half);
}

/* What is not a number must reach the output, or nobody would find it. */
static void check_not_finite(void)
{
    static const rn_case rows[] = {
        RN_CASE(relu, RN_IN(1, 1, 2, 2), .filters = 0),
        RN_CASE(prelu, RN_IN(1, 1, 2, 2), .filters = 0),
        RN_CASE(maxpool, RN_IN(1, 1, 2, 2), RN_WINDOW(2, 1, 0)),
        RN_CASE(averagepool, RN_IN(1, 1, 2, 2), .kernel_h = 0),
        RN_CASE(conv2d, RN_IN(1, 1, 2, 2), RN_CONV(1, 2, 1, 0)),
        RN_CASE(batchnorm, RN_IN(1, 1, 2, 2), .epsilon = 1e-5, .momentum = 0.1),
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        rn_call call;
        CHECK_OK(rn_case_open(&rows[i], &call));
        call.input[0].data[1] = NAN;
        call.op->forward(&call);
        bool found = false;
        for (int64_t k = 0; k < rn_count(call.output.shape); k++)
            found |= isnan(call.output.data[k]);
        CHECK(found, "%s", rn_case_text(&call));
        rn_call_close(&call);
    }
}

/* Of equal numbers the first gets the gradient, as ReLU makes many zeros. */
static void check_equal_numbers(void)
{
    static const rn_case row = RN_CASE(maxpool, RN_IN(1, 1, 2, 2), RN_WINDOW(2, 1, 0));
    rn_call call;
    CHECK_OK(rn_case_open(&row, &call));
    memset(call.input[0].data, 0, 4 * sizeof(float));
    call.output_grad.data[0] = 5;
    call.op->forward(&call);
    call.op->backward(&call);
    const float *grad = call.input_grad[0].data;
    CHECK(grad[0] == 5 && grad[1] == 0 && grad[2] == 0 && grad[3] == 0, "%g %g %g %g", (double)grad[0],
          (double)grad[1], (double)grad[2], (double)grad[3]);
    rn_call_close(&call);
}

int main(void)
{
    check_stable_softmax();
    check_dropout();
    check_not_finite();
    check_equal_numbers();
    return check_result();
}
