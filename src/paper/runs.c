#include "paper/runs.h"
#include "base/file.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/pool.h"
#include "base/log.h"
#include "data/dataset.h"
#include "train/run_folder.h"

#include <assert.h>
#include <limits.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* Section 3.4 at a smaller scale: 600,000 steps of 256 pictures are 120 passes over ImageNet's training set.
 * A batch of 64, on two devices of 32 as the paper's were on eight, takes a quarter of the recipe's rate
 * (linear scaling).  The mean of each colour is subtracted: dense views of all sizes have the same. */
enum { PHOTO_BATCH = 64, PHOTO_GROUPS = 2, MOST_ENTRIES = 16 };

/* ---- What a run is --------------------------------------------------------------------------- */

/* "cifar10:data/CIFAR/" is called "CIFAR", but "cifar100:data/CIFAR" is "cifar100-CIFAR". */
static void name_of_data(char *to, size_t size, const char *data)
{
    size_t end = strlen(data), begin;
    while (end > 1 && data[end - 1] == '/')
        end--;
    for (begin = end; begin > 0 && !strchr("/:", data[begin - 1]); begin--)
        ;
    const char *colon = strchr(data, ':');
    const int kind = colon && strncmp(data, "cifar10:", 8) != 0 ? (int)(colon - data) : 0;
    snprintf(to, size, "%.*s%s%.*s", kind, data, kind ? "-" : "", (int)(end - begin), data + begin);
}

static rn_status name_run(rn_train_config *c, const rn_paper_run *run, const rn_paper_options *o)
{
    char data[64], scale[32], shortcut[16] = "", size[16] = "", type[16] = "", name[256];
    name_of_data(data, sizeof data, c->data);
    if (run->entry->shortcut)
        snprintf(shortcut, sizeof shortcut, "-%s", rn_shortcut_name(run->entry->shortcut));
    if (c->size)
        snprintf(size, sizeof size, "-%lldpx", (long long)c->size);
    if (strcmp(c->type, "fp32") != 0)
        snprintf(type, sizeof type, "-%.8s", c->type);
    rn_text_print(scale, sizeof scale, "%.6g", o->scale);
    snprintf(name, sizeof name, "%s-%.31s%s%s%s-x%s-seed%lld", data, c->model, shortcut, size, type, scale,
             (long long)c->seed);
    return rn_path_join(c->out, sizeof c->out, o->runs, name);
}

/* The rate falls at half and at three quarters of the way, as in section 4.2. */
static void set_length(rn_train_config *c, double iterations)
{
    c->iterations = (int64_t)fmax(4, round(iterations));
    c->epochs = 0;
    snprintf(c->schedule, sizeof c->schedule, "step");
    snprintf(c->milestones, sizeof c->milestones, "%lld,%lld", (long long)c->iterations / 2,
             (long long)c->iterations * 3 / 4);
}

static void follow_section_4_2(rn_train_config *c, double scale)
{
    set_length(c, RN_PAPER_CIFAR_STEPS * scale);
    c->save_every = 500;
    snprintf(c->snapshots, sizeof c->snapshots, "%lld,%lld", (long long)fmax(1, (double)c->iterations / 64),
             (long long)fmax(2, (double)c->iterations / 4));
}

static rn_status follow_section_3_4(rn_paper_run *run, double scale)
{
    rn_train_config *c = &run->config;
    rn_dataset *set;
    rn_dataset_options options = { .validation = c->validation, .seed = (uint64_t)c->seed };
    RN_TRY(rn_dataset_open(&set, c->data, RN_SPLIT_TRAIN, &options));
    run->classes = set->classes;
    int64_t pictures = set->count;
    rn_dataset_close(set);
    c->lr *= (double)PHOTO_BATCH / (double)c->batch;
    snprintf(c->preprocess, sizeof c->preprocess, "paper-imagenet");
    c->batch = PHOTO_BATCH;
    c->bn_groups = PHOTO_GROUPS;
    set_length(c, (double)(pictures / PHOTO_BATCH) * RN_PAPER_PASSES * scale);
    c->save_every = 100;
    return RN_OK;
}

/* Whether two specifications lead to the same place. */
static bool is_same_data(const char *a, const char *b)
{
    char one[PATH_MAX], two[PATH_MAX];
    const char *first = strchr(a, ':'), *second = strchr(b, ':');
    if (strcmp(a, b) == 0)
        return true;
    return (first ? first - a : 0) == (second ? second - b : 0) && realpath(first ? first + 1 : a, one)
           && realpath(second ? second + 1 : b, two) && strcmp(one, two) == 0;
}

