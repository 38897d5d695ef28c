#include "train/telling.h"
#include "base/log.h"
#include "base/text.h"

#include <string.h>

enum { SENTENCE = 2 * RN_TEXT_SIZE };

void rn_tell(const rn_trainer *t, rn_train_moment moment, const char *text)
{
    const rn_train_state *s = &t->state;
    bool tested = s->test.images > 0, at_test = moment == RN_TRAIN_TESTED;
    if (!t->watch.on_event)
        return;
    t->watch.on_event(t->watch.context, &(rn_train_event){
        .moment = moment,
        .iteration = s->iteration,
        .iterations = t->iterations,
        .epoch = rn_trainer_epoch(t),
        .epochs = (double)t->iterations / (double)t->per_epoch,
        .loss = at_test ? rn_score_loss(&s->epoch) : s->recent_loss,
        .error = at_test ? rn_score_error(&s->epoch) : s->recent_error,
        .test_loss = tested ? rn_score_loss(&s->test) : -1,
        .test_error = tested ? rn_score_error(&s->test) : -1,
        .lr = rn_schedule_rate(&t->schedule, &s->past, s->iteration),
        .images_per_second = t->step_seconds > 0 ? (double)t->config.batch / t->step_seconds : 0,
        .seconds = s->seconds,
        .seconds_left = t->step_seconds * (double)(t->iterations - s->iteration),
        .text = text,
    });
}

void rn_tell_beginning(const rn_trainer *t, bool resumed)
{
    char text[SENTENCE];
    const rn_train_config *c = &t->config;
    if (resumed)
        rn_text_print(text, sizeof text, "%s: continuing at iteration %lld of %lld", c->out,
                      (long long)t->state.iteration, (long long)t->iterations);
    else
        rn_text_print(text, sizeof text,
                      "%s: %s, %lld parameters, %lld training and %lld test pictures of %d classes, "
                      "%lld iterations of %lld, seed %lld",
                      c->out, c->model, (long long)t->bundle.weights.learned, (long long)t->train->count,
                      (long long)t->test->count, t->train->classes, (long long)t->iterations,
                      (long long)c->batch, (long long)c->seed);
    rn_tell(t, RN_TRAIN_STARTED, text);
}

void rn_tell_end(const rn_trainer *t, const char *how)
{
    char text[SENTENCE];
    long long done = (long long)t->state.iteration, all = (long long)t->iterations;
    if (done >= all)
        rn_text_print(text, sizeof text, "%s: %s, test error %.2f%%", t->config.out, how,
                      rn_score_error(&t->state.test));
    else
        rn_text_print(text, sizeof text, "%s: %s at iteration %lld of %lld, saved; --resume continues",
                      t->config.out, how, done, all);
    rn_tell(t, RN_TRAIN_ENDED, text);
}

rn_status rn_heed_stop(const rn_trainer *t, const char *what)
{
    if (!rn_trainer_is_asked_to_stop(t))
        return RN_OK;
    rn_fail(RN_INTERRUPTED, "%s: stopped while %s; --resume begins that again", t->config.out, what);
    rn_tell(t, RN_TRAIN_ENDED, rn_error_text());
    return RN_INTERRUPTED;
}

/* ---- Weights and data ------------------------------------------------------------------------ */

enum { FINDINGS_TOLD = 3, MOST_PICTURES = 20000 };

static void tell_findings(const rn_trainer *t, const rn_data_report *r)
{
    int64_t least = INT64_MAX, most = 0;
    for (int c = 0; c < r->classes; c++) {
        least = r->class_count[c] < least ? r->class_count[c] : least;
        most = r->class_count[c] > most ? r->class_count[c] : most;
    }
    char range[48];
    rn_text_print(range, sizeof range, least < most ? "%lld to %lld" : "%lld", (long long)least,
                  (long long)most);
    rn_note("%s: %lld pictures of %d classes, %s of each for training", t->config.data,
            (long long)r->images, r->classes, range);
    for (int i = 0; i < r->findings && i < FINDINGS_TOLD; i++)
        rn_warn("%s", r->finding[i]);
    if (r->findings > FINDINGS_TOLD)
        rn_warn("%d more of the kind; resnet data check lists them", r->findings - FINDINGS_TOLD);
}

rn_status rn_tell_sources(const rn_trainer *t)
{
    const rn_train_config *c = &t->config;
    rn_data_report *report;
    rn_note("%s: %s at %lldx%lld pixels, preprocessing \"%s\"; %s", c->weights, c->model, (long long)c->size,
            (long long)c->size, c->preprocess,
            c->reset_head ? "a new classifier replaces its own" : "its classifier is kept");
    if (strcmp(t->train->kind, "folder") != 0 || t->train->count + t->test->count > MOST_PICTURES)
        return RN_OK;
    RN_TRY(rn_data_check(t->config.data, (int)t->config.threads, &report));
    tell_findings(t, report);
    rn_data_report_free(report);
    return RN_OK;
}
