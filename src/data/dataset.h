/*
 * A data set: numbered pictures with labels.  Each kind is a row of a table and a few functions.
 *
 *     "builtin"           pictures that the program draws itself
 *     "cifar10:DIR"       the binary version, also "cifar100:DIR"
 *     "cifar10-45k:DIR"   45,000 of CIFAR-10's training pictures, the other 5,000 for testing (section 4.2)
 *     a folder            DIR/train/CLASS/... and DIR/val/CLASS/..., or DIR/CLASS/... split automatically
 *     FILE.tar            a folder that was packed; also a folder of several such archives
 */
#ifndef RN_DATA_DATASET_H
#define RN_DATA_DATASET_H

#include "image/preprocess.h"

typedef enum { RN_SPLIT_TRAIN, RN_SPLIT_TEST } rn_split;

typedef struct rn_dataset rn_dataset;
struct rn_dataset {
    const char *kind;                       /* "builtin", "cifar10", "cifar10-45k", "cifar100", "folder" */
    int64_t count;
    int classes;
    char **class_name;
    int height, width;                      /* of every picture; 0: they differ */
    /* A picture; called from many threads at once.  The caller frees the image. */
    rn_status (*read)(const rn_dataset *, int64_t index, rn_image *image);
    int32_t (*label)(const rn_dataset *, int64_t index);
    /* What a person calls this picture: a path, or "test_batch.bin record 17". */
    void (*describe)(const rn_dataset *, int64_t index, char *text, size_t size);
    void (*close)(rn_dataset *);
    bool divided;                           /* the test part was drawn from a folder without one */
    void *state;
    struct rn_trouble *trouble;             /* which pictures turned out to be unreadable; see trouble.h */
};

typedef struct {
    double validation;      /* part kept for testing where the data has no test set of its own; 0: 0.1 */
    uint64_t seed;          /* of that split, and of the built-in pictures */
    int64_t limit;          /* built-in: pictures; 0: 4000 for training, 1000 for testing */
    rn_image_options reading;   /* of a folder's pictures */
    const rn_dataset *beside;   /* the other part, where it is open: its archives need not be read again */
} rn_dataset_options;

rn_status rn_dataset_open(rn_dataset **dataset, const char *spec, rn_split split,
                          const rn_dataset_options *options);
void rn_dataset_close(rn_dataset *dataset);

/* The mean of all pictures, or of 65,536 at equal distances, pixel by pixel, as the rule shows them: 3 x its
 * crop's height x width numbers of 0..255 (sections 3.4 and 4.2). */
rn_status rn_dataset_mean(const rn_dataset *dataset, const rn_preprocess *rule, float *mean);

#endif
