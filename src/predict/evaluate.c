/* Answers for a whole data set, in the order of the set, counted as training counts its tests. */
#include "base/json.h"
#include "base/memory.h"
#include "net/score.h"
#include "predict/predict.h"

#include <assert.h>
#include <string.h>
#include <time.h>

/* ---- Each picture ---------------------------------------------------------------------------- */

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

rn_status rn_predict_each(rn_model *model, const char *spec, int batch, rn_answer_taker *take, void *context,
                          int64_t *bad)
{
    const rn_architecture *a = &model->bundle.architecture;
    rn_dataset_options options = training_options(model);
    rn_dataset *data;
    assert(batch >= 0);
    if (batch == 0)
        batch = rn_test_batch(a->height, a->width);
    RN_TRY(rn_dataset_open(&data, spec, RN_SPLIT_TEST, &options));
    rn_status status = check_classes(model, data, spec);
    if (status == RN_OK)
        status = answer_data(model, data, batch, take, context, bad);
    rn_dataset_close(data);
    return status;
}

/* ---- The count ------------------------------------------------------------------------------- */

typedef struct {
    rn_evaluation evaluation;       /* first, so that a pointer to it is one to the whole */
    rn_score score;
    int64_t *confusion;
    char **class_name;
} whole;

static rn_status count(void *context, const rn_answer *answer)
{
    whole *w = context;
    rn_score_add(&w->score, answer->scores, &answer->label, 1, answer->classes);
    w->confusion[(int64_t)answer->label * answer->classes + rn_best_class(answer->scores, answer->classes)]++;
    return RN_OK;
}

static rn_status copy_names(whole *w, const rn_model *model)
{
    w->evaluation.classes = model->classes;
    RN_TRY(rn_new(&w->class_name, w->evaluation.classes));
    for (int c = 0; c < w->evaluation.classes; c++)
        RN_TRY(rn_copy_text(&w->class_name[c], model->class_name[c]));
    w->evaluation.class_name = (const char *const *)w->class_name;
    return RN_OK;
}

static double clock_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static rn_status evaluate(whole *w, rn_model *model, const char *data, int batch)
{
    rn_evaluation *e = &w->evaluation;
    RN_TRY(copy_names(w, model));
    RN_TRY(rn_new(&w->confusion, (int64_t)e->classes * e->classes));
    e->confusion = w->confusion;
    double start = clock_now();
    RN_TRY(rn_predict_each(model, data, batch, count, w, &e->bad_files));
    double seconds = clock_now() - start;
    e->images = w->score.images;
    e->wrong = w->score.wrong;
    e->wrong5 = w->score.wrong5;
    e->top1_error = rn_score_error(&w->score);
    e->top5_error = rn_score_error5(&w->score);
    e->loss = rn_score_loss(&w->score);
    e->images_per_second = seconds > 0 ? (double)e->images / seconds : 0;
    return RN_OK;
}

rn_status rn_model_evaluate(rn_model *model, const char *data, int batch, rn_evaluation **evaluation)
{
    whole *w;
    *evaluation = NULL;
    if (batch < 0 || batch > 1 << 15)
        return rn_fail(RN_BAD_ARGUMENT, "batches of %d pictures: use 1 to %d", batch, 1 << 15);
    RN_TRY(rn_new(&w, 1));
    rn_status status = evaluate(w, model, data, batch);
    if (status == RN_OK)
        *evaluation = &w->evaluation;
    else
        rn_evaluation_free(&w->evaluation);
    return status;
}

void rn_evaluation_free(rn_evaluation *evaluation)
{
    whole *w = (whole *)evaluation;
    if (!w)
        return;
    for (int c = 0; w->class_name && c < w->evaluation.classes; c++)
        rn_free(w->class_name[c]);
    rn_free(w->class_name);
    rn_free(w->confusion);
    rn_free(w);
}
