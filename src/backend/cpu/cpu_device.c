#define _GNU_SOURCE
#include "backend/cpu/cpu_device.h"
#include "backend/cpu/blocked.h"
#include "backend/descent.h"
#include "backend/kernel_choices.h"
#include "base/log.h"
#include "base/memory.h"
#include "op/op.h"

#include <stdlib.h>
#include <string.h>
#if defined(__x86_64__)
#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

/* ---- Instruction sets ------------------------------------------------------------------------ */

typedef struct {
    const char *name;
    int lanes;                              /* floats in a vector */
    bool (*runs_here)(void), (*runs_bf16_here)(void);
    const rn_kernel *const *kernel;         /* the first that accepts a call is taken */
    rn_cpu_multiply *multiply;
} instruction_set;

/* Kernels compiled for tensors of one type: all but the convolutions, and for floats and bf16 these. */
#define LAYER_KERNELS(isa)                                                                               \
    &rn_cpu_batchnorm_##isa, &rn_cpu_relu_##isa, &rn_cpu_add_##isa, &rn_cpu_maxpool_##isa,               \
        &rn_cpu_average_##isa, &rn_cpu_pad_shortcut_##isa, &rn_cpu_concat_##isa, &rn_cpu_highway_##isa
#define DECLARE_LAYER_KERNELS(isa)                                                                       \
    extern const rn_kernel rn_cpu_batchnorm_##isa, rn_cpu_relu_##isa, rn_cpu_add_##isa,                  \
        rn_cpu_maxpool_##isa, rn_cpu_average_##isa, rn_cpu_pad_shortcut_##isa, rn_cpu_concat_##isa,      \
        rn_cpu_highway_##isa;

#define CELL_KERNELS(isa) &rn_cpu_winograd_##isa, &rn_cpu_direct_##isa, LAYER_KERNELS(isa)
#define DECLARE_CELL_KERNELS(isa)                                                                        \
    extern const rn_kernel rn_cpu_winograd_##isa, rn_cpu_direct_##isa;                                   \
    DECLARE_LAYER_KERNELS(isa)

#define KERNELS(isa)                                                                                     \
    DECLARE_CELL_KERNELS(isa)                                                                            \
    DECLARE_CELL_KERNELS(isa##_bf16)                                                                     \
    DECLARE_LAYER_KERNELS(isa##_uint8)                                                                   \
    extern const rn_kernel rn_cpu_int8_##isa, rn_cpu_int8_##isa##_uint8, rn_cpu_linear_##isa;            \
    extern rn_cpu_multiply rn_cpu_multiply_##isa;                                                        \
    static const rn_kernel *const kernels_##isa[] = {                                                    \
        &rn_cpu_int8_##isa##_uint8, LAYER_KERNELS(isa##_uint8), CELL_KERNELS(isa##_bf16),                \
        &rn_cpu_int8_##isa, CELL_KERNELS(isa), &rn_cpu_linear_##isa, &rn_cpu_plain,                     \
    };

#if defined(__x86_64__)
KERNELS(avx512)
KERNELS(avx2)

/* AVX-512 with matrix instructions for bf16. */
extern const rn_kernel rn_cpu_direct_amx_bf16;
static const rn_kernel *const kernels_amx[] = {
    &rn_cpu_direct_amx_bf16, CELL_KERNELS(avx512_bf16), CELL_KERNELS(avx512), &rn_cpu_linear_avx512,
    &rn_cpu_plain,
};

static bool has_avx512(void)
{
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")
           && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl")
           && __builtin_cpu_supports("avx512cd");
}

static bool has_avx512_bf16(void)
{
    return has_avx512() && __builtin_cpu_supports("avx512bf16");
}

/* The system gives a process the large registers when it asks for them. */
static bool has_amx_bf16(void)
{
    enum { ASK_FOR_PERMISSION = 0x1023, TILE_DATA = 18, AMX_BF16 = 1 << 22, AMX_TILE = 1 << 24 };
    unsigned a, b, c, d;
    return has_avx512_bf16() && __get_cpuid_count(7, 0, &a, &b, &c, &d) && (d & AMX_BF16) && (d & AMX_TILE)
           && syscall(SYS_arch_prctl, ASK_FOR_PERMISSION, TILE_DATA) == 0;
}

static bool has_avx2(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2");
}
#endif
KERNELS(baseline)

static bool always(void)
{
    return true;
}

#if defined(__x86_64__)
static bool never(void)
{
    return false;
}
#endif

/* The best first. */
static const instruction_set sets[] = {
#if defined(__x86_64__)
    { "amx", 16, never, has_amx_bf16, kernels_amx, rn_cpu_multiply_avx512 },
    { "avx512", 16, has_avx512, has_avx512_bf16, kernels_avx512, rn_cpu_multiply_avx512 },
    { "avx2", 8, has_avx2, has_avx2, kernels_avx2, rn_cpu_multiply_avx2 },
#endif
    { "baseline", 4, always, always, kernels_baseline, rn_cpu_multiply_baseline },
};

static bool computes(const instruction_set *set, rn_precision precision)
{
    return precision == RN_IN_BF16 ? set->runs_bf16_here() : set->runs_here();
}

/* The first set of that name, or of any, that computes so here. */
static const instruction_set *find_set(const char *name, rn_precision precision)
{
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++)
        if ((!name || strcmp(sets[i].name, name) == 0) && computes(&sets[i], precision))
            return &sets[i];
    return NULL;
}

