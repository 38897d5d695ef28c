/* Answers for pictures one by one, by one model or by several together. */
#include "net/score.h"
#include "predict/answers.h"
#include "predict/predict.h"

rn_status rn_answers_open(rn_answers **answers, rn_model *const *model, int models)
{
    *answers = NULL;
    for (int m = 1; m < models; m++)
        if (model[m]->classes != model[0]->classes)
            return rn_fail(RN_BAD_ARGUMENT, "model %d tells %d classes apart, the first one %d", m + 1,
                           model[m]->classes, model[0]->classes);
    RN_TRY(rn_answers_new(answers, model[0]->class_name, model[0]->classes));
    (*answers)->model = model;
    (*answers)->models = models;
    return RN_OK;
}

/* The mean of all models' probabilities; one model's scores stay as they are. */
static rn_status answer(rn_answers *answers, int64_t row, const rn_image *image)
{
    rn_model *first = answers->model[0];
    RN_TRY(rn_model_score(first, image, first->scores));
    for (int m = 1; m < answers->models; m++) {
        rn_model *model = answers->model[m];
        RN_TRY(rn_model_score(model, image, model->scores));
        if (m == 1)
            rn_score_average(first->scores, 0, first->scores, first->classes);
        rn_score_average(first->scores, m, model->scores, first->classes);
    }
    rn_answers_set(answers, row, first->scores);
    return RN_OK;
}

rn_status rn_answers_classify(rn_answers *answers, const char *picture)
{
    rn_image image;
    RN_TRY(rn_answers_add(answers, picture, RN_NO_LABEL));
    RN_TRY(rn_image_read(&image, picture, &answers->model[0]->reading));
    rn_status status = rn_while(answer(answers, answers->count - 1, &image), "%s", picture);
    rn_image_free(&image);
    return status;
}

rn_status rn_answers_classify_memory(rn_answers *answers, const char *name, const void *bytes, size_t size)
{
    rn_image image;
    RN_TRY(rn_answers_add(answers, name, RN_NO_LABEL));
    RN_TRY(rn_image_decode(&image, bytes, size, name, &answers->model[0]->reading));
    rn_status status = rn_while(answer(answers, answers->count - 1, &image), "%s", name);
    rn_image_free(&image);
    return status;
}
