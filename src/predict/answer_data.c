/* Answers for a whole data set, in the order of the set. */
#include "base/json.h"
#include "base/memory.h"
#include "net/score.h"
#include "predict/answers.h"
#include "predict/predict.h"

#include <assert.h>
#include <string.h>
#include <time.h>

enum { MOST_AT_ONCE = 1 << 15 };

/* The automatic split of a folder and the built-in pictures are those of the training. */
static rn_dataset_options training_options(const rn_model *model)
{
    rn_dataset_options options = { 0 };
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

static rn_status answer_batch(rn_model *model, const rn_dataset *data, const rn_batch *batch,
                              rn_answer_taker *take, void *context)
{
    const rn_preprocess *rule = &model->bundle.preprocess;
    size_t pixels = (size_t)batch->count * 3 * (size_t)rule->crop_height * (size_t)rule->crop_width;
    memcpy(rn_session_input(model->session), batch->pixels, pixels * sizeof(float));
    rn_session_forward(model->session, batch->count, 0);
    const float *scores = rn_session_scores(model->session);
    for (int i = 0; i < batch->count; i++, scores += model->classes)
        RN_TRY(take(context, &(rn_answer){ data, batch->index[i], batch->labels[i], scores,
                                           model->classes }));
    return RN_OK;
}

static rn_status answer_all(rn_model *model, const rn_dataset *data, rn_loader *loader, rn_answer_taker *take,
                            void *context)
{
    const rn_batch *batch;
    for (;;) {
        RN_TRY(rn_loader_next(loader, &batch));
        if (!batch)
            return RN_OK;
        RN_TRY(answer_batch(model, data, batch, take, context));
    }
}

static rn_status answer_data(rn_model *model, const rn_dataset *data, int batch, rn_answer_taker *take,
                             void *context, int64_t *bad)
{
    const rn_architecture *a = &model->bundle.architecture;
    assert(batch >= 0);
    if (batch == 0)
        batch = rn_test_batch(a->height, a->width);
    rn_loader *loader;
    rn_loader_options options = { .batch = batch, .workers = rn_device_threads(model->device),
                                  .rule = &model->bundle.preprocess, .max_bad = 1 };
    RN_TRY(rn_model_make_room(model, batch));
    RN_TRY(rn_loader_open(&loader, data, &options));
    rn_status status = answer_all(model, data, loader, take, context);
    if (bad)
        *bad = rn_loader_bad(loader);
    rn_loader_close(loader);
    return status;
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

rn_status rn_predict_each(rn_model *model, const char *spec, int batch, rn_answer_taker *take, void *context,
                          int64_t *bad)
{
    rn_dataset *data;
    RN_TRY(open_data(&data, model, spec));
    rn_status status = answer_data(model, data, batch, take, context, bad);
    rn_dataset_close(data);
    return status;
}

/* ---- As a table ------------------------------------------------------------------------------ */

static rn_status keep(void *context, const rn_answer *answer)
{
    rn_answers_set(context, answer->index, answer->scores);
    return RN_OK;
}

static double clock_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static rn_status fill(rn_answers *answers, rn_model *model, const rn_dataset *data, int batch)
{
    double start = clock_now();
    RN_TRY(rn_answers_add_data(answers, data));
    RN_TRY(answer_data(model, data, batch, keep, answers, NULL));
    answers->seconds = clock_now() - start;
    return RN_OK;
}

rn_status rn_model_answer(rn_model *model, const char *spec, int batch, rn_answers **answers)
{
    rn_dataset *data;
    *answers = NULL;
    if (batch < 0 || batch > MOST_AT_ONCE)
        return rn_fail(RN_BAD_ARGUMENT, "batches of %d pictures: use 1 to %d", batch, MOST_AT_ONCE);
    RN_TRY(open_data(&data, model, spec));
    rn_status status = rn_answers_new(answers, model->class_name, model->classes);
    if (status == RN_OK)
        status = fill(*answers, model, data, batch);
    rn_dataset_close(data);
    if (status != RN_OK) {
        rn_answers_free(*answers);
        *answers = NULL;
    }
    return status;
}
