/*
 * Convolutions 3x3 with all that a plan may ask of them, direct and by Winograd, against the plain loops on
 * paid tensors: promised inputs, gradients and outputs, sums, masks, adding to what is there, any number of
 * shards.  The number of threads must not change a bit.
 */
#include "backend/registry.h"
#include "base/check.h"
#include "base/memory.h"
#include "op/cases.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    rn_shape x;
    int64_t filters;
    int shards, groups;
} sample;

static const sample samples[] = {
    { { 1, 16, 4, 4 }, 16, 1, 1 },    { { 3, 16, 7, 7 }, 32, 2, 1 },     { { 5, 32, 8, 8 }, 16, 4, 2 },
    { { 2, 16, 14, 15 }, 16, 3, 1 },  { { 4, 48, 17, 9 }, 32, 8, 2 },    { { 1, 128, 7, 14 }, 64, 8, 1 },
    { { 2, 64, 28, 10 }, 64, 2, 2 },  { { 1, 16, 5, 70 }, 16, 1, 1 },    { { 2, 16, 32, 33 }, 16, 2, 1 },
    { { 1, 32, 56, 6 }, 16, 1, 1 },   { { 12, 16, 3, 2 }, 16, 5, 1 },    { { 2, 160, 6, 7 }, 144, 2, 1 },
};

typedef struct {
    bool infers, bias;              /* inference: the promise is on the output */
    bool scaled, other, relu;       /* the promise on the input */
    bool promised;                  /* the gradient of the output */
    bool adds, completes;           /* the gradient of the input; complete, it is masked and summed */
} wish;

static const wish wishes[] = {
    { .scaled = false },
    { .bias = true, .scaled = true, .relu = true, .promised = true, .completes = true },
    { .scaled = true, .other = true, .relu = true, .adds = true, .completes = true },
    { .other = true, .adds = true, .promised = true },
    { .infers = true, .bias = true },
    { .infers = true, .scaled = true, .relu = true },
    { .infers = true, .bias = true, .scaled = true, .other = true, .relu = true },
};

/* ---- Memory of one case ---------------------------------------------------------------------- */

static void *block[128];
static int blocks;

static void *room(int64_t count, size_t size)
{
    CHECK_OK(rn_allocate(&block[blocks], (size_t)count, size, "a test"));
    return block[blocks++];
}

static void forget(int from)
{
    while (blocks > from)
        rn_free(block[--blocks]);
}

/* Numbers that bf16 holds, too. */
static float *drawn(int64_t count, uint64_t stream)
{
    float *to = room(count, sizeof *to);
    rn_case_draw(to, count, stream, 1, 0);
    for (int64_t i = 0; i < count; i++)
        to[i] = rn_from_bfloat16(rn_to_bfloat16(to[i]));
    return to;
}

/* ---- What must come out ---------------------------------------------------------------------- */

/* Everything in n,c,h,w order. */
typedef struct {
    sample sample;
    const wish *wish;
    rn_call plain;                  /* reads and writes paid numbers */
    rn_tensor x, dy, y;             /* promises */
    float *before, *dx;             /* the gradient before and after */
    double *y_sums, *dx_sums;       /* [shards][2][padded]; behind them, how large their terms are together */
} truth;

static int shard_of(const sample *s, int64_t image)
{
    int shard = 0;
    while (rn_part_begin(s->x.n, shard + 1, s->shards) <= image)
        shard++;
    return shard;
}

static rn_tensor promised(const sample *s, rn_shape shape, float *data, bool scaled, bool other, bool relu)
{
    const int64_t facts = s->groups * rn_padded(shape.c);
    rn_tensor t = { .shape = shape, .data = data, .relu = relu };
    t.scale = scaled ? drawn(facts, 40) : NULL;
    t.shift = scaled ? drawn(facts, 41) : NULL;
    t.other = other ? drawn(rn_count(shape), 42) : NULL;
    t.other_scale = other && scaled ? drawn(facts, 43) : NULL;
    return t;
}

static float paid_at(const sample *s, const rn_tensor *t, int64_t i)
{
    const int64_t plane = t->shape.h * t->shape.w, channel = i / plane % t->shape.c;
    const int group = shard_of(s, i / plane / t->shape.c) * s->groups / s->shards;
    return rn_paid(t, i, group * rn_padded(t->shape.c) + channel);
}

static float *paid(const sample *s, const rn_tensor *t)
{
    float *to = room(rn_count(t->shape), sizeof *to);
    for (int64_t i = 0; i < rn_count(t->shape); i++)
        to[i] = paid_at(s, t, i);
    return to;
}

