/* The files that matter: the checkpoint to continue from, and the models to use. */
#ifndef RN_TRAIN_KEEP_H
#define RN_TRAIN_KEEP_H

#include "train/trainer.h"

/* Write last.ckpt, then last.safetensors.  Neither is written with numbers that are not finite. */
rn_status rn_keep(rn_trainer *trainer);

/* Write best.safetensors. */
rn_status rn_keep_best(rn_trainer *trainer);

/* Write step-N.safetensors, where config.snapshots names this step. */
rn_status rn_keep_snapshot(rn_trainer *trainer);

#endif
