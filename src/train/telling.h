/* What a training tells the one who watches it. */
#ifndef RN_TRAIN_TELLING_H
#define RN_TRAIN_TELLING_H

#include "train/trainer.h"

void rn_tell(const rn_trainer *trainer, rn_train_moment moment, const char *text);

/* One sentence at the beginning and at the end. */
void rn_tell_beginning(const rn_trainer *trainer, bool resumed);
void rn_tell_end(const rn_trainer *trainer, const char *how);

#endif
