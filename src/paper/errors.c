/*
 * Tables of errors: for each network the paper's number, the mean of our runs' errors, their spread over the
 * seeds (sample standard deviation), and the difference.  Where the paper gives the best of several runs and
 * their mean, means are compared with means.  An ensemble averages the probabilities of the first run of each
 * network, where it has the seed of the others.
 */
#include "base/memory.h"
#include "paper/testing.h"

#include <math.h>
#include <string.h>

/* What stands in a table for each measure. */
enum { PAPERS, OURS, SPREAD, DIFFERENCE, PER_MEASURE };

typedef struct { double sum, squares; int count; } sample;

/* Samples of one network, in the order of experiment->measure. */
typedef struct { sample tested[RN_PAPER_NUMBERS], last[RN_PAPER_NUMBERS]; } samples;

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

/* ---- Columns ---------------------------------------------------------------------------------- */

static int count_measures(const rn_experiment *e)
{
    return e->measure[1] ? 2 : 1;
}

static bool is_top5(const char *measure)
{
    return strcmp(measure, "top-5") == 0;
}

/* A table of top-1 errors alone says so in its title. */
static int name_columns(const rn_experiment *e, rn_paper_column *column)
{
    static const char *const said[3][PER_MEASURE + 1] = {
        { "paper", "ours", "spread", "difference", "ours, 1-crop" },
        { "paper, top-1", "ours, top-1", "spread, top-1", "difference, top-1", "1-crop, top-1" },
        { "paper, top-5", "ours, top-5", "spread, top-5", "difference, top-5", "1-crop, top-5" },
    };
    const bool named = count_measures(e) > 1;
    int columns = 0;
    for (int m = 0; m < count_measures(e); m++)
        for (int k = 0; k < PER_MEASURE + (e->views ? 1 : 0); k++)
            column[columns++] = (rn_paper_column){ said[named ? 1 + is_top5(e->measure[m]) : 0][k], 2 };
    if (e->data == RN_CIFAR)
        column[columns++] = (rn_paper_column){ "parameters", 0 };
    column[columns++] = (rn_paper_column){ "runs", 0 };
    return columns;
}

/* ---- Numbers ---------------------------------------------------------------------------------- */

static void add_errors(const rn_experiment *e, sample *s, const rn_paper_errors *errors)
{
    for (int m = 0; m < count_measures(e); m++)
        add(&s[m], is_top5(e->measure[m]) ? errors->top5 : errors->top1);
}

static rn_status collect(const rn_paper_work *work, const rn_paper_entry *entry, samples *s)
{
    for (int i = 0; i < work->runs; i++) {
        const rn_paper_run *run = &work->run[i];
        rn_paper_errors tested, last;
        if (run->entry != entry || !run->finished)
            continue;
        RN_TRY(rn_paper_test(work, run, &tested));
        RN_TRY(rn_paper_last_test(run, &last));
        add_errors(work->experiment, s->tested, &tested);
        add_errors(work->experiment, s->last, &last);
    }
    return RN_OK;
}

/* Runs of one seed, which may also say what is tested. */
static rn_status answer_all(const rn_paper_work *work, rn_answers **member, int *members)
{
    const rn_paper_run *first = NULL;
    for (int i = 0; i < work->experiment->entries; i++) {
        const rn_paper_run *run = rn_work_find(work, &work->experiment->entry[i]);
        if (!run || (first && run->config.seed != first->config.seed))
            continue;
        first = first ? first : run;
        RN_TRY(rn_paper_answer(work, run, &member[(*members)++]));
    }
    return RN_OK;
}

static rn_status count_together(const rn_experiment *e, rn_answers *const *member, int members, samples *s)
{
    rn_answers *average;
    rn_paper_errors errors;
    if (members < 2)
        return RN_OK;
    RN_TRY(rn_answers_average(&average, member, members));
    rn_status status = rn_paper_count(average, &errors);
    rn_answers_free(average);
    if (status == RN_OK)
        add_errors(e, s->tested, &errors);
    return status;
}

static rn_status test_ensemble(const rn_paper_work *work, samples *s)
{
    rn_answers **member;
    int members = 0;
    RN_TRY(rn_new(&member, work->experiment->entries));
    rn_status status = answer_all(work, member, &members);
    if (status == RN_OK)
        status = count_together(work->experiment, member, members, s);
    for (int i = 0; i < members; i++)
        rn_answers_free(member[i]);
    rn_free(member);
    return status;
}

static rn_status count_parameters(const rn_paper_entry *entry, double *parameters)
{
    double multiply_adds;
    rn_architecture a = { .classes = 10 };
    if (!entry->model)
        return RN_OK;
    snprintf(a.model, sizeof a.model, "%s", entry->model);
    return rn_count_network(&a, parameters, &multiply_adds);
}

/* ---- The table -------------------------------------------------------------------------------- */

static double papers_number(const rn_paper_entry *entry, int measure, int runs)
{
    if (measure == 0 && runs > 1 && entry->mean > 0)
        return entry->mean;
    return entry->paper[measure] > 0 ? entry->paper[measure] : NAN;
}

static rn_status fill(const rn_paper_work *work, const rn_paper_entry *entry, double *value)
{
    const rn_experiment *e = work->experiment;
    samples s = { 0 };
    if (entry->model && strcmp(entry->model, "ensemble") == 0)
        RN_TRY(test_ensemble(work, &s));
    else
        RN_TRY(collect(work, entry, &s));
    for (int m = 0; m < count_measures(e); m++) {
        value[PAPERS] = papers_number(entry, m, s.tested[m].count);
        value[OURS] = mean(&s.tested[m]);
        value[SPREAD] = spread(&s.tested[m]);
        if (rn_work_has_papers_data(work))
            value[DIFFERENCE] = value[OURS] - value[PAPERS];
        value += PER_MEASURE;
        if (e->views)
            *value++ = mean(&s.last[m]);
    }
    if (e->data == RN_CIFAR)
        RN_TRY(count_parameters(entry, value++));
    if (entry->model)
        *value = s.tested[0].count;
    return RN_OK;
}

/* Where the paper gives two numbers for a network. */
static void add_words(const rn_experiment *e, rn_text *note)
{
    for (int i = 0; i < e->entries; i++)
        if (e->entry[i].mean > 0)
            rn_text_add(note, "%s: the paper's best of five is %.2f, the mean %.2f +- %.2f, with which "
                        "several seeds of ours are compared.  ", e->entry[i].label, e->entry[i].paper[0],
                        e->entry[i].mean, e->entry[i].deviation);
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
    add_words(e, &draft->note);
    return RN_OK;
}
