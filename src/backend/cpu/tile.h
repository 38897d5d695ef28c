/*
 * Tiles, the heart of every convolution: out[o][x] = sum over blocks, taps and channels of weight * source.
 *
 * A tile keeps NB channel blocks of W neighbouring pixels in registers, NB * W sums, and for each input
 * channel loads NB vectors of weights and broadcasts W numbers.  Which pixels a tap reads is a list of
 * offsets, so the same loop serves strides, dilation, and the data gradient with its flipped and thinned out
 * kernels; with one tap at offset 0 it is a product of matrices.  Sums start from the bias.
 */
#ifndef RN_BACKEND_CPU_TILE_H
#define RN_BACKEND_CPU_TILE_H

#include "backend/cpu/cells.h"

/* Registers allow so many pixels for 1, 2 and 4 channel blocks. */
#if defined(RN_NATIVE_AMX)
enum { WIDEST_1 = 16, WIDEST_2 = 16, WIDEST_4 = 16 };
#elif RN_VL == 16
enum { WIDEST_1 = 16, WIDEST_2 = 14, WIDEST_4 = 7 };
#else
enum { WIDEST_1 = 12, WIDEST_2 = 6, WIDEST_4 = 2 };
#endif
enum { WIDEST = 16, SEGMENT = 112, MAX_TAPS = 121 };

/* Places of a pixel in a block that hold four numbers each (quads.h). */
enum { QUADS = VL / 4 };

typedef struct correlation correlation;
/* Sums of `blocks` out blocks from `first` on for `width` pixels. */
typedef void tile_function(const correlation *, int blocks, int width, int64_t first, const float *source,
                           float *to, int64_t to_block);

struct correlation {
    tile_function *tile;
    const float *source;            /* block 0, row 0, column 0 of the first tap, counted in places */
    int64_t pixel;                  /* places of a pixel in a block: VL, PLACES (cells.h) or QUADS */
    int64_t row_stride, block_stride, image_stride;
    int64_t blocks, last_channels;  /* input channel blocks; places with channels in the last */
    int64_t bundle;                 /* so many out blocks read the same input blocks */
    int taps;
    int64_t tap_source[MAX_TAPS];   /* floats from `source` */
    int64_t tap_weight[MAX_TAPS];   /* floats from a block's weights */
    const float *weight;            /* out block, in block, tap, in channel, out channel */
    int64_t weight_in, weight_out;  /* floats between in blocks and out blocks */
    const float *soon;              /* what finishing will read, laid out as the output; NULL: nothing */
    const float *start;             /* what sums start from, a vector for each out block; NULL: 0 */
    const float *scale, *shift;     /* what makes floats of sums of integers, a vector for each out block */
};

/* What a complete sum of integers means. */
INLINE vec meant(const correlation *c, vec sum, int64_t block)
{
    typedef float floats __attribute__((vector_size(RN_VL * 4)));
    return __builtin_convertvector((ivec)sum, floats) * load(c->scale + block * VL)
           + load_or(offset(c->shift, block * VL), (vec){ 0 });
}

/* Sums of NB out blocks from `first` on, where a pixel of a block has P places to be multiplied. */
INLINE void tile(multiply_add *add, const int P, const int NB, const int W, const correlation *c,
                 int64_t first, const float *source, float *to, int64_t to_block)
{
    const float *weight = c->weight + first * c->weight_out, *start = offset(c->start, first * VL);
    vec sum[4][WIDEST];
    UNROLL(4) for (int b = 0; b < NB; b++) {
        vec from = load_or(offset(start, b * VL), (vec){ 0 });
        UNROLL(16) for (int i = 0; i < W; i++)
            sum[b][i] = from;
    }
    for (int64_t block = 0; block < c->blocks; block++) {
        const int64_t channels = block == c->blocks - 1 ? c->last_channels : P;
        for (int t = 0; t < c->taps; t++) {
            const float *s = source + block * c->block_stride + c->tap_source[t];
            const float *w = weight + block * c->weight_in + c->tap_weight[t];
            UNROLL(16) for (int i = 0; i < W; i++)
                __builtin_prefetch(s + (W + i) * P);        /* the next tile's */
            for (int64_t k = 0; k < channels; k++, s++, w += VL) {
                vec filter[4];
                UNROLL(4) for (int b = 0; b < NB; b++)
                    filter[b] = load(w + b * c->weight_out);
                UNROLL(16) for (int i = 0; i < W; i++) {
                    vec x = P == VL ? broadcast(s[i * P]) : repeated(s + i * P);
                    UNROLL(4) for (int b = 0; b < NB; b++)
                        sum[b][i] = add(sum[b][i], filter[b], x);
                }
            }
        }
    }
    UNROLL(4) for (int b = 0; b < NB; b++)
        UNROLL(16) for (int i = 0; i < W; i++)
            store(to + b * to_block + i * VL, P == QUADS ? meant(c, sum[b][i], first + b) : sum[b][i]);
}

