/*
 * Batch normalization, ReLU and addition on blocked tensors.  Where the plan made a promise there is nothing
 * to do but a few numbers for each channel; elsewhere one pass pays it.
 */
#include "backend/cpu/kernels.h"
#include "backend/cpu/finish.h"

#include <math.h>
#include <string.h>

static bool is_blocked(const rn_device *device, const rn_call *call)
{
    (void)device;
    return reads_cells(call) && call->output.shape.c >= VL && call->input[0].shape.c >= VL;
}

/* ---- Passes over all vectors ----------------------------------------------------------------- */

/* A pass calls `each` for every channel block of every image, one task a shard. */
typedef struct pass pass;
struct pass {
    rn_call *call;
    void (*each)(const pass *, const spot *);
    rn_tensor from, to;         /* what it reads and writes, by the meaning of `each` */
    bool adds, completes;
    double *sums;
};

static void pass_task(void *context, int shard, int thread)
{
    const pass *p = context;
    const rn_call *call = p->call;
    const rn_shape s = call->output.shape;
    (void)thread;
    const int64_t end = rn_part_begin(s.n, shard + 1, call->shards);
    for (int64_t image = rn_part_begin(s.n, shard, call->shards); image < end; image++) {
        spot at = spot_of(call, image, shard);
        for (at.block = 0; at.block < rn_blocks(s.c, VL); at.block++)
            p->each(p, &at);
    }
}

static void run_pass(rn_device *device, const pass *p)
{
    for (int shard = 0; p->to.sums && shard < p->call->shards; shard++)
        clear_sums(&p->to, shard);
    rn_pool_run(device->pool, p->call->shards, pass_task, (void *)(uintptr_t)p);
}

/* Write what `from` means to `to`. */
static void pay(const pass *p, const spot *at)
{
    const int64_t place = block_place(p->to.shape, at), count = p->to.shape.h * p->to.shape.w;
    const promise from = promise_of(&p->from, at->group, at->block);
    cell *to = cells_at(&p->to, place);
    vec sum = { 0 }, squares = { 0 };
    for (int64_t i = 0; i < count; i++) {
        const vec a = paid_at(&p->from, &from, place + i * VL);
        store_paid(&p->to, to + i * VL, a);
        sum += a;
        squares += a * a;
    }
    if (p->to.sums)
        add_sums(&p->to, at, sum, squares);
}

/* Give the gradient `from` (a promise, perhaps) to the gradient `to`, kept where call->output is above zero
 * if this is a relu whose gradient nobody has masked yet. */
static void pass_grad(const pass *p, const spot *at)
{
    const bool gate = p->call->op == &rn_op_relu && !p->from.mask;
    hand_grad(&p->to, at, p->adds, p->completes, &p->from, at, gate ? &p->call->output : NULL);
}

static void run_grad_pass(rn_device *device, rn_call *call, int input)
{
    pass p = { .call = call, .each = pass_grad, .from = call->output_grad, .to = call->input_grad[input],
               .adds = call->adds[input] && call->input_grad[input].data != call->output_grad.data,
               .completes = call->completes[input] };
    if (!p.completes)
        p.to.sums = NULL;
    run_pass(device, &p);
}

/* ---- Batch normalization --------------------------------------------------------------------- */

enum { WEIGHT, BIAS, MEAN, VARIANCE };
enum { SCALE, SHIFT, E1, E2, E3 };

static float *fact(const rn_call *call, int which, int group)
{
    return call->facts + (which * call->groups + group) * rn_padded(call->output.shape.c);
}

static bool uses_batch(const rn_call *call)
{
    return call->training && !call->args.frozen;
}

/* Sums of x and x*x, or of g and g*x, where no kernel before has left them. */
static void measure_value(const pass *p, const spot *at)
{
    const rn_shape s = p->from.shape;
    const cell *x = cells_at(&p->from, block_place(s, at));
    vec sum = { 0 }, squares = { 0 };
    for (int64_t i = 0; i < s.h * s.w; i++) {
        vec a = load_cells(x + i * VL);
        sum += a;
        squares += a * a;
    }
    add_sums(&p->to, at, sum, squares);
}

static void measure_grad(const pass *p, const spot *at)
{
    const rn_shape s = p->from.shape;
    const int64_t place = block_place(s, at);
    const cell *g = cells_at(&p->from, place), *x = cells_at(&p->call->input[0], place);
    vec sum = { 0 }, products = { 0 };
    for (int64_t i = 0; i < s.h * s.w; i++) {
        sum += load_cells(g + i * VL);
        products += load_cells(g + i * VL) * load_cells(x + i * VL);
    }
    add_sums(&p->to, at, sum, products);
}

