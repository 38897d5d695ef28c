/*
 * Batch normalization (Ioffe, Szegedy 2015; section 3.4 of the paper puts it after each convolution):
 *
 *     y = weight (x - mean) / sqrt(variance + epsilon) + bias          for each channel
 *
 * In training mean and variance are those of each group of images; the running statistics follow as in
 * PyTorch (the variance made unbiased), by the mean over the groups.  Otherwise, or when frozen, the running
 * statistics are used and kept.  saved: mean and 1/sqrt(variance + epsilon) as [groups][2][channels].
 */
#include "op/rules.h"

#include <math.h>

enum { BN_WEIGHT, BN_BIAS, BN_MEAN, BN_VARIANCE };

static rn_status batchnorm_infer(rn_call *call)
{
    rn_rule_begin(call);
    rn_shape in = call->input[0].shape;
    if (call->args.epsilon == 0)
        call->args.epsilon = 1e-5;
    if (call->args.momentum == 0)
        call->args.momentum = 0.1;
    if (!(call->args.epsilon > 0 && call->args.momentum > 0 && call->args.momentum <= 1))
        return rn_fail(RN_BAD_ARGUMENT, "batchnorm: epsilon %g, momentum %g: wanted above 0 and at most 1",
                       call->args.epsilon, call->args.momentum);
    for (int p = BN_WEIGHT; p <= BN_VARIANCE; p++)
        RN_TRY(rn_rule_param(call, (rn_shape){ in.c, 1, 1, 1 }));
    call->saved_count = 2 * call->groups * in.c;
    return rn_rule_output(call, in);
}

static bool batchnorm_of_batch(const rn_call *call)
{
    return call->training && !call->args.frozen;
}

/* The images of one group in one channel. */
typedef struct {
    const rn_call *call;
    int group;
    int64_t channel, begin, end, pixels;
} bn_part;

static bn_part batchnorm_part(const rn_call *call, int group, int64_t channel)
{
    rn_shape in = call->input[0].shape;
    return (bn_part){ .call = call, .group = group, .channel = channel, .pixels = in.h * in.w,
                      .begin = rn_part_begin(in.n, group, call->groups),
                      .end = rn_part_begin(in.n, group + 1, call->groups) };
}

static double batchnorm_count(const bn_part *part)
{
    return (double)((part->end - part->begin) * part->pixels);
}

static int64_t batchnorm_plane(const bn_part *part, int64_t n)
{
    return rn_at(part->call->input[0].shape, n, part->channel, 0, 0);
}

typedef struct { double mean, variance; } bn_moments;

static bn_moments batchnorm_measure(const bn_part *part)
{
    const rn_real *x = part->call->input[0].data;
    double sum = 0, squares = 0, count = batchnorm_count(part);
    for (int64_t n = part->begin; n < part->end; n++)
        for (int64_t i = 0, at = batchnorm_plane(part, n); i < part->pixels; i++)
            sum += (double)x[at + i];
    double mean = sum / count;
    for (int64_t n = part->begin; n < part->end; n++)
        for (int64_t i = 0, at = batchnorm_plane(part, n); i < part->pixels; i++)
            squares += ((double)x[at + i] - mean) * ((double)x[at + i] - mean);
    return (bn_moments){ mean, squares / count };
}

static void batchnorm_apply(const bn_part *part, bn_moments moments)
{
    const rn_call *call = part->call;
    int64_t c = part->channel;
    double inverse = 1 / sqrt(moments.variance + call->args.epsilon);
    rn_real scale = (rn_real)((double)call->param[BN_WEIGHT][c] * inverse);
    rn_real shift = (rn_real)((double)call->param[BN_BIAS][c] - (double)scale * moments.mean);
    for (int64_t n = part->begin; n < part->end; n++)
        for (int64_t i = 0, at = batchnorm_plane(part, n); i < part->pixels; i++)
            call->output.data[at + i] = scale * call->input[0].data[at + i] + shift;
    if (call->saved) {
        rn_real *saved = call->saved + 2 * part->group * call->input[0].shape.c + c;
        saved[0] = (rn_real)moments.mean;
        saved[call->input[0].shape.c] = (rn_real)inverse;
    }
}

static bn_moments batchnorm_running(const rn_call *call, int64_t c)
{
    return (bn_moments){ (double)call->param[BN_MEAN][c], (double)call->param[BN_VARIANCE][c] };
}

