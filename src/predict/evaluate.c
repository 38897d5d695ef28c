/* Answers are counted as training counts its tests. */
#include "base/memory.h"
#include "net/score.h"
#include "predict/answers.h"
#include "predict/predict.h"

typedef struct {
    rn_evaluation evaluation;       /* first, so that a pointer to it is one to the whole */
    rn_score score;
    int64_t *confusion;
    char **class_name;
} whole;

static void count(whole *w, const rn_answers *answers, int64_t row)
{
    const float *scores = rn_answers_scores(answers, row);
    int32_t label = answers->row[row].label;
    int classes = answers->classes;
    if (!answers->row[row].views) {
        w->evaluation.bad_files++;
        return;
    }
    rn_score_add(&w->score, scores, &label, 1, classes);
    w->confusion[(int64_t)label * classes + rn_best_class(scores, classes)]++;
}

static rn_status copy_names(whole *w, const rn_answers *answers)
{
    w->evaluation.classes = answers->classes;
    RN_TRY(rn_new(&w->class_name, w->evaluation.classes));
    for (int c = 0; c < w->evaluation.classes; c++)
        RN_TRY(rn_copy_text(&w->class_name[c], answers->class_name[c]));
    w->evaluation.class_name = (const char *const *)w->class_name;
    return RN_OK;
}

static rn_status count_all(whole *w, const rn_answers *answers)
{
    rn_evaluation *e = &w->evaluation;
    RN_TRY(copy_names(w, answers));
    RN_TRY(rn_new(&w->confusion, (int64_t)e->classes * e->classes));
    e->confusion = w->confusion;
    for (int64_t row = 0; row < answers->count; row++)
        count(w, answers, row);
    e->images = w->score.images;
    e->wrong = w->score.wrong;
    e->wrong5 = w->score.wrong5;
    e->top1_error = rn_score_error(&w->score);
    e->top5_error = rn_score_error5(&w->score);
    e->loss = rn_score_loss(&w->score);
    e->images_per_second = answers->seconds > 0 ? (double)e->images / answers->seconds : 0;
    return RN_OK;
}

rn_status rn_answers_count(const rn_answers *answers, rn_evaluation **evaluation)
{
    whole *w;
    *evaluation = NULL;
    for (int64_t row = 0; row < answers->count; row++)
        if (answers->row[row].label == RN_NO_LABEL)
            return rn_fail(RN_BAD_ARGUMENT, "%s: its true class is not known, nothing can be counted",
                           rn_answers_name(answers, row));
    RN_TRY(rn_new(&w, 1));
    rn_status status = count_all(w, answers);
    if (status == RN_OK)
        *evaluation = &w->evaluation;
    else
        rn_evaluation_free(&w->evaluation);
    return status;
}

rn_status rn_model_evaluate(rn_model *model, const char *data, int batch, rn_evaluation **evaluation)
{
    rn_answers *answers;
    *evaluation = NULL;
    RN_TRY(rn_model_answer(model, data, batch, &answers));
    rn_status status = rn_answers_count(answers, evaluation);
    rn_answers_free(answers);
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
