/*
 * What the kinds of data sets share with dataset.c.  `where` is what follows the kind's name in the
 * specification; set->kind is filled already.  When an open fails, the caller closes what it has filled so
 * far.
 */
#ifndef RN_DATA_KINDS_H
#define RN_DATA_KINDS_H

#include "data/dataset.h"
#include "data/tree.h"

enum { RN_PATH_SIZE = 4096 };

rn_status rn_builtin_open(rn_dataset *set, const char *where, rn_split split,
                          const rn_dataset_options *options);
rn_status rn_cifar_open(rn_dataset *set, const char *where, rn_split split,
                        const rn_dataset_options *options);
rn_status rn_folder_open(rn_dataset *set, const char *where, rn_split split,
                         const rn_dataset_options *options);

/* Streams of built-in pictures.  No two have a picture in common. */
typedef enum { RN_STREAM_TRAIN, RN_STREAM_TEST, RN_STREAM_FRESH } rn_builtin_stream;

enum { RN_BUILTIN_SIZE = 32 };

int rn_builtin_label(int64_t number);       /* of rn_shapes */
rn_status rn_builtin_draw(rn_image *image, uint64_t seed, rn_builtin_stream stream, int64_t number);

/* Where the pictures of a tree lie: in class folders inside these, "" being the root. */
typedef struct {
    const char *train, *test;
    bool shared;                            /* both are one, to be divided */
    bool test_only;                         /* there is no training part */
} rn_layout;
rn_status rn_layout_find(rn_layout *layout, const rn_tree *tree);

/* The part that a file's name begins with: "train" of "train-0003.tar", "" of "trainers.tar". */
const char *rn_part_of(const char *name);

/* The pictures of kind "folder" lie in a tree. */
const rn_tree *rn_folder_tree(const rn_dataset *set);

/* The name of one of them there. */
rn_status rn_folder_name(const rn_dataset *set, int64_t index, char name[RN_PATH_SIZE]);

#endif
