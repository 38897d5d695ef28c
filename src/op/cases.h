/*
 * For tests: one table of uses of every operation, for the gradient check, for the fast kernels of every
 * device and for measurements, and one way to fill a call with numbers that never change.
 */
#ifndef RN_OP_CASES_H
#define RN_OP_CASES_H

#include "op/call.h"
#include "base/random.h"

#include <stdio.h>
#include <string.h>

typedef struct {
    const rn_op *op;
    rn_shape input[RN_MAX_INPUTS];
    bool evaluating;                /* not training */
    int groups;
    rn_args args;
} rn_case;

#define RN_IN(n, c, h, w) { { n, c, h, w } }
#define RN_TWICE(n, c, h, w) { { n, c, h, w }, { n, c, h, w } }
#define RN_THRICE(n, c, h, w) { { n, c, h, w }, { n, c, h, w }, { n, c, h, w } }
#define RN_CASE(name, shapes, ...) { .op = &rn_op_##name, .input = shapes, .args = { __VA_ARGS__ } }
#define RN_WINDOW(kernel, stride_, pad) \
    .kernel_h = kernel, .kernel_w = kernel, .stride = stride_, .pad_h = pad, .pad_w = pad
#define RN_CONV(filters_, kernel, stride_, pad) .filters = filters_, RN_WINDOW(kernel, stride_, pad)
#define RN_NORM(shapes, groups_, evaluating_, frozen_)                                          \
    { .op = &rn_op_batchnorm, .input = shapes, .groups = groups_, .evaluating = evaluating_,    \
      .args = { .epsilon = 1e-5, .momentum = 0.1, .frozen = frozen_ } }

