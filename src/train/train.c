/*
 * The training loop.  A step is: a batch, forward, backward, descend; the rate is the schedule's.  Everything
 * that the next step depends on lies in trainer->state, in the weights and in the velocity, so a run that
 * continues from a checkpoint takes the very steps that it would have taken without the break.
 */
#include "base/clock.h"
#include "base/memory.h"
#include "base/random.h"
#include "base/text.h"
#include "train/breakdown.h"
#include "train/checkpoint.h"
#include "train/head.h"
#include "train/keep.h"
#include "train/metrics.h"
#include "train/results.h"
#include "train/run_folder.h"
#include "train/statistics.h"
#include "train/telling.h"

#include <math.h>

static bool out_of_time(const rn_trainer *t)
{
    return t->config.time_limit > 0 && rn_clock() - t->began >= t->config.time_limit;
}

/* ---- A step ---------------------------------------------------------------------------------- */

/* Running means over about 50 steps; the first step is its own mean. */
static void blend(double *mean, double value, int64_t step)
{
    double part = step < 50 ? 1 / (double)(step + 1) : 0.02;
    *mean += part * (value - *mean);
}

/* Whether a row of results ends here: after each pass over the pictures and at the end.  What is left at the
 * end of less than half a pass belongs to the pass before, since few pictures say little. */
static bool ends_epoch(const rn_trainer *t)
{
    int64_t left = t->iterations - t->state.iteration;
    return left == 0 || (t->state.iteration % t->per_epoch == 0 && 2 * left >= t->per_epoch);
}

static void count(rn_trainer *t, const rn_batch *batch)
{
    rn_train_state *s = &t->state;
    rn_score here = { 0 };
    const float *scores = rn_session_scores(t->session);
    int classes = rn_session_classes(t->session);
    if (ends_epoch(t))
        s->epoch = (rn_score){ 0 };
    rn_score_add(&here, scores, batch->labels, batch->count, classes);
    rn_score_add(&s->epoch, scores, batch->labels, batch->count, classes);
    rn_score_add(&s->stretch, scores, batch->labels, batch->count, classes);
    blend(&s->recent_loss, rn_score_loss(&here), s->iteration);
    blend(&s->recent_error, rn_score_error(&here), s->iteration);
    rn_schedule_trained(&t->schedule, &s->past, s->recent_error);
}

static rn_status step(rn_trainer *t, double rate)
{
    const rn_batch *batch;
    RN_TRY(rn_loader_next(t->loader, &batch));
    rn_trainer_show(t, t->session, batch);
    uint64_t key = rn_random_mix((uint64_t)t->config.seed, (uint64_t)t->state.iteration);
    rn_session_forward(t->session, batch->count, key);
    double loss = rn_session_loss(t->session);
    if (!isfinite(loss))
        return rn_break_down(t, isnan(loss) ? "loss is NaN" : "loss is infinite", rate, batch);
    rn_session_backward(t->session);
    if (!rn_all_finite(rn_session_grads(t->session), t->bundle.weights.learned))
        return rn_break_down(t, "a gradient is not finite", rate, batch);
    count(t, batch);
    t->state.averaged = 0;
    rn_trainer_descend(t, t->session, &t->bundle.weights, t->velocity, rate);
    t->state.iteration++;
    return RN_OK;
}

static rn_status timed_step(rn_trainer *t)
{
    double start = rn_clock(), rate = rn_schedule_rate(&t->schedule, &t->state.past, t->state.iteration);
    RN_TRY(step(t, rate));
    double now = rn_clock();
    blend(&t->step_seconds, now - start, t->state.iteration - 1 - t->first_iteration);
    t->state.seconds = t->seconds_before + now - t->began;
    if (t->state.iteration % t->log_every == 0) {
        RN_TRY(rn_metrics_train(t, rate));
        t->state.stretch = (rn_score){ 0 };
    }
    rn_tell(t, RN_TRAIN_STEP, NULL);
    return RN_OK;
}

/* ---- A test ---------------------------------------------------------------------------------- */