/* A name does not tell all: the folder that it came from, or how many pictures were in it then. */
static rn_status check_recorded(const rn_train_config *c)
{
    rn_train_config was = { 0 };
    bool recorded;
    RN_TRY(rn_run_recorded(&was, c->out, &recorded));
    if (!recorded || (is_same_data(was.data, c->data) && was.iterations == c->iterations))
        return RN_OK;
    rn_status status = rn_fail(RN_BAD_ARGUMENT, "%s learned from '%s' in %lld steps; asked for are '%s' and "
                               "%lld steps", c->out, was.data, (long long)was.iterations, c->data,
                               (long long)c->iterations);
    return rn_hint(status, "--runs names another folder for the runs");
}

/* What is only shown goes without the runs that cannot be. */
static rn_status recognise(rn_paper_run *run, bool read_only)
{
    rn_status status = check_recorded(&run->config);
    run->finished = status == RN_OK && rn_run_is_finished(run->config.out);
    if (status == RN_OK || !read_only)
        return status;
    rn_warn("%s; left out", rn_error_text());
    return RN_OK;
}

static rn_status plan_run(rn_paper_run *run, const rn_experiment *e, const rn_paper_options *o, int64_t seed)
{
    bool photos = e->data == RN_PHOTOS;
    rn_train_config *c = &run->config;
    snprintf(c->data, sizeof c->data, "%s", photos ? o->photos : o->cifar);
    snprintf(c->model, sizeof c->model, "%s", run->entry->model);
    snprintf(c->out, sizeof c->out, "%s", o->runs);
    RN_TRY(rn_train_defaults(c, photos ? "paper-imagenet" : "paper-cifar"));
    c->seed = seed;
    c->size = photos ? o->size : 0;
    c->resume = true;
    c->threads = c->workers = o->threads;
    c->memory = o->memory;
    if (o->type[0])
        snprintf(c->type, sizeof c->type, "%s", o->type);
    c->tensorboard = o->tensorboard;
    snprintf(c->shortcut, sizeof c->shortcut, "%s",
             run->entry->shortcut ? rn_shortcut_name(run->entry->shortcut) : "");
    RN_TRY(name_run(c, run, o));
    if (photos)
        RN_TRY(follow_section_3_4(run, o->scale));
    else
        follow_section_4_2(c, o->scale);
    return recognise(run, o->read_only);
}

/* Whether "resnet20,plain20" has the word. */
static bool has_word(const char *list, const char *word)
{
    size_t length = strlen(word);
    for (const char *at = list; *at; at += strcspn(at, ","), at += *at == ',')
        if (strcspn(at, ",") == length && memcmp(at, word, length) == 0)
            return true;
    return false;
}

/* A report may be asked for without photographs. */
static bool has_data(const rn_experiment *e, const rn_paper_options *o)
{
    return e->data == RN_CIFAR || (e->data == RN_PHOTOS && o->photos[0]);
}

static bool learns(const rn_experiment *e, const rn_paper_entry *entry)
{
    return e->data != RN_NO_DATA && entry->model && strcmp(entry->model, "ensemble") != 0;
}

/* Networks on request learn when they are named, and are shown when they have learned. */
static bool is_wanted(const rn_paper_run *run, const char *only)
{
    return *only || run->finished || !run->entry->on_request;
}

/* Every word of the list is a network of the experiment. */
static rn_status check_words(const rn_experiment *e, const char *only)
{
    const char *models[MOST_ENTRIES + 1] = { 0 };
    int count = 0;
    assert(e->entries <= MOST_ENTRIES);
    if (*only && e->data == RN_NO_DATA)
        return rn_fail(RN_BAD_ARGUMENT, "--only: nothing is trained for %s", e->item.name);
    for (int i = 0; i < e->entries; i++)
        if (learns(e, &e->entry[i]))
            models[count++] = e->entry[i].model;
    for (const char *at = only; *at; at += strcspn(at, ","), at += *at == ',') {
        char word[64];
        bool known = false;
        snprintf(word, sizeof word, "%.*s", (int)strcspn(at, ","), at);
        for (int i = 0; i < count; i++)
            known |= strcmp(models[i], word) == 0;
        if (known)
            continue;
        const char *near = rn_suggest(word, models);
        rn_status status = rn_fail(RN_BAD_ARGUMENT, "--only: %s has no network \"%s\"", e->item.name, word);
        return near ? rn_hint(status, "did you mean %s?", near) : status;
    }
    return RN_OK;
}

