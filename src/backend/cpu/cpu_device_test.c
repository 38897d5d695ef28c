/*
 * Every kernel of the cpu device against the plain loops, on the table of cases, for every instruction set
 * that this processor has, with Winograd's convolution and without, for several numbers of shards and
 * threads; convolutions in bf16 and int8 on numbers that these can hold.
 */
#include "backend/registry.h"
#include "base/check.h"
#include "base/memory.h"
#include "op/cases.h"

#include <math.h>
#include <stdlib.h>

/* A tensor of the device for a plain one: same shape, memory of its own, the same numbers if it has any. */
static void open_tensor(rn_device *device, rn_tensor *to, const rn_tensor *plain, bool copied)
{
    *to = (rn_tensor){ .shape = plain->shape };
    CHECK_OK(rn_allocate((void **)&to->data, (size_t)device->elements(device, plain->shape), sizeof(float),
                         "a tensor"));
    if (copied)
        device->write(device, to, plain->data);
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
    call->workspace_bytes = call->shared_bytes = call->scratch_bytes = 0;
    if (kernel->prepare)
        kernel->prepare(device, call);
    for (int k = 0; k < call->inputs; k++) {
        open_tensor(device, &call->input[k], &plain->input[k], true);
        if (plain->input_grad[k].data)
            open_tensor(device, &call->input_grad[k], &plain->input[k], false);
    }
    open_tensor(device, &call->output, &plain->output, false);
    open_tensor(device, &call->output_grad, &plain->output_grad, true);
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
    CHECK(worst <= 3e-6 * size * sqrt((double)rn_count(x) / (double)x.n),
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
    const rn_kernel *kernel = device->choose(device, &plain);
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

/* ---- Products in other types ----------------------------------------------------------------- */

static void round_to_bf16(float *number, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        uint32_t bits;
        memcpy(&bits, &number[i], sizeof bits);
        bits = (bits + 0x7fff + ((bits >> 16) & 1)) & 0xffff0000;
        memcpy(&number[i], &bits, sizeof bits);
    }
}

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

/* What the type can hold is multiplied without an error, so that the plain loops must give the same. */
static void run_type(rn_device *device, const char *type, const rn_case *row, bool reads_picture)
{
    rn_case evaluating = *row;
    rn_call plain;
    subject s = { 0 };
    evaluating.evaluating = true;
    CHECK_OK(rn_case_open(&evaluating, &plain));
    plain.reads_picture = reads_picture;
    const rn_kernel *kernel = device->choose(device, &plain);
    if (strcmp(type, "int8") == 0)
        round_to_int8(&plain);
    round_to_bf16(plain.input[0].data, rn_count(plain.input[0].shape));
    round_to_bf16(plain.param[0], rn_count(plain.param_shape[0]));
    open_subject(device, kernel, &s, &plain, 1);
    row->op->forward(&plain);
    if (kernel->repack)
        kernel->repack(device, &s.call);
    kernel->forward(device, &s.call);
    compare_tensor(device, &plain, 1, kernel->name, &s.call.output, plain.output.data);
    close_subject(&s);
    rn_call_close(&plain);
}

static void check_type(const char *isa, const char *type)
{
    rn_device *device;
    setenv("RESNET_ISA", isa, 1);
    setenv("RESNET_CONV", "direct", 1);
    for (int threads = 1; threads <= 3; threads++) {
        rn_placement placement = { .threads = threads, .type = type };
        if (rn_device_open(&device, &placement) != RN_OK)
            return;
        for (size_t i = 0; i < sizeof rn_cases / sizeof *rn_cases; i++)
            for (int picture = 0; rn_cases[i].op == &rn_op_conv2d && picture < 2; picture++)
                run_type(device, type, &rn_cases[i], picture);
        rn_device_close(device);
    }
}

static void check_isa(const char *isa, const char *conv)
{
    rn_device *device;
    setenv("RESNET_ISA", isa, 1);
    setenv("RESNET_CONV", conv, 1);
    for (int threads = 1; threads <= 3; threads++) {
        rn_placement placement = { .threads = threads };
        if (rn_device_open(&device, &placement) != RN_OK) {
            printf("%s\n", rn_error_text());
            return;
        }
        for (size_t i = 0; i < sizeof rn_cases / sizeof *rn_cases; i++)
            for (int shards = 1; shards <= 4; shards += 3)
                for (int picture = 0; picture < 1 + (rn_cases[i].op == &rn_op_conv2d); picture++)
                    run(device, &rn_cases[i], shards, picture);
        rn_device_close(device);
    }
}

int main(void)
{
    static const char *const isas[] = { "avx512", "avx2", "baseline" };
    for (int i = 0; i < 3; i++) {
        check_isa(isas[i], "direct");
        check_isa(isas[i], "winograd");
        check_type(isas[i], "bf16");
        check_type(isas[i], "int8");
    }
    return check_result();
}