static const rn_case rn_cases[] = {
    /*      operation  images, channels, height, width   filters, kernel, stride, padding */
    RN_CASE(conv2d, RN_IN(1, 1, 1, 1), RN_CONV(1, 1, 1, 0)),
    RN_CASE(conv2d, RN_IN(2, 3, 32, 32), RN_CONV(16, 3, 1, 1)),
    RN_CASE(conv2d, RN_IN(3, 16, 16, 16), RN_CONV(16, 3, 1, 1)),
    RN_CASE(conv2d, RN_IN(2, 16, 17, 15), RN_CONV(20, 3, 1, 1), .bias = true),
    RN_CASE(conv2d, RN_IN(2, 16, 16, 16), RN_CONV(32, 3, 2, 1)),
    RN_CASE(conv2d, RN_IN(2, 20, 15, 13), RN_CONV(20, 3, 2, 1)),
    RN_CASE(conv2d, RN_IN(1, 64, 8, 8), RN_CONV(64, 3, 1, 1)),
    RN_CASE(conv2d, RN_IN(5, 32, 7, 7), RN_CONV(48, 3, 1, 1)),
    RN_CASE(conv2d, RN_IN(2, 16, 14, 15), RN_CONV(32, 3, 1, 1)),
    RN_CASE(conv2d, RN_IN(1, 16, 5, 70), RN_CONV(16, 3, 1, 1)),
    RN_CASE(conv2d, RN_IN(2, 64, 7, 7), RN_CONV(20, 1, 1, 0)),
    RN_CASE(conv2d, RN_IN(3, 20, 9, 11), RN_CONV(64, 1, 1, 0), .bias = true),
    RN_CASE(conv2d, RN_IN(2, 64, 8, 8), RN_CONV(128, 1, 2, 0)),
    RN_CASE(conv2d, RN_IN(2, 16, 9, 7), RN_CONV(33, 1, 2, 0)),
    RN_CASE(conv2d, RN_IN(1, 256, 4, 4), RN_CONV(64, 1, 1, 0)),
    RN_CASE(conv2d, RN_IN(1, 3, 32, 32), RN_CONV(64, 7, 2, 3)),
    RN_CASE(conv2d, RN_IN(2, 3, 23, 19), RN_CONV(16, 7, 2, 3)),
    RN_CASE(conv2d, RN_IN(2, 16, 11, 9), RN_CONV(24, 5, 1, 2), .bias = true),
    RN_CASE(conv2d, RN_IN(2, 1, 12, 12), RN_CONV(6, 5, 1, 0), .bias = true),
    RN_CASE(conv2d, RN_IN(1, 3, 31, 31), RN_CONV(16, 11, 4, 2), .bias = true),
    RN_CASE(conv2d, RN_IN(2, 4, 8, 9), RN_CONV(3, 3, 3, 0)),
    RN_CASE(conv2d, RN_IN(1, 2, 2, 2), RN_CONV(3, 3, 1, 3)),
    RN_CASE(conv2d, RN_IN(2, 8, 3, 3), RN_CONV(8, 2, 1, 1)),
    RN_CASE(conv2d, RN_IN(2, 16, 12, 12), RN_CONV(16, 3, 1, 2), .dilation = 2),
    RN_CASE(conv2d, RN_IN(1, 6, 13, 11), RN_CONV(9, 3, 2, 1), .dilation = 3, .groups = 3),
    RN_CASE(conv2d, RN_IN(2, 32, 8, 8), RN_CONV(64, 3, 1, 1), .groups = 2, .bias = true),
    RN_CASE(conv2d, RN_IN(2, 12, 9, 9), RN_CONV(12, 3, 1, 1), .groups = 12),
    RN_CASE(conv2d, RN_IN(2, 32, 9, 7), RN_CONV(48, 3, 1, 1), .bias = true),
    RN_CASE(conv2d, RN_IN(2, 64, 9, 8), RN_CONV(64, 3, 2, 1), .groups = 16),
    RN_CASE(conv2d, RN_IN(1, 96, 5, 6), RN_CONV(48, 1, 1, 0), .groups = 3, .bias = true),
    RN_CASE(conv2d, RN_IN(2, 16, 9, 8), .filters = 16, .kernel_h = 1, .kernel_w = 5, .stride = 1, .pad_w = 2),
    RN_CASE(conv2d, RN_IN(2, 5, 8, 9), .filters = 7, .kernel_h = 3, .kernel_w = 2, .stride = 2, .pad_h = 1),

    RN_NORM(RN_IN(2, 16, 8, 8), 1, false, false),
    RN_NORM(RN_IN(8, 16, 5, 7), 1, false, false),
    RN_NORM(RN_IN(8, 20, 4, 4), 2, false, false),
    RN_NORM(RN_IN(7, 3, 5, 5), 4, false, false),
    RN_NORM(RN_IN(3, 5, 3, 3), 4, false, false),
    RN_NORM(RN_IN(16, 64, 1, 1), 1, false, false),
    RN_NORM(RN_IN(3, 20, 6, 5), 1, true, false),
    RN_NORM(RN_IN(4, 16, 4, 4), 2, false, true),

    RN_CASE(relu, RN_IN(2, 16, 8, 8), .filters = 0),
    RN_CASE(relu, RN_IN(3, 20, 5, 3), .filters = 0),
    RN_CASE(add, RN_TWICE(2, 16, 8, 8), .filters = 0),
    RN_CASE(add, RN_TWICE(3, 20, 5, 3), .filters = 0),
    RN_CASE(prelu, RN_IN(2, 16, 8, 8), .filters = 0),
    RN_CASE(prelu, RN_IN(3, 5, 7, 3), .filters = 0),

    RN_CASE(highway, RN_THRICE(2, 16, 8, 8), .filters = 0),
    RN_CASE(highway, RN_THRICE(3, 5, 7, 3), .filters = 0),

    { .op = &rn_op_concat, .input = { { 2, 32, 7, 7 }, { 2, 48, 7, 7 }, { 2, 16, 7, 7 }, { 2, 64, 7, 7 } } },
    { .op = &rn_op_concat, .input = { { 3, 16, 5, 4 }, { 3, 20, 5, 4 }, { 3, 16, 5, 4 } } },
    { .op = &rn_op_concat, .input = { { 2, 3, 6, 5 }, { 2, 32, 6, 5 } } },
    { .op = &rn_op_concat, .input = { { 2, 2, 3, 3 }, { 2, 3, 3, 3 } } },
    { .op = &rn_op_concat, .input = RN_IN(2, 16, 3, 3) },

    RN_CASE(linear, RN_IN(1, 64, 1, 1), .filters = 10, .bias = true),
    RN_CASE(linear, RN_IN(5, 20, 3, 2), .filters = 33, .bias = true),
    RN_CASE(linear, RN_IN(4, 512, 1, 1), .filters = 100),
    RN_CASE(linear, RN_IN(6, 16, 3, 5), .filters = 37, .bias = true),
    RN_CASE(linear, RN_IN(9, 80, 1, 1), .filters = 21, .bias = true),
    RN_CASE(linear, RN_IN(3, 1, 1, 1), .filters = 1, .bias = true),

    RN_CASE(maxpool, RN_IN(2, 16, 16, 16), RN_WINDOW(3, 2, 1)),
    RN_CASE(maxpool, RN_IN(2, 20, 13, 11), RN_WINDOW(3, 2, 1)),
    RN_CASE(maxpool, RN_IN(2, 16, 12, 14), RN_WINDOW(2, 2, 0)),
    RN_CASE(maxpool, RN_IN(2, 3, 13, 12), RN_WINDOW(3, 2, 0), .ceil_mode = true),
    RN_CASE(maxpool, RN_IN(1, 4, 6, 7), RN_WINDOW(3, 1, 1)),
    RN_CASE(maxpool, RN_IN(1, 4, 6, 7), RN_WINDOW(2, 3, 1), .ceil_mode = true),
    RN_CASE(maxpool, RN_IN(2, 16, 14, 13), .bins = 3),
    RN_CASE(maxpool, RN_IN(1, 20, 3, 2), .bins = 7),

    RN_CASE(averagepool, RN_IN(2, 64, 8, 8), .kernel_h = 0),
    RN_CASE(averagepool, RN_IN(3, 20, 7, 5), .kernel_h = 0),
    RN_CASE(averagepool, RN_IN(2, 16, 8, 8), RN_WINDOW(2, 2, 0)),
    RN_CASE(averagepool, RN_IN(2, 5, 9, 8), RN_WINDOW(3, 2, 1)),
    RN_CASE(averagepool, RN_IN(2, 5, 9, 8), RN_WINDOW(3, 2, 1), .count_pad = true),
    RN_CASE(averagepool, RN_IN(1, 3, 8, 8), RN_WINDOW(3, 2, 1), .count_pad = true, .ceil_mode = true),
    RN_CASE(averagepool, RN_IN(1, 3, 8, 8), RN_WINDOW(3, 2, 0), .ceil_mode = true),
    RN_CASE(averagepool, RN_IN(2, 16, 14, 13), .bins = 4),
    RN_CASE(averagepool, RN_IN(1, 20, 3, 2), .bins = 7),

    RN_CASE(pad_shortcut, RN_IN(2, 16, 8, 8), .filters = 32, .stride = 2),
    RN_CASE(pad_shortcut, RN_IN(2, 16, 8, 8), .filters = 32, .stride = 2, .place = RN_PLACE_SPLIT),
    RN_CASE(pad_shortcut, RN_IN(2, 5, 7, 9), .filters = 8, .stride = 2, .place = RN_PLACE_SPLIT),
    RN_CASE(pad_shortcut, RN_IN(1, 64, 3, 3), .filters = 256, .stride = 1),

    RN_CASE(softmax_loss, RN_IN(4, 10, 1, 1), .filters = 0),
    RN_CASE(softmax_loss, RN_IN(3, 1000, 1, 1), .filters = 0),

    RN_CASE(dropout, RN_IN(2, 16, 3, 3), .rate = 0.5),
    RN_CASE(dropout, RN_IN(3, 20, 1, 1), .rate = 0.2),
    { .op = &rn_op_dropout, .input = RN_IN(2, 20, 1, 1), .evaluating = true, .args = { .rate = 0.5 } },
};

