/*
 * Tables of errors: for each network the paper's number, the mean of our runs' last test errors, their spread
 * over the seeds (sample standard deviation), and the difference.
 */
#include "paper/paper.h"
#include "report/past_run.h"

#include <math.h>
#include <string.h>

enum { PAPERS, OURS, SPREAD, DIFFERENCE, PER_MEASURE };
static const char *const results[RN_PAPER_NUMBERS] = { "test_error", "test_top5_error" };

typedef struct { double sum, squares; int count; } sample;

static void add(sample *s, double number)
{
    if (isfinite(number)) {
        s->sum += number;
        s->squares += number * number;
        s->count++;
    }
}

static double mean(const sample *s)
{
    return s->count ? s->sum / s->count : NAN;
}

static double spread(const sample *s)
{
    double variance = s->count > 1 ? (s->squares - s->sum * s->sum / s->count) / (s->count - 1) : NAN;
    return sqrt(fmax(variance, 0));
}

static int find_measures(const rn_experiment *e)
{
    return e->measure[1] ? 2 : 1;
}

static int name_columns(const rn_experiment *e, rn_paper_column *column)
{
    static const char *const said[][PER_MEASURE] = {
        { "paper", "ours", "spread", "difference" },
        { "paper, top-5", "ours, top-5", "spread, top-5", "difference, top-5" },
    };
    int columns = 0;
    for (int m = 0; m < find_measures(e); m++)
        for (int k = 0; k < PER_MEASURE; k++)
            column[columns++] = (rn_paper_column){ said[m][k], 2 };
    column[columns++] = (rn_paper_column){ "runs", 0 };
    return columns;
}

static rn_status collect(const rn_paper_work *work, const rn_paper_entry *entry, sample *s)
{
    for (int i = 0; i < work->runs; i++) {
        rn_past_run past;
        if (work->run[i].entry != entry || !work->run[i].finished)
            continue;
        RN_TRY(rn_past_run_open(&past, work->run[i].config.out));
        for (int m = 0; m < RN_PAPER_NUMBERS; m++)
            add(&s[m], rn_past_run_number(&past, results[m]));
        rn_past_run_close(&past);
    }
    return RN_OK;
}

static rn_status fill(const rn_paper_work *work, const rn_paper_entry *entry, double *value)
{
    sample s[RN_PAPER_NUMBERS] = { 0 };
    int measures = find_measures(work->experiment);
    RN_TRY(collect(work, entry, s));
    for (int m = 0; m < measures; m++, value += PER_MEASURE) {
        value[PAPERS] = entry->paper[m] > 0 ? entry->paper[m] : NAN;
        value[OURS] = mean(&s[m]);
        value[SPREAD] = spread(&s[m]);
        value[DIFFERENCE] = value[OURS] - value[PAPERS];
    }
    if (entry->model)
        *value = s[0].count;
    return RN_OK;
}

rn_status rn_make_errors(const rn_paper_work *work, rn_paper_draft *draft)
{
    const rn_experiment *e = work->experiment;
    rn_paper_column column[RN_MAX_COLUMNS];
    int columns = name_columns(e, column);
    RN_TRY(rn_draft_table(draft, columns, column, e->entries));
    for (int i = 0; i < e->entries; i++) {
        draft->row[i] = e->entry[i].label;
        RN_TRY(fill(work, &e->entry[i], &draft->value[i * columns]));
    }
    return RN_OK;
}
