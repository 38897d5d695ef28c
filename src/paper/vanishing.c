/*
 * Do signals vanish?  Section 4.1 answers for plain networks: batch normalization keeps forward variances
 * above zero and backward norms healthy, so vanishing gradients are not what makes them worse.  Here
 * responses and gradients of every 3x3 layer are measured at the start, at the steps that the run kept
 * (--snapshots) and at the end, in networks with and without batch normalization.
 */
#include "backend/registry.h"
#include "base/memory.h"
#include "image/curves.h"
#include "paper/paper.h"
#include "predict/signals.h"
#include "train/run_folder.h"
#include "train/schedule.h"

#include <math.h>
#include <string.h>

enum { RESPONSE, GRADIENT, SIGNALS };
enum { START, EARLY, QUARTER, TRAINED, MOMENTS };       /* the two between them as paper/runs.c keeps them */
enum { LAYERS, COLUMNS = 1 + SIGNALS * MOMENTS, PICTURES = 64 };

static const char *const moment_name[MOMENTS] = { "at the start", "at 1/64", "at 1/4", "trained" };
static const char *const signal_name[SIGNALS] = { "responses", "gradients" };
static const char *const unit[SIGNALS] = { "standard deviation", "norm of the filters' gradient" };

typedef struct { rn_signals moment[MOMENTS]; } history;     /* without layers: not kept */

static const double *strength_of(const rn_signals *s, int signal)
{
    return signal == RESPONSE ? s->deviation : s->gradient;
}

/* How many powers of ten lie between the weakest layer and the strongest. */
static double spread_of(const rn_signals *s, int signal)
{
    const double *strength = strength_of(s, signal);
    double least = HUGE_VAL, most = 0;
    for (int i = 0; i < s->layers; i++) {
        least = fmin(least, strength[i]);
        most = fmax(most, strength[i]);
    }
    return s->layers ? log10(most / least) : NAN;
}

/* ---- Measuring ------------------------------------------------------------------------------- */

/* The model file of a moment; that of the start is any, for its weights are drawn again. */
static rn_status find_file(char path[RN_TEXT_SIZE], const rn_paper_run *run, int moment)
{
    char name[64] = "last.safetensors";
    rn_steps kept;
    RN_TRY(rn_steps_read(&kept, "--snapshots", run->config.snapshots));
    if (moment == EARLY || moment == QUARTER)
        snprintf(name, sizeof name, RN_SNAPSHOT, (long long)kept.step[moment - EARLY]);
    return rn_run_path(path, run->config.out, name);
}

static rn_status measure_moment(rn_signals *s, const rn_paper_run *run, int moment, rn_device *device)
{
    char path[RN_TEXT_SIZE];
    rn_bundle bundle;
    const rn_signals_options options = { .data = run->config.data, .validation = run->config.validation,
                                         .seed = (uint64_t)run->config.seed, .pictures = PICTURES,
                                         .untrained = moment == START };
    RN_TRY(find_file(path, run, moment));
    if (!rn_file_exists(path))
        return RN_OK;
    RN_TRY(rn_bundle_open(&bundle, path, NULL));
    if (moment == START)
        rn_weights_initialise(&bundle.weights, (uint64_t)run->config.seed);
    rn_status status = rn_signals_measure(s, &bundle, device, &options);
    rn_bundle_close(&bundle);
    return status;
}

static rn_status measure_run(history *h, const rn_paper_run *run)
{
    rn_device *device;
    RN_TRY(rn_device_open(&device, &(rn_placement){ .threads = (int)run->config.threads }));
    rn_status status = RN_OK;
    for (int m = 0; m < MOMENTS && status == RN_OK; m++)
        status = measure_moment(&h->moment[m], run, m, device);
    rn_device_close(device);
    return status;
}

/* ---- Telling --------------------------------------------------------------------------------- */

static rn_status draw_panel(const rn_experiment *e, const history *h, int signal, int moment,
                            rn_paper_draft *draft)
{
    char title[64];
    double *layer;
    rn_curve *curve;
    int most = 0;
    for (int i = 0; i < e->entries; i++)
        most = h[i].moment[moment].layers > most ? h[i].moment[moment].layers : most;
    if (most == 0)
        return RN_OK;
    snprintf(title, sizeof title, "%s, %s", signal_name[signal], moment_name[moment]);
    RN_TRY(rn_new(&layer, most));
    rn_status status = rn_new(&curve, e->entries);
    rn_chart chart = { .title = title, .x_label = "layer", .y_label = unit[signal], .y_powers = true,
                       .width = 560, .height = 400, .curve = curve };
    for (int i = 0; i < most; i++)
        layer[i] = i + 1;
    for (int i = 0; i < e->entries && status == RN_OK; i++)
        if (h[i].moment[moment].layers)
            curve[chart.curves++] = (rn_curve){
                .label = e->entry[i].label, .colour = i, .bold = !e->entry[i].panel,
                .count = h[i].moment[moment].layers, .x = layer,
                .y = strength_of(&h[i].moment[moment], signal),
            };
    if (status == RN_OK)
        status = rn_curves_write(&draft->figure, &chart);
    rn_free(curve);
    rn_free(layer);
    return status;
}