static rn_status answer_all(rn_trainer *t, rn_loader *loader, rn_score *score)
{
    const rn_batch *batch;
    for (;;) {
        RN_TRY(rn_loader_next(loader, &batch));
        if (!batch)
            return RN_OK;
        rn_trainer_show(t, t->tester, batch);
        rn_session_forward(t->tester, batch->count, 0);
        rn_score_add(score, rn_session_scores(t->tester), batch->labels, batch->count,
                     rn_session_classes(t->tester));
    }
}

static rn_status test(rn_trainer *t)
{
    rn_loader_options options = rn_trainer_test_loading(t);
    rn_loader *loader;
    rn_score score = { 0 };
    RN_TRY(rn_loader_open(&loader, t->test, &options));
    rn_status status = answer_all(t, loader, &score);
    rn_loader_close(loader);
    t->state.test = score;
    return status;
}

/* ---- The loop -------------------------------------------------------------------------------- */

static rn_status save(rn_trainer *t)
{
    RN_TRY(rn_results_bad_files(t));
    RN_TRY(rn_keep(t));
    RN_TRY(rn_metrics_save(t));
    rn_tell(t, RN_TRAIN_SAVED, NULL);
    return RN_OK;
}

static rn_status add_row(rn_trainer *t, bool tested)
{
    const rn_train_state *s = &t->state;
    return rn_history_add(&t->history, &(rn_result_row){
        .epoch = rn_trainer_epoch(t), .iteration = (double)s->iteration,
        .lr = s->iteration ? rn_schedule_rate(&t->schedule, &s->past, s->iteration - 1) : t->config.head_lr,
        .train_loss = rn_score_loss(&s->epoch), .train_error = rn_score_error(&s->epoch),
        .test_loss = tested ? rn_score_loss(&s->test) : NAN,
        .test_error = tested ? rn_score_error(&s->test) : NAN,
        .seconds = s->seconds,
    });
}

static bool test_is_due(const rn_trainer *t)
{
    int64_t epoch = t->state.iteration / t->per_epoch, every = t->config.evaluate_every;
    return t->state.iteration == t->iterations || (every && epoch % every == 0);
}

/* Keep what a test says, and the model that it says it of. */
static rn_status record_test(rn_trainer *t, const char *what)
{
    t->state.seconds = t->seconds_before + rn_clock() - t->began;
    RN_TRY(add_row(t, true));
    if (rn_score_error(&t->state.test) < t->state.past.best_error)
        RN_TRY(rn_keep_best(t));
    rn_schedule_tested(&t->schedule, &t->state.past, rn_score_error(&t->state.test));
    RN_TRY(rn_metrics_test(t));
    RN_TRY(rn_results_write(t));
    rn_tell(t, RN_TRAIN_TESTED, what);
    return RN_OK;
}

static rn_status finish_epoch(rn_trainer *t)
{
    if (test_is_due(t)) {
        RN_TRY(test(t));
        return record_test(t, NULL);
    }
    RN_TRY(add_row(t, false));
    return rn_results_write(t);
}

/* Train until the end or until somebody wants it to stop; either way all is saved. */
static rn_status run(rn_trainer *t)
{
    bool stop = false;
    while (t->state.iteration < t->iterations && !stop) {
        RN_TRY(timed_step(t));
        RN_TRY(rn_keep_snapshot(t));
        int64_t done = t->state.iteration, every = t->config.save_every;
        bool finished = ends_epoch(t);
        if (finished)
            RN_TRY(finish_epoch(t));
        stop = rn_trainer_is_asked_to_stop(t) || out_of_time(t);
        if (finished || stop || (every && done % every == 0))
            RN_TRY(save(t));
    }
    return RN_OK;
}

/* The classifier first; from its checkpoint on the whole network goes on. */
static rn_status train_head(rn_trainer *t)
{
    RN_TRY(rn_head_train(t));
    t->state.head_error = rn_score_error(&t->state.test);
    RN_TRY(record_test(t, "the classifier alone"));
    return save(t);
}

