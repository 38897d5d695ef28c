#include "net/score.h"

#include <math.h>

int rn_best_class(const float *scores, int classes)
{
    int best = 0;
    for (int c = 1; c < classes; c++)
        if (scores[c] > scores[best])
            best = c;
    return best;
}

/* Classes that come before the label. */
static int rank(const float *scores, int32_t label, int classes)
{
    int before = 0;
    if (isnan(scores[label]))
        return classes;
    for (int c = 0; c < classes; c++)
        before += scores[c] > scores[label] || (scores[c] == scores[label] && c < label);
    return before;
}

double rn_partition(const float *scores, int classes, double best)
{
    double sum = 0;
    for (int c = 0; c < classes; c++)
        sum += exp(scores[c] - best);
    return sum;
}

double rn_cross_entropy(const float *scores, int32_t label, int classes)
{
    double best = scores[rn_best_class(scores, classes)];
    return log(rn_partition(scores, classes, best)) + best - scores[label];
}

void rn_probabilities(const float *scores, int classes, float *probability)
{
    double best = scores[rn_best_class(scores, classes)], sum = rn_partition(scores, classes, best);
    for (int c = 0; c < classes; c++)
        probability[c] = (float)(exp(scores[c] - best) / sum);
}

void rn_score_average(float *average, int count, const float *scores, int classes)
{
    double best = scores[rn_best_class(scores, classes)];
    double rest = log(rn_partition(scores, classes, best)) + best;
    for (int c = 0; c < classes; c++) {
        double fresh = scores[c] - rest, before = average[c], more = before > fresh ? before : fresh;
        if (count > 0 && isfinite(more))
            fresh = more + log((count * exp(before - more) + exp(fresh - more)) / (count + 1));
        average[c] = (float)fresh;
    }
}

void rn_score_add(rn_score *score, const float *scores, const int32_t *labels, int images, int classes)
{
    for (int i = 0; i < images; i++, scores += classes) {
        int before = rank(scores, labels[i], classes);
        score->images++;
        score->wrong += before >= 1;
        score->wrong5 += classes > 5 && before >= 5;
        score->loss += rn_cross_entropy(scores, labels[i], classes);
    }
}

static double per_cent(int64_t part, int64_t whole)
{
    return whole ? 100.0 * (double)part / (double)whole : 0;
}

double rn_score_loss(const rn_score *score)
{
    return score->images ? score->loss / (double)score->images : 0;
}

double rn_score_error(const rn_score *score)
{
    return per_cent(score->wrong, score->images);
}

double rn_score_error5(const rn_score *score)
{
    return per_cent(score->wrong5, score->images);
}

int rn_test_batch(int height, int width)
{
    enum { MOST = 128, LEAST = 16, MOST_PIXELS = 128 * 32 * 32 };
    int64_t fitting = MOST_PIXELS / ((int64_t)height * width);
    return fitting > MOST ? MOST : fitting < LEAST ? LEAST : (int)fitting;
}