static const double *sums_of(rn_device *device, rn_call *call, const rn_tensor *t,
                             void (*measure)(const pass *, const spot *))
{
    if (t->sums)
        return t->sums;
    pass p = { .call = call, .each = measure, .from = *t, .to = { .shape = t->shape, .sums = call->shared } };
    run_pass(device, &p);
    return p.to.sums;
}

/* The sum over the shards of one group, in a tree of fixed form. */
static double group_sum(const rn_call *call, const double *sums, int group, int which, int64_t channel)
{
    const int64_t stride = 2 * rn_padded(call->output.shape.c), size = call->shards / call->groups;
    double part[64];
    int64_t parts = size < 64 ? size : 64;
    for (int64_t i = 0; i < parts; i++) {
        part[i] = 0;
        for (int64_t shard = i; shard < size; shard += parts)
            part[i] += sums[(group * size + shard) * stride + which * (stride / 2) + channel];
    }
    for (int64_t reach = 1; reach < parts; reach *= 2)
        for (int64_t i = 0; i + reach < parts; i += 2 * reach)
            part[i] += part[i + reach];
    return part[0];
}

static int64_t group_count(const rn_call *call, int group)
{
    const rn_shape s = call->output.shape;
    return (rn_part_begin(s.n, group + 1, call->groups) - rn_part_begin(s.n, group, call->groups)) * s.h
           * s.w;
}

static void set_scale(const rn_call *call, int group, int64_t c, double mean, double inverse)
{
    double scale = (double)call->param[WEIGHT][c] * inverse;
    fact(call, SCALE, group)[c] = (float)scale;
    fact(call, SHIFT, group)[c] = (float)((double)call->param[BIAS][c] - scale * mean);
    float *saved = call->saved + 2 * group * call->output.shape.c + c;
    saved[0] = (float)mean;
    saved[call->output.shape.c] = (float)inverse;
}

static void use_batch(const rn_call *call, const double *sums)
{
    const double m = call->args.momentum;
    for (int64_t c = 0; c < call->output.shape.c; c++) {
        double mean_sum = 0, variance_sum = 0;
        int voices = 0;
        for (int group = 0; group < call->groups; group++) {
            double count = (double)group_count(call, group);
            if (count == 0)
                continue;
            double mean = group_sum(call, sums, group, 0, c) / count;
            double variance = fmax(0, group_sum(call, sums, group, 1, c) / count - mean * mean);
            if (!isfinite(mean))
                variance = mean;        /* fmax would hide a NaN */
            set_scale(call, group, c, mean, 1 / sqrt(variance + call->args.epsilon));
            mean_sum += mean;
            variance_sum += variance * (count > 1 ? count / (count - 1) : 1);
            voices++;
        }
        call->param[MEAN][c] = (float)((1 - m) * (double)call->param[MEAN][c] + m * mean_sum / voices);
        call->param[VARIANCE][c] = (float)((1 - m) * (double)call->param[VARIANCE][c]
                                           + m * variance_sum / voices);
    }
}

static void batchnorm_repack(rn_device *device, rn_call *call)
{
    (void)device;
    for (int group = 0; !uses_batch(call) && group < call->groups; group++)
        for (int64_t c = 0; c < call->output.shape.c; c++)
            set_scale(call, group, c, (double)call->param[MEAN][c],
                      1 / sqrt((double)call->param[VARIANCE][c] + call->args.epsilon));
}

static void batchnorm_forward(rn_device *device, rn_call *call)
{
    if (uses_batch(call) && !call->again)
        use_batch(call, sums_of(device, call, &call->input[0], measure_value));
    if (call->output.data == call->input[0].data)
        return;
    pass p = { .call = call, .each = pay, .from = call->input[0], .to = call->output };
    p.from.scale = fact(call, SCALE, 0);
    p.from.shift = fact(call, SHIFT, 0);
    run_pass(device, &p);
}

/* dx = e1 dy + e2 x + e3: the gradient of (Ioffe, Szegedy 2015, section 3) gathered by what it multiplies. */
static void set_factors(const rn_call *call, int group, int64_t c, double sum_dy, double sum_dy_z)
{
    const float *saved = call->saved + 2 * group * call->output.shape.c + c;
    double mean = (double)saved[0], inverse = (double)saved[call->output.shape.c];
    double e1 = (double)call->param[WEIGHT][c] * inverse;
    double own = uses_batch(call) ? 1 / (double)group_count(call, group) : 0;
    double e2 = -e1 * own * sum_dy_z * inverse;
    fact(call, E1, group)[c] = (float)e1;
    fact(call, E2, group)[c] = (float)e2;
    fact(call, E3, group)[c] = (float)(-e1 * own * sum_dy - e2 * mean);
}

