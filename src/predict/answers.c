/*
 * The table of answers, and its average over several models.  A row is there for every picture, so the rows
 * of different models, and of files, stand for the same pictures; where one could not be read it is all NaN.
 */
#include "predict/answers.h"
#include "base/memory.h"
#include "net/score.h"

#include <math.h>
#include <string.h>

/* ---- The table ------------------------------------------------------------------------------- */

static rn_status copy_names(rn_answers *answers, const char *const *class_name, int classes)
{
    RN_TRY(rn_new(&answers->class_name, classes));
    for (answers->classes = 0; answers->classes < classes; answers->classes++)
        RN_TRY(rn_copy_text(&answers->class_name[answers->classes], class_name[answers->classes]));
    return RN_OK;
}

rn_status rn_answers_new(rn_answers **opened, const char *const *class_name, int classes)
{
    rn_answers *answers;
    *opened = NULL;
    RN_TRY(rn_new(&answers, 1));
    rn_status status = copy_names(answers, class_name, classes);
    if (status == RN_OK)
        *opened = answers;
    else
        rn_answers_free(answers);
    return status;
}

void rn_answers_free(rn_answers *answers)
{
    if (!answers)
        return;
    for (int c = 0; c < answers->classes; c++)
        rn_free(answers->class_name[c]);
    rn_free(answers->class_name);
    rn_free(answers->row);
    rn_free(answers->scores);
    rn_text_free(&answers->names);
    rn_free(answers);
}

static rn_status grow(rn_answers *answers)
{
    int64_t room = answers->room ? 2 * answers->room : 16;
    size_t scores = (size_t)answers->classes * sizeof *answers->scores;
    RN_TRY(rn_reallocate((void **)&answers->row, (size_t)answers->room, (size_t)room, sizeof *answers->row,
                         "answers"));
    RN_TRY(rn_reallocate((void **)&answers->scores, (size_t)answers->room, (size_t)room, scores, "scores"));
    answers->room = room;
    return RN_OK;
}

static float *scores_of(const rn_answers *answers, int64_t row)
{
    return answers->scores + row * answers->classes;
}

rn_status rn_answers_add(rn_answers *answers, const char *name, int32_t label)
{
    if (answers->count == answers->room)
        RN_TRY(grow(answers));
    answers->row[answers->count] = (rn_answers_row){ .name = answers->names.length, .label = label };
    rn_text_add_bytes(&answers->names, name, strlen(name) + 1);
    RN_TRY(rn_text_finish(&answers->names));
    float *scores = scores_of(answers, answers->count++);
    for (int c = 0; c < answers->classes; c++)
        scores[c] = NAN;
    return RN_OK;
}

void rn_answers_set(rn_answers *answers, int64_t row, const float *scores)
{
    memcpy(scores_of(answers, row), scores, (size_t)answers->classes * sizeof *scores);
    answers->row[row].views = 1;
}

void rn_answers_average_in(rn_answers *answers, int64_t row, const float *scores)
{
    rn_score_average(scores_of(answers, row), answers->row[row].views++, scores, answers->classes);
}

const float *rn_answers_scores(const rn_answers *answers, int64_t row)
{
    return scores_of(answers, row);
}

const char *rn_answers_name(const rn_answers *answers, int64_t row)
{
    return answers->names.bytes + answers->row[row].name;
}

rn_status rn_answers_add_data(rn_answers *answers, const rn_dataset *data)
{
    char name[RN_TEXT_SIZE];
    for (int64_t i = 0; i < data->count; i++) {
        data->describe(data, i, name, sizeof name);
        RN_TRY(rn_answers_add(answers, name, data->label(data, i)));
    }
    return RN_OK;
}

/* ---- The best -------------------------------------------------------------------------------- */

int rn_guess_best(const float *scores, const char *const *class_name, int classes, rn_guess *guess, int count)
{
    int found = 0;
    for (int c = 0; c < classes; c++) {
        int place = found;
        while (place > 0 && scores[c] > scores[guess[place - 1].index])
            place--;
        if (place == count)
            continue;
        found += found < count;
        memmove(&guess[place + 1], &guess[place], (size_t)(found - 1 - place) * sizeof *guess);
        guess[place] = (rn_guess){ .index = c, .name = class_name[c] };
    }
    double best = found ? scores[guess[0].index] : 0, sum = rn_partition(scores, classes, best);
    for (int i = 0; i < found; i++)
        guess[i].probability = (float)(exp(scores[guess[i].index] - best) / sum);
    return found;
}

int rn_answers_best(const rn_answers *answers, int64_t row, rn_guess *guess, int count)
{
    return rn_guess_best(scores_of(answers, row), (const char *const *)answers->class_name, answers->classes,
                         guess, count);
}

/* ---- The average ----------------------------------------------------------------------------- */

static rn_status check_member(const rn_answers *first, const rn_answers *member, int number)
{
    if (member->classes != first->classes)
        return rn_fail(RN_BAD_ARGUMENT, "model %d tells %d classes apart, the first one %d", number + 1,
                       member->classes, first->classes);
    if (member->count != first->count)
        return rn_fail(RN_BAD_ARGUMENT, "model %d answered for %lld pictures, the first one for %lld",
                       number + 1, (long long)member->count, (long long)first->count);
    for (int64_t row = 0; row < first->count; row++)
        if (strcmp(rn_answers_name(member, row), rn_answers_name(first, row)) != 0)
            return rn_fail(RN_BAD_ARGUMENT, "model %d answered for other pictures than the first one: '%s', "
                           "not '%s'", number + 1, rn_answers_name(member, row), rn_answers_name(first, row));
    return RN_OK;
}

static rn_status add_average(rn_answers *average, rn_answers *const *member, int members, int64_t row)
{
    RN_TRY(rn_answers_add(average, rn_answers_name(member[0], row), member[0]->row[row].label));
    for (int m = 0; m < members; m++)
        if (!member[m]->row[row].views)
            return RN_OK;
    for (int m = 0; m < members; m++)
        rn_answers_average_in(average, row, scores_of(member[m], row));
    return RN_OK;
}

rn_status rn_answers_average(rn_answers **average, rn_answers *const *member, int members)
{
    *average = NULL;
    for (int m = 1; m < members; m++)
        RN_TRY(check_member(member[0], member[m], m));
    RN_TRY(rn_answers_new(average, (const char *const *)member[0]->class_name, member[0]->classes));
    rn_status status = RN_OK;
    for (int64_t row = 0; row < member[0]->count && status == RN_OK; row++)
        status = add_average(*average, member, members, row);
    for (int m = 0; m < members; m++)
        (*average)->seconds += member[m]->seconds;
    if (status != RN_OK) {
        rn_answers_free(*average);
        *average = NULL;
    }
    return status;
}
