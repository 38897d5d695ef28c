/*
 * Counting answers: one way for training, its tests and evaluation, so that their numbers agree.
 *
 * Images are added one by one, so the sums do not depend on how they were batched.  Of equal scores the first
 * class wins; a score that is not a number is a wrong answer.
 */
#ifndef RN_NET_SCORE_H
#define RN_NET_SCORE_H

#include <stdint.h>

typedef struct {
    int64_t images, wrong, wrong5;  /* wrong5: not among the five best; 0 where classes are so few */
    double loss;                    /* sum of cross-entropies */
} rn_score;

/* Add the answers for `images` images; `scores` are images x classes, before softmax. */
void rn_score_add(rn_score *score, const float *scores, const int32_t *labels, int images, int classes);

double rn_score_loss(const rn_score *score);        /* mean; 0 of nothing */
double rn_score_error(const rn_score *score);       /* per cent */
double rn_score_error5(const rn_score *score);

/* The class with the highest score. */
int rn_best_class(const float *scores, int classes);

/* The sum of exp(score - best), which cannot overflow when `best` is the highest score. */
double rn_partition(const float *scores, int classes, double best);

/* Softmax of one image's scores. */
void rn_probabilities(const float *scores, int classes, float *probability);

/* -log of the label's probability. */
double rn_cross_entropy(const float *scores, int32_t label, int classes);

/* Mean probabilities, kept as scores (their logarithms, which cannot underflow): `average` of `count` answers
 * before, 0 to begin, takes in one more. */
void rn_score_average(float *average, int count, const float *scores, int classes);

/* Images of a batch for testing: a number that depends on their size alone. */
int rn_test_batch(int height, int width);

#endif