static void batchnorm_backward(rn_device *device, rn_call *call)
{
    const int64_t channels = call->output.shape.c;
    const double *sums = sums_of(device, call, &call->output_grad, measure_grad);
    for (int64_t c = 0; c < channels; c++) {
        double weight_grad = 0, bias_grad = 0;
        for (int group = 0; group < call->groups; group++) {
            if (group_count(call, group) == 0)
                continue;
            const float *saved = call->saved + 2 * group * channels + c;
            double sum_dy = group_sum(call, sums, group, 0, c);
            double sum_dy_z = (group_sum(call, sums, group, 1, c) - (double)saved[0] * sum_dy)
                              * (double)saved[channels];
            weight_grad += sum_dy_z;
            bias_grad += sum_dy;
            set_factors(call, group, c, sum_dy, sum_dy_z);
        }
        if (call->param_grad[WEIGHT])
            call->param_grad[WEIGHT][c] = (float)weight_grad;
        if (call->param_grad[BIAS])
            call->param_grad[BIAS][c] = (float)bias_grad;
    }
    if (!call->input_grad[0].data || call->input_grad[0].scale)
        return;
    rn_call paying = *call;
    paying.output_grad.scale = fact(call, E1, 0);
    paying.output_grad.other = call->input[0].data;
    paying.output_grad.other_scale = fact(call, E2, 0);
    paying.output_grad.shift = fact(call, E3, 0);
    run_grad_pass(device, &paying, 0);
}

static void batchnorm_prepare(const rn_device *device, rn_call *call)
{
    (void)device;
    call->shared_bytes = (size_t)(call->shards * 2 * rn_padded(call->output.shape.c)) * sizeof(double);
}

const rn_kernel ISA_NAME(rn_cpu_batchnorm) = {
    .name = "batchnorm", .op = &rn_op_batchnorm,
    .abilities = RN_MAKES_PROMISES | RN_FINISHES_GRADS, .accepts = is_blocked,
    .prepare = batchnorm_prepare, .repack = batchnorm_repack,
    .forward = batchnorm_forward, .backward = batchnorm_backward,
};

/* ---- ReLU ------------------------------------------------------------------------------------ */

static void relu_forward(rn_device *device, rn_call *call)
{
    if (call->output.data == call->input[0].data)
        return;
    pass p = { .call = call, .each = pay, .from = call->input[0], .to = call->output };
    p.from.relu = true;
    run_pass(device, &p);
}

static void relu_backward(rn_device *device, rn_call *call)
{
    bool shared = call->input_grad[0].data == call->output_grad.data;
    if (call->input_grad[0].data && !(shared && call->output_grad.mask))
        run_grad_pass(device, call, 0);
}

const rn_kernel ISA_NAME(rn_cpu_relu) = {
    .name = "relu", .op = &rn_op_relu,
    .abilities = RN_READS_PROMISES | RN_READS_AFFINE | RN_MAKES_PROMISES | RN_FINISHES_GRADS,
    .accepts = is_blocked, .forward = relu_forward, .backward = relu_backward,
};

/* ---- Addition: equations 1 and 2 ------------------------------------------------------------- */

static void add_forward(rn_device *device, rn_call *call)
{
    const rn_tensor *a = &call->input[0], *b = &call->input[1];
    const int64_t count = call->groups * rn_padded(call->output.shape.c);
    for (int64_t i = 0; a->shift && b->shift && i < count; i++)
        call->facts[i] = a->shift[i] + b->shift[i];
    if (call->output.data == a->data)
        return;
    pass p = { .call = call, .each = pay, .from = *a, .to = call->output };
    p.from.other = b->data;
    p.from.other_steps = b->steps;
    p.from.other_scale = b->scale;
    p.from.shift = a->shift && b->shift ? call->facts : a->shift ? a->shift : b->shift;
    run_pass(device, &p);
}

static void add_backward(rn_device *device, rn_call *call)
{
    for (int k = 0; k < 2; k++)
        if (call->input_grad[k].data && call->input_grad[k].data != call->output_grad.data)
            run_grad_pass(device, call, k);
}

const rn_kernel ISA_NAME(rn_cpu_add) = {
    .name = "add", .op = &rn_op_add,
    .abilities = RN_READS_AFFINE | RN_MAKES_PROMISES | RN_FINISHES_GRADS,
    .accepts = is_blocked, .forward = add_forward, .backward = add_backward,
};