static rn_status choose_set(const instruction_set **chosen, rn_precision precision)
{
    const char *forced = getenv("RESNET_ISA");
    if (!forced || !*forced)
        forced = NULL;
    *chosen = find_set(forced, precision);
    if (*chosen)
        return RN_OK;
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++)
        if (strcmp(sets[i].name, forced) == 0)
            return rn_fail(RN_NO_DEVICE, "RESNET_ISA=%s: this machine does not have it for %s", forced,
                           rn_precision_name(precision));
    return rn_fail(RN_BAD_ARGUMENT, "RESNET_ISA=%s: use amx, avx512, avx2 or baseline", forced);
}

const char *rn_cpu_isa(const char *type)
{
    const instruction_set *set;
    rn_precision precision = RN_IN_FP32;
    for (rn_precision i = 0; i < RN_PRECISIONS; i++)
        if (strcmp(rn_precision_name(i), type) == 0)
            precision = i;
    return choose_set(&set, precision) == RN_OK ? set->name : find_set(NULL, precision)->name;
}

/* ---- The state of an open device ------------------------------------------------------------- */

typedef struct {
    rn_device device;
    const instruction_set *set;
    rn_conv_choice conv;
    rn_precision precision;
    rn_choices choices;
} cpu;

static const cpu *state_of(const rn_device *device)
{
    return device->state;
}

rn_conv_choice rn_cpu_conv_choice(const rn_device *device)
{
    return state_of(device)->conv;
}

rn_precision rn_cpu_precision(const rn_device *device)
{
    return state_of(device)->precision;
}

static rn_status choose_conv(rn_conv_choice *chosen)
{
    const char *forced = getenv("RESNET_CONV");
    *chosen = RN_CONV_FASTEST;
    if (!forced || !*forced)
        return RN_OK;
    if (strcmp(forced, "direct") != 0 && strcmp(forced, "winograd") != 0)
        return rn_fail(RN_BAD_ARGUMENT, "RESNET_CONV=%s: use direct or winograd", forced);
    *chosen = *forced == 'd' ? RN_CONV_DIRECT : RN_CONV_WINOGRAD;
    return RN_OK;
}

/* ---- Tensors --------------------------------------------------------------------------------- */

static int64_t lanes_of(const rn_device *device)
{
    return state_of(device)->set->lanes;
}

/* In bf16 and in bytes, floats begin where a picture has become a row of features. */
static rn_dtype dtype_of(const rn_device *device, const rn_call *call)
{
    const rn_shape y = call->output.shape;
    const bool makes_row = call->op == &rn_op_linear || call->op == &rn_op_softmax_loss
                           || (call->op == &rn_op_averagepool && y.h == 1 && y.w == 1);
    const rn_precision precision = state_of(device)->precision;
    const rn_dtype small = precision == RN_IN_BF16                                   ? RN_BFLOAT16
                           : precision == RN_IN_INT8 && call->output.steps.step > 0 ? RN_UINT8
                                                                                    : RN_FLOAT;
    return makes_row ? RN_FLOAT : call->inputs ? call->input[0].dtype : small;
}

static int64_t bytes_of(const rn_device *device, const rn_tensor *tensor)
{
    static const int64_t size[] = { [RN_FLOAT] = sizeof(float), [RN_BFLOAT16] = 2, [RN_UINT8] = 1 };
    return tensor->shape.n * rn_blocked_image(tensor->shape, lanes_of(device)) * size[tensor->dtype];
}

typedef struct {
    const rn_tensor *tensor;
    int64_t lanes;
    const rn_real *from;
    rn_real *to;
    int groups;
} copying;

static void write_number(const rn_tensor *to, int64_t place, float number)
{
    if (to->dtype == RN_FLOAT)
        to->data[place] = number;
    else if (to->dtype == RN_UINT8)
        ((uint8_t *)(void *)to->data)[place] = rn_to_byte(to->steps, number);
    else
        ((uint16_t *)(void *)to->data)[place] = rn_to_bfloat16(number);
}

static void write_image(void *context, int n, int thread)
{
    const copying *c = context;
    const rn_shape s = c->tensor->shape;
    const int64_t width = rn_block_width(s.c, c->lanes), blocks = rn_blocks(s.c, c->lanes);
    (void)thread;
    for (int64_t channel = 0; channel < blocks * width; channel++) {
        const int64_t place = rn_blocked_at(s, c->lanes, n, channel, 0, 0);
        const rn_real *from = c->from + rn_at(s, n, channel, 0, 0);
        for (int64_t i = 0; i < s.h * s.w; i++)
            write_number(c->tensor, place + i * width, channel < s.c ? from[i] : 0);
    }
}

