/*
 * Batches of a data set in a fixed order, prepared ahead by threads.
 *
 * Training order: epoch e is a permutation drawn from (seed, e); a picture's augmentation is drawn from
 * (seed, e, picture).  So the batches are the same for any number of workers, and a loader opened at any
 * iteration gives what an undisturbed one would have given there.
 */
#ifndef RN_DATA_LOADER_H
#define RN_DATA_LOADER_H

#include "data/dataset.h"
#include "image/preprocess.h"

typedef struct {
    int batch;
    int workers;                    /* 0: prepare in the caller's thread when asked */
    bool training;                  /* shuffled, augmented, endless, whole batches (what fills none at an
                                     * epoch's end is left out); else in order, once, the last one smaller */
    uint64_t seed;
    int64_t first_iteration;        /* training: start here */
    const rn_preprocess *rule;      /* borrowed */
    const rn_augment *augment;      /* training; borrowed */
    const int64_t *picture;         /* testing: only these, `pictures` of them; NULL: all; borrowed */
    int64_t pictures;
    double max_bad;                 /* part of the pictures that may be unreadable; 0: 0.01 */
    bool strict;                    /* stop at the first */
} rn_loader_options;

typedef struct {
    int count;
    int64_t iteration;
    float *pixels;                  /* count x 3 x height x width */
    int32_t *labels;
    int64_t *index;                 /* which pictures */
} rn_batch;

typedef struct rn_loader rn_loader;
rn_status rn_loader_open(rn_loader **loader, const rn_dataset *dataset, const rn_loader_options *options);
void rn_loader_close(rn_loader *loader);

/* The next batch, the loader's until the next call; *batch is NULL at the end.  An unreadable picture is
 * replaced by the next readable one of the epoch's order in training and left out in testing, and named once
 * as a warning. */
rn_status rn_loader_next(rn_loader *loader, const rn_batch **batch);

int64_t rn_loader_batches(const rn_loader *loader);     /* of an epoch */
int64_t rn_loader_bad(const rn_loader *loader);         /* unreadable pictures so far */

#endif
