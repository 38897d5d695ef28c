/*
 * How the direct kernel multiplies by AMX (its other way is by_vectors.h), whose instruction TDPBF16PS
 * multiplies matrices of bf16: sum[m][n] += a[m][k] * b[k][n].  A register has up to 16 rows of up to 64
 * bytes; a row of `a` is up to 16 pairs of numbers, a row of `b` one pair for each of 16 columns.
 *
 * Cells fit as they lie.  In a tile, `a` is neighbouring pixels of an input block, `b` the square of weights
 * that takes its 16 channels to those of an out block.  In products, `b` is the input in pairs of pixels,
 * `a` the output gradient in pairs that are turned, so that those of a channel lie side by side.  Registers 0
 * to 3 hold sums of four out blocks, 4 what all of them need, 5 to 7 what each needs.
 */
#ifndef RN_BACKEND_CPU_BY_MATRICES_H
#define RN_BACKEND_CPU_BY_MATRICES_H

#include "backend/cpu/frame.h"
#include "backend/cpu/products.h"
#include "backend/cpu/tile.h"

#include <assert.h>
#include <immintrin.h>

#define MULTIPLIER "amx"

enum { CHUNK_PIXELS = 512, MOST_BLOCKS = 4, BEFORE_WINOGRAD = true };
enum { MOST_ROWS = 16, MOST_PAIRS = 16, ROW_BYTES = 64 };

typedef enum { UNSHAPED, FOR_TILES, FOR_PRODUCTS } register_use;

/* What the registers of this thread are shaped for: sums of so many rows, over so many pairs at a time. */
static _Thread_local struct { register_use purpose; int rows, pairs; } shaped;

static void shape_registers(register_use purpose, int rows, int pairs)
{
    struct { uint8_t palette, start, reserved[14]; uint16_t row_bytes[16]; uint8_t rows[16]; } shape = {
        .palette = 1
    };
    for (int i = 0; i < 8; i++) {
        const bool is_sum = i < 4, is_a = purpose == FOR_TILES ? i == 4 : i > 4;
        shape.rows[i] = (uint8_t)(is_sum || is_a ? rows : pairs);
        shape.row_bytes[i] = (uint16_t)(is_a ? 4 * pairs : ROW_BYTES);
    }
    __asm__ volatile("ldtilecfg %0" : : "m"(shape));    /* for GCC 12, _tile_loadconfig reads 8 bytes */
    shaped.purpose = purpose, shaped.rows = rows, shaped.pairs = pairs;
}

/* A new shape clears all registers.  The barrier is for the instructions that follow, which do not tell the
 * compiler that they read memory. */
INLINE void need_registers(register_use purpose, int rows, int pairs)
{
    __asm__ volatile("" ::: "memory");
    if (shaped.purpose != purpose || shaped.rows != rows || shaped.pairs != pairs)
        shape_registers(purpose, rows, pairs);
}

/* Of a task: the system need not keep the registers. */
static void end_task(void)
{
    _tile_release();
    shaped.purpose = UNSHAPED;
}

/* DO(s, r): for each of NB blocks the register of its sum, and one for what it is multiplied with. */
#define EACH_SUM(NB, DO)                                                                                    \
    DO(0, 5)                                                                                                \
    if (NB > 1) {                                                                                           \
        DO(1, 6)                                                                                            \
    }                                                                                                       \
    if (NB > 2) {                                                                                           \
        DO(2, 7)                                                                                            \
        DO(3, 5)                                                                                            \
    }
#define START_AT_ZERO(s, r) _tile_zero(s);

/* ---- Tiles (tile.h) -------------------------------------------------------------------------- */

INLINE void tile_of(const int NB, const correlation *c, int width, int64_t first, const float *source,
                    float *to, int64_t to_block)
{
#define START(s, r) _tile_loadd(s, start + s * VL, 0);      /* each row the same */
#define ADD(s, r)                                                                                           \
    _tile_loadd(r, w + s * c->weight_out, ROW_BYTES);                                                       \
    _tile_dpbf16ps(s, 4, r);
#define LEAVE(s, r) _tile_stored(s, to + s * to_block, ROW_BYTES);
    const float *weight = c->weight + first * c->weight_out, *start = offset(c->start, first * VL);
    assert(width <= MOST_ROWS && c->pixel == PLACES);
    need_registers(FOR_TILES, width, PLACES);
    if (start) {
        EACH_SUM(NB, START)
    } else {
        EACH_SUM(NB, START_AT_ZERO)
    }
    for (int64_t block = 0; block < c->blocks; block++)
        for (int t = 0; t < c->taps; t++) {
            const float *w = weight + block * c->weight_in + c->tap_weight[t];
            _tile_loadd(4, source + block * c->block_stride + c->tap_source[t], PLACES * sizeof(float));
            EACH_SUM(NB, ADD)
        }
    EACH_SUM(NB, LEAVE)
#undef START
#undef ADD
#undef LEAVE
}