static void write_tensor(rn_device *device, const rn_tensor *to, const rn_real *from)
{
    copying c = { .tensor = to, .lanes = lanes_of(device), .from = from };
    rn_pool_run(device->pool, (int)to->shape.n, write_image, &c);
}

static void read_image(void *context, int n, int thread)
{
    const copying *c = context;
    const rn_shape s = c->tensor->shape;
    const int64_t width = rn_block_width(s.c, c->lanes), group = ((n + 1) * (int64_t)c->groups - 1) / s.n;
    (void)thread;
    for (int64_t channel = 0; channel < s.c; channel++) {
        int64_t place = rn_blocked_at(s, c->lanes, n, channel, 0, 0);
        for (int64_t i = 0; i < s.h * s.w; i++)
            c->to[rn_at(s, n, channel, 0, 0) + i] =
                rn_paid(c->tensor, place + i * width, group * rn_padded(s.c) + channel);
    }
}

static void read_tensor(rn_device *device, const rn_tensor *from, rn_real *to, int groups)
{
    copying c = { .tensor = from, .lanes = lanes_of(device), .to = to, .groups = groups };
    rn_pool_run(device->pool, (int)from->shape.n, read_image, &c);
}

/* ---- Descent --------------------------------------------------------------------------------- */

enum { PART = 16384 };

static void descend_part(void *context, int task, int thread)
{
    const rn_descent *d = context;
    int64_t begin = (int64_t)task * PART, end = begin + PART;
    (void)thread;
    rn_descend_range(d, begin, end < d->count ? end : d->count);
}

static void descend(rn_device *device, const rn_descent *d)
{
    rn_descent copy = *d;
    rn_pool_run(device->pool, (int)((d->count + PART - 1) / PART), descend_part, &copy);
}

/* ---- The device ------------------------------------------------------------------------------ */

static bool takes(const rn_device *device, const rn_kernel *kernel, const rn_call *call)
{
    return !kernel->op || (kernel->op == call->op && kernel->accepts(device, call));
}

static const rn_kernel *first_that_accepts(const rn_device *device, const rn_call *call)
{
    const rn_kernel *const *kernel = state_of(device)->set->kernel;
    while (!takes(device, *kernel, call))
        kernel++;
    return *kernel;
}

/* The plain loops are no candidate. */
static const rn_kernel *candidate(const rn_device *device, const rn_call *call, int number)
{
    cpu willing = *state_of(device);
    if (willing.conv == RN_CONV_FASTEST)
        willing.conv = RN_CONV_ANY;
    willing.device.state = &willing;
    for (const rn_kernel *const *kernel = willing.set->kernel; (*kernel)->op; kernel++)
        if (takes(&willing.device, *kernel, call) && number-- == 0)
            return *kernel;
    return NULL;
}

static const rn_kernel *choose(const rn_device *device, const rn_call *call)
{
    const cpu *state = state_of(device);
    const char *measured = state->conv == RN_CONV_FASTEST ? rn_choices_find(&state->choices, call) : NULL;
    const rn_kernel *kernel;
    for (int i = 0; measured && (kernel = candidate(device, call, i)); i++)
        if (strcmp(kernel->name, measured) == 0)
            return kernel;
    return first_that_accepts(device, call);
}

static rn_status measure(rn_device *device, rn_ceiling *ceiling)
{
    return rn_cpu_measure(device, state_of(device)->set->multiply, ceiling);
}

static void close_device(rn_device *device)
{
    rn_pool_close(device->pool);
    rn_choices_close(&((cpu *)device)->choices);
    rn_free(device);
}

/* Whether the precision is faster than fp32 here. */
static bool pays(const cpu *state)
{
#if defined(__x86_64__)
    if (state->precision == RN_IN_BF16)
        return state->set->lanes == 16 && has_avx512_bf16();
    if (state->precision == RN_IN_INT8)
        return state->set->lanes == 16 && __builtin_cpu_supports("avx512vnni");
#endif
    return state->precision == RN_IN_FP32;
}

rn_status rn_cpu_device_open(rn_device **opened, const rn_placement *placement, rn_precision precision)
{
    cpu state = { .precision = precision }, *opening;
    *opened = NULL;
    RN_TRY(choose_set(&state.set, precision));
    RN_TRY(choose_conv(&state.conv));
    if (!pays(&state))
        rn_warn("this processor has no instructions for that type: it will be slower than fp32");
    RN_TRY(rn_new(&opening, 1));
    *opening = state;
    rn_device *device = &opening->device;
    *device = (rn_device){ .name = "cpu", .isa = state.set->name, .dtype = dtype_of, .bytes = bytes_of,
                           .write = write_tensor, .read = read_tensor, .choose = choose,
                           .candidate = candidate, .choices = &opening->choices,
                           .descend = descend, .measure = measure,
                           .close = close_device, .state = opening };
    rn_status status = rn_choices_open(&opening->choices, placement->kernels, state.set->name,
                                       rn_precision_name(precision));
    if (status == RN_OK)
        status = rn_pool_open(&device->pool, placement->threads);
    if (status != RN_OK)
        close_device(device);
    else
        *opened = device;
    return status;
}
