/*
 * Every kernel of the cpu device against the plain loops, on the table of cases, for every instruction set
 * that this processor has, for tensors of floats and of bf16, with Winograd's convolution and without, for
 * several numbers of shards and threads; convolutions in int8, and everything that reads bytes, on numbers
 * that these can hold.
 */
#include "backend/registry.h"
#include "base/check.h"
#include "base/memory.h"
#include "op/cases.h"

#include <math.h>
#include <stdlib.h>

/* A tensor of the device for a plain one: same shape, memory of its own, the same numbers if it has any. */
static void open_tensor(rn_device *device, rn_tensor *to, const rn_tensor *plain, rn_dtype dtype, bool copied)
{
    *to = (rn_tensor){ .shape = plain->shape, .dtype = dtype, .steps = plain->steps };
    CHECK_OK(rn_allocate((void **)&to->data, (size_t)device->bytes(device, to), 1, "a tensor"));
    if (copied)
        device->write(device, to, plain->data);
}

/* What the operation would be given: the classifier reads floats. */
static rn_dtype input_dtype(const rn_device *device, const rn_call *call)
{
    const rn_call picture = { .output.steps = call->input[0].steps };
    return call->op == &rn_op_linear ? RN_FLOAT : device->dtype(device, &picture);
}

/* Numbers that the tensors of the device can hold. */
static void round_inputs(const rn_device *device, const rn_call *plain)
{
    for (int k = 0; k < plain->inputs && input_dtype(device, plain) == RN_BFLOAT16; k++)
        for (int64_t i = 0; i < rn_count(plain->input[k].shape); i++)
            plain->input[k].data[i] = rn_from_bfloat16(rn_to_bfloat16(plain->input[k].data[i]));
}

static const rn_kernel *choose(const rn_device *device, const rn_call *plain)
{
    rn_call call = *plain;
    for (int k = 0; k < call.inputs; k++)
        call.input[k].dtype = input_dtype(device, plain);
    call.output.dtype = device->dtype(device, &call);
    return device->choose(device, &call);
}

typedef struct {
    rn_call call;
    void *scratch;
    rn_real *param[RN_MAX_PARAMS], *param_grad[RN_MAX_PARAMS];
} subject;

static void open_subject(rn_device *device, const rn_kernel *kernel, subject *s, const rn_call *plain,
                         int shards)
{
    rn_call *call = &s->call;
    *call = *plain;
    call->shards = shards * plain->groups;
    for (int k = 0; k < call->inputs; k++)
        call->input[k].dtype = input_dtype(device, plain);
    call->output.dtype = device->dtype(device, call);
    call->workspace_bytes = call->shared_bytes = call->scratch_bytes = 0;
    if (kernel->prepare)
        kernel->prepare(device, call);
    for (int k = 0; k < call->inputs; k++) {
        open_tensor(device, &call->input[k], &plain->input[k], call->input[k].dtype, true);
        if (plain->input_grad[k].data)
            open_tensor(device, &call->input_grad[k], &plain->input[k], call->input[k].dtype, false);
    }
    open_tensor(device, &call->output, &plain->output, call->output.dtype, false);
    open_tensor(device, &call->output_grad, &plain->output_grad, call->output.dtype, true);
    for (int p = 0; p < call->params; p++) {
        int64_t count = rn_count(call->param_shape[p]);
        CHECK_OK(rn_new(&s->param[p], count));
        memcpy(s->param[p], plain->param[p], (size_t)count * sizeof(rn_real));
        call->param[p] = s->param[p];
        CHECK_OK(rn_new(&s->param_grad[p], count));
        call->param_grad[p] = plain->param_grad[p] ? s->param_grad[p] : NULL;
    }
    CHECK_OK(rn_allocate((void **)&call->saved, (size_t)call->saved_count, sizeof(float), "saved"));
    CHECK_OK(rn_allocate((void **)&call->facts, (size_t)(5 * call->groups * rn_padded(call->output.shape.c)),
                         sizeof(float), "facts"));
    CHECK_OK(rn_allocate(&call->workspace, call->workspace_bytes, 1, "workspace"));
    CHECK_OK(rn_allocate(&call->shared, call->shared_bytes, 1, "shared"));
    CHECK_OK(rn_allocate(&s->scratch, call->scratch_bytes * (size_t)rn_device_threads(device), 1, "scratch"));
    call->scratch = s->scratch;
    call->scratch_stride = call->scratch_bytes;
}

