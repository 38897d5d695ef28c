/*
 * What the rest of the network makes of a picture, its features, stays the same while the classifier alone
 * learns.  So it is computed once, in inference mode, and the classifier learns from the table of it: softmax
 * regression, by a network of one layer and the steps of any other training.
 *
 * Nothing is saved before the end of this phase; a run that was stopped in it begins it again.
 */
#include "train/head.h"
#include "base/memory.h"
#include "base/random.h"
#include "base/text.h"
#include "train/feature_table.h"
#include "train/telling.h"

#include <math.h>

/* The classifier as a network of its own. */
typedef struct {
    rn_net net;
    rn_weights weights;
    rn_session *session;
    float *velocity;
    float scale;                /* features times this have a mean squared length of 1 */
    int batch;
} classifier;

static const rn_node *classifier_of(const rn_trainer *t)
{
    return &t->bundle.net.node[rn_net_classifier(&t->bundle.net, 0)];
}

static float scale_of(const rn_feature_table *f)
{
    double sum = 0;
    for (int64_t i = 0; i < f->rows * f->width; i++)
        sum += (double)f->number[i] * (double)f->number[i];
    return sum > 0 ? (float)sqrt((double)f->rows / sum) : 1;
}

/* Copy the classifier's parameters between the whole network and this one.  Bias is the second. */
static void copy_weights(classifier *c, rn_trainer *t, bool back)
{
    const rn_node *node = classifier_of(t);
    for (int p = 0; p < node->params; p++) {
        float *whole = rn_weights_param(&t->bundle.weights, node->first_param + p);
        float *here = rn_weights_param(&c->weights, p), scale = p == 0 ? c->scale : 1;
        for (int64_t i = 0, count = rn_count(c->net.param[p].shape); i < count; i++)
            if (back)
                whole[i] = here[i] * scale;
            else
                here[i] = whole[i] / scale;
    }
    c->weights.version++;
    t->bundle.weights.version++;
}

static rn_status open_classifier(classifier *c, rn_trainer *t, const rn_feature_table *f)
{
    const rn_train_config *config = &t->config;
    const rn_node *node = classifier_of(t);
    *c = (classifier){ .scale = scale_of(f),
                       .batch = (int)(config->batch < f->rows ? config->batch : f->rows) };
    rn_value x = rn_input(&c->net, f->width, 1, 1);
    x = rn_head(&c->net, rn_apply(&c->net, node->op, "classifier", x, node->args), 1);
    if (x < 0)
        return (rn_status)-x;
    RN_TRY(rn_weights_open(&c->weights, &c->net));
    copy_weights(c, t, false);
    RN_TRY(rn_new(&c->velocity, c->weights.learned));
    return rn_session_open(&c->session, &c->net, &c->weights, t->device,
                           &(rn_session_options){ .mode = RN_TRAIN, .batch = c->batch,
                                                  .shards = (int)config->shards });
}

static void close_classifier(classifier *c)
{
    rn_session_close(c->session);
    rn_free(c->velocity);
    rn_weights_close(&c->weights);
    rn_net_free(&c->net);
}

/* Run the rows of those numbers. */
static void run_rows(classifier *c, const rn_feature_table *f, const int64_t *row, int count)
{
    float *input = rn_session_input(c->session);
    int32_t *label = rn_session_labels(c->session);
    for (int i = 0; i < count; i++) {
        for (int k = 0; k < f->width; k++)
            input[(int64_t)i * f->width + k] = f->number[row[i] * f->width + k] * c->scale;
        label[i] = f->label[row[i]];
    }
    rn_session_forward(c->session, count, 0);
}

static rn_score score(classifier *c, const rn_feature_table *f, int64_t *row)
{
    rn_score sum = { 0 };
    for (int64_t at = 0; at < f->rows; at += c->batch) {
        int count = (int)(f->rows - at < c->batch ? f->rows - at : c->batch);
        for (int i = 0; i < count; i++)
            row[i] = at + i;
        run_rows(c, f, row, count);
        rn_score_add(&sum, rn_session_scores(c->session), f->label + at, count,
                     rn_session_classes(c->session));
    }
    return sum;
}

/* ---- Learning -------------------------------------------------------------------------------- */

static void shuffle(int64_t *row, int64_t rows, int64_t seed, int64_t pass)
{
    rn_random random = rn_random_open((uint64_t)seed, 0x4ead, (uint64_t)pass);
    for (int64_t i = 0; i < rows; i++)
        row[i] = i;
    rn_random_shuffle(&random, row, rows);
}

/* A cosine of its own; no other rule of the training's schedule holds here. */
static rn_status make_schedule(rn_schedule *schedule, const rn_train_config *config, int64_t steps)
{
    rn_train_config own = { .lr = config->head_lr, .schedule = "cosine" };
    return rn_schedule_make(schedule, &own, steps);
}

static void tell_pass(const rn_trainer *t, int64_t pass)
{
    char text[80];
    rn_tell(t, RN_TRAIN_PREPARING, rn_text_print(text, sizeof text, "the classifier alone: pass %lld of %g",
                                                 (long long)pass + 1, t->config.head_epochs));
}

static rn_status step(classifier *c, const rn_trainer *t, double rate)
{
    if (!isfinite(rn_session_loss(c->session)))
        return rn_hint(rn_fail(RN_NOT_FINITE, "the classifier's loss is not finite at rate %g", rate),
                       "a smaller --head-lr");
    rn_session_backward(c->session);
    rn_trainer_descend(t, c->session, &c->weights, c->velocity, rate);
    return RN_OK;
}

static rn_status learn(classifier *c, const rn_trainer *t, const rn_feature_table *f, int64_t *row)
{
    int64_t a_pass = f->rows / c->batch, steps = llround(t->config.head_epochs * (double)a_pass);
    rn_schedule_past past = rn_schedule_begin();
    rn_schedule schedule;
    RN_TRY(make_schedule(&schedule, &t->config, steps));
    for (int64_t done = 0; done < steps; done++) {
        if (done % a_pass == 0) {
            tell_pass(t, done / a_pass);
            RN_TRY(rn_heed_stop(t, "the classifier learned alone"));
            shuffle(row, f->rows, t->config.seed, done / a_pass);
        }
        run_rows(c, f, row + done % a_pass * c->batch, c->batch);
        RN_TRY(step(c, t, rn_schedule_rate(&schedule, &past, done)));
    }
    return RN_OK;
}

static rn_status train_classifier(rn_trainer *t, const rn_feature_table *train, const rn_feature_table *test)
{
    classifier c;
    int64_t *row = NULL, rows = train->rows > test->rows ? train->rows : test->rows;
    rn_status status = open_classifier(&c, t, train);
    if (status == RN_OK)
        status = rn_new(&row, rows);
    if (status == RN_OK)
        status = learn(&c, t, train, row);
    if (status == RN_OK) {
        t->state.epoch = score(&c, train, row);
        t->state.test = score(&c, test, row);
        copy_weights(&c, t, true);
    }
    rn_free(row);
    close_classifier(&c);
    return status;
}

rn_status rn_head_train(rn_trainer *t)
{
    rn_feature_table train, test;
    RN_TRY(rn_feature_table_open(&train, &test, t));
    rn_status status = train_classifier(t, &train, &test);
    rn_feature_table_close(&train);
    rn_feature_table_close(&test);
    return status;
}
