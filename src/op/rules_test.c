/* Shape rules: every refusal names what is wrong; counts are the paper's; a call gives its memory back. */
#include "op/cases.h"
#include "base/check.h"
#include "base/memory.h"

typedef struct {
    rn_case use;
    const char *message;
} refusal;

static const refusal refusals[] = {
    { RN_CASE(conv2d, RN_IN(1, 3, 8, 8), RN_CONV(0, 3, 1, 1)), "0 filters in 1 groups, wanted at least 1" },
    { RN_CASE(conv2d, RN_IN(1, 3, 8, 8), RN_CONV(4, 3, 1, 1), .groups = 2),
      "3 channels and 4 filters do not fall into 2 groups" },
    { RN_CASE(conv2d, RN_IN(1, 3, 8, 8), RN_CONV(4, 0, 1, 1)), "kernel 0" },
    { RN_CASE(conv2d, RN_IN(1, 3, 8, 8), RN_CONV(4, 3, -1, 1)), "stride -1" },
    { RN_CASE(conv2d, RN_IN(1, 3, 8, 8), RN_CONV(4, 3, 1, -1)), "padding -1" },
    { RN_CASE(conv2d, RN_IN(1, 3, 5, 5), RN_CONV(4, 9, 1, 1)), "9 pixels does not fit into 7 (5 and padd" },
    { RN_CASE(conv2d, RN_IN(1, 3, 5, 5), RN_CONV(4, 3, 1, 0), .dilation = 3), "7 pixels does not fit in" },
    { RN_CASE(conv2d, RN_IN(1, 3, 8, 8), RN_CONV(INT64_MAX / 2, 3, 1, 1)), "is not possible" },
    { RN_CASE(maxpool, RN_IN(1, 3, 8, 8), RN_WINDOW(3, 2, 2)), "padding 2x2 is over half of the kernel 3x3" },
    { RN_CASE(averagepool, RN_IN(1, 3, 8, 8), RN_WINDOW(9, 1, 0)), "9 pixels does not fit into 8" },
    { RN_CASE(averagepool, RN_IN(1, 3, 8, 8), RN_WINDOW(2, 1, 2)), "2x2 is over half of the kernel 2x2" },
    { RN_CASE(maxpool, RN_IN(1, 3, 8, 8), .bins = -1), "-1 windows" },
    { RN_CASE(averagepool, RN_IN(1, 3, 8, 8), .bins = INT64_MAX), "windows, wanted at least 1" },
    { RN_CASE(linear, RN_IN(1, 3, 8, 8), .filters = -1), "-1 outputs, wanted at least 1" },
    { RN_CASE(pad_shortcut, RN_IN(1, 32, 8, 8), .filters = 16), "16 channels cannot hold the 32" },
    { RN_CASE(pad_shortcut, RN_IN(1, 32, 8, 8), .filters = 64, .stride = -2), "stride -2, wanted at least" },
    { RN_CASE(softmax_loss, RN_IN(1, 10, 7, 7), .filters = 0), "scores are 10x7x7, wanted 10x1x1" },
    { RN_CASE(dropout, RN_IN(1, 10, 7, 7), .rate = 1), "rate 1, wanted at least 0 and below 1" },
    { RN_CASE(batchnorm, RN_IN(1, 10, 7, 7), .epsilon = -1), "epsilon -1" },
    { RN_CASE(relu, RN_IN(1, 0, 7, 7), .filters = 0), "an output of 1x0x7x7 numbers is not possible" },
    { { .op = &rn_op_add, .input = { { 1, 64, 8, 8 }, { 1, 32, 16, 16 } } },
      "1x64x8x8 and 1x32x16x16 differ in shape" },
    { { .op = &rn_op_concat, .input = { { 1, 64, 8, 8 }, { 1, 64, 8, 7 } } }, "8x7 beside pictures of 8x8" },
    { { .op = &rn_op_concat, .input = { { 1, INT64_MAX, 1, 1 }, { 1, 1, 1, 1 } } }, "can be counted" },
    { { .op = &rn_op_highway, .input = { { 1, 8, 4, 4 }, { 1, 8, 4, 4 }, { 1, 4, 4, 4 } } }, "differ in" },
};

static void check_refusals(void)
{
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        rn_call call;
        rn_status status = rn_case_open(&refusals[i].use, &call);
        CHECK(status == RN_BAD_ARGUMENT && strstr(rn_error_text(), refusals[i].message)
              && strstr(rn_error_text(), refusals[i].use.op->name),
              "status %d, \"%s\", wanted \"%s\"", (int)status, rn_error_text(), refusals[i].message);
        rn_call_close(&call);
    }
}

static void check_multiply_adds(const rn_case *row, int64_t wanted)
{
    rn_call call;
    CHECK_OK(rn_case_open(row, &call));
    int64_t count = call.op->multiply_adds(&call);
    CHECK(count == wanted, "%s: %lld multiply-adds, wanted %lld", rn_case_text(&call), (long long)count,
          (long long)wanted);
    rn_call_close(&call);
}

static void check_output(const rn_case *row, rn_shape wanted)
{
    rn_call call;
    CHECK_OK(rn_case_open(row, &call));
    rn_shape out = call.output.shape;
    CHECK(rn_same_shape(out, wanted), "%s: output %lldx%lldx%lldx%lld", rn_case_text(&call), (long long)out.n,
          (long long)out.c, (long long)out.h, (long long)out.w);
    rn_call_close(&call);
}

/* The first and last layers of Table 1. */
static void check_paper(void)
{
    static const rn_case conv1 = RN_CASE(conv2d, RN_IN(1, 3, 224, 224), RN_CONV(64, 7, 2, 3));
    static const rn_case pool = RN_CASE(maxpool, RN_IN(1, 64, 112, 112), RN_WINDOW(3, 2, 1));
    static const rn_case head = RN_CASE(averagepool, RN_IN(1, 512, 7, 7), .kernel_h = 0);
    static const rn_case fc = RN_CASE(linear, RN_IN(1, 512, 1, 1), .filters = 1000, .bias = true);
    check_output(&conv1, (rn_shape){ 1, 64, 112, 112 });
    check_multiply_adds(&conv1, 118013952);
    check_output(&pool, (rn_shape){ 1, 64, 56, 56 });
    check_output(&head, (rn_shape){ 1, 512, 1, 1 });
    check_multiply_adds(&fc, 512000);
}

static void check_no_memory(void)
{
    rn_call call;
    rn_memory_fail_at(1, false);
    CHECK(rn_case_open(&rn_cases[0], &call) == RN_NO_MEMORY, "%s", rn_error_text());
    rn_memory_fail_at(0, false);
    rn_call_close(&call);
}

int main(void)
{
    check_refusals();
    check_paper();
    check_no_memory();
    return check_result();
}
