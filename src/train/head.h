/* The classifier's own phase, before the whole network learns. */
#ifndef RN_TRAIN_HEAD_H
#define RN_TRAIN_HEAD_H

#include "train/trainer.h"

/* Let the classifier alone learn, in config.head_epochs passes over the features of all training pictures.
 * Leaves what it answers in state.epoch (training pictures) and state.test. */
rn_status rn_head_train(rn_trainer *trainer);

#endif