static double *sums_of(const sample *s, rn_shape shape, const float *a, const float *pair)
{
    const int64_t padded = rn_padded(shape.c), plane = shape.h * shape.w, count = 2 * s->shards * padded;
    double *sums = room(2 * count, sizeof *sums);
    for (int64_t i = 0; i < rn_count(shape); i++) {
        double *to = sums + 2 * shard_of(s, i / plane / shape.c) * padded + i / plane % shape.c;
        const double term[] = { (double)a[i], (double)a[i] * (double)pair[i] };
        for (int k = 0; k < 2; k++) {
            to[k * padded] += term[k];
            to[k * padded + count] += fabs(term[k]);
        }
    }
    return sums;
}

static void find_gradient(truth *t)
{
    const sample *s = &t->sample;
    rn_call *plain = &t->plain;
    const int64_t count = rn_count(s->x);
    plain->op->backward(plain);
    t->before = drawn(count, 50);
    t->dx = room(count, sizeof(float));
    for (int64_t i = 0; i < count; i++) {
        bool open = !t->wish->completes || plain->input[0].data[i] > 0;
        t->dx[i] = open ? plain->input_grad[0].data[i] + (t->wish->adds ? t->before[i] : 0) : 0;
    }
    t->y_sums = sums_of(s, plain->output.shape, plain->output.data, plain->output.data);
    t->dx_sums = sums_of(s, s->x, t->dx, t->x.data);
}

static void find_truth(truth *t, const sample *from, const wish *w)
{
    const rn_case row = { .op = &rn_op_conv2d, .input = { from->x }, .evaluating = w->infers,
                          .args = { RN_CONV(from->filters, 3, 1, 1), .bias = w->bias } };
    *t = (truth){ .sample = *from, .wish = w };
    const sample *s = &t->sample;
    if (w->infers)
        t->sample.groups = 1;
    rn_call *plain = &t->plain;
    CHECK_OK(rn_case_open(&row, plain));
    const bool in = !w->infers, out = w->infers;
    const rn_shape y = plain->output.shape;
    t->x = promised(s, s->x, drawn(rn_count(s->x), 0), in && w->scaled, in && w->other, in && w->relu);
    t->dy = promised(s, y, drawn(rn_count(y), 30), w->promised, w->promised, false);
    memcpy(plain->input[0].data, paid(s, &t->x), (size_t)rn_count(s->x) * sizeof(float));
    memcpy(plain->output_grad.data, paid(s, &t->dy), (size_t)rn_count(y) * sizeof(float));
    plain->op->forward(plain);
    t->y = promised(s, y, plain->output.data, out && w->scaled, out && w->other, out && w->relu);
    t->y.data = paid(s, &t->y);
    if (!w->infers)
        find_gradient(t);
}

/* ---- What comes out -------------------------------------------------------------------------- */

static rn_dtype dtype_of(const rn_device *device)
{
    const rn_call picture = { 0 };
    return device->dtype(device, &picture);
}

static float *written(rn_device *device, rn_shape shape, const float *from)
{
    rn_tensor t = { .shape = shape, .dtype = dtype_of(device) };
    t.data = room(device->bytes(device, &t), 1);
    if (from)
        device->write(device, &t, from);
    return t.data;
}

/* The same promise over memory of the device. */
static rn_tensor moved(rn_device *device, const rn_tensor *t, bool with_data)
{
    rn_tensor copy = *t;
    copy.dtype = dtype_of(device);
    copy.data = written(device, t->shape, with_data ? t->data : NULL);
    copy.other = t->other ? written(device, t->shape, t->other) : NULL;
    return copy;
}

static rn_call asked(rn_device *device, const truth *t, const rn_tensor *mask)
{
    const sample *s = &t->sample;
    rn_call call = t->plain;
    call.shards = s->shards;
    call.groups = s->groups;
    call.input[0] = *mask;
    call.output = moved(device, &t->y, false);
    call.output_grad = moved(device, &t->dy, true);
    for (int p = 0; p < call.params; p++)
        call.param_grad[p] = room(rn_count(call.param_shape[p]), sizeof(float));
    call.input_grad[0] = (rn_tensor){ .shape = s->x, .dtype = dtype_of(device),
                                      .data = written(device, s->x, t->before) };
    call.adds[0] = t->wish->adds;
    call.completes[0] = t->wish->completes;
    if (!t->wish->infers)
        call.output.sums = room(2 * s->shards * rn_padded(s->filters), sizeof(double));
    if (t->wish->completes) {
        call.input_grad[0].sums = room(2 * s->shards * rn_padded(s->x.c), sizeof(double));
        call.input_grad[0].pair = call.input[0].data;
        call.input_grad[0].mask = mask;
    }
    return call;
}

