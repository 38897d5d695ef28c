/* Answers for a whole data set, in the order of the set. */
#include "base/clock.h"
#include "base/json.h"
#include "base/memory.h"
#include "net/score.h"
#include "predict/answers.h"
#include "predict/look.h"

#include <string.h>

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

rn_status rn_model_data(rn_dataset **data, const rn_model *model, const char *spec, rn_split split)
{
    rn_dataset_options options = training_options(model);
    RN_TRY(rn_dataset_open(data, spec, split, &options));
    rn_status status = check_classes(model, *data, spec);
    if (status != RN_OK)
        rn_dataset_close(*data);
    return status;
}

/* ---- The table ------------------------------------------------------------------------------- */

typedef struct {
    const rn_model *model;
    rn_answers *answers;
} work;

static void take(void *context, int64_t picture, const float *scores)
{
    const work *w = context;
    if (rn_views_are_many(&w->model->views))
        rn_answers_average_in(w->answers, picture, scores);
    else
        rn_answers_set(w->answers, picture, scores);
}

static rn_status fill(rn_answers *answers, rn_model *model, const rn_dataset *data, int batch)
{
    const rn_architecture *a = &model->bundle.architecture;
    work w = { model, answers };
    rn_look look;
    double start = rn_clock();
    RN_TRY(rn_answers_add_data(answers, data));
    RN_TRY(rn_look_open(&look, model, batch ? batch : rn_test_batch(a->height, a->width), take, &w));
    rn_status status = rn_look_at_data(&look, data);
    rn_look_close(&look);
    answers->seconds = rn_clock() - start;
    return status;
}

rn_status rn_answers_for(rn_model *model, const rn_dataset *data, int batch, rn_answers **answers)
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
    RN_TRY(rn_model_data(&data, model, spec, RN_SPLIT_TEST));
    rn_status status = rn_answers_for(model, data, batch, answers);
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
    RN_TRY(rn_model_data(&data, model, spec, RN_SPLIT_TEST));
    rn_status status = rn_answers_for(model, data, batch, &answers);
    if (status == RN_OK)
        status = hand_out(answers, data, take_answer, context, bad);
    rn_answers_free(answers);
    rn_dataset_close(data);
    return status;
}
