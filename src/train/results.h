/*
 * What a run shows: results.csv (a row an epoch), curves.svg (the rows as in the paper's figure 6),
 * summary.json (how it ended) and bad_files.txt (the pictures that could not be read, and why).
 */
#ifndef RN_TRAIN_RESULTS_H
#define RN_TRAIN_RESULTS_H

#include "train/trainer.h"

rn_status rn_results_write(const rn_trainer *trainer);          /* results.csv and curves.svg */
rn_status rn_results_bad_files(rn_trainer *trainer);            /* when there are more than it told before */
rn_status rn_results_end(const rn_trainer *trainer, const char *reason);

#endif