static rn_status average_statistics(rn_trainer *t)
{
    char what[96];
    if (t->state.test.images == 0)
        RN_TRY(test(t));
    double before = rn_score_error(&t->state.test);
    RN_TRY(rn_statistics_average(t));
    RN_TRY(test(t));
    rn_text_print(what, sizeof what, "statistics averaged over %lld pictures (%.2f%% before)",
                  (long long)t->state.averaged, before);
    RN_TRY(record_test(t, what));
    return save(t);
}

static bool averages_are_due(const rn_trainer *t)
{
    return t->config.bn_average > 0 && t->state.averaged == 0;
}

/* ---- Beginning and end ----------------------------------------------------------------------- */

static rn_status fill_result(const rn_trainer *t, rn_train_result *r)
{
    const rn_train_state *s = &t->state;
    *r = (rn_train_result){
        .iterations = s->iteration,
        .train_loss = rn_score_loss(&s->epoch), .train_error = rn_score_error(&s->epoch),
        .test_loss = rn_score_loss(&s->test), .test_error = rn_score_error(&s->test),
        .test_top5_error = rn_score_error5(&s->test), .best_error = s->past.best_error,
        .head_error = s->head_error,
        .test_images = s->test.images, .test_wrong = s->test.wrong,
        .seconds = s->seconds,
        .images_per_second = t->step_seconds > 0 ? (double)t->config.batch / t->step_seconds : 0,
    };
    return rn_run_path(r->weights, t->config.out, "last.safetensors");
}

static rn_status conclude(rn_trainer *t)
{
    long long done = (long long)t->state.iteration, all = (long long)t->iterations;
    bool asked = rn_trainer_is_asked_to_stop(t);
    const char *how = done >= all ? "finished" : asked ? "interrupted" : "time limit";
    RN_TRY(rn_results_end(t, how));
    RN_TRY(rn_metrics_end(t, how));
    rn_tell_end(t, how);
    if (done >= all || !asked)
        return RN_OK;
    rn_fail(RN_INTERRUPTED, "stopped at iteration %lld of %lld; saved in %s", done, all, t->config.out);
    return rn_hint(RN_INTERRUPTED, "--resume");
}

/* All steps are done; if the process did not live to say so, it is said now. */
static rn_status end_again(rn_trainer *t)
{
    if (!rn_run_is_finished(t->config.out)) {
        RN_TRY(rn_keep(t));
        RN_TRY(rn_results_write(t));
        RN_TRY(rn_results_end(t, "finished"));
    }
    rn_tell_end(t, "finished already");
    return RN_OK;
}

static rn_status train(rn_trainer *t)
{
    bool found = false;
    RN_TRY(rn_run_claim(&t->config, &t->lock));
    if (t->config.resume)
        RN_TRY(rn_checkpoint_load(t, &found));
    if (found && t->state.iteration >= t->iterations && !averages_are_due(t))
        return end_again(t);
    RN_TRY(rn_run_describe(&t->config, t->device));
    RN_TRY(rn_trainer_begin(t));
    RN_TRY(rn_metrics_begin(t));
    if (found)
        RN_TRY(rn_results_write(t));
    rn_tell_beginning(t, found);
    if (!found && t->config.weights[0])
        RN_TRY(rn_tell_sources(t));
    if (!found && t->config.head_epochs > 0)
        RN_TRY(train_head(t));
    RN_TRY(run(t));
    if (t->state.iteration >= t->iterations && averages_are_due(t))
        RN_TRY(average_statistics(t));
    return conclude(t);
}

rn_status rn_train(const rn_train_config *config, const rn_train_watch *watch, rn_train_result *result)
{
    rn_trainer *t;
    *result = (rn_train_result){ 0 };
    RN_TRY(rn_new(&t, 1));
    rn_status status = rn_trainer_open(t, config);
    if (status == RN_OK) {
        if (watch)
            t->watch = *watch;
        status = train(t);
        if (status == RN_OK || status == RN_INTERRUPTED)
            status = fill_result(t, result) == RN_OK ? status : RN_BAD_ARGUMENT;
        rn_trainer_close(t);
    }
    rn_free(t);
    return status;
}
