/*
 * A strict reader of Python's pickles.  It builds plain data and descriptions of tensors and runs nothing:
 * every name of a function or class outside a short list is refused, with its place.
 *
 *     rn_pickle pickle;
 *     size_t at = 0;
 *     RN_TRY(rn_pickle_read(&pickle, bytes, size, &at, path));
 *     const rn_py *value = rn_pickle_at(&pickle, pickle.root);
 *     rn_pickle_close(&pickle);
 *
 * Values are numbered and point at one another by number; they may form cycles, so walks need a limit.
 */
#ifndef RN_WEIGHTS_PICKLE_H
#define RN_WEIGHTS_PICKLE_H

#include "weights/tensor_file.h"

typedef uint32_t rn_ref;

typedef enum {
    RN_PY_NONE, RN_PY_BOOL, RN_PY_INT, RN_PY_REAL, RN_PY_TEXT,
    RN_PY_TUPLE, RN_PY_LIST, RN_PY_DICT,    /* a dictionary's items: key, value, key, value, ... */
    RN_PY_GLOBAL,                           /* a known name: `role` and `type` */
    RN_PY_PERSISTENT,                       /* data outside the pickle; its item is the name of the data */
    RN_PY_TENSOR,                           /* items: storage, offset, sizes, strides, ... */
    RN_PY_PARAMETER,                        /* its item, when it has one, is a tensor */
    RN_PY_OTHER                             /* something harmless without use here */
} rn_py_kind;

typedef enum {
    RN_ROLE_STORAGE, RN_ROLE_TENSOR, RN_ROLE_DTYPE, RN_ROLE_DICT, RN_ROLE_REBUILD, RN_ROLE_REBUILD_TYPED,
    RN_ROLE_REBUILD_PARAMETER, RN_ROLE_PARAMETER, RN_ROLE_SIZE, RN_ROLE_OTHER
} rn_py_role;

typedef struct {
    rn_py_kind kind;
    uint32_t count, room;       /* of items; of bytes for a text */
    union {
        int64_t whole;
        double real;
        const char *text;       /* not ended by a zero byte; in the pickle's bytes */
        rn_ref *item;
        struct { rn_py_role role; rn_number_type type; } global;
    } as;
} rn_py;

typedef struct {
    const uint8_t *bytes;
    size_t size, used;
    const char *path;
    rn_py *value;
    rn_ref *stack, *memo;
    uint32_t values, value_room, depth, stack_room, memo_room, remembered;
    uint64_t items;
    rn_ref root;
    /* The argument of the current instruction. */
    size_t place;
    int64_t number;
    double real;
    const char *text;
    size_t length;
} rn_pickle;

/* Reads from byte *at on and leaves there the place behind the pickle. */
rn_status rn_pickle_read(rn_pickle *pickle, const uint8_t *bytes, size_t size, size_t *at, const char *path);
void rn_pickle_close(rn_pickle *pickle);

static inline const rn_py *rn_pickle_at(const rn_pickle *pickle, rn_ref ref)
{
    return &pickle->value[ref];
}

/* The value of kind `kind` at item `i`, or NULL. */
const rn_py *rn_pickle_item(const rn_pickle *pickle, const rn_py *of, uint32_t i, rn_py_kind kind);

/* The value of a text key, or NULL. */
const rn_py *rn_pickle_find(const rn_pickle *pickle, const rn_py *dict, const char *key);

/* The number of a name that is written as a number or as a text of digits. */
bool rn_pickle_number(const rn_py *value, int64_t *number);

#endif
