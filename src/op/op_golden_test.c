/* Outputs, all gradients and running statistics of every operation against PyTorch (test/golden). */
#include "op/op_golden.h"
#include "base/check.h"

#include <math.h>

enum { GOLDEN_CASES = sizeof golden_case / sizeof *golden_case,
       GOLDEN_NUMBERS = sizeof golden_number / sizeof *golden_number };

static int64_t place;       /* of the next golden number */

static void compare(const rn_call *call, const char *what, const float *ours, int64_t count)
{
    double largest = 1, worst = 0;
    CHECK(place + count <= GOLDEN_NUMBERS, "%s: golden numbers end before %s", rn_case_text(call), what);
    if (place + count > GOLDEN_NUMBERS)
        return;
    for (int64_t i = 0; i < count; i++) {
        largest = fmax(largest, fabs((double)golden_number[place + i]));
        worst = fmax(worst, fabs((double)ours[i] - (double)golden_number[place + i]));
    }
    CHECK(worst <= 1e-5 * largest, "%s: %s differs by %g where the largest is %g", rn_case_text(call), what,
          worst, largest);
    place += count;
}

static void check_case(const rn_case *row)
{
    rn_call call;
    CHECK_OK(rn_case_open(row, &call));
    call.op->forward(&call);
    call.op->backward(&call);
    compare(&call, "output", call.output.data, rn_count(call.output.shape));
    for (int i = 0; i < call.inputs; i++)
        compare(&call, "an input's gradient", call.input_grad[i].data, rn_count(call.input[i].shape));
    for (int p = 0; p < call.params; p++)
        if (call.op->param_role[p] != RN_STATE)
            compare(&call, call.op->param_name[p], call.param_grad[p], rn_count(call.param_shape[p]));
    for (int p = 0; p < call.params; p++)
        if (call.op->param_role[p] == RN_STATE)
            compare(&call, call.op->param_name[p], call.param[p], rn_count(call.param_shape[p]));
    rn_call_close(&call);
}

int main(void)
{
    for (int i = 0; i < GOLDEN_CASES; i++)
        check_case(&golden_case[i]);
    CHECK(place == GOLDEN_NUMBERS, "%lld golden numbers are left over", (long long)(GOLDEN_NUMBERS - place));
    return check_result();
}