static void batchnorm_follow(const rn_call *call, int64_t c, bn_moments batch)
{
    double m = call->args.momentum;
    bn_moments old = batchnorm_running(call, c);
    call->param[BN_MEAN][c] = (rn_real)((1 - m) * old.mean + m * batch.mean);
    call->param[BN_VARIANCE][c] = (rn_real)((1 - m) * old.variance + m * batch.variance);
}

/* A group without images, as in a short last batch, has no statistics and no vote. */
static void batchnorm_channel_of_batch(const rn_call *call, int64_t c)
{
    bn_moments total = { 0, 0 };
    int voices = 0;
    for (int group = 0; group < call->groups; group++) {
        bn_part part = batchnorm_part(call, group, c);
        double count = batchnorm_count(&part);
        if (count == 0)
            continue;
        bn_moments moments = batchnorm_measure(&part);
        batchnorm_apply(&part, moments);
        total.mean += moments.mean;
        total.variance += moments.variance * (count > 1 ? count / (count - 1) : 1);
        voices++;
    }
    if (!call->again)
        batchnorm_follow(call, c, (bn_moments){ total.mean / voices, total.variance / voices });
}

static void batchnorm_forward(const rn_call *call)
{
    for (int64_t c = 0; c < call->input[0].shape.c; c++) {
        if (batchnorm_of_batch(call)) {
            batchnorm_channel_of_batch(call, c);
            continue;
        }
        for (int group = 0; group < call->groups; group++) {
            bn_part part = batchnorm_part(call, group, c);
            batchnorm_apply(&part, batchnorm_running(call, c));
        }
    }
}

/*
 * With z = (x - mean) inverse:   d bias = sum dy,   d weight = sum dy z,
 *     dx = weight inverse (dy - d bias / count - z d weight / count);
 * the last two terms are there only when the statistics are the batch's own.
 */
static void batchnorm_part_backward(const bn_part *part)
{
    const rn_call *call = part->call;
    int64_t c = part->channel, channels = call->input[0].shape.c;
    const rn_real *x = call->input[0].data, *dy = call->output_grad.data, *saved;
    saved = call->saved + 2 * part->group * channels + c;
    double mean = (double)saved[0], inverse = (double)saved[channels], sum_dy = 0, sum_dy_z = 0;
    for (int64_t n = part->begin; n < part->end; n++)
        for (int64_t i = 0, at = batchnorm_plane(part, n); i < part->pixels; i++) {
            sum_dy += (double)dy[at + i];
            sum_dy_z += (double)dy[at + i] * ((double)x[at + i] - mean) * inverse;
        }
    if (call->param_grad[BN_WEIGHT])
        call->param_grad[BN_WEIGHT][c] += (rn_real)sum_dy_z;
    if (call->param_grad[BN_BIAS])
        call->param_grad[BN_BIAS][c] += (rn_real)sum_dy;
    if (!call->input_grad[0].data)
        return;
    double weight = (double)call->param[BN_WEIGHT][c];
    double own = batchnorm_of_batch(call) ? 1 / batchnorm_count(part) : 0;
    for (int64_t n = part->begin; n < part->end; n++)
        for (int64_t i = 0, at = batchnorm_plane(part, n); i < part->pixels; i++) {
            double z = ((double)x[at + i] - mean) * inverse;
            double centred = (double)dy[at + i] - own * sum_dy - own * z * sum_dy_z;
            call->input_grad[0].data[at + i] += (rn_real)(weight * inverse * centred);
        }
}

static void batchnorm_backward(const rn_call *call)
{
    for (int64_t c = 0; c < call->input[0].shape.c; c++)
        for (int group = 0; group < call->groups; group++) {
            bn_part part = batchnorm_part(call, group, c);
            if (part.begin < part.end)
                batchnorm_part_backward(&part);
        }
}

const rn_op rn_op_batchnorm = {
    .name = "batchnorm",
    .inputs = 1,
    .param_name = { "weight", "bias", "running_mean", "running_var" },
    .param_role = { RN_LEARNED, RN_LEARNED, RN_STATE, RN_STATE },
    .infer = batchnorm_infer,
    .forward = batchnorm_forward,
    .backward = batchnorm_backward,
};
