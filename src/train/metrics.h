/*
 * metrics.jsonl: a line an event, only ever appended to.  Each tells time, step, epoch and kind ("begin",
 * "resume", "train", "test", "save", "end") and its numbers.  A reader must survive a last line that is cut
 * short.
 * With config.tensorboard the numbers go to an event file too.
 */
#ifndef RN_TRAIN_METRICS_H
#define RN_TRAIN_METRICS_H

#include "train/trainer.h"

/* Cut the file back to the step where the run stands, so that no line comes twice, and begin. */
rn_status rn_metrics_begin(rn_trainer *trainer);

rn_status rn_metrics_train(const rn_trainer *trainer, double lr);   /* the stretch since the last such line */
rn_status rn_metrics_test(const rn_trainer *trainer);
rn_status rn_metrics_save(const rn_trainer *trainer);
rn_status rn_metrics_end(const rn_trainer *trainer, const char *reason);

#endif