enum { RN_CASES = sizeof rn_cases / sizeof *rn_cases, RN_CASE_IMAGES = 64 };

/* Number i of stream `stream`, at least -1 and less than 1; exact in float. */
static inline double rn_case_number(uint64_t stream, int64_t i)
{
    return (double)(rn_random_mix(stream, (uint64_t)i) >> 40) * 0x1p-23 - 1;
}

static inline void rn_case_draw(rn_real *to, int64_t count, uint64_t stream, double scale, double shift)
{
    for (int64_t i = 0; i < count; i++)
        to[i] = (rn_real)(shift + scale * rn_case_number(stream, i));
}

/* Inputs, parameters, labels and the gradient of the output: streams 0-3, 10-13, 20, 30.  Variances are 0.5
 * to 1.5.  Gradients that a kernel fills are left alone. */
static inline void rn_case_fill(rn_call *call)
{
    static int32_t label[RN_CASE_IMAGES];
    for (int i = 0; i < call->inputs; i++)
        rn_case_draw(call->input[i].data, rn_count(call->input[i].shape), (uint64_t)i, 1, 0);
    for (int p = 0; p < call->params; p++) {
        bool variance = strcmp(call->op->param_name[p], "running_var") == 0;
        rn_case_draw(call->param[p], rn_count(call->param_shape[p]), 10 + (uint64_t)p, variance ? 0.5 : 1,
                     variance);
    }
    for (int n = 0; n < RN_CASE_IMAGES; n++)
        label[n] = (int32_t)(rn_random_mix(20, (uint64_t)n) % (uint64_t)call->input[0].shape.c);
    call->label = label;
    rn_case_draw(call->output_grad.data, rn_count(call->output.shape), 30, 1, 0);
}

