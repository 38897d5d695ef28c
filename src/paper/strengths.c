/* Figure 7: the standard deviation of each 3x3 layer's responses, in the network's order and sorted. */
#include "backend/registry.h"
#include "base/memory.h"
#include "image/curves.h"
#include "model/models.h"
#include "paper/paper.h"
#include "predict/signals.h"
#include "train/run_folder.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMNS = 3, PICTURES = 200 };

typedef struct { double *x, *y; int count; } line;

typedef struct {
    line line[2];               /* one for each panel */
    double told[2];             /* what the table says of it */
} strengths;

static double mean_of(const double *number, int count)
{
    double sum = 0;
    for (int i = 0; i < count; i++)
        sum += number[i];
    return count ? sum / count : NAN;
}

static int compare_falling(const void *a, const void *b)
{
    const double *first = a, *second = b;
    return (*first < *second) - (*first > *second);
}

/* Take a copy of the numbers as a line over 1, 2, 3, ... */
static rn_status set_line(line *l, const double *number, int count)
{
    RN_TRY(rn_new(&l->x, count));
    RN_TRY(rn_new(&l->y, count));
    l->count = count;
    for (int i = 0; i < count; i++) {
        l->x[i] = i + 1;
        l->y[i] = number[i];
    }
    return RN_OK;
}

/* ---- Measuring ------------------------------------------------------------------------------- */

static rn_status measure_responses(strengths *s, rn_bundle *bundle, rn_device *device,
                                   const rn_paper_run *run)
{
    rn_signals signals;
    const rn_signals_options options = { .data = run->config.data, .validation = run->config.validation,
                                         .seed = (uint64_t)run->config.seed, .pictures = PICTURES };
    RN_TRY(rn_signals_measure(&signals, bundle, device, &options));
    rn_status status = set_line(&s->line[0], signals.deviation, signals.layers);
    if (status == RN_OK)
        status = set_line(&s->line[1], signals.deviation, signals.layers);
    if (status == RN_OK)
        qsort(s->line[1].y, (size_t)signals.layers, sizeof(double), compare_falling);
    s->told[0] = mean_of(signals.deviation, signals.layers);
    s->told[1] = status == RN_OK && signals.layers ? s->line[1].y[0] : NAN;
    rn_signals_free(&signals);
    return status;
}

/* A record without its network says nothing here. */
static rn_status measure_run(strengths *s, const rn_paper_run *run)
{
    char path[RN_TEXT_SIZE];
    rn_bundle bundle;
    rn_device *device = NULL;
    RN_TRY(rn_run_path(path, run->config.out, "last.safetensors"));
    if (!rn_file_exists(path))
        return RN_OK;
    RN_TRY(rn_bundle_open(&bundle, path, NULL));
    rn_status status = rn_device_open(&device, &(rn_placement){ .threads = (int)run->config.threads });
    if (status == RN_OK)
        status = measure_responses(s, &bundle, device, run);
    rn_device_close(device);
    rn_bundle_close(&bundle);
    return status;
}

/* ---- Telling --------------------------------------------------------------------------------- */

static bool is_plain(const rn_paper_entry *entry)
{
    return strncmp(entry->model, "plain", 5) == 0;
}

/* The residual network's mean response beside that of a plain one as deep, or of a shallower residual one. */
static void compare(const rn_paper_entry *entry, const strengths *s, int of, int with, rn_text *note)
{
    const bool plain = is_plain(&entry[with]);
    const int depth = rn_model_depth(entry[of].model), other = rn_model_depth(entry[with].model);
    if (is_plain(&entry[of]) || !s[of].line[0].count || !s[with].line[0].count
        || (plain ? depth != other : depth <= other))
        return;
    const double ratio = s[of].told[0] / s[with].told[0];
    rn_text_add(note, "The mean of %s is %.2f of %s's (%s).  ", entry[of].label, ratio, entry[with].label,
                ratio < 1 ? "smaller, as said" : "not smaller");
}

/* Whether what section 4.2 says is seen here. */
static void add_words(const rn_experiment *e, const strengths *s, rn_text *note)
{
    rn_text_add(note, "Section 4.2: residual networks have generally smaller responses than plain ones, and "
                "deeper residual networks smaller ones than shallower.  ");
    for (int i = 0; i < e->entries; i++)
        for (int k = 0; k < e->entries; k++)
            compare(e->entry, s, i, k, note);
}

/* ---- Drawing --------------------------------------------------------------------------------- */

static rn_status draw_panel(const rn_paper_work *work, int panel, const strengths *s, rn_curve *curve,
                            rn_paper_draft *draft)
{
    const rn_experiment *e = work->experiment;
    rn_chart chart = { .title = e->panel[panel], .x_label = "layer", .y_label = e->measure[0],
                       .width = 560, .height = 400, .curve = curve };
    for (int i = 0; i < e->entries; i++)
        if (s[i].line[panel].count > 0) {
            const line *l = &s[i].line[panel];
            curve[chart.curves++] = (rn_curve){ .label = e->entry[i].label, .colour = i, .bold = true,
                                                .count = l->count, .x = l->x, .y = l->y };
            for (int k = 0; k < l->count; k++)
                chart.y_max = fmax(chart.y_max, l->y[k]);
        }
    return chart.curves ? rn_curves_write(&draft->figure, &chart) : RN_OK;
}

static rn_status fill(const rn_paper_work *work, strengths *s, rn_curve *curve, rn_paper_draft *draft)
{
    const rn_experiment *e = work->experiment;
    for (int i = 0; i < e->entries; i++) {
        const rn_paper_run *run = rn_work_find(work, &e->entry[i]);
        draft->row[i] = e->entry[i].label;
        if (!run)
            continue;
        RN_TRY(measure_run(&s[i], run));
        if (!s[i].line[0].count)
            continue;
        double *value = &draft->value[COLUMNS * i];
        value[0] = s[i].line[0].count;
        value[1] = s[i].told[0];
        value[2] = s[i].told[1];
    }
    add_words(e, s, &draft->note);
    for (int panel = 0; panel < 2; panel++)
        RN_TRY(draw_panel(work, panel, s, curve, draft));
    return RN_OK;
}

rn_status rn_make_responses(const rn_paper_work *work, rn_paper_draft *draft)
{
    static const rn_paper_column column[COLUMNS] = { { "layers", 0 }, { "mean", 3 }, { "largest", 3 } };
    const rn_experiment *e = work->experiment;
    strengths *s = NULL;
    rn_curve *curve = NULL;
    RN_TRY(rn_draft_table(draft, COLUMNS, column, e->entries));
    rn_status status = rn_new(&s, e->entries);
    if (status == RN_OK)
        status = rn_new(&curve, e->entries);
    if (status == RN_OK)
        status = fill(work, s, curve, draft);
    for (int i = 0; s && i < e->entries; i++)
        for (int panel = 0; panel < 2; panel++) {
            rn_free(s[i].line[panel].x);
            rn_free(s[i].line[panel].y);
        }
    rn_free(curve);
    rn_free(s);
    return status;
}
