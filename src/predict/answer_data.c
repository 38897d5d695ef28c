/*
 * Answers for a whole data set.  Where views are cut out of whole pictures, those that have one size after
 * resizing are shown together, so that a dense test opens one session for each size and not for each picture.
 */
#include "base/json.h"
#include "base/memory.h"
#include "data/sizes.h"
#include "net/score.h"
#include "predict/answers.h"
#include "predict/look.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MOST_AT_ONCE = 1 << 15 };

/* ---- The data -------------------------------------------------------------------------------- */

/* The automatic split of a folder and the built-in pictures are those of the training; pictures are read as
 * the model is told. */
static rn_dataset_options training_options(const rn_model *model)
{
    rn_dataset_options options = { .reading = model->reading };
    const char *text = model->bundle.training;
    json_t *training;
    if (!text || rn_json_parse(&training, text, strlen(text), "training") != RN_OK)
        return options;
    double part = json_number_value(json_object_get(training, "validation"));
    options.validation = part > 0 && part < 1 ? part : 0;
    options.seed = (uint64_t)json_integer_value(json_object_get(training, "seed"));
    json_decref(training);
    return options;
}

static rn_status check_classes(const rn_model *model, const rn_dataset *data, const char *spec)
{
    if (data->classes <= model->classes)
        return RN_OK;
    return rn_hint(rn_fail(RN_BAD_ARGUMENT, "%s has %d classes, the network has %d", spec, data->classes,
                           model->classes), "use the data that the network was trained on");
}

/* The part of the data that the model is tested on. */
static rn_status open_data(rn_dataset **data, const rn_model *model, const char *spec)
{
    rn_dataset_options options = training_options(model);
    RN_TRY(rn_dataset_open(data, spec, RN_SPLIT_TEST, &options));
    rn_status status = check_classes(model, *data, spec);
    if (status != RN_OK)
        rn_dataset_close(*data);
    return status;
}

/* ---- Showing the pictures -------------------------------------------------------------------- */

typedef struct {
    rn_model *model;
    const rn_dataset *data;
    rn_answers *answers;
    rn_look look;
} work;

static void take(void *context, int64_t picture, const float *scores)
{
    const work *w = context;
    if (rn_views_are_many(&w->model->views))
        rn_answers_average_in(w->answers, picture, scores);
    else
        rn_answers_set(w->answers, picture, scores);
}

static rn_status show_batch(work *w, const rn_batch *batch, int width, int height)
{
    size_t size = 3 * (size_t)width * (size_t)height;
    for (int i = 0; i < batch->count; i++)
        RN_TRY(rn_look_at(&w->look, batch->pixels + (size_t)i * size, width, height, batch->index[i]));
    return RN_OK;
}

/* Show these pictures (NULL: all), prepared by this rule. */
static rn_status show(work *w, const rn_preprocess *rule, const int64_t *picture, int64_t pictures)
{
    rn_loader *loader;
    const rn_batch *batch;
    int width = rule->crop_width, height = rule->crop_height;
    rn_loader_options options = { .batch = rn_look_batch(&w->look, width, height),
                                  .workers = rn_device_threads(w->model->device), .rule = rule,
                                  .picture = picture, .pictures = pictures, .max_bad = 1 };
    RN_TRY(rn_loader_open(&loader, w->data, &options));
    rn_status status;
    do {
        status = rn_loader_next(loader, &batch);
        if (status == RN_OK && batch)
            status = show_batch(w, batch, width, height);
    } while (status == RN_OK && batch);
    rn_loader_close(loader);
    return status;
}

/* ---- Pictures of different sizes ------------------------------------------------------------- */

typedef struct {
    rn_size size;               /* of the resized picture */
    int64_t picture;
} place;

static int by_size(const void *a, const void *b)
{
    const place *x = a, *y = b;
    if (x->size.width != y->size.width)
        return x->size.width < y->size.width ? -1 : 1;
    if (x->size.height != y->size.height)
        return x->size.height < y->size.height ? -1 : 1;
    return (x->picture > y->picture) - (x->picture < y->picture);
}

static rn_preprocess rule_of(const work *w, int scale, rn_size size)
{
    return rn_views_rule(&w->model->views, scale, &w->model->bundle.preprocess, size.width, size.height);
}

static int64_t sort_places(const work *w, int scale, const rn_size *size, place *places)
{
    int64_t count = 0;
    for (int64_t i = 0; i < w->data->count; i++)
        if (size[i].width > 0) {
            rn_preprocess rule = rule_of(w, scale, size[i]);
            places[count++] = (place){ { rule.crop_width, rule.crop_height }, i };
        }
    qsort(places, (size_t)count, sizeof *places, by_size);
    return count;
}

