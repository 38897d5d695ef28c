/* What a training tells the one who watches it. */
#ifndef RN_TRAIN_TELLING_H
#define RN_TRAIN_TELLING_H

#include "train/trainer.h"

void rn_tell(const rn_trainer *trainer, rn_train_moment moment, const char *text);

/* One sentence at the beginning and at the end. */
void rn_tell_beginning(const rn_trainer *trainer, bool resumed);
void rn_tell_end(const rn_trainer *trainer, const char *how);

/* What a training from a file's weights takes from the file, and what a look at the data finds, in a few
 * lines; nothing for sets that are known or very large. */
rn_status rn_tell_sources(const rn_trainer *trainer);

/* RN_INTERRUPTED, and told, when the watcher asks to stop while something is done that leaves no checkpoint:
 * "the classifier learned alone". */
rn_status rn_heed_stop(const rn_trainer *trainer, const char *what);

#endif
