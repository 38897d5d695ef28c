/*
 * NumPy's files of one array (.npy): a line that says type, order and shape, then the numbers.
 *
 *     RN_TRY(rn_npy_write("scores.npy", scores, 2, (int64_t[]){ pictures, classes }));
 *
 *     rn_npy npy;
 *     RN_TRY(rn_npy_open(&npy, "scores.npy"));
 *     RN_TRY(rn_array_floats(&npy.array, to));         rn_array_count(&npy.array) numbers, in C order
 *     rn_npy_close(&npy);
 */
#ifndef RN_WEIGHTS_NPY_H
#define RN_WEIGHTS_NPY_H

#include "weights/tensor_file.h"

typedef struct {
    rn_map map;
    rn_array array;         /* without a name; its data lie in the map */
} rn_npy;

/* Versions 1 and 2, any little-endian number type, either order; the data must fill the file exactly. */
rn_status rn_npy_open(rn_npy *npy, const char *path);
void rn_npy_close(rn_npy *npy);         /* also of a zeroed structure */

/* Version 1, float32, C order; atomically. */
rn_status rn_npy_write(const char *path, const float *values, int dims, const int64_t *size);

#endif