static bool same_size(const place *a, const place *b)
{
    return a->size.width == b->size.width && a->size.height == b->size.height;
}

/* Show all pictures at a scale, those of one size after another; `order` has room for all. */
static rn_status show_sizes(work *w, int scale, const rn_size *size, place *places, int64_t *order)
{
    int64_t count = sort_places(w, scale, size, places);
    for (int64_t i = 0; i < count; i++)
        order[i] = places[i].picture;
    for (int64_t begin = 0, end; begin < count; begin = end) {
        for (end = begin + 1; end < count && same_size(&places[begin], &places[end]);)
            end++;
        rn_preprocess rule = rule_of(w, scale, size[order[begin]]);
        RN_TRY(show(w, &rule, order + begin, end - begin));
    }
    return RN_OK;
}

static rn_status measure(rn_size **size, const work *w)
{
    const rn_dataset *data = w->data;
    if (!data->width)
        return rn_dataset_sizes(size, data, rn_device_threads(w->model->device));
    RN_TRY(rn_new(size, data->count));
    for (int64_t i = 0; i < data->count; i++)
        (*size)[i] = (rn_size){ data->width, data->height };
    return RN_OK;
}

static rn_status show_whole(work *w)
{
    rn_size *size = NULL;
    place *places = NULL;
    int64_t *order = NULL;
    rn_status status = measure(&size, w);
    if (status == RN_OK)
        status = rn_new(&places, w->data->count);
    if (status == RN_OK)
        status = rn_new(&order, w->data->count);
    for (int i = 0; i < rn_views_scales(&w->model->views) && status == RN_OK; i++)
        status = show_sizes(w, i, size, places, order);
    rn_free(order);
    rn_free(places);
    rn_free(size);
    return status;
}

static rn_status show_all(work *w)
{
    if (rn_views_want_whole(&w->model->views))
        return show_whole(w);
    for (int i = 0; i < rn_views_scales(&w->model->views); i++) {
        rn_preprocess rule = rule_of(w, i, (rn_size){ 0, 0 });
        RN_TRY(show(w, &rule, NULL, 0));
    }
    return RN_OK;
}

/* ---- The table ------------------------------------------------------------------------------- */

static double clock_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static rn_status fill(rn_answers *answers, rn_model *model, const rn_dataset *data, int batch)
{
    const rn_architecture *a = &model->bundle.architecture;
    work w = { .model = model, .data = data, .answers = answers };
    double start = clock_now();
    RN_TRY(rn_answers_add_data(answers, data));
    RN_TRY(rn_look_open(&w.look, model, batch ? batch : rn_test_batch(a->height, a->width), take, &w));
    rn_status status = show_all(&w);
    rn_look_close(&w.look);
    answers->seconds = clock_now() - start;
    return status;
}

static rn_status answer_data(rn_model *model, const rn_dataset *data, int batch, rn_answers **answers)
{
    RN_TRY(rn_answers_new(answers, model->class_name, model->classes));
    rn_status status = fill(*answers, model, data, batch);
    if (status != RN_OK) {
        rn_answers_free(*answers);
        *answers = NULL;
    }
    return status;
}

rn_status rn_model_answer(rn_model *model, const char *spec, int batch, rn_answers **answers)
{
    rn_dataset *data;
    *answers = NULL;
    if (batch < 0 || batch > MOST_AT_ONCE)
        return rn_fail(RN_BAD_ARGUMENT, "batches of %d pictures: use 1 to %d", batch, MOST_AT_ONCE);
    RN_TRY(open_data(&data, model, spec));
    rn_status status = answer_data(model, data, batch, answers);
    rn_dataset_close(data);
    return status;
}

/* ---- One after another ----------------------------------------------------------------------- */

static rn_status hand_out(const rn_answers *answers, const rn_dataset *data, rn_answer_taker *take_answer,
                          void *context, int64_t *bad)
{
    for (int64_t i = 0; i < answers->count; i++) {
        const rn_answer answer = { data, i, answers->row[i].label, rn_answers_scores(answers, i),
                                   answers->classes };
        if (answers->row[i].views)
            RN_TRY(take_answer(context, &answer));
        else if (bad)
            ++*bad;
    }
    return RN_OK;
}

rn_status rn_predict_each(rn_model *model, const char *spec, int batch, rn_answer_taker *take_answer,
                          void *context, int64_t *bad)
{
    rn_dataset *data;
    rn_answers *answers;
    if (bad)
        *bad = 0;
    RN_TRY(open_data(&data, model, spec));
    rn_status status = answer_data(model, data, batch, &answers);
    if (status == RN_OK)
        status = hand_out(answers, data, take_answer, context, bad);
    rn_answers_free(answers);
    rn_dataset_close(data);
    return status;
}
