/*
 * RUN/last.ckpt: a safetensors file with all that a training remembers, the one before it kept as prev.ckpt.
 *
 *     training.weights     F32, the flat array of net/weights.h, running statistics included
 *     training.velocity    F32, of the learned numbers
 *     training.history     F64, rows x columns of results.csv so far
 *     resnet.checkpoint    "1", the version of this format
 *     resnet.program       the version of the program that wrote it
 *     resnet.config        JSON, the options of the training
 *     resnet.state         JSON, rn_train_state
 */
#ifndef RN_TRAIN_CHECKPOINT_H
#define RN_TRAIN_CHECKPOINT_H

#include "train/trainer.h"

/* Refuses weights and velocities that are not finite: RN_NOT_FINITE. */
rn_status rn_checkpoint_save(const rn_trainer *trainer);

/* Continue from last.ckpt, or with a warning from prev.ckpt when that is damaged or missing; *found is false
 * when there is neither.  A checkpoint of another training is RN_BAD_ARGUMENT unless `force`. */
rn_status rn_checkpoint_load(rn_trainer *trainer, bool *found);

#endif
