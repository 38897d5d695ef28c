/*
 * The clock: whole steps of a network on random pictures, and where their time goes, beside what the machine
 * could do at most.  Medians of the steps are told, since a machine is never quiet.
 */
#include "backend/registry.h"
#include "base/clock.h"
#include "base/memory.h"
#include "base/random.h"
#include "model/models.h"
#include "net/session.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef struct {
    rn_net net;
    rn_weights weights;
    rn_device *device;
    rn_session *session;
    rn_ceiling ceiling;
    float *velocity;
    bool training;
    int batch;
} subject;

enum { WARM_UP = 2, LEAST_STEPS = 5, MOST_STEPS = 200 };
static const double ENOUGH_SECONDS = 3;

static void draw_batch(subject *s)
{
    rn_shape shape = rn_value_shape(&s->net, 0);
    rn_random random = rn_random_open(1, 2, 3);
    float *pixels = rn_session_input(s->session);
    for (int64_t i = 0; i < s->batch * shape.c * shape.h * shape.w; i++)
        pixels[i] = (float)(2 * rn_random_uniform(&random) - 1);
    for (int i = 0; i < s->batch; i++)
        rn_session_labels(s->session)[i] = (int32_t)rn_random_below(&random, rn_session_classes(s->session));
}

static rn_status open_subject(subject *s, rn_architecture *architecture, const rn_placement *placement)
{
    RN_TRY(rn_model_build(&s->net, architecture));
    RN_TRY(rn_weights_open(&s->weights, &s->net));
    rn_weights_initialise(&s->weights, 1);
    RN_TRY(rn_device_open(&s->device, placement));
    rn_session_options options = { .mode = s->training ? RN_TRAIN : RN_INFER, .batch = s->batch };
    RN_TRY(rn_session_open(&s->session, &s->net, &s->weights, s->device, &options));
    if (s->training)
        RN_TRY(rn_new(&s->velocity, s->weights.learned));
    draw_batch(s);
    return RN_OK;
}

static void close_subject(subject *s)
{
    rn_free(s->velocity);
    rn_session_close(s->session);
    rn_device_close(s->device);
    rn_weights_close(&s->weights);
    rn_net_free(&s->net);
}

/* Milliseconds on the wall and of all processors together. */
typedef struct { double wall, processor; } duration;

static duration now(void)
{
    return (duration){ rn_clock_ms(), (double)clock() * 1e3 / CLOCKS_PER_SEC };
}

static duration run_step(subject *s)
{
    const duration start = now();
    rn_session_forward(s->session, s->batch, 1);
    if (s->training) {
        rn_session_backward(s->session);
        rn_descent descent = { .values = s->weights.values, .velocity = s->velocity,
                               .grads = rn_session_grads(s->session), .decayed = s->weights.decayed,
                               .count = s->weights.learned, .rate = 1e-3f, .momentum = 0.9f, .decay = 1e-4f };
        s->device->descend(s->device, &descent);
        s->weights.version++;
    }
    const duration end = now();
    return (duration){ end.wall - start.wall, end.processor - start.processor };
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *number, int count)
{
    qsort(number, (size_t)count, sizeof *number, by_size);
    return number[count / 2];
}

/* A training step is a forward and two backward products. */
static double passes(const subject *s)
{
    return s->training ? 3 : 1;
}

/* Milliseconds of one layer in every step. */
typedef struct { double forward[MOST_STEPS], backward[MOST_STEPS]; } layer_clock;

static void read_clocks(subject *s, layer_clock *clock, int step)
{
    const rn_node_time *time;
    const int count = rn_session_times(s->session, &time);
    for (int i = 0; i < count; i++) {
        clock[i].forward[step] = time[i].forward_ms;
        clock[i].backward[step] = time[i].backward_ms;
    }
}

/* The least time that the machine's ceilings allow for a layer is its arithmetic or its traffic. */
static rn_status add_row(const subject *s, const rn_node_time *time, layer_clock *clock, int steps,
                         rn_bench_report *report, rn_bench_row *row)
{
    const rn_ceiling *most = &s->ceiling;
    const double flops = 2.0 * (double)time->multiply_adds * passes(s);
    const double arithmetic = most->flops > 0 ? flops / most->flops * 1e3 : 0;
    const double traffic = most->bytes > 0 ? (double)time->bytes * passes(s) / most->bytes * 1e3 : 0;
    const double forward = median(clock->forward, steps), backward = median(clock->backward, steps);
    char *name;
    if (!(forward + backward > 0))
        return RN_OK;
    RN_TRY(rn_copy_text(&name, time->node));
    row[report->rows++] = (rn_bench_row){
        .layer = name, .kernel = time->kernel, .forward_ms = forward, .backward_ms = backward,
        .gflops = flops / (forward + backward) * 1e-6,
        .ceiling_percent = (arithmetic > traffic ? arithmetic : traffic) / (forward + backward) * 100,
        .ceiling = traffic > arithmetic ? "memory" : arithmetic > 0 ? "arithmetic" : "",
    };
    return RN_OK;
}