static void close_subject(subject *s)
{
    rn_call *call = &s->call;
    for (int k = 0; k < call->inputs; k++) {
        rn_free(call->input[k].data);
        rn_free(call->input_grad[k].data);
    }
    for (int p = 0; p < call->params; p++) {
        rn_free(s->param[p]);
        rn_free(s->param_grad[p]);
    }
    void *rest[] = { call->output.data, call->output_grad.data, call->saved, call->facts,
                     call->workspace,   call->shared,           s->scratch };
    for (size_t i = 0; i < sizeof rest / sizeof *rest; i++)
        rn_free(rest[i]);
}

static void compare(const rn_device *device, const rn_call *call, int shards, const char *what,
                    const float *got, const float *wanted, int64_t count)
{
    double worst = 0, size = 1;
    for (int64_t i = 0; i < count; i++) {
        double gap = fabs((double)got[i] - (double)wanted[i]);
        worst = isfinite(got[i]) ? fmax(worst, gap) : INFINITY;
        size = fmax(size, fabs((double)wanted[i]));
    }
    rn_shape x = call->input[0].shape;
    const double part = input_dtype(device, call) == RN_FLOAT ? 3e-6 : 3e-3;
    CHECK(worst <= part * size * sqrt((double)rn_count(x) / (double)x.n),
          "%s %s, %d shards, %d threads: %s is off by %g of %g", device->isa, rn_case_text(call), shards,
          rn_device_threads(device), what, worst, size);
}

static void compare_tensor(rn_device *device, const rn_call *call, int shards, const char *what,
                           const rn_tensor *got, const rn_real *wanted)
{
    float *read;
    CHECK_OK(rn_new(&read, rn_count(got->shape)));
    device->read(device, got, read, 1);
    compare(device, call, shards, what, read, wanted, rn_count(got->shape));
    rn_free(read);
}

static void run(rn_device *device, const rn_case *row, int shards, bool reads_picture)
{
    rn_call plain;
    subject s = { 0 };
    CHECK_OK(rn_case_open(row, &plain));
    plain.reads_picture = reads_picture;
    if (reads_picture)
        plain.input_grad[0].data = NULL;
    round_inputs(device, &plain);
    const rn_kernel *kernel = choose(device, &plain);
    open_subject(device, kernel, &s, &plain, shards);
    row->op->forward(&plain);
    row->op->backward(&plain);
    if (kernel->repack)
        kernel->repack(device, &s.call);
    kernel->forward(device, &s.call);
    kernel->backward(device, &s.call);
    compare_tensor(device, &plain, shards, "output", &s.call.output, plain.output.data);
    for (int k = 0; k < plain.inputs; k++)
        if (plain.input_grad[k].data)
            compare_tensor(device, &plain, shards, "input gradient", &s.call.input_grad[k],
                           plain.input_grad[k].data);
    for (int p = 0; p < plain.params; p++) {
        if (plain.param_grad[p])
            compare(device, &plain, shards, "parameter gradient", s.param_grad[p], plain.param_grad[p],
                    rn_count(plain.param_shape[p]));
        compare(device, &plain, shards, "parameter", s.param[p], plain.param[p],
                rn_count(plain.param_shape[p]));
    }
    close_subject(&s);
    rn_call_close(&plain);
}

/* ---- Small integers ----------------------------------------------------------------------------- */

