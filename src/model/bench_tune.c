/*
 * Which kernel is the fastest where several can run a layer.  One session for each candidate runs the whole
 * network, in turn, so that every layer is timed where it stands, with the promises it reads and the sums it
 * leaves; medians count.  The answer is a line of the file of backend/kernel_choices.h for each use.
 */
#include "backend/kernel_choices.h"
#include "base/memory.h"
#include "base/text.h"
#include "model/rehearsal.h"

#include <string.h>

enum { MOST_CANDIDATES = 4, WARM_UP = 2, LEAST_ROUNDS = 5, MOST_ROUNDS = 25 };
static const double ENOUGH_MS = 2000, CLEARLY = 0.95;

typedef struct {
    rn_rehearsal rehearsal;
    rn_session *session[MOST_CANDIDATES];
    int sessions, nodes;
    double (*ms)[MOST_CANDIDATES][MOST_ROUNDS];     /* of a node */
    char (*use)[RN_USE_SIZE];                       /* of a node; "": no choice */
} contest;

static const rn_node_time *times(const contest *c, int session)
{
    const rn_node_time *time;
    rn_session_times(c->session[session], &time);
    return time;
}

/* A candidate beyond every layer's last one makes the session before it once more. */
static bool repeats(const contest *c, int session)
{
    const rn_node_time *a = times(c, session - 1), *b = times(c, session);
    for (int i = 0; i < c->nodes; i++)
        if (strcmp(a[i].kernel, b[i].kernel) != 0)
            return false;
    return true;
}

static rn_status open_sessions(contest *c)
{
    const rn_node_time *unused;
    while (c->sessions < MOST_CANDIDATES) {
        RN_TRY(rn_rehearsal_session(&c->rehearsal, c->sessions + 1, &c->session[c->sessions]));
        c->nodes = rn_session_times(c->session[c->sessions], &unused);
        if (!unused)
            return rn_fail(RN_NO_MEMORY, "out of memory for the times of layers");
        c->sessions++;
        if (c->sessions > 1 && repeats(c, c->sessions - 1)) {
            rn_session_close(c->session[--c->sessions]);
            c->session[c->sessions] = NULL;
            return RN_OK;
        }
    }
    return RN_OK;
}

static double run_round(contest *c, int round)
{
    double total = 0;
    for (int s = 0; s < c->sessions; s++) {
        total += rn_rehearsal_step(&c->rehearsal, c->session[s]).wall;
        const rn_node_time *time = times(c, s);
        for (int i = 0; i < c->nodes; i++)
            c->ms[i][s][round] = time[i].forward_ms + time[i].backward_ms;
    }
    return total;
}

static void run_rounds(contest *c)
{
    double total = 0;
    int rounds = 0;
    for (int i = 0; i < WARM_UP; i++)
        run_round(c, 0);
    while (rounds < MOST_ROUNDS && (rounds < LEAST_ROUNDS || total < ENOUGH_MS * c->sessions))
        total += run_round(c, rounds++);
    for (int i = 0; i < c->nodes; i++)
        for (int s = 0; s < c->sessions; s++)
            c->ms[i][s][0] = rn_median(c->ms[i][s], rounds);
}

static rn_status name_uses(contest *c)
{
    const rn_device *device = c->rehearsal.device;
    const rn_node_time *time = times(c, 0);
    RN_TRY(rn_new(&c->use, c->nodes));
    for (int i = 0; i < c->nodes; i++)
        if (time[i].call->op && device->candidate(device, time[i].call, 1))
            rn_choices_use(device->choices, time[i].call, c->use[i]);
    return RN_OK;
}

/* Milliseconds of all layers with the use of layer `node`, by the kernels of one session. */
static double time_of(const contest *c, int node, int session)
{
    double sum = 0;
    for (int i = 0; i < c->nodes; i++)
        if (strcmp(c->use[i], c->use[node]) == 0)
            sum += c->ms[i][session][0];
    return sum;
}

/* The kernel that is in use stays unless another is clearly faster: chance shall not change results. */
static void decide(const contest *c, int node, rn_choice *choice, bool *changed)
{
    const rn_device *device = c->rehearsal.device;
    const char *present = device->choose(device, times(c, 0)[node].call)->name;
    double of_present = 0, best = 0;
    int length = 0;
    snprintf(choice->use, sizeof choice->use, "%s", c->use[node]);
    snprintf(choice->kernel, sizeof choice->kernel, "%s", present);
    for (int s = 0; s < c->sessions; s++)
        if (strcmp(times(c, s)[node].kernel, present) == 0)
            best = of_present = time_of(c, node, s);
    for (int s = 0; s < c->sessions; s++) {
        const char *kernel = times(c, s)[node].kernel;
        const double ms = time_of(c, node, s);
        if (s > 0 && strcmp(kernel, times(c, s - 1)[node].kernel) == 0)
            continue;
        rn_text_print(choice->measured + length, sizeof choice->measured - (size_t)length, "%s%s %.3f ms",
                      length ? ", " : "", kernel, ms);
        length = (int)strlen(choice->measured);
        if (ms < best && ms < CLEARLY * of_present) {
            best = ms;
            snprintf(choice->kernel, sizeof choice->kernel, "%s", kernel);
        }
    }
    *changed = strcmp(choice->kernel, present) != 0;
}

static bool is_first_with_its_use(const contest *c, int node)
{
    for (int i = 0; i < node; i++)
        if (strcmp(c->use[i], c->use[node]) == 0)
            return false;
    return c->use[node][0] != '\0';
}

static rn_status keep_fastest(const contest *c, rn_tuning *tuning)
{
    rn_choices fastest = { .rows = 0 };
    rn_status status = RN_OK;
    for (int i = 0; i < c->nodes && status == RN_OK; i++) {
        rn_choice choice = { .measured = "" };
        bool changed;
        if (!is_first_with_its_use(c, i))
            continue;
        decide(c, i, &choice, &changed);
        tuning->uses++;
        tuning->changed += changed;
        status = rn_choices_set(&fastest, &choice);
    }
    if (status == RN_OK)
        status = rn_choices_save(&fastest, tuning->file);
    rn_choices_close(&fastest);
    return status;
}

static rn_status hold(contest *c, rn_tuning *tuning)
{
    const rn_choices *known = c->rehearsal.device->choices;
    if (!known || !known->file[0])
        return rn_hint(rn_fail(RN_BAD_ARGUMENT, "no file to keep the fastest kernels in"),
                       "--device cpu, and RESNET_KERNELS=FILE");
    snprintf(tuning->file, sizeof tuning->file, "%s", known->file);
    RN_TRY(open_sessions(c));
    RN_TRY(rn_new(&c->ms, c->nodes));
    RN_TRY(name_uses(c));
    run_rounds(c);
    return keep_fastest(c, tuning);
}

rn_status rn_bench_tune(const rn_architecture *architecture, const rn_placement *placement, const char *mode,
                        int batch, rn_tuning *tuning)
{
    contest c = { .sessions = 0 };
    *tuning = (rn_tuning){ .uses = 0 };
    RN_TRY(rn_rehearsal_open(&c.rehearsal, architecture, placement, mode, batch));
    rn_status status = hold(&c, tuning);
    for (int s = 0; s < MOST_CANDIDATES; s++)
        rn_session_close(c.session[s]);
    rn_free(c.ms);
    rn_free(c.use);
    rn_rehearsal_close(&c.rehearsal);
    return status;
}
