/*
 * Batch normalization's statistics as true averages (the authors' released networks have such): with the
 * weights at rest, the mean over many batches of their means and unbiased variances (Ioffe, Szegedy 2015,
 * algorithm 2) takes the place of moving averages, which remember some twenty batches and weights that have
 * changed since.  The pictures are training pictures in random order, with the training's random views.
 */
#ifndef RN_TRAIN_STATISTICS_H
#define RN_TRAIN_STATISTICS_H

#include "train/trainer.h"

/* Whether there are statistics that a training changes. */
bool rn_statistics_move(const rn_net *net);

/* Average over config.bn_average pictures, or all where there are less, in whole batches.  Interrupted or
 * failed, it leaves the statistics half made. */
rn_status rn_statistics_average(rn_trainer *trainer);

#endif
