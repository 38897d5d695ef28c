/* A table or figure of the paper by name: its runs are planned and done, then its maker fills the result. */
#include "base/memory.h"
#include "paper/runs.h"
#include "report/sections.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_SEEDS = 100, MAX_JOBS = 64, ITEMS = 16 };
enum { SHARDS = 8 };    /* of a run: more threads than that help it little */
enum { IMAGENET_CLASSES = 1000, PAPER_SIZE = 224 };

const rn_paper_item *rn_paper_items(void)
{
    static rn_paper_item items[ITEMS];
    const rn_experiment *e = rn_experiments();
    for (int i = 0; i < ITEMS - 1 && e[i].item.name; i++)
        items[i] = e[i].item;
    return items;
}

static rn_status find(const char *name, const rn_experiment **found)
{
    const char *names[ITEMS + 1] = { 0 };
    const rn_experiment *e = rn_experiments();
    int count = 0;
    for (; e[count].item.name; count++) {
        names[count] = e[count].item.name;
        if (strcmp(name, names[count]) == 0) {
            *found = &e[count];
            return RN_OK;
        }
    }
    if (strncmp(name, "table", 5) == 0 && atoi(name + 5) >= 7 && atoi(name + 5) <= 14)
        return rn_fail(RN_BAD_ARGUMENT, "%s is about detection or localization, which are not made here",
                       name);
    names[count] = "report";
    const char *near = rn_suggest(name, names);
    rn_status status = rn_fail(RN_BAD_ARGUMENT, "unknown table or figure \"%s\"", name);
    return near ? rn_hint(status, "did you mean %s?", near) : rn_hint(status, "`resnet paper` lists them");
}

/* At least 1. */
static int64_t divided(int64_t whole, int64_t parts)
{
    return whole > parts ? whole / parts : 1;
}

static rn_status check_part(const char *option, double part)
{
    if (part > 0 && part <= 1)
        return RN_OK;
    return rn_fail(RN_BAD_ARGUMENT, "%s: %g is out of range, wanted more than 0 and at most 1", option, part);
}

/* From here on `scale` is that of the experiment's own data. */
static rn_status choose_scale(const rn_experiment *e, rn_paper_options *o)
{
    if (o->scale == 0)
        o->scale = 1;
    RN_TRY(check_part("--scale", o->scale));
    if (o->photo_scale == 0)
        o->photo_scale = o->scale;
    RN_TRY(check_part("--photo-scale", o->photo_scale));
    if (e->data == RN_PHOTOS)
        o->scale = o->photo_scale;
    return RN_OK;
}

static rn_status complete(const rn_experiment *e, const rn_paper_options *given, rn_paper_options *o)
{
    *o = *given;
    RN_TRY(choose_scale(e, o));
    if (o->seeds == 0)
        o->seeds = 1;
    if (o->jobs == 0)
        o->jobs = divided(rn_processors() < SHARDS * MAX_JOBS ? rn_processors() : SHARDS * MAX_JOBS, SHARDS);
    if (!o->runs[0])
        snprintf(o->runs, sizeof o->runs, "%s", RN_PAPER_RUNS);
    if (!o->cifar[0])
        snprintf(o->cifar, sizeof o->cifar, "builtin");
    if (o->seeds < 1 || o->seeds > MAX_SEEDS)
        return rn_fail(RN_BAD_ARGUMENT, "--seeds: %lld is out of range, wanted 1 to %d", (long long)o->seeds,
                       MAX_SEEDS);
    if (o->jobs < 1 || o->jobs > MAX_JOBS)
        return rn_fail(RN_BAD_ARGUMENT, "--jobs: %lld is out of range, wanted 1 to %d", (long long)o->jobs,
                       MAX_JOBS);
    if (o->threads == 0)
        o->threads = divided(rn_processors(), o->jobs);
    if (e->data == RN_PHOTOS && !o->photos[0] && !o->read_only)
        return rn_hint(rn_fail(RN_BAD_ARGUMENT, "%s is about photographs, and no folder of them is named",
                               e->item.name), "--photos DIR, with one folder for each class");
    return RN_OK;
}

bool rn_work_has_papers_data(const rn_paper_work *work)
{
    const char *cifar = work->options->cifar;
    if (work->experiment->data == RN_PHOTOS)
        return work->runs && work->run[0].classes == IMAGENET_CLASSES;
    return strncmp(cifar, "cifar10:", 8) == 0;
}