#define EACH_NARROW_TILE(DO, add, P)                                                                        \
    DO(add, P, 1, 1) DO(add, P, 1, 2) DO(add, P, 1, 3) DO(add, P, 1, 4) DO(add, P, 1, 5) DO(add, P, 1, 6)   \
    DO(add, P, 1, 7) DO(add, P, 1, 8) DO(add, P, 1, 9) DO(add, P, 1, 10) DO(add, P, 1, 11)                  \
    DO(add, P, 1, 12) DO(add, P, 2, 1) DO(add, P, 2, 2) DO(add, P, 2, 3) DO(add, P, 2, 4) DO(add, P, 2, 5)  \
    DO(add, P, 2, 6) DO(add, P, 4, 1) DO(add, P, 4, 2)
#if RN_VL == 16
#define EACH_TILE(DO, add, P)                                                                               \
    EACH_NARROW_TILE(DO, add, P)                                                                            \
    DO(add, P, 1, 13) DO(add, P, 1, 14) DO(add, P, 1, 15) DO(add, P, 1, 16) DO(add, P, 2, 7)                \
    DO(add, P, 2, 8) DO(add, P, 2, 9) DO(add, P, 2, 10) DO(add, P, 2, 11) DO(add, P, 2, 12)                 \
    DO(add, P, 2, 13) DO(add, P, 2, 14) DO(add, P, 4, 3) DO(add, P, 4, 4) DO(add, P, 4, 5)                  \
    DO(add, P, 4, 6) DO(add, P, 4, 7)
#else
#define EACH_TILE(DO, add, P) EACH_NARROW_TILE(DO, add, P)
#endif

#define TILE(add, P, NB, W)                                                                                 \
    static __attribute__((noinline)) void add##_##NB##_##W(const correlation *c, int64_t first,             \
                                                           const float *s, float *to, int64_t to_block)     \
    {                                                                                                       \
        tile(add, P, NB, W, c, first, s, to, to_block);                                                     \
    }
#define TILE_ENTRY(add, P, NB, W) [NB][W] = add##_##NB##_##W,

/* The tiles of one way to multiply, as a function `add`_tile. */
#define TILES(add, P)                                                                                       \
    EACH_TILE(TILE, add, P)                                                                                 \
    static void add##_tile(const correlation *c, int blocks, int width, int64_t first, const float *source,  \
                           float *to, int64_t to_block)                                                     \
    {                                                                                                       \
        static void (*const tiles[5][WIDEST + 1])(const correlation *, int64_t, const float *, float *,     \
                                                  int64_t) = { EACH_TILE(TILE_ENTRY, add, P) };             \
        tiles[blocks][width](c, first, source, to, to_block);                                               \
    }

static int64_t widest(int blocks)
{
    return blocks == 1 ? WIDEST_1 : blocks == 2 ? WIDEST_2 : WIDEST_4;
}

/* Channel blocks for a tile: the shape with the fewest loads for each multiplication. */
static int tile_blocks(int64_t out_blocks, int64_t width)
{
    int best = 1;
    double fewest = 1e9;
    width = smaller(width, SEGMENT);
    for (int blocks = 1; blocks <= 4 && blocks <= out_blocks; blocks *= 2) {
        int64_t runs = (width + widest(blocks) - 1) / widest(blocks);
        double share = (double)width / (double)runs;
        double loads = (blocks + share) / (blocks * share) + (blocks * share < 8 ? 1 : 0);
        if (loads < fewest)
            fewest = loads, best = blocks;
    }
    return best;
}

/* One row segment of `width` pixels for `blocks` channel blocks from `first` on: tiles of nearly equal
 * width. */
static void segment(const correlation *c, int64_t first, int blocks, int64_t width, const float *source,
                    float *to, int64_t to_block)
{
    int64_t runs = (width + widest(blocks) - 1) / widest(blocks);
    for (int64_t run = 0; run < runs; run++) {
        int64_t x = rn_part_begin(width, run, runs), end = rn_part_begin(width, run + 1, runs);
        for (int b = 0; c->soon && b < blocks; b++)
            for (int64_t place = b * to_block + x * VL; place < b * to_block + end * VL; place += VL) {
                __builtin_prefetch(to + place, 1);
                __builtin_prefetch(c->soon + place);
            }
        c->tile(c, blocks, (int)(end - x), first, source + x * c->pixel, to + x * VL, to_block);
    }
}

#endif