/* A filled call; close it with rn_call_close. */
static inline rn_status rn_case_open(const rn_case *row, rn_call *call)
{
    *call = (rn_call){ .op = row->op, .args = row->args, .training = !row->evaluating, .groups = row->groups,
                       .key = 7, .first_image = 3 };
    for (; call->inputs < RN_MAX_INPUTS && row->input[call->inputs].n; call->inputs++)
        call->input[call->inputs].shape = row->input[call->inputs];
    RN_TRY(rn_call_open(call));
    rn_case_fill(call);
    return RN_OK;
}

/* Every parameter of an open call, for messages. */
static inline const char *rn_case_text(const rn_call *call)
{
    static char text[256];
    rn_shape in = call->input[0].shape, out = call->output.shape;
    const rn_args *a = &call->args;
    snprintf(text, sizeof text, "%s %lldx%lldx%lldx%lld to %lldx%lldx%lldx%lld filters %lld "
             "kernel %lldx%lld stride %lld pad %lldx%lld dilation %lld groups %lld bins %lld "
             "bias %d ceil %d count_pad %d place %d frozen %d training %d parts %d",
             call->op->name, (long long)in.n, (long long)in.c, (long long)in.h, (long long)in.w,
             (long long)out.n, (long long)out.c, (long long)out.h, (long long)out.w,
             (long long)a->filters, (long long)a->kernel_h, (long long)a->kernel_w, (long long)a->stride,
             (long long)a->pad_h, (long long)a->pad_w, (long long)a->dilation, (long long)a->groups,
             (long long)a->bins, a->bias, a->ceil_mode, a->count_pad, (int)a->place, a->frozen,
             call->training, call->groups);
    return text;
}

#endif