static void note_length(const rn_paper_work *work, rn_text *note)
{
    const rn_train_config *c = &work->run[0].config;
    const bool is_fp32 = strcmp(c->type, "fp32") == 0;
    rn_write_whole(note, (double)c->iterations);
    if (work->experiment->data == RN_PHOTOS)
        rn_text_add(note, " steps of %lld pictures of %lld pixels: %.3g of the paper's %d passes",
                    (long long)c->batch, (long long)(c->size ? c->size : PAPER_SIZE),
                    work->options->scale * RN_PAPER_PASSES, RN_PAPER_PASSES);
    else
        rn_text_add(note, " of the paper's 64,000 iterations");
    rn_text_add(note, "%s%s; data %s", is_fp32 ? "" : ", in ", is_fp32 ? "" : c->type, c->data);
}

/* What the numbers stand on. */
static void note_runs(const rn_paper_work *work, rn_paper_draft *draft)
{
    int runs = 0, finished = 0;
    for (int i = 0; i < work->runs; i++)
        if (!rn_paper_is_twin(work->run, i)) {
            runs++;
            finished += work->run[i].finished;
        }
    if (work->experiment->data == RN_PHOTOS && !runs)
        rn_text_add(&draft->note, "No photographs were named: --photos DIR.");
    if (!runs)
        return;
    rn_text_add(&draft->note, "%d of %d runs finished; ", finished, runs);
    note_length(work, &draft->note);
    if (!rn_work_has_papers_data(work))
        rn_text_add(&draft->note, ", which is not the paper's: numbers cannot be compared, only their order");
    rn_text_add(&draft->note, ".");
}

static bool was_asked(const rn_paper_work *work, const rn_paper_entry *entry)
{
    for (int i = 0; i < work->runs; i++)
        if (work->run[i].entry == entry)
            return true;
    return false;
}

/* Each network has one row; one that --only does not name, and of which the paper says nothing, has none. */
static bool has_row(const rn_paper_work *work, int number)
{
    const rn_experiment *e = work->experiment;
    const rn_paper_entry *entry = &e->entry[number];
    const bool all = !*work->options->only || e->data == RN_NO_DATA;
    return rn_entry_first(e, number) == number
           && (all || was_asked(work, entry) || entry->paper[0] > 0 || entry->paper[1] > 0);
}

static void drop_rows(const rn_paper_work *work, rn_paper_draft *draft)
{
    rn_paper_result *r = &draft->result;
    int kept = 0;
    for (int i = 0; i < work->experiment->entries; i++) {
        if (!has_row(work, i))
            continue;
        draft->row[kept] = draft->row[i];
        memmove(draft->value + kept * r->columns, draft->value + i * r->columns,
                (size_t)r->columns * sizeof *draft->value);
        kept++;
    }
    r->rows = kept;
}

static rn_status make(const rn_paper_work *work, rn_paper_result **result)
{
    rn_paper_draft *draft;
    RN_TRY(rn_new(&draft, 1));
    draft->result.item = work->experiment->item;
    rn_status status = work->experiment->make(work, draft);
    if (status == RN_OK)
        drop_rows(work, draft);
    note_runs(work, draft);
    if (status == RN_OK)
        status = rn_draft_evidence(draft, work);
    if (status == RN_OK)
        status = rn_text_finish(&draft->note);
    if (status == RN_OK && draft->figure.length)
        status = rn_text_finish(&draft->figure);
    if (status != RN_OK) {
        rn_paper_result_free(&draft->result);
        return status;
    }
    draft->result.note = draft->note.bytes;
    draft->result.figure = draft->figure.bytes;
    *result = &draft->result;
    return RN_OK;
}

rn_status rn_paper_reproduce(const char *name, const rn_paper_options *given, const rn_paper_watch *watch,
                             rn_paper_result **result)
{
    const rn_experiment *e = NULL;
    rn_paper_options *options;
    rn_paper_run *run = NULL;
    int runs = 0;
    *result = NULL;
    RN_TRY(find(name, &e));
    RN_TRY(rn_new(&options, 1));
    rn_status status = complete(e, given, options);
    if (status == RN_OK)
        status = rn_paper_plan(e, options, &run, &runs);
    if (status == RN_OK) {
        if (!options->read_only)
            status = rn_paper_train(run, runs, options, watch);
        rn_paper_work work = { e, options, run, runs, watch };
        if (status == RN_OK)
            status = make(&work, result);
        rn_free(run);
    }
    rn_free(options);
    return status;
}
