/* A training breaks down when a number in it is no longer finite. */
#ifndef RN_TRAIN_BREAKDOWN_H
#define RN_TRAIN_BREAKDOWN_H

#include "train/trainer.h"

/* Whether all are finite. */
bool rn_all_finite(const float *number, int64_t count);

/* Write nan-report.json (step, rate, pictures, first bad layer) and return RN_NOT_FINITE with a message that
 * begins with `what`.  Checkpoints stay as they are. */
rn_status rn_break_down(const rn_trainer *trainer, const char *what, double lr, const rn_batch *batch);

#endif
