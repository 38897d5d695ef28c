/*
 * Each value has a histogram of equal bins on both sides of 0.  When a number lies beyond, bins become twice
 * as wide, two of the old ones making one.  Zeros are not counted: any steps hold them.
 */
#include "net/calibration.h"
#include "base/memory.h"

#include <math.h>
#include <string.h>

enum { SIDE = 4096, BINS = 2 * SIDE };      /* bins on either side of 0 */

/* Values of smaller numbers alone count as zeros: the width of a bin must have an inverse. */
static const float SMALLEST = 1e-30f;

typedef struct {
    float width;                /* of a bin; 0: nothing has been counted */
    float least, greatest;      /* that were seen */
    int64_t count[BINS];
} histogram;

struct rn_calibration {
    const rn_net *net;
    int values;
    histogram *seen;            /* of each value */
};

rn_status rn_calibration_open(rn_calibration **opened, const rn_net *net)
{
    rn_calibration *c;
    *opened = NULL;
    RN_TRY(rn_new(&c, 1));
    *c = (rn_calibration){ .net = net, .values = rn_net_answer_nodes(net) };
    rn_status status = rn_allocate((void **)&c->seen, (size_t)c->values, sizeof *c->seen, "histograms");
    if (status == RN_OK)
        *opened = c;
    else
        rn_calibration_close(c);
    return status;
}

void rn_calibration_close(rn_calibration *calibration)
{
    if (calibration)
        rn_free(calibration->seen);
    rn_free(calibration);
}

/* ---- Counting -------------------------------------------------------------------------------- */

/* Bin SIDE + i becomes a part of bin SIDE + i / 2, likewise below 0. */
static void widen(histogram *h)
{
    int64_t old[BINS];
    memcpy(old, h->count, sizeof old);
    memset(h->count, 0, sizeof h->count);
    for (int i = 0; i < SIDE; i++) {
        h->count[SIDE + i / 2] += old[SIDE + i];
        h->count[SIDE - 1 - i / 2] += old[SIDE - 1 - i];
    }
    h->width *= 2;
}

static void stretch(histogram *h, float least, float greatest)
{
    const float most = fmaxf(-least, greatest);
    h->least = fminf(h->least, least);
    h->greatest = fmaxf(h->greatest, greatest);
    if (h->width == 0)
        h->width = most / (SIDE - 1);
    while (h->width > 0 && most >= h->width * (SIDE - 1))
        widen(h);
}

static void count(void *context, rn_value value, const float *number, int64_t numbers)
{
    const rn_calibration *c = context;
    histogram *h = &c->seen[value];
    float least = 0, greatest = 0;
    for (int64_t i = 0; i < numbers; i++) {
        least = number[i] < least ? number[i] : least;
        greatest = number[i] > greatest ? number[i] : greatest;
    }
    if (!isfinite(least) || !isfinite(greatest) || fmaxf(-least, greatest) < SMALLEST)
        return;
    stretch(h, least, greatest);
    const float per = 1 / h->width;
    for (int64_t i = 0; i < numbers; i++)
        if (number[i] > 0 || number[i] < 0)
            h->count[SIDE - (number[i] < 0) + (int)(number[i] * per)]++;
}

rn_status rn_calibration_watch(rn_calibration *calibration, rn_session *session)
{
    return rn_session_observe(session, count, calibration);
}

/* ---- From counts to a range ------------------------------------------------------------------ */

/* Of all bins before one: their numbers' count, sum and sum of squares. */
typedef struct { double count, sum, squares; } moments;

static float edge(const histogram *h, int bin) { return (float)(bin - SIDE) * h->width; }

static void add_up(const histogram *h, moments before[BINS + 1])
{
    before[0] = (moments){ 0, 0, 0 };
    for (int i = 0; i < BINS; i++) {
        const double n = (double)h->count[i], x = ((double)(i - SIDE) + 0.5) * (double)h->width;
        before[i + 1] = (moments){ before[i].count + n, before[i].sum + n * x,
                                   before[i].squares + n * x * x };
    }
}

/* The squared error of the numbers from bin `begin` to `end` when all of them become `held`. */
static double cut_error(const moments *before, int begin, int end, double held)
{
    const moments *a = &before[begin], *b = &before[end];
    return (b->squares - a->squares) - 2 * held * (b->sum - a->sum) + held * held * (b->count - a->count);
}

/* Numbers within are off by a twelfth of a squared step. */
static double error_of(const histogram *h, const moments *before, int begin, int end)
{
    const double low = (double)edge(h, begin), high = (double)edge(h, end), step = (high - low) / 255;
    return cut_error(before, 0, begin, low) + cut_error(before, end, BINS, high)
           + (before[end].count - before[begin].count) * step * step / 12;
}

static rn_range best_range(const histogram *h, moments before[BINS + 1])
{
    int begin = 0, end = BINS;
    while (begin < SIDE && h->count[begin] == 0)
        begin++;
    while (end > SIDE && h->count[end - 1] == 0)
        end--;
    const int first = begin, last = end;
    add_up(h, before);
    for (int round = 0; round < 2; round++) {
        for (int i = first; i <= SIDE; i++)
            if (i < end && error_of(h, before, i, end) < error_of(h, before, begin, end))
                begin = i;
        for (int i = last; i >= SIDE; i--)
            if (i > begin && error_of(h, before, begin, i) < error_of(h, before, begin, end))
                end = i;
    }
    return (rn_range){ fmaxf(edge(h, begin), h->least), fminf(edge(h, end), h->greatest) };
}

/* What only picks numbers keeps their range, so that their bytes stay what they are. */
static bool only_picks(const rn_op *op)
{
    return op == &rn_op_maxpool || op == &rn_op_pad_shortcut || op == &rn_op_dropout;
}

rn_status rn_calibration_finish(const rn_calibration *c, rn_weights *weights)
{
    moments *before;
    rn_range *range;
    RN_TRY(rn_new(&before, BINS + 1));
    rn_status status = rn_new(&range, c->values);
    for (int v = 0; v < c->values && status == RN_OK; v++) {
        const rn_node *node = &c->net->node[v];
        range[v] = only_picks(node->op) ? range[node->input[0]] : best_range(&c->seen[v], before);
    }
    rn_free(before);
    if (status != RN_OK)
        return status;
    rn_free(weights->range);
    weights->range = range;
    return RN_OK;
}
