/*
 * Products summed over pixels, the heart of every weight gradient: sum[b][c] += dy[b] * x[c]; and the tree
 * that adds what the shards have summed.
 */
#ifndef RN_BACKEND_CPU_PRODUCTS_H
#define RN_BACKEND_CPU_PRODUCTS_H

#include "backend/cpu/cells.h"

/* What the sum over pixels reads: x moves by rows and images as dy does. */
typedef struct {
    const float *x, *dy;
    int64_t x_row, dy_row, x_image, dy_image, dy_block;
    int64_t dy_channel;         /* where dy is turned: from channel to channel (by_matrices.h) */
    int64_t images, rows, width;
    bool starts;                /* from zero, whatever the sums hold */
} pixels;

/* Rows are counted through all images. */
INLINE const float *x_row(const pixels *p, int64_t row)
{
    return p->x + row / p->rows * p->x_image + row % p->rows * p->x_row;
}

INLINE const float *dy_row(const pixels *p, int64_t row)
{
    return p->dy + row / p->rows * p->dy_image + row % p->rows * p->dy_row;
}

/* sum[b][c] += dy[b] * x[c] over all pixels, for NB blocks of dy and C channels of x. */
INLINE void products(multiply_add *add, const int NB, const int C, const pixels *p, float *to,
                     int64_t to_block)
{
    vec sum[4][VL];
    UNROLL(4) for (int b = 0; b < NB; b++)
        UNROLL(16) for (int c = 0; c < C; c++)
            sum[b][c] = p->starts ? (vec){ 0 } : load(to + b * to_block + c * VL);
    for (int64_t row = 0; row < p->images * p->rows; row++) {
        const float *x = x_row(p, row), *dy = dy_row(p, row);
        for (int64_t i = 0; i < p->width; i++, x += VL, dy += VL) {
            vec d[4];
            UNROLL(4) for (int b = 0; b < NB; b++)
                d[b] = load(dy + b * p->dy_block);
            UNROLL(16) for (int c = 0; c < C; c++) {
                vec a = repeated(x + c);
                UNROLL(4) for (int b = 0; b < NB; b++)
                    sum[b][c] = add(sum[b][c], d[b], a);
            }
        }
    }
    UNROLL(4) for (int b = 0; b < NB; b++)
        UNROLL(16) for (int c = 0; c < C; c++)
            store(to + b * to_block + c * VL, sum[b][c]);
}

typedef void products_function(const pixels *, float *, int64_t);

#define PRODUCTS(name, add, NB, C)                                                                          \
    static __attribute__((noinline)) void name(const pixels *p, float *to, int64_t to_block)                \
    {                                                                                                       \
        products(add, NB, C, p, to, to_block);                                                              \
    }

/* A function `name`: sums for all VL channels of x and 1 or 2 blocks of dy, multiplied by `add`. */
#define WIDE_PRODUCTS(name, add)                                                                            \
    PRODUCTS(name##_of_one, add, 1, VL)                                                                     \
    PRODUCTS(name##_of_two, add, 2, VL / 2)                                                                 \
    static inline void name(const pixels *p, int blocks, float *to, int64_t to_block)                       \
    {                                                                                                       \
        pixels part = *p;                                                                                   \
        for (int64_t c = 0, step = VL / blocks; c < VL; c += step, part.x += step)                          \
            (blocks == 1 ? name##_of_one : name##_of_two)(&part, to + c * VL, to_block);                    \
    }

/* Add the sums of all shards, `stride` floats apart, in a tree: 0 += 1, 2 += 3, ..., 0 += 2, ... */
static inline void add_shards(float *sums, int64_t count, int64_t stride, int shards)
{
    for (int64_t reach = 1; reach < shards; reach *= 2)
        for (int64_t shard = 0; shard + reach < shards; shard += 2 * reach)
            for (int64_t k = 0; k < count; k += VL) {
                float *to = sums + shard * stride + k;
                store(to, load(to) + load(to + reach * stride));
            }
}

#endif
