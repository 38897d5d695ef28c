/*
 * What the kinds of data sets share with dataset.c.  `where` is what follows the kind's name in the
 * specification; set->kind is filled already.  When an open fails, the caller closes what it has filled so
 * far.
 */
#ifndef RN_DATA_KINDS_H
#define RN_DATA_KINDS_H

#include "base/file.h"
#include "data/dataset.h"

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

/* Where the pictures of a folder lie: in class folders inside these. */
typedef struct {
    char train[RN_PATH_SIZE], test[RN_PATH_SIZE];
    const char *train_name, *test_name;     /* their names: "train", "val"; "" for the folder itself */
    bool shared;                            /* both are one, to be divided */
    bool test_only;                         /* there is no training part */
} rn_layout;
rn_status rn_layout_find(rn_layout *layout, const char *folder);

bool rn_is_folder(const char *path);

/* The folders inside a folder, or, with `others`, what else is there. */
rn_status rn_listing_folders(rn_listing *listing, const char *folder, bool others);

/* The path of a picture of kind "folder". */
rn_status rn_folder_path(const rn_dataset *set, int64_t index, char path[RN_PATH_SIZE]);

#endif