rn_status rn_paper_plan(const rn_experiment *e, const rn_paper_options *o, rn_paper_run **run, int *runs)
{
    *runs = 0;
    if (!o->read_only)
        RN_TRY(check_words(e, o->only));
    RN_TRY(rn_new(run, e->entries * o->seeds));
    rn_status status = RN_OK;
    for (int i = 0; i < e->entries; i++)
        for (int64_t seed = 1; seed <= o->seeds && status == RN_OK; seed++) {
            if (!learns(e, &e->entry[i]) || !has_data(e, o)
                || (*o->only && !has_word(o->only, e->entry[i].model)))
                continue;
            rn_paper_run *next = &(*run)[*runs];
            *next = (rn_paper_run){ .entry = &e->entry[i] };
            status = plan_run(next, e, o, seed);
            *runs += is_wanted(next, o->only);
        }
    if (status != RN_OK)
        rn_free(*run);
    return status;
}

/* ---- Doing them ------------------------------------------------------------------------------ */

typedef struct {
    rn_paper_run *run;
    const rn_paper_watch *watch;
    pthread_mutex_t mutex;      /* of what follows, and of the watcher */
    rn_failure failure;         /* the first */
} works;

typedef struct {
    works *works;
    const rn_paper_run *run;
} witness;

static void tell(void *context, const rn_train_event *event)
{
    const witness *w = context;
    pthread_mutex_lock(&w->works->mutex);
    w->works->watch->on_event(w->works->watch->context, w->run->config.out, event);
    pthread_mutex_unlock(&w->works->mutex);
}

static void train(void *context, int task, int thread)
{
    (void)thread;
    works *w = context;
    rn_paper_run *run = &w->run[task];
    rn_train_result result;
    pthread_mutex_lock(&w->mutex);
    bool failed = w->failure.status != RN_OK;
    pthread_mutex_unlock(&w->mutex);
    if (failed)
        return;
    witness seen = { w, run };
    rn_train_watch watch = { .on_event = w->watch->on_event ? tell : NULL, .context = &seen,
                             .stop = w->watch->stop };
    rn_status status = rn_train(&run->config, &watch, &result);
    if (status == RN_NOT_FINITE) {
        rn_warn("%s did not learn: %s", run->config.out, rn_error_text());
        status = RN_OK;
    }
    pthread_mutex_lock(&w->mutex);
    if (status != RN_OK && w->failure.status == RN_OK)
        rn_failure_take(&w->failure, status);
    pthread_mutex_unlock(&w->mutex);
}

bool rn_paper_is_twin(const rn_paper_run *run, int number)
{
    for (int i = 0; i < number; i++)
        if (strcmp(run[i].config.out, run[number].config.out) == 0)
            return true;
    return false;
}

static rn_status train_all(rn_paper_run *todo, int runs, int jobs, const rn_paper_watch *watch)
{
    rn_pool *pool;
    works w = { .run = todo, .watch = watch, .mutex = PTHREAD_MUTEX_INITIALIZER };
    RN_TRY(rn_pool_open(&pool, jobs));
    rn_pool_run(pool, runs, train, &w);
    rn_pool_close(pool);
    return rn_failure_give(&w.failure);
}

/* What is to come: it may be days. */
static void tell_work(const rn_paper_run *run, int runs)
{
    int64_t steps = 0;
    for (int i = 0; i < runs; i++)
        steps += run[i].config.iterations;
    if (runs)
        rn_note("%d run%s to train, %lld steps in all; stopped, the same command goes on", runs,
                runs == 1 ? "" : "s", (long long)steps);
}

rn_status rn_paper_train(rn_paper_run *run, int runs, const rn_paper_options *o, const rn_paper_watch *watch)
{
    rn_paper_run *todo;
    RN_TRY(rn_new(&todo, runs));
    int left = 0;
    for (int i = 0; i < runs; i++)
        if (!run[i].finished && !rn_paper_is_twin(run, i))
            todo[left++] = run[i];
    tell_work(todo, left);
    rn_status status = left ? train_all(todo, left, (int)o->jobs, watch) : RN_OK;
    for (int i = 0; i < runs; i++)
        run[i].finished = rn_run_is_finished(run[i].config.out);
    rn_free(todo);
    return status;
}
