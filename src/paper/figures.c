/*
 * Figures 1, 4 and 6: training error thin and dashed, test error bold, one chart for each panel.  The table
 * beside them has the last errors, in which degradation shows: a deeper plain network fits even its training
 * pictures less well.
 */
#include "base/memory.h"
#include "image/curves.h"
#include "paper/paper.h"
#include "report/past_run.h"

#include <math.h>
#include <string.h>

enum { TRAINING, TEST, ITERATIONS, COLUMNS };
static const rn_paper_column columns[COLUMNS] = {
    { "training error", 2 }, { "test error", 2 }, { "iterations", 0 },
};

static void add_curves(rn_chart *chart, rn_curve *curve, const rn_past_run *past, const char *label,
                       int colour)
{
    for (int test = 0; test < 2; test++)
        curve[chart->curves + test] = (rn_curve){
            .label = test ? label : NULL, .colour = colour, .bold = test, .count = past->rows,
            .x = past->column[RN_ITERATION], .y = past->column[test ? RN_TEST_ERROR : RN_TRAIN_ERROR],
        };
    chart->curves += 2;
}

static rn_status draw_panel(const rn_experiment *e, int panel, const rn_past_run *past, rn_curve *curve,
                            rn_paper_draft *draft)
{
    rn_chart chart = { .title = e->panel[panel], .x_label = "iterations", .y_label = "error (%)",
                       .width = 560, .height = 400, .curve = curve };
    for (int i = 0; i < e->entries; i++)
        if (e->entry[i].panel == panel && past[i].summary)
            add_curves(&chart, curve, &past[i], e->entry[i].label, rn_entry_first(e, i));
    return chart.curves ? rn_curves_write(&draft->figure, &chart) : RN_OK;
}

static rn_status read_runs(const rn_paper_work *work, rn_past_run *past, rn_paper_draft *draft)
{
    const rn_experiment *e = work->experiment;
    for (int i = 0; i < e->entries; i++) {
        const rn_paper_run *run = rn_work_find(work, &e->entry[i]);
        double *value = &draft->value[i * COLUMNS];
        draft->row[i] = e->entry[i].label;
        if (!run)
            continue;
        RN_TRY(rn_past_run_open(&past[i], run->config.out));
        value[TRAINING] = rn_past_run_number(&past[i], "train_error");
        value[TEST] = rn_past_run_number(&past[i], "test_error");
        value[ITERATIONS] = rn_past_run_number(&past[i], "iteration");
    }
    return RN_OK;
}

static rn_status draw(const rn_paper_work *work, rn_past_run *past, rn_curve *curve, rn_paper_draft *draft)
{
    const rn_experiment *e = work->experiment;
    RN_TRY(read_runs(work, past, draft));
    for (int panel = 0; panel == 0 || (panel < 3 && e->panel[panel]); panel++)
        RN_TRY(draw_panel(e, panel, past, curve, draft));
    rn_text_add(&draft->note, "Thin and dashed: errors on training pictures; bold: on test pictures.  ");
    return RN_OK;
}

rn_status rn_make_curves(const rn_paper_work *work, rn_paper_draft *draft)
{
    const rn_experiment *e = work->experiment;
    rn_past_run *past = NULL;
    rn_curve *curve = NULL;
    RN_TRY(rn_draft_table(draft, COLUMNS, columns, e->entries));
    rn_status status = rn_new(&past, e->entries);
    if (status == RN_OK)
        status = rn_new(&curve, 2 * e->entries);
    if (status == RN_OK)
        status = draw(work, past, curve, draft);
    for (int i = 0; past && i < e->entries; i++)
        rn_past_run_close(&past[i]);
    rn_free(curve);
    rn_free(past);
    return status;
}
