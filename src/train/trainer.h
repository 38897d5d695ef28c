/*
 * Everything that a training holds: opened in the order data, network, device, memory, and then handed to the
 * loop in train.c.
 */
#ifndef RN_TRAIN_TRAINER_H
#define RN_TRAIN_TRAINER_H

#include "data/loader.h"
#include "net/session.h"
#include "train/state.h"
#include "weights/bundle.h"

typedef struct {
    rn_train_config config;             /* resolved: no zero is left that stands for a default */
    rn_train_watch watch;

    rn_dataset *train, *test;
    rn_augment augment;
    rn_loader *loader;                  /* of training batches, from the iteration where the run begins */
    rn_bundle bundle;                   /* network, weights, preprocessing, class names */
    float *velocity;                    /* of the learned numbers */
    rn_device *device;
    rn_session *session, *tester;       /* one learns, the other answers; they share the weights */

    int64_t iterations, per_epoch;      /* steps in all, and in a pass over the training set */
    rn_schedule schedule;
    rn_steps snapshots;
    rn_train_state state;
    rn_history history;

    double began, seconds_before;       /* the clock at the start, and what earlier processes spent */
    double step_seconds;                /* running mean */
    int64_t first_iteration;            /* of this process */
    int64_t log_every;
    int lock;                           /* of the run directory */
    char events[RN_TEXT_SIZE];          /* name of the event file for TensorBoard, "" without one */
    int64_t told_bad;                   /* unreadable pictures that bad_files.txt tells */
} rn_trainer;

/* On failure there is nothing to close. */
rn_status rn_trainer_open(rn_trainer *trainer, const rn_train_config *config);
void rn_trainer_close(rn_trainer *trainer);

/* Open the loader where the state says. */
rn_status rn_trainer_begin(rn_trainer *trainer);

/* Copy a batch to where a session reads it. */
void rn_trainer_show(const rn_trainer *trainer, rn_session *session, const rn_batch *batch);

/* Move weights by the step that the session's gradients say. */
void rn_trainer_descend(const rn_trainer *trainer, rn_session *session, rn_weights *weights, float *velocity,
                        double rate);

/* How pictures are loaded for answers, without augmentation. */
rn_loader_options rn_trainer_test_loading(const rn_trainer *trainer);

bool rn_trainer_is_asked_to_stop(const rn_trainer *trainer);

double rn_trainer_epoch(const rn_trainer *trainer);     /* passes done, with their part */

#endif