/* The largest spread of a signal, at any moment, in the networks of a panel; NAN where there are none. */
static double worst_spread(const rn_experiment *e, const history *h, int panel, int signal)
{
    double worst = NAN;
    for (int i = 0; i < e->entries; i++)
        for (int m = 0; m < MOMENTS; m++)
            if (e->entry[i].panel == panel)
                worst = fmax(worst, spread_of(&h[i].moment[m], signal));
    return worst;
}

/* How many times stronger the gradient of the first layer's filters is than that of the last's. */
static double growth_of(const rn_signals *s)
{
    return s->layers ? s->gradient[0] / s->gradient[s->layers - 1] : NAN;
}

/* A weakest layer says nothing of where it is: gradients may vanish towards the first layers, or explode. */
static void add_way_back(const rn_experiment *e, const history *h, rn_text *note)
{
    const char *link = "The gradient of the first 3x3 layer's filters, divided by that of the last's, is ";
    for (int i = 0; i < e->entries; i++) {
        const double start = growth_of(&h[i].moment[START]), trained = growth_of(&h[i].moment[TRAINED]);
        if (isnan(start) || isnan(trained))
            continue;
        rn_text_add(note, "%s%.3g at the start and %.3g when trained (%s)", link, start, trained,
                    e->entry[i].label);
        link = ", ";
    }
    if (strcmp(link, ", ") == 0)
        rn_text_add(note, ".  ");
}

/* Whether what section 4.1 says is seen here. */
static void add_words(const rn_experiment *e, const history *h, rn_paper_draft *draft)
{
    static const char *const kind[] = { "With", "Without" };
    rn_text_add(&draft->note, "Bold: with batch normalization; thin and dashed: without.  The table has the "
                "powers of ten between the weakest and the strongest 3x3 layer, at parts of the training.  "
                "Section 4.1: with batch normalization neither forward nor backward signals vanish.  ");
    for (int panel = 0; panel < 2; panel++) {
        double response = worst_spread(e, h, panel, RESPONSE);
        double gradient = worst_spread(e, h, panel, GRADIENT);
        if (!isnan(response))
            rn_text_add(&draft->note, "%s it, the weakest response at any of these moments is 1/%.3g of the "
                        "strongest, the weakest gradient 1/%.3g.  ", kind[panel], pow(10, response),
                        pow(10, gradient));
    }
    add_way_back(e, h, &draft->note);
}

static rn_status fill(const rn_paper_work *work, history *h, rn_paper_draft *draft)
{
    const rn_experiment *e = work->experiment;
    for (int i = 0; i < e->entries; i++) {
        const rn_paper_run *run = rn_work_find(work, &e->entry[i]);
        double *value = &draft->value[COLUMNS * i];
        draft->row[i] = e->entry[i].label;
        if (!run)
            continue;
        RN_TRY(measure_run(&h[i], run));
        if (!h[i].moment[TRAINED].layers)
            continue;
        *value++ = h[i].moment[TRAINED].layers;
        for (int signal = 0; signal < SIGNALS; signal++)
            for (int m = 0; m < MOMENTS; m++)
                *value++ = spread_of(&h[i].moment[m], signal);
    }
    for (int signal = 0; signal < SIGNALS; signal++)
        for (int m = 0; m < MOMENTS; m++)
            RN_TRY(draw_panel(e, h, signal, m, draft));
    add_words(e, h, draft);
    return RN_OK;
}

rn_status rn_make_gradients(const rn_paper_work *work, rn_paper_draft *draft)
{
    static const rn_paper_column column[COLUMNS] = {
        { "layers", 0 },
        { "responses 0", 2 }, { "responses 1/64", 2 }, { "responses 1/4", 2 }, { "responses 1", 2 },
        { "gradients 0", 2 }, { "gradients 1/64", 2 }, { "gradients 1/4", 2 }, { "gradients 1", 2 },
    };
    const rn_experiment *e = work->experiment;
    history *h;
    RN_TRY(rn_draft_table(draft, COLUMNS, column, e->entries));
    RN_TRY(rn_new(&h, e->entries));
    rn_status status = fill(work, h, draft);
    for (int i = 0; i < e->entries; i++)
        for (int m = 0; m < MOMENTS; m++)
            rn_signals_free(&h[i].moment[m]);
    rn_free(h);
    return status;
}
