/*
 * What a training remembers from one step to the next beside weights and velocity: all of it travels in the
 * checkpoint, so that a resumed run goes on as if nothing had happened.
 */
#ifndef RN_TRAIN_STATE_H
#define RN_TRAIN_STATE_H

#include "net/score.h"
#include "train/schedule.h"

typedef struct {
    int64_t iteration;                  /* steps done */
    rn_score epoch, stretch;            /* training: of the epoch; since the latest line of the log */
    rn_score test;                      /* the latest test */
    double head_error;                  /* when the classifier had learned alone, per cent; else -1 */
    double recent_loss, recent_error;   /* training: running means over about the latest 50 steps */
    rn_schedule_past past;
    int64_t averaged;                   /* pictures that statistics were averaged over; 0: they move */
    double seconds;                     /* spent, in all the processes of this run */
    int64_t threads;                    /* of the process that saved ... */
    char isa[RN_TEXT_SIZE];             /* ... and its instruction set */
    char kernels[RN_TEXT_SIZE];         /* hash of the kernels that learned and tested */
    char data[RN_TEXT_SIZE];            /* fingerprint of the data set */
    char weights[RN_TEXT_SIZE];         /* hash of those that it began from, "" for random ones */
} rn_train_state;

extern const rn_option rn_train_state_table[];

/* A row of results.csv, written at the end of each epoch. */
enum { RN_RESULT_COLUMNS = 8 };
typedef struct {
    double epoch, iteration, lr;
    double train_loss, train_error;     /* over the epoch's own batches, as the paper's figures have it */
    double test_loss, test_error;       /* NAN where there was no test */
    double seconds;
} rn_result_row;

typedef struct {
    rn_result_row *row;
    int rows, room;
} rn_history;

rn_status rn_history_add(rn_history *history, const rn_result_row *row);
void rn_history_close(rn_history *history);

#endif
