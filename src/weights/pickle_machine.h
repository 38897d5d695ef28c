/* Inside the reader of pickles: its stack, the arguments of its instructions, and what global names mean. */
#ifndef RN_WEIGHTS_PICKLE_MACHINE_H
#define RN_WEIGHTS_PICKLE_MACHINE_H

#include "weights/pickle.h"

/* Record what is wrong at the current instruction; that there is more of something than sense. */
rn_status rn_pickle_fail(const rn_pickle *m, const char *what);
rn_status rn_pickle_too_large(const rn_pickle *m, const char *what);

/* ---- pickle_stack.c ------------------------------------------------------------------------- */

#define RN_MARK UINT32_MAX      /* on the stack: a collection begins */

rn_status rn_pickle_new(rn_pickle *m, rn_py_kind kind, rn_ref *ref);        /* without items */
rn_status rn_pickle_append(rn_pickle *m, rn_ref to, rn_ref item);

rn_status rn_pickle_push(rn_pickle *m, rn_ref ref);
rn_status rn_pickle_push_new(rn_pickle *m, rn_py_kind kind, rn_py **value);
rn_status rn_pickle_pop(rn_pickle *m, rn_ref *ref);
rn_status rn_pickle_top(rn_pickle *m, rn_py_kind kind, rn_ref *ref);        /* must be of that kind */
rn_status rn_pickle_above_mark(rn_pickle *m, uint32_t *count);              /* values above the last mark */

/* The topmost `count` values become a tuple.  What is above the topmost mark becomes a value of that kind, or
 * is added to the one below the mark. */
rn_status rn_pickle_tuple(rn_pickle *m, uint32_t count);
rn_status rn_pickle_gather_new(rn_pickle *m, rn_py_kind kind);
rn_status rn_pickle_gather_into(rn_pickle *m, rn_py_kind kind);

/* Remember the topmost value at a place; push what was remembered there. */
rn_status rn_pickle_put(rn_pickle *m, int64_t place);
rn_status rn_pickle_get(rn_pickle *m, int64_t place);

/* ---- pickle_bytes.c -------------------------------------------------------------------------- */

/* A number of 1, 2, 4, 8 bytes or with a sign in 4; a real with its big end first; a text after its length in
 * 1, 4, 8 bytes; a text up to the end of the line. */
typedef enum {
    RN_NO_ARGUMENT, RN_BYTE1, RN_BYTE2, RN_BYTE4, RN_BYTE8, RN_SIGNED4, RN_BIG_REAL,
    RN_TEXT1, RN_TEXT4, RN_TEXT8, RN_LINE
} rn_argument;

rn_status rn_pickle_take(rn_pickle *m, size_t count, const uint8_t **bytes);
rn_status rn_pickle_line(rn_pickle *m);                         /* into text, length */
rn_status rn_pickle_argument(rn_pickle *m, rn_argument what);   /* into number, real or text, length */

/* ---- pickle_globals.c ------------------------------------------------------------------------ */

typedef struct { const char *text; size_t length; } rn_word;

/* The value of a global name, or its refusal. */
rn_status rn_pickle_global(rn_pickle *m, rn_word module, rn_word name, rn_ref *ref);

/* What calling `callable` with the tuple `args` gives; what giving `state` to `object` does. */
rn_status rn_pickle_call(rn_pickle *m, rn_ref callable, rn_ref args, rn_ref *result);
rn_status rn_pickle_build(rn_pickle *m, rn_ref object, rn_ref state);

#endif
