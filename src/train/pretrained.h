/* A training that begins from the weights of a file. */
#ifndef RN_TRAIN_PRETRAINED_H
#define RN_TRAIN_PRETRAINED_H

#include "train/trainer.h"

/* Fill t->bundle from config.weights: network, input size and preprocessing are the file's, which `asked` may
 * repeat but not contradict; only the number of classes and dropout are this training's own.  Without
 * reset_head the file's classifier is kept and must be for the same classes. */
rn_status rn_pretrained_open(rn_trainer *trainer, const rn_architecture *asked);

/* The network that a model file of our own names, or "". */
rn_status rn_pretrained_model(char model[RN_TEXT_SIZE], const char *path);

#endif
