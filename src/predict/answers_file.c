/* Answers in files. */
#include "predict/answers.h"
#include "weights/npy.h"

rn_status rn_answers_write_scores(const rn_answers *answers, const char *npy)
{
    return rn_npy_write(npy, answers->scores, 2, (int64_t[]){ answers->count, answers->classes });
}
