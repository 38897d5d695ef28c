/*
 * Tables of errors: for each network the paper's number, the mean of our runs' errors, their spread over the
 * seeds (sample standard deviation), and the difference.  An ensemble averages the probabilities of the first
 * run of each network.
 */
#include "base/memory.h"
#include "paper/testing.h"

#include <math.h>
#include <string.h>

enum { PAPERS, OURS, SPREAD, DIFFERENCE, PER_MEASURE };

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
    if (s->count < 2)
        return NAN;
    return sqrt(fmax(0, s->squares - s->sum * s->sum / s->count) / (s->count - 1));
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
        rn_paper_errors errors;
        if (work->run[i].entry != entry || !work->run[i].finished)
            continue;
        RN_TRY(rn_paper_test(work, &work->run[i], &errors));
        add(&s[0], work->experiment->only_top5 ? errors.top5 : errors.top1);
        add(&s[1], errors.top5);
    }
    return RN_OK;
}

static rn_status answer_all(const rn_paper_work *work, rn_answers **member, int *members)
{
    for (int i = 0; i < work->experiment->entries; i++) {
        const rn_paper_run *run = rn_work_find(work, &work->experiment->entry[i]);
        if (run)
            RN_TRY(rn_paper_answer(work, run, &member[(*members)++]));
    }
    return RN_OK;
}

static rn_status count_together(rn_answers *const *member, int members, sample *s)
{
    rn_answers *average;
    rn_evaluation *evaluation;
    if (members < 2)
        return RN_OK;
    RN_TRY(rn_answers_average(&average, member, members));
    rn_status status = rn_answers_count(average, &evaluation);
    rn_answers_free(average);
    if (status != RN_OK)
        return status;
    add(s, evaluation->top5_error);
    rn_evaluation_free(evaluation);
    return RN_OK;
}

static rn_status test_ensemble(const rn_paper_work *work, sample *s)
{
    rn_answers **member;
    int members = 0;
    RN_TRY(rn_new(&member, work->experiment->entries));
    rn_status status = answer_all(work, member, &members);
    if (status == RN_OK)
        status = count_together(member, members, s);
    for (int i = 0; i < members; i++)
        rn_answers_free(member[i]);
    rn_free(member);
    return status;
}

static rn_status fill(const rn_paper_work *work, const rn_paper_entry *entry, double *value)
{
    sample s[RN_PAPER_NUMBERS] = { 0 };
    int measures = find_measures(work->experiment);
    if (entry->model && strcmp(entry->model, "ensemble") == 0)
        RN_TRY(test_ensemble(work, s));
    else
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
