/*
 * Files of PyTorch's save: a pickle of a dictionary of tensors, beside their numbers, in one of three
 * containers.  The readers are rows of the table in tensor_file.c and read from file->map.
 */
#ifndef RN_WEIGHTS_PYTORCH_H
#define RN_WEIGHTS_PYTORCH_H

#include "weights/pickle.h"

bool rn_torch_zip_recognises(const uint8_t *bytes, size_t size);        /* since 1.6 */
rn_status rn_torch_zip_read(rn_tensor_file *file, const char *path);
bool rn_torch_stream_recognises(const uint8_t *bytes, size_t size);     /* 2017 to 2020 */
rn_status rn_torch_stream_read(rn_tensor_file *file, const char *path);
bool rn_torch_tar_recognises(const uint8_t *bytes, size_t size);        /* until early 2017 */
rn_status rn_torch_tar_read(rn_tensor_file *file, const char *path);

/* Pickles without numbers beside them hold no weights; they are read to say what they are. */
bool rn_torch_pickle_recognises(const uint8_t *bytes, size_t size);
rn_status rn_torch_pickle_read(rn_tensor_file *file, const char *path);

/* Write tensors of F32 in C order and the facts as today's container has them. */
rn_status rn_torch_write(rn_tensor_file *file, const char *path);

/* ---- For the three containers ---------------------------------------------------------------- */

typedef struct {
    const uint8_t *data;
    size_t bytes;
    rn_number_type type;        /* RN_OTHER: as the tensor says */
    int64_t offset;             /* of what is looked at, in numbers */
} rn_torch_storage;

/* What a container knows about the data outside its pickle, by name. */
typedef struct rn_torch_source rn_torch_source;
struct rn_torch_source {
    rn_tensor_file *file;
    const rn_pickle *pickle;
    const char *path;
    void *container;
    rn_status (*storage)(const rn_torch_source *source, const rn_py *name, rn_torch_storage *found);
    rn_status (*tensor)(const rn_torch_source *source, const rn_py *name, rn_array *array);     /* or NULL */
};

/* Find the state_dict in the pickle and add its tensors to the file. */
rn_status rn_torch_collect(const rn_torch_source *source);

/* Point an array with sizes and strides into its storage, checking that it lies there; offset in numbers. */
rn_status rn_torch_place(rn_array *array, const rn_torch_storage *in, int64_t offset, const char *path);

/* The name of a storage: its class, key and count of numbers. */
typedef struct { rn_number_type type; const rn_py *key; int64_t count; } rn_torch_name;
rn_status rn_torch_read_name(const rn_torch_source *source, const rn_py *name, rn_torch_name *read);

#endif