static void lend(rn_device *device, const rn_kernel *kernel, rn_call *call)
{
    call->workspace_bytes = call->shared_bytes = call->scratch_bytes = 0;
    kernel->prepare(device, call);
    call->workspace = room((int64_t)call->workspace_bytes, 1);
    call->shared = room((int64_t)call->shared_bytes, 1);
    call->scratch = room((int64_t)call->scratch_bytes * rn_device_threads(device), 1);
    call->scratch_stride = call->scratch_bytes;
}

static void check(const rn_device *device, const rn_kernel *kernel, const truth *t, const char *what,
                  double worst, double bound)
{
    CHECK(worst <= bound, "%s %s, %s, %d shards, %d groups, wish %d: %s is off by %g", device->isa,
          kernel->name, rn_case_text(&t->plain), t->sample.shards, t->sample.groups, (int)(t->wish - wishes),
          what, worst);
}

/* The largest gap, relative to the largest number. */
static double gap(const float *got, const float *wanted, int64_t count)
{
    double worst = 0, size = 1e-9;
    for (int64_t i = 0; i < count; i++) {
        worst = isfinite(got[i]) ? fmax(worst, fabs((double)got[i] - (double)wanted[i])) : INFINITY;
        size = fmax(size, fabs((double)wanted[i]));
    }
    return worst / size;
}

static double sums_gap(const double *got, const double *wanted, int64_t count)
{
    double worst = 0, size = 1e-9;
    for (int64_t i = 0; i < count; i++) {
        worst = fmax(worst, fabs(got[i] - wanted[i]));
        size = fmax(size, wanted[i + count]);
    }
    return worst / size;
}

static float *read_back(rn_device *device, rn_shape shape, float *data)
{
    const rn_tensor t = { .shape = shape, .dtype = dtype_of(device), .data = data };
    float *to = room(rn_count(shape), sizeof *to);
    device->read(device, &t, to, 1);
    return to;
}

typedef struct { float *y, *dx, *dw, *db; double *y_sums, *dx_sums; } outcome;

static outcome run(rn_device *device, const truth *t)
{
    const rn_tensor x = moved(device, &t->x, true);
    rn_call call = asked(device, t, &x);
    const rn_kernel *kernel = device->choose(device, &call);
    const bool winograd = strcmp(kernel->name, "winograd") == 0;
    const bool rounds = dtype_of(device) == RN_BFLOAT16;
    const double bound = rounds ? 1e-2 : winograd ? 1e-5 : 3e-6;
    const double weight_bound = rounds ? 1e-2 : winograd ? 2e-5 : 3e-6;
    const sample *s = &t->sample;
    lend(device, kernel, &call);
    kernel->repack(device, &call);
    kernel->forward(device, &call);
    outcome o = { .y = read_back(device, t->y.shape, call.output.data) };
    check(device, kernel, t, "output", gap(o.y, t->y.data, rn_count(t->y.shape)), bound);
    if (t->wish->infers)
        return o;
    kernel->backward(device, &call);
    o.dx = read_back(device, s->x, call.input_grad[0].data);
    o.dw = call.param_grad[0];
    o.db = call.param_grad[1];
    o.y_sums = call.output.sums;
    o.dx_sums = call.input_grad[0].sums;
    check(device, kernel, t, "input gradient", gap(o.dx, t->dx, rn_count(s->x)), bound);
    check(device, kernel, t, "weight gradient",
          gap(o.dw, t->plain.param_grad[0], rn_count(call.param_shape[0])), weight_bound);
    if (o.db)
        check(device, kernel, t, "bias gradient", gap(o.db, t->plain.param_grad[1], s->filters), bound);
    check(device, kernel, t, "sums of the output",
          sums_gap(o.y_sums, t->y_sums, 2 * s->shards * rn_padded(s->filters)), bound);
    if (o.dx_sums)
        check(device, kernel, t, "sums of the gradient",
              sums_gap(o.dx_sums, t->dx_sums, 2 * s->shards * rn_padded(s->x.c)), bound);
    return o;
}

static bool same(const void *a, const void *b, int64_t bytes)
{
    return !a || memcmp(a, b, (size_t)bytes) == 0;
}