static void multiply_tile(const correlation *c, int blocks, int width, int64_t first, const float *source,
                          float *to, int64_t to_block)
{
    if (blocks == 1)
        tile_of(1, c, width, first, source, to, to_block);
    else if (blocks == 2)
        tile_of(2, c, width, first, source, to, to_block);
    else
        tile_of(4, c, width, first, source, to, to_block);
}

/* ---- Products (products.h) ------------------------------------------------------------------- */

/* Sums lie as rows of out channels. */
static int64_t sum_place(int64_t out_lane, int64_t in_lane) { return out_lane * VL + in_lane; }

/* Over `runs` times `pairs` places of each row, from place `first` on. */
INLINE void sums_of(const int NB, const pixels *p, int64_t first, int64_t runs, int pairs, bool starts,
                    float *to, int64_t to_block)
{
#define START(s, r) _tile_loadd(s, to + s * to_block, ROW_BYTES);
#define ADD(s, r)                                                                                           \
    _tile_loadd(r, dy + s * p->dy_block, channel);                                                          \
    _tile_dpbf16ps(s, r, 4);
#define LEAVE(s, r) _tile_stored(s, to + s * to_block, ROW_BYTES);
    const int64_t channel = p->dy_channel * (int64_t)sizeof(float);
    if (runs == 0)
        return;
    need_registers(FOR_PRODUCTS, MOST_ROWS, pairs);
    if (starts) {
        EACH_SUM(NB, START_AT_ZERO)
    } else {
        EACH_SUM(NB, START)
    }
    for (int64_t row = 0; row < p->images * p->rows; row++) {
        const float *x = x_row(p, row) + first * VL, *dy = dy_row(p, row) + first;
        for (int64_t i = 0; i < runs; i++, x += pairs * VL, dy += pairs) {
            _tile_loadd(4, x, ROW_BYTES);
            EACH_SUM(NB, ADD)
        }
    }
    EACH_SUM(NB, LEAVE)
#undef START
#undef ADD
#undef LEAVE
}

/* A row in runs of nearly equal length: first the longer ones, then the others. */
INLINE void products_of(const int NB, const pixels *p, float *to, int64_t to_block)
{
    const int64_t runs = ceil_div(p->width, MOST_PAIRS), pairs = p->width / runs, longer = p->width % runs;
    sums_of(NB, p, 0, longer, (int)pairs + 1, p->starts, to, to_block);
    sums_of(NB, p, longer * (pairs + 1), runs - longer, (int)pairs, p->starts && !longer, to, to_block);
}

/* A block of x with some of dy, for the picture as for any other. */
static void sum_products(const pixels *p, bool narrow, int blocks, float *to, int64_t to_block)
{
    (void)narrow;
    if (blocks == 1)
        products_of(1, p, to, to_block);
    else if (blocks == 2)
        products_of(2, p, to, to_block);
    else
        products_of(4, p, to, to_block);
}

/* ---- Turning --------------------------------------------------------------------------------- */

/* Rows become columns: swap what lies off the diagonal in blocks of 8, 4, 2, 1. */
INLINE void turn_vectors(vec *row)
{
    const ivec lane = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 };
    UNROLL(4) for (int d = VL / 2; d > 0; d /= 2) {
        const ivec right = (lane & d) != 0;     /* of the second vector, lanes count from VL on */
        const ivec upper = (right & (lane - d + VL)) | (~right & lane);
        const ivec lower = (right & (lane + VL)) | (~right & (lane + d));
        UNROLL(16) for (int i = 0; i < VL; i++) {
            if (i & d)
                continue;
            const __m512 a = (__m512)row[i], b = (__m512)row[i + d];
            row[i] = (vec)_mm512_permutex2var_ps(a, (__m512i)upper, b);
            row[i + d] = (vec)_mm512_permutex2var_ps(a, (__m512i)lower, b);
        }
    }
}

/* Pairs of a row, those of a channel side by side. */
static void pack_turned(const frame *f, const cell *from, const cell *below, int64_t count, holding as,
                        float *to)
{
    for (int64_t k = 0; k < count; k += VL) {
        const int64_t width = smaller(VL, count - k);
        vec row[VL];
        UNROLL(16) for (int i = 0; i < VL; i++)
            row[i] = i < width ? paired_cells(f, from, below, k + i, as) : (vec){ 0 };
        turn_vectors(row);
        UNROLL(16) for (int i = 0; i < VL; i++)
            _mm512_mask_storeu_ps(to + i * count + k, (__mmask16)(0xffff >> (VL - width)), (__m512)row[i]);
    }
}

static view recast_gradient(const frame *f, rn_shape s, const view *seen, int64_t count, int64_t rows,
                            holding as, float *room)
{
    view v = recast(pack_turned, f, s, seen, count, rows, as, room);
    v.pixel = 1;
    v.channel = v.run / VL;
    return v;
}

#endif
