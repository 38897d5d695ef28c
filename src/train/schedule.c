#include "train/schedule.h"
#include "base/text.h"

#include <math.h>
#include <string.h>

static double tenth(int64_t times)
{
    return pow(10, -(double)times);
}

static double step(const rn_schedule *s, const rn_schedule_past *past, int64_t iteration)
{
    int passed = 0;
    (void)past;
    while (passed < s->milestones.count && iteration >= s->milestones.step[passed])
        passed++;
    return tenth(passed);
}

static double plateau(const rn_schedule *s, const rn_schedule_past *past, int64_t iteration)
{
    (void)s, (void)iteration;
    return tenth(past->cuts);
}

static double cosine(const rn_schedule *s, const rn_schedule_past *past, int64_t iteration)
{
    double length = (double)(s->iterations - s->warmup), done = (double)(iteration - s->warmup);
    (void)past;
    if (done <= 0 || length <= 0)
        return 1;
    return done >= length ? 0 : (1 + cos(3.14159265358979323846 * done / length)) / 2;
}

static double constant(const rn_schedule *s, const rn_schedule_past *past, int64_t iteration)
{
    (void)s, (void)past, (void)iteration;
    return 1;
}

static const struct {
    const char *name;
    double (*fall)(const rn_schedule *, const rn_schedule_past *, int64_t iteration);
} kinds[] = { { "step", step }, { "plateau", plateau }, { "cosine", cosine }, { "constant", constant } };

static rn_status find_kind(rn_schedule *schedule, const char *name)
{
    const char *names[sizeof kinds / sizeof *kinds + 1] = { NULL };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        names[i] = kinds[i].name;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kinds[i].name, name) == 0) {
            schedule->fall = kinds[i].fall;
            return RN_OK;
        }
    const char *near = rn_suggest(name, names);
    rn_status status = rn_fail(RN_BAD_ARGUMENT, "unknown schedule \"%s\"", name);
    return near ? rn_hint(status, "did you mean \"%s\"?", near)
                : rn_hint(status, "use step, plateau, cosine or constant");
}

static rn_status add_step(rn_steps *steps, const char *option, const char *text, size_t length)
{
    char word[24];
    int64_t number, last = steps->count ? steps->step[steps->count - 1] : 0;
    snprintf(word, sizeof word, "%.*s", (int)(length < sizeof word ? length : sizeof word - 1), text);
    if (!rn_read_int(word, &number))
        return rn_fail(RN_BAD_ARGUMENT, "%s: \"%s\" is not a whole number", option, word);
    if (number <= last)
        return rn_fail(RN_BAD_ARGUMENT, "%s: %lld comes after %lld, wanted rising numbers above 0", option,
                       (long long)number, (long long)last);
    if (steps->count == RN_MAX_STEPS)
        return rn_fail(RN_BAD_ARGUMENT, "%s: more than %d", option, (int)RN_MAX_STEPS);
    steps->step[steps->count++] = number;
    return RN_OK;
}

rn_status rn_steps_read(rn_steps *steps, const char *option, const char *text)
{
    steps->count = 0;
    while (*text) {
        size_t length = strcspn(text, ",");
        RN_TRY(add_step(steps, option, text, length));
        text += length + (text[length] == ',');
    }
    return RN_OK;
}

rn_status rn_schedule_make(rn_schedule *schedule, const rn_train_config *config, int64_t iterations)
{
    *schedule = (rn_schedule){ .lr = config->lr, .iterations = iterations, .warmup = config->warmup,
                               .warmup_lr = config->warmup_lr, .warmup_error = config->warmup_error };
    RN_TRY(find_kind(schedule, config->schedule));
    schedule->patience = schedule->fall == plateau ? config->patience : 0;
    return rn_steps_read(&schedule->milestones, "--milestones", config->milestones);
}

rn_schedule_past rn_schedule_begin(void)
{
    return (rn_schedule_past){ .best_error = 100 };
}

double rn_schedule_rate(const rn_schedule *schedule, const rn_schedule_past *past, int64_t iteration)
{
    if (schedule->warmup_error > 0 && !past->warm)
        return schedule->warmup_lr;
    double rise = iteration < schedule->warmup ? (double)(iteration + 1) / (double)schedule->warmup : 1;
    return schedule->lr * schedule->fall(schedule, past, iteration) * rise;
}

void rn_schedule_trained(const rn_schedule *schedule, rn_schedule_past *past, double training_error)
{
    if (training_error < schedule->warmup_error)
        past->warm = true;
}

void rn_schedule_tested(const rn_schedule *schedule, rn_schedule_past *past, double test_error)
{
    if (test_error < past->best_error) {
        past->best_error = test_error;
        past->worse = 0;
    } else if (schedule->patience && ++past->worse >= schedule->patience) {
        past->cuts++;
        past->worse = 0;
    }
}
