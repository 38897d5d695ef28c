/*
 * The learning rate of each step: a function of the schedule, the number of steps done, and the little that
 * the past decides.
 *
 *     rate = lr * fall(t) * rise(t)
 *     fall: step      1/10 for each milestone passed
 *           plateau   1/10 for each time that `patience` tests brought no better error
 *           cosine    (1 + cos(pi (t - warmup) / (iterations - warmup))) / 2
 *           constant  1
 *     rise: (t + 1) / warmup in the first `warmup` steps
 *
 * The paper's rule for 110 layers goes before all: warmup_lr until the training error is below warmup_error.
 */
#ifndef RN_TRAIN_SCHEDULE_H
#define RN_TRAIN_SCHEDULE_H

#include "base/error.h"

enum { RN_MAX_STEPS = 32 };

/* Numbers of steps, rising. */
typedef struct {
    int64_t step[RN_MAX_STEPS];
    int count;
} rn_steps;

/* Read "32000,48000", the value of an option ("--milestones"). */
rn_status rn_steps_read(rn_steps *steps, const char *option, const char *text);

typedef struct rn_schedule rn_schedule;

/* What the past decides; begins as rn_schedule_begin says and travels in the checkpoint. */
typedef struct {
    bool warm;              /* the rule for 110 layers has been fulfilled */
    double best_error;      /* of a test, per cent */
    int64_t worse;          /* tests since then */
    int64_t cuts;           /* times that the rate was divided by 10 */
} rn_schedule_past;

struct rn_schedule {
    double lr;
    double (*fall)(const rn_schedule *, const rn_schedule_past *, int64_t iteration);
    int64_t iterations, warmup;
    rn_steps milestones;
    int64_t patience;       /* 0: the schedule is no "plateau" */
    double warmup_lr, warmup_error;
};

/* For a training of so many steps.  Unknown words and milestones that do not rise are RN_BAD_ARGUMENT. */
rn_status rn_schedule_make(rn_schedule *schedule, const rn_train_config *config, int64_t iterations);
rn_schedule_past rn_schedule_begin(void);

/* The rate of the next step, when `iteration` steps are done. */
double rn_schedule_rate(const rn_schedule *schedule, const rn_schedule_past *past, int64_t iteration);

/* Tell what came out, per cent: of training after each step, and of each test. */
void rn_schedule_trained(const rn_schedule *schedule, rn_schedule_past *past, double training_error);
void rn_schedule_tested(const rn_schedule *schedule, rn_schedule_past *past, double test_error);

#endif
