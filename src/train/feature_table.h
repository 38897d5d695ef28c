/*
 * What the network makes of the pictures of a data set before its classifier: one row of numbers each.  While
 * the rest of the network stays as it is, this is all that the classifier ever sees of them.
 */
#ifndef RN_TRAIN_FEATURE_TABLE_H
#define RN_TRAIN_FEATURE_TABLE_H

#include "train/trainer.h"

typedef struct {
    float *number;              /* rows x width */
    int32_t *label;
    int64_t rows;               /* of readable pictures, in the order of the data set */
    int width;
} rn_feature_table;

/* Of the training and of the test pictures, in inference mode, without augmentation.  RN_INTERRUPTED when the
 * watcher asks to stop. */
rn_status rn_feature_table_open(rn_feature_table *train, rn_feature_table *test, rn_trainer *trainer);
void rn_feature_table_close(rn_feature_table *features);

#endif
