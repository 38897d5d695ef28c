/*
 * What any weights file holds, whatever its format: named arrays and a few words about them.
 *
 *     rn_tensor_file file;
 *     RN_TRY(rn_tensor_file_open(&file, "model.pth"));        the format is recognised by its bytes
 *     const rn_array *array = rn_tensor_file_find(&file, "fc.weight");
 *     RN_TRY(rn_array_floats(array, to));                     any number type, converted to float
 *     rn_tensor_file_close(&file);
 */
#ifndef RN_WEIGHTS_TENSOR_FILE_H
#define RN_WEIGHTS_TENSOR_FILE_H

#include "base/file.h"

typedef enum {
    RN_F32, RN_F64, RN_F16, RN_BF16, RN_I8, RN_U8, RN_I16, RN_U16, RN_I32, RN_U32, RN_I64, RN_U64, RN_BOOL,
    RN_OTHER        /* a type this program cannot convert */
} rn_number_type;

enum { RN_MAX_DIMS = 8, RN_MAX_ARRAYS = 100000 };

typedef struct {
    char *name;
    rn_number_type type;
    int dims;
    int64_t size[RN_MAX_DIMS];
    int64_t stride[RN_MAX_DIMS];    /* in elements; C order when the format has none */
    const void *data;               /* first element, unaligned little endian; in the map or in `owned` */
} rn_array;

typedef struct { char *key, *value; } rn_fact;      /* UTF-8 */

typedef struct { char *name; rn_map map; } rn_beside;   /* another file with numbers of this one */

typedef struct {
    const char *format;             /* "safetensors", "PyTorch (zip)", ... */
    rn_array *array;
    int arrays;
    rn_fact *fact;                  /* metadata: text to text */
    int facts;
    const char *checksum;           /* "good", "none" */
    rn_map map;
    void **owned;                   /* blocks freed with the file (decompressed parts) */
    int owned_count;
    rn_beside *beside;
    int besides;
} rn_tensor_file;

/* Every array that a successful open leaves lies inside a map or an owned block, strides included. */
rn_status rn_tensor_file_open(rn_tensor_file *file, const char *path);
/* The same of a file's bytes in memory, which must outlive `file`; `name` stands in messages. */
rn_status rn_tensor_file_open_memory(rn_tensor_file *file, const void *bytes, size_t size, const char *name);
void rn_tensor_file_close(rn_tensor_file *file);        /* also of a zeroed structure */
const rn_array *rn_tensor_file_find(const rn_tensor_file *file, const char *name);
const char *rn_tensor_file_fact(const rn_tensor_file *file, const char *key);   /* or NULL */

/* SHA-256 over names, shapes and values (as float) of the network's tensors, sorted by name. */
rn_status rn_tensor_file_hash(const rn_tensor_file *file, char hex[65]);
/* Whether it is one of these: of a floating type, and not "preprocess.*" or "training.*". */
bool rn_array_is_networks(const rn_array *array);
/* SHA-256 over the facts but the sums ("resnet.sha256*", "resnet.crc32c*"), sorted by key.  Sorts them. */
rn_status rn_tensor_file_hash_facts(rn_tensor_file *file, char hex[65]);

/* For building a file to write.  `data` is borrowed, in C order, and must outlive the file. */
rn_status rn_tensor_file_add(rn_tensor_file *file, const char *name, rn_number_type type, int dims,
                             const int64_t *size, const void *data);
rn_status rn_tensor_file_add_fact(rn_tensor_file *file, const char *key, const char *value);

/* For readers: the file frees `block`, also when this fails. */
rn_status rn_tensor_file_own(rn_tensor_file *file, void *block);

/* For readers: the map of the file of that name (not ended by a zero byte) beside the one at `path`, opened
 * at its first use.  Refuses every name that leads out of the folder. */
rn_status rn_tensor_file_beside(rn_tensor_file *file, const char *path, const char *name, size_t length,
                                const rn_map **map);

int64_t rn_array_count(const rn_array *array);
rn_status rn_array_floats(const rn_array *array, float *to);        /* rn_array_count numbers, C order */
bool rn_array_is_packed(const rn_array *array);                     /* in C order without gaps */
size_t rn_array_bytes(const rn_array *array);                       /* 0 for RN_OTHER */
size_t rn_number_bytes(rn_number_type type);                        /* 0 for RN_OTHER */
const char *rn_number_name(rn_number_type type);                    /* "F32" */

/* "[64,3,7,7]" into `to`. */
const char *rn_array_shape_text(char *to, size_t size, int dims, const int64_t *sizes);

#endif