/* Pixels of -127, 0 and 127, whole weights up to 127: steps of 1, or 127 / 255 without negative pixels. */
static void round_to_int8(const rn_call *call)
{
    const rn_shape weight = call->param_shape[0];
    const int64_t count = weight.c * weight.h * weight.w;
    for (int64_t i = 0; i < rn_count(call->input[0].shape); i++)
        call->input[0].data[i] = 127 * rintf(fmaxf(-1, fminf(1, call->input[0].data[i])));
    for (int64_t i = 0; i < weight.n * count; i++)
        call->param[0][i] = i % count ? rintf(fmaxf(-127, fminf(127, 100 * call->param[0][i]))) : 127;
}

static void open_evaluating(const rn_case *row, bool reads_picture, rn_call *plain)
{
    rn_case evaluating = *row;
    evaluating.evaluating = true;
    CHECK_OK(rn_case_open(&evaluating, plain));
    plain->reads_picture = reads_picture;
    if (row->op == &rn_op_conv2d)
        round_to_int8(plain);
}

static const rn_kernel *run_forward(rn_device *device, subject *s, const rn_call *plain)
{
    const rn_kernel *kernel = choose(device, plain);
    open_subject(device, kernel, s, plain, 1);
    if (kernel->repack)
        kernel->repack(device, &s->call);
    kernel->forward(device, &s->call);
    return kernel;
}

/* What int8 can hold is multiplied without an error, so that the plain loops must give the same. */
static void run_int8(rn_device *device, const rn_case *row, bool reads_picture)
{
    rn_call plain;
    subject s = { 0 };
    open_evaluating(row, reads_picture, &plain);
    row->op->forward(&plain);
    const rn_kernel *kernel = run_forward(device, &s, &plain);
    compare_tensor(device, &plain, 1, kernel->name, &s.call.output, plain.output.data);
    close_subject(&s);
    rn_call_close(&plain);
}

/* Every input has other steps, and numbers that they hold. */
static void round_to_bytes(rn_call *call)
{
    for (int k = 0; k < call->inputs; k++) {
        rn_tensor *x = &call->input[k];
        const float most = call->op == &rn_op_conv2d ? 127 : 1;
        x->steps = (rn_byte_steps){ most / (float)(127 - 10 * k), 128 - 20 * k };
        for (int64_t i = 0; i < rn_count(x->shape); i++)
            x->data[i] = x->steps.step * (float)(rn_to_byte(x->steps, x->data[i]) - x->steps.zero);
    }
}

/* The steps that hold the output. */
static rn_byte_steps steps_for(const rn_tensor *t)
{
    float least = 0, greatest = 0;
    for (int64_t i = 0; i < rn_count(t->shape); i++) {
        least = fminf(least, t->data[i]);
        greatest = fmaxf(greatest, t->data[i]);
    }
    const float step = (greatest - least) / 255;
    return step > 0 ? (rn_byte_steps){ step, (int)lrintf(-least / step) } : (rn_byte_steps){ 1, 0 };
}

/* Bytes of the output are the nearest to what the plain loops give, as near as 256 steps can be. */
static void run_bytes(rn_device *device, const rn_case *row, bool reads_picture)
{
    rn_call plain;
    subject s = { 0 };
    float *read, worst = 0, size = 0;
    open_evaluating(row, reads_picture, &plain);
    round_to_bytes(&plain);
    row->op->forward(&plain);
    plain.output.steps = steps_for(&plain.output);
    const int64_t count = rn_count(plain.output.shape);
    const rn_kernel *kernel = run_forward(device, &s, &plain);
    CHECK_OK(rn_new(&read, count));
    device->read(device, &s.call.output, read, 1);
    for (int64_t i = 0; i < count; i++) {
        worst = fmaxf(worst, fabsf(read[i] - plain.output.data[i]));
        size = fmaxf(size, fabsf(plain.output.data[i]));
    }
    const float step = s.call.output.dtype == RN_UINT8 ? plain.output.steps.step : 0;
    CHECK(worst <= 0.501f * step + 1e-5f * size, "%s %s %s, %d threads: off by %g steps of %g of %g",
          device->isa, kernel->name, rn_case_text(&plain), rn_device_threads(device),
          (double)(worst / plain.output.steps.step), (double)plain.output.steps.step, (double)size);
    rn_free(read);
    close_subject(&s);
    rn_call_close(&plain);
}

