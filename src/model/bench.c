/*
 * The clock: whole steps of a network on random pictures, and where their time goes, beside what the machine
 * could do at most.  Medians of the steps are told, since a machine is never quiet.
 */
#include "base/memory.h"
#include "model/rehearsal.h"

typedef struct {
    rn_rehearsal rehearsal;
    rn_session *session;
    rn_ceiling ceiling;
} subject;

enum { WARM_UP = 2, LEAST_STEPS = 5, MOST_STEPS = 200 };
static const double ENOUGH_SECONDS = 3;

/* A training step is a forward and two backward products. */
static double passes(const subject *s)
{
    return s->rehearsal.training ? 3 : 1;
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
    const double forward = rn_median(clock->forward, steps), backward = rn_median(clock->backward, steps);
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
    const rn_rehearsal *r = &s->rehearsal;
    const double typical = rn_median(taken->wall, steps);
    report->ms_per_step = typical;
    report->best_ms = taken->wall[0];
    report->processor_ms = rn_median(taken->processor, steps);
    report->images_per_second = r->batch / typical * 1e3;
    report->gflops = 2.0 * (double)rn_net_multiply_adds(&r->net) * r->batch * passes(s) / typical * 1e-6;
    report->ceiling_gflops = s->ceiling.flops * 1e-9;
    report->ceiling_gigabytes = s->ceiling.bytes * 1e-9;
    report->repeated_percent = 100 * rn_session_repeats(s->session);
    report->bytes = rn_session_bytes(s->session) + r->weights.count * (int64_t)sizeof(float)
                    + (r->training ? r->weights.learned * (int64_t)sizeof(float) : 0);
    return fill_rows(s, layers, steps, report);
}

static rn_status measure(subject *s, int wanted, rn_bench_report *report)
{
    step_clock taken;
    double total = 0;
    const rn_node_time *unused;
    layer_clock *layers;
    int steps = 0;
    for (int i = 0; i < WARM_UP; i++)
        rn_rehearsal_step(&s->rehearsal, s->session);
    RN_TRY(rn_new(&layers, rn_session_times(s->session, &unused)));
    while (steps < MOST_STEPS
           && (wanted ? steps < wanted : steps < LEAST_STEPS || total < ENOUGH_SECONDS * 1e3)) {
        const rn_duration step = rn_rehearsal_step(&s->rehearsal, s->session);
        taken.processor[steps] = step.processor;
        total += taken.wall[steps] = step.wall;
        read_clocks(s, layers, steps++);
    }
    rn_status status = fill(s, &taken, layers, steps, report);
    rn_free(layers);
    return status;
}

static rn_status measure_new(subject *s, int steps, rn_bench_report **report)
{
    rn_device *device = s->rehearsal.device;
    if (device->measure)
        RN_TRY(device->measure(device, &s->ceiling));
    RN_TRY(rn_rehearsal_session(&s->rehearsal, 0, &s->session));
    RN_TRY(rn_new(report, 1));
    rn_status status = measure(s, steps, *report);
    if (status != RN_OK) {
        rn_bench_report_free(*report);
        *report = NULL;
    }
    return status;
}

rn_status rn_bench(const rn_architecture *architecture, const rn_placement *placement, const char *mode,
                   int batch, int steps, rn_bench_report **report)
{
    subject s = { .session = NULL };
    *report = NULL;
    if (steps < 0 || steps > MOST_STEPS)
        return rn_fail(RN_BAD_ARGUMENT, "%d steps: wanted at most %d", steps, MOST_STEPS);
    RN_TRY(rn_rehearsal_open(&s.rehearsal, architecture, placement, mode, batch));
    rn_status status = measure_new(&s, steps, report);
    rn_session_close(s.session);
    rn_rehearsal_close(&s.rehearsal);
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
