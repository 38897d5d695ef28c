#include "train/telling.h"
#include "base/text.h"

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
