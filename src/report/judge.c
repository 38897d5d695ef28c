/* The worst pictures are read when their answers come, and kept in order while they are among the worst. */
#include "report/judge.h"
#include "base/file.h"
#include "base/memory.h"
#include "net/score.h"
#include "predict/predict.h"

#include <string.h>

enum { SHOWN_SIDE = 160 };      /* pixels of the longer side at most */

typedef struct {
    rn_judgement *judgement;
    float *probability;
} work;

/* Shrink a picture to the size in which it is shown. */
static rn_status shrink(rn_image *image)
{
    int longer = image->width > image->height ? image->width : image->height;
    rn_image small;
    if (longer <= SHOWN_SIDE)
        return RN_OK;
    int width = image->width * SHOWN_SIDE / longer, height = image->height * SHOWN_SIDE / longer;
    RN_TRY(rn_image_resize(&small, image, width ? width : 1, height ? height : 1, RN_BILINEAR));
    rn_image_free(image);
    *image = small;
    return RN_OK;
}

static rn_status keep_worst(rn_judgement *j, const rn_answer *answer, rn_worst fresh)
{
    int place = j->worsts;
    while (place > 0 && j->worst[place - 1].loss < fresh.loss)
        place--;
    if (place == RN_WORST)
        return RN_OK;
    RN_TRY(answer->dataset->read(answer->dataset, answer->index, &fresh.image));
    rn_status status = shrink(&fresh.image);
    if (status != RN_OK) {
        rn_image_free(&fresh.image);
        return status;
    }
    if (j->worsts == RN_WORST)
        rn_image_free(&j->worst[--j->worsts].image);
    memmove(&j->worst[place + 1], &j->worst[place], (size_t)(j->worsts - place) * sizeof fresh);
    j->worst[place] = fresh;
    j->worsts++;
    return RN_OK;
}

static rn_status take_answer(void *context, const rn_answer *answer)
{
    work *w = context;
    rn_judgement *j = w->judgement;
    int guess = rn_best_class(answer->scores, answer->classes);
    j->images++;
    j->confusion[(size_t)answer->label * (size_t)j->classes + (size_t)guess]++;
    if (guess == answer->label)
        return RN_OK;
    j->wrong++;
    rn_probabilities(answer->scores, answer->classes, w->probability);
    rn_worst fresh = { .label = answer->label, .guess = guess, .probability = (double)w->probability[guess],
                       .loss = rn_cross_entropy(answer->scores, answer->label, answer->classes) };
    return keep_worst(j, answer, fresh);
}

static rn_status judge(rn_judgement *j, rn_model *model, const char *data)
{
    work w = { .judgement = j };
    j->classes = model->classes;
    RN_TRY(rn_new(&j->class_name, j->classes));
    for (int c = 0; c < j->classes; c++)
        RN_TRY(rn_copy_text(&j->class_name[c], model->class_name[c]));
    RN_TRY(rn_allocate((void **)&j->confusion, (size_t)j->classes, (size_t)j->classes * sizeof *j->confusion,
                       "a confusion matrix"));
    RN_TRY(rn_new(&w.probability, j->classes));
    rn_status status = rn_predict_each(model, data, 0, take_answer, &w, NULL);
    rn_free(w.probability);
    return status;
}

rn_status rn_judge_open(rn_judgement *judgement, const rn_past_run *run)
{
    char weights[RN_TEXT_SIZE];
    rn_model *model;
    const char *data = rn_past_run_text(run, "data");
    *judgement = (rn_judgement){ 0 };
    RN_TRY(rn_path_join(weights, sizeof weights, run->folder, "last.safetensors"));
    RN_TRY(rn_model_open(&model, weights, NULL));
    rn_status status = judge(judgement, model, *data ? data : "builtin");
    rn_model_close(model);
    if (status != RN_OK)
        rn_judge_close(judgement);
    return status;
}

void rn_judge_close(rn_judgement *judgement)
{
    for (int c = 0; judgement->class_name && c < judgement->classes; c++)
        rn_free(judgement->class_name[c]);
    rn_free(judgement->class_name);
    rn_free(judgement->confusion);
    for (int i = 0; i < judgement->worsts; i++)
        rn_image_free(&judgement->worst[i].image);
    *judgement = (rn_judgement){ 0 };
}