static rn_status fill_rows(subject *s, layer_clock *clock, int steps, rn_bench_report *report)
{
    const rn_node_time *time;
    rn_bench_row *row;
    const int count = rn_session_times(s->session, &time);
    RN_TRY(rn_new(&row, count));
    report->row = row;
    for (int i = 0; i < count; i++)
        if (time[i].kernel)
            RN_TRY(add_row(s, &time[i], &clock[i], steps, report, row));
    return RN_OK;
}

/* What every step took. */
typedef struct { double wall[MOST_STEPS], processor[MOST_STEPS]; } step_clock;

static rn_status fill(subject *s, step_clock *taken, layer_clock *layers, int steps, rn_bench_report *report)
{
    const double typical = median(taken->wall, steps);
    report->ms_per_step = typical;
    report->best_ms = taken->wall[0];
    report->processor_ms = median(taken->processor, steps);
    report->images_per_second = s->batch / typical * 1e3;
    report->gflops = 2.0 * (double)rn_net_multiply_adds(&s->net) * s->batch * passes(s) / typical * 1e-6;
    report->ceiling_gflops = s->ceiling.flops * 1e-9;
    report->ceiling_gigabytes = s->ceiling.bytes * 1e-9;
    report->bytes = rn_session_bytes(s->session) + s->weights.count * (int64_t)sizeof(float)
                    + (s->training ? s->weights.learned * (int64_t)sizeof(float) : 0);
    return fill_rows(s, layers, steps, report);
}

static rn_status measure(subject *s, int wanted, rn_bench_report *report)
{
    step_clock taken;
    double total = 0;
    const rn_node_time *unused;
    layer_clock *layers;
    int steps = 0;
    if (s->device->measure)
        RN_TRY(s->device->measure(s->device, &s->ceiling));
    for (int i = 0; i < WARM_UP; i++)
        run_step(s);
    RN_TRY(rn_new(&layers, rn_session_times(s->session, &unused)));
    while (steps < MOST_STEPS
           && (wanted ? steps < wanted : steps < LEAST_STEPS || total < ENOUGH_SECONDS * 1e3)) {
        const duration step = run_step(s);
        taken.processor[steps] = step.processor;
        total += taken.wall[steps] = step.wall;
        read_clocks(s, layers, steps++);
    }
    rn_status status = fill(s, &taken, layers, steps, report);
    rn_free(layers);
    return status;
}

rn_status rn_bench(const rn_architecture *architecture, const rn_placement *placement, const char *mode,
                   int batch, int steps, rn_bench_report **report)
{
    rn_architecture complete = *architecture;
    subject s = { .batch = batch };
    *report = NULL;
    if (strcmp(mode, "train") != 0 && strcmp(mode, "infer") != 0)
        return rn_fail(RN_BAD_ARGUMENT, "mode \"%s\": use train or infer", mode);
    if (batch < 1 || steps < 0 || steps > MOST_STEPS)
        return rn_fail(RN_BAD_ARGUMENT, "a batch of %d and %d steps: wanted at least 1, and at most %d steps",
                       batch, steps, MOST_STEPS);
    s.training = strcmp(mode, "train") == 0;
    if (s.training && placement && placement->type && strcmp(placement->type, "fp32") != 0)
        return rn_hint(rn_fail(RN_BAD_ARGUMENT, "type \"%s\" is for inference: training is in fp32",
                               placement->type), "--type fp32");
    RN_TRY(rn_new(report, 1));
    rn_status status = open_subject(&s, &complete, placement);
    if (status == RN_OK)
        status = measure(&s, steps, *report);
    close_subject(&s);
    if (status != RN_OK) {
        rn_bench_report_free(*report);
        *report = NULL;
    }
    return status;
}

void rn_bench_report_free(rn_bench_report *report)
{
    for (int i = 0; report && i < report->rows; i++)
        rn_free((void *)(uintptr_t)report->row[i].layer);
    if (report)
        rn_free((void *)(uintptr_t)report->row);
    rn_free(report);
}
