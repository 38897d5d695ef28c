/*
 * Products summed over pixels, the heart of every weight gradient: sum[b][c] += dy[b] * x[c]; and the tree
 * that adds what the shards have summed.
 */
#ifndef RN_BACKEND_CPU_PRODUCTS_H
#define RN_BACKEND_CPU_PRODUCTS_H

#include "backend/cpu/vector.h"

/* What the sum over pixels reads: x moves by rows and images as dy does. */
typedef struct {
    const float *x, *dy;
    int64_t x_row, dy_row, dy_block;
    int64_t rows, width;
    bool starts;                /* from zero, whatever the sums hold */
} pixels;

/* sum[b][c] += dy[b] * x[c] over all pixels, for NB blocks of dy and C channels of x. */
INLINE void products(const int NB, const int C, const pixels *p, float *to, int64_t to_block)
{
    vec sum[4][VL];
    UNROLL(4) for (int b = 0; b < NB; b++)
        UNROLL(16) for (int c = 0; c < C; c++)
            sum[b][c] = p->starts ? (vec){ 0 } : load(to + b * to_block + c * VL);
    for (int64_t row = 0; row < p->rows; row++) {
        const float *x = p->x + row * p->x_row, *dy = p->dy + row * p->dy_row;
        for (int64_t i = 0; i < p->width; i++, x += VL, dy += VL) {
            vec d[4];
            UNROLL(4) for (int b = 0; b < NB; b++)
                d[b] = load(dy + b * p->dy_block);
            UNROLL(16) for (int c = 0; c < C; c++) {
                vec a = broadcast(x[c]);
                UNROLL(4) for (int b = 0; b < NB; b++)
                    sum[b][c] += d[b] * a;
            }
        }
    }
    UNROLL(4) for (int b = 0; b < NB; b++)
        UNROLL(16) for (int c = 0; c < C; c++)
            store(to + b * to_block + c * VL, sum[b][c]);
}

typedef void products_function(const pixels *, float *, int64_t);

#define PRODUCTS(NB, C)                                                                                     \
    static __attribute__((noinline)) void products_##NB##_##C(const pixels *p, float *to, int64_t to_block) \
    {                                                                                                       \
        products(NB, C, p, to, to_block);                                                                   \
    }

#if RN_VL == 16
PRODUCTS(1, 16) PRODUCTS(2, 8) PRODUCTS(1, 4) PRODUCTS(2, 4) PRODUCTS(4, 4)
static products_function *const wide_products[] = { [1] = products_1_16, [2] = products_2_8 };
#elif RN_VL == 8
PRODUCTS(1, 8) PRODUCTS(1, 4) PRODUCTS(2, 4) PRODUCTS(4, 4)
static products_function *const wide_products[] = { [1] = products_1_8, [2] = products_2_4 };
#else
PRODUCTS(1, 4) PRODUCTS(2, 2) PRODUCTS(2, 4) PRODUCTS(4, 4)
static products_function *const wide_products[] = { [1] = products_1_4, [2] = products_2_2 };
#endif
static products_function *const narrow_products[] = {
    [1] = products_1_4, [2] = products_2_4, [4] = products_4_4,
};

/* Sums for all VL channels of x and 1 or 2 blocks of dy. */
static inline void block_products(const pixels *p, int blocks, float *to, int64_t to_block)
{
    pixels part = *p;
    for (int64_t c = 0, step = VL / blocks; c < VL; c += step, part.x += step)
        wide_products[blocks](&part, to + c * VL, to_block);
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