static void check_threads(const truth *t, const char *isa, const char *conv, const char *type)
{
    const sample *s = &t->sample;
    const int64_t f = sizeof(float), d = 2 * s->shards * (int64_t)sizeof(double);
    outcome one = { 0 };
    const int begin = blocks;
    setenv("RESNET_ISA", isa, 1);
    setenv("RESNET_CONV", conv, 1);
    for (int threads = 1; threads <= 3; threads++) {
        rn_device *device;
        rn_placement placement = { .device = "cpu", .threads = threads, .type = type };
        if (rn_device_open(&device, &placement) != RN_OK)
            return;
        outcome o = run(device, t);
        if (threads == 1)
            one = o;
        CHECK(same(one.y, o.y, rn_count(t->y.shape) * f) && same(one.dx, o.dx, rn_count(s->x) * f)
              && same(one.dw, o.dw, rn_count(t->plain.param_shape[0]) * f)
              && same(one.db, o.db, s->filters * f)
              && same(one.y_sums, o.y_sums, d * rn_padded(s->filters))
              && same(one.dx_sums, o.dx_sums, d * rn_padded(s->x.c)),
              "%s %s %s, %s: %d threads give other bits", isa, conv, type, rn_case_text(&t->plain), threads);
        rn_device_close(device);
    }
    forget(begin);
}

/* ---- Memory for fewer images ----------------------------------------------------------------- */

/* A session runs fewer images than it was opened for: the memory that was asked for must do for them, too. */
static void check_memory(rn_device *device)
{
    static const rn_shape shapes[] = {
        { 0, 16, 8, 8 }, { 0, 96, 8, 8 }, { 0, 96, 9, 31 }, { 0, 128, 4, 124 },
    };
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        for (int shards = 1; shards <= 9; shards++) {
            rn_call call = { .op = &rn_op_conv2d, .args = { RN_CONV(shapes[i].c, 3, 1, 1) }, .training = true,
                             .shards = shards, .groups = 1 };
            size_t scratch = 0, shared = 0;
            call.input[0].shape = shapes[i];
            for (call.input[0].shape.n = 1; call.input[0].shape.n <= 200; call.input[0].shape.n++) {
                CHECK_OK(call.op->infer(&call));
                device->choose(device, &call)->prepare(device, &call);
                CHECK(call.scratch_bytes >= scratch && call.shared_bytes >= shared, "%s, %d shards",
                      rn_case_text(&call), shards);
                scratch = call.scratch_bytes;
                shared = call.shared_bytes;
            }
        }
}

/* ---- Which kernel is taken ------------------------------------------------------------------- */

static const char *chosen(rn_device *device, rn_shape x, int64_t filters, int64_t stride)
{
    rn_call call = { .op = &rn_op_conv2d, .args = { RN_CONV(filters, 3, stride, 1) }, .shards = 8 };
    call.input[0].shape = x;
    CHECK_OK(call.op->infer(&call));
    return device->choose(device, &call)->name;
}

static void check_choice(void)
{
    static const struct { rn_shape x; int64_t filters, stride; const char *name; } rows[] = {
        { { 1, 64, 8, 8 }, 64, 1, "winograd" },     { { 1, 64, 2, 2 }, 64, 1, "direct" },
        { { 8, 512, 7, 7 }, 512, 1, "winograd" },   { { 1, 512, 7, 7 }, 512, 1, "direct" },
        { { 8, 64, 56, 56 }, 64, 2, "direct" },     { { 8, 64, 56, 56 }, 65, 1, "direct" },
    };
    rn_device *device;
    const rn_placement placement = { .device = "cpu", .threads = 1 };
    unsetenv("RESNET_ISA");
    setenv("RESNET_CONV", "fft", 1);
    CHECK(rn_device_open(&device, &placement) == RN_BAD_ARGUMENT, "%s", rn_error_text());
    unsetenv("RESNET_CONV");
    CHECK_OK(rn_device_open(&device, &placement));
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *name = chosen(device, rows[i].x, rows[i].filters, rows[i].stride);
        CHECK(strcmp(name, rows[i].name) == 0, "row %d: %s, not %s", (int)i, name, rows[i].name);
    }
    rn_device_close(device);
    setenv("RESNET_CONV", "winograd", 1);
    CHECK_OK(rn_device_open(&device, &placement));
    check_memory(device);
    rn_device_close(device);
}

int main(void)
{
    check_choice();
    static const char *const isas[] = { "amx", "avx512", "avx2", "baseline" };
    static const char *const types[] = { "fp32", "bf16" };
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++)
        for (size_t k = 0; k < sizeof wishes / sizeof *wishes; k++) {
            truth t;
            find_truth(&t, &samples[i], &wishes[k]);
            for (int isa = 0; isa < 4; isa++) {
                for (int type = 0; type < 2; type++) {
                    check_threads(&t, isas[isa], "direct", types[type]);
                    check_threads(&t, isas[isa], "winograd", types[type]);
                }
            }
            rn_call_close(&t.plain);
            forget(0);
        }
    return check_result();
}
