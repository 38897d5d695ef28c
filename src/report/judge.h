/*
 * What a run's network answers for the test pictures: who is taken for whom, and the pictures with the
 * highest loss.
 */
#ifndef RN_REPORT_JUDGE_H
#define RN_REPORT_JUDGE_H

#include "image/image.h"
#include "report/past_run.h"

enum { RN_WORST = 24 };

typedef struct {
    rn_image image;             /* small enough to be shown as it is */
    int label, guess;
    double probability, loss;   /* of the guess; of the label */
} rn_worst;

typedef struct {
    int classes;
    char **class_name;
    int64_t *confusion;         /* classes x classes: [true class][guess] */
    int64_t images, wrong;
    rn_worst worst[RN_WORST];   /* highest loss first; only wrong answers */
    int worsts;
} rn_judgement;

rn_status rn_judge_open(rn_judgement *judgement, const rn_past_run *run);
void rn_judge_close(rn_judgement *judgement);       /* also of a zeroed structure */

#endif
