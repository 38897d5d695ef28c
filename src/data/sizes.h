/* The sides of the pictures of a data set, where they differ. */
#ifndef RN_DATA_SIZES_H
#define RN_DATA_SIZES_H

#include "data/dataset.h"

typedef struct { int width, height; } rn_size;

/* Reads every picture, by `threads` threads.  One that cannot be read has sides of 0, and is named as a
 * warning.  The caller frees `size`. */
rn_status rn_dataset_sizes(rn_size **size, const rn_dataset *dataset, int threads);

#endif