/* Whether it may meet bytes in a network's answer. */
static bool may_read_bytes(const rn_op *op)
{
    return op != &rn_op_linear && op != &rn_op_softmax_loss && op != &rn_op_dropout;
}

static bool opens(rn_device **device, const char *isa, const char *conv, int threads, const char *type)
{
    const rn_placement placement = { .threads = threads, .type = type };
    setenv("RESNET_ISA", isa, 1);
    setenv("RESNET_CONV", conv, 1);
    if (rn_device_open(device, &placement) == RN_OK)
        return true;
    printf("%s\n", rn_error_text());
    return false;
}

static void check_int8(const char *isa)
{
    rn_device *device;
    for (int threads = 1; threads <= 3 && opens(&device, isa, "direct", threads, "int8"); threads++) {
        for (size_t i = 0; i < sizeof rn_cases / sizeof *rn_cases; i++) {
            const bool is_conv = rn_cases[i].op == &rn_op_conv2d;
            for (int picture = 0; is_conv && picture < 2; picture++)
                run_int8(device, &rn_cases[i], picture);
            for (int picture = 0; may_read_bytes(rn_cases[i].op) && picture < 1 + is_conv; picture++)
                run_bytes(device, &rn_cases[i], picture);
        }
        rn_device_close(device);
    }
}

/* So many small images that a band does not have all of a shard. */
static const rn_case small_images[] = {
    RN_CASE(conv2d, RN_IN(17, 1024, 4, 4), RN_CONV(16, 1, 1, 0)),
    RN_CASE(conv2d, RN_IN(21, 512, 4, 4), RN_CONV(16, 3, 1, 1)),
    RN_CASE(conv2d, RN_IN(37, 256, 4, 4), RN_CONV(32, 3, 2, 1)),
};

/* Behind the classifier, tensors are floats for every type. */
static void check_float_layers(const rn_device *device)
{
    static const rn_op *const op[] = { &rn_op_relu, &rn_op_add, &rn_op_batchnorm };
    for (size_t i = 0; i < sizeof op / sizeof *op; i++) {
        rn_call call = { .op = op[i], .inputs = 1, .training = true, .groups = 1, .shards = 1 };
        call.input[0].shape = call.output.shape = (rn_shape){ 2, 64, 1, 1 };
        const char *name = device->choose(device, &call)->name;
        CHECK(strcmp(name, "plain") != 0, "%s: floats of %s by %s", device->isa, op[i]->name, name);
    }
}

static void check_isa(const char *isa, const char *conv, const char *type)
{
    rn_device *device;
    for (int threads = 1; threads <= 3 && opens(&device, isa, conv, threads, type); threads++) {
        check_float_layers(device);
        for (size_t i = 0; i < sizeof small_images / sizeof *small_images; i++)
            run(device, &small_images[i], 1, false);
        for (size_t i = 0; i < sizeof rn_cases / sizeof *rn_cases; i++)
            for (int shards = 1; shards <= 4; shards += 3)
                for (int picture = 0; picture < 1 + (rn_cases[i].op == &rn_op_conv2d); picture++)
                    run(device, &rn_cases[i], shards, picture);
        rn_device_close(device);
    }
}

int main(void)
{
    static const char *const isas[] = { "amx", "avx512", "avx2", "baseline" };
    static const char *const types[] = { "fp32", "bf16" };
    for (int i = 0; i < 4; i++) {
        for (int type = 0; type < 2; type++) {
            check_isa(isas[i], "direct", types[type]);
            check_isa(isas[i], "winograd", types[type]);
        }
        check_int8(isas[i]);
    }
    return check_result();
}
