/* The rates that the paper and a pocket calculator give. */
#include "train/schedule.h"
#include "base/check.h"

#include <math.h>
#include <string.h>

static rn_schedule make(const char *kind, const char *milestones, int64_t warmup, int64_t iterations)
{
    static rn_train_config config;
    rn_schedule schedule;
    config = (rn_train_config){ .lr = 0.1, .warmup = warmup, .patience = 2 };
    strcpy(config.schedule, kind);
    strcpy(config.milestones, milestones);
    CHECK_OK(rn_schedule_make(&schedule, &config, iterations));
    return schedule;
}

static void check_rate(const rn_schedule *schedule, const rn_schedule_past *past, int64_t iteration,
                       double wanted)
{
    double rate = rn_schedule_rate(schedule, past, iteration);
    CHECK(fabs(rate - wanted) < 1e-12, "after %lld steps: rate %.17g, wanted %.17g", (long long)iteration,
          rate, wanted);
}

/* Section 4.2: 0.1, divided by 10 at 32k and 48k iterations. */
static void check_step(void)
{
    rn_schedule s = make("step", "32000,48000", 0, 64000);
    rn_schedule_past past = rn_schedule_begin();
    check_rate(&s, &past, 0, 0.1);
    check_rate(&s, &past, 31999, 0.1);
    check_rate(&s, &past, 32000, 0.01);
    check_rate(&s, &past, 47999, 0.01);
    check_rate(&s, &past, 48000, 0.001);
    check_rate(&s, &past, 63999, 0.001);
}

static void check_cosine(void)
{
    rn_schedule s = make("cosine", "", 10, 110);
    rn_schedule_past past = rn_schedule_begin();
    check_rate(&s, &past, 0, 0.01);
    check_rate(&s, &past, 4, 0.05);
    check_rate(&s, &past, 9, 0.1);
    check_rate(&s, &past, 10, 0.1);
    check_rate(&s, &past, 35, 0.1 * (1 + sqrt(0.5)) / 2);
    check_rate(&s, &past, 60, 0.05);
    check_rate(&s, &past, 110, 0);
    s = make("constant", "", 0, 5);
    check_rate(&s, &past, 4, 0.1);
}

static void check_plateau(void)
{
    static const struct { double error, rate;
    } test[] = {
        { 50, 0.1 },  { 50, 0.1 },  { 40, 0.1 },  { 41, 0.1 },   { 40, 0.01 },
        { 45, 0.01 }, { 39, 0.01 }, { 39, 0.01 }, { 39, 0.001 },
    };
    rn_schedule s = make("plateau", "", 0, 1000);
    rn_schedule_past past = rn_schedule_begin();
    for (size_t i = 0; i < sizeof test / sizeof *test; i++) {
        rn_schedule_tested(&s, &past, test[i].error);
        check_rate(&s, &past, (int64_t)i, test[i].rate);
    }
    CHECK(past.best_error == 39, "best error %g", past.best_error);
}

/* Section 4.2, 110 layers: 0.01 until the training error is below 80 %, then back to 0.1 for good. */
static void check_rule_for_110(void)
{
    rn_schedule s = make("step", "32000,48000", 0, 64000);
    rn_schedule_past past = rn_schedule_begin();
    s.warmup_lr = 0.01;
    s.warmup_error = 80;
    check_rate(&s, &past, 0, 0.01);
    rn_schedule_trained(&s, &past, 80);
    check_rate(&s, &past, 400, 0.01);
    rn_schedule_trained(&s, &past, 79.9);
    check_rate(&s, &past, 401, 0.1);
    rn_schedule_trained(&s, &past, 85);
    check_rate(&s, &past, 402, 0.1);
    check_rate(&s, &past, 32000, 0.01);
}

static void check_refusals(void)
{
    static const struct { const char *kind, *milestones;
    } bad[] = {
        { "stepp", "" }, { "", "" },          { "step", "5,5" },
        { "step", "x" }, { "step", "10,-2" }, { "step", "1,,2" },
    };
    static rn_train_config config;
    rn_schedule schedule;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        strcpy(config.schedule, bad[i].kind);
        strcpy(config.milestones, bad[i].milestones);
        CHECK(rn_schedule_make(&schedule, &config, 1) == RN_BAD_ARGUMENT, "'%s' '%s'", bad[i].kind,
              bad[i].milestones);
    }
}

int main(void)
{
    check_step();
    check_cosine();
    check_plateau();
    check_rule_for_110();
    check_refusals();
    return check_result();
}
