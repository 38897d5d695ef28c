/*
 * How the direct kernel multiplies by vectors (its other way is by_matrices.h): tiles (tile.h); products of
 * some blocks of dy with a block of x (products.h), CHUNK_PIXELS at a time; the output gradient in pairs.
 */
#ifndef RN_BACKEND_CPU_BY_VECTORS_H
#define RN_BACKEND_CPU_BY_VECTORS_H

#include "backend/cpu/direct.h"
#include "backend/cpu/products.h"

#define MULTIPLIER "direct"

enum { CHUNK_PIXELS = 160, MOST_BLOCKS = 2, BEFORE_WINOGRAD = false };

TILES(add_places, PLACES)

static void multiply_tile(const correlation *c, int blocks, int width, int64_t first, const float *source,
                          float *to, int64_t to_block)
{
    add_places_tile(c, blocks, width, first, source, to, to_block);
}

PRODUCTS(narrow_of_one, add_places, 1, NARROW)
PRODUCTS(narrow_of_two, add_places, 2, NARROW)
PRODUCTS(narrow_of_four, add_places, 4, NARROW)
WIDE_PRODUCTS(block_products, add_places)

/* The picture has few channels: then more blocks at once. */
static void sum_products(const pixels *p, bool narrow, int blocks, float *to, int64_t to_block)
{
    static products_function *const narrow_products[] = {
        [1] = narrow_of_one, [2] = narrow_of_two, [4] = narrow_of_four,
    };
    if (narrow)
        narrow_products[blocks](p, to, to_block);
    else
        block_products(p, blocks, to, to_block);
}

/* Sums lie as rows of in channels. */
static int64_t sum_place(int64_t out_lane, int64_t in_lane) { return in_lane * VL + out_lane; }

static view recast_gradient(const frame *f, rn_shape s, const view *seen, int64_t count, int64_t rows,
                            holding as, float *room)
{
    return recast(pack_side_by_side, f, s, seen, count, rows, as, room);
}

static void end_task(void) {}

#endif
