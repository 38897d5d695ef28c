/* Sizes of a tensor.  Pictures are always batch, channels, height, width. */
#ifndef RN_TENSOR_SHAPE_H
#define RN_TENSOR_SHAPE_H

#include <stdbool.h>
#include <stdint.h>

typedef struct { int64_t n, c, h, w; } rn_shape;

static inline int64_t rn_count(rn_shape s) { return s.n * s.c * s.h * s.w; }

/* The place of an element in plain n,c,h,w order. */
static inline int64_t rn_at(rn_shape s, int64_t n, int64_t c, int64_t h, int64_t w)
{
    return ((n * s.c + c) * s.h + h) * s.w + w;
}

static inline bool rn_same_shape(rn_shape a, rn_shape b)
{
    return a.n == b.n && a.c == b.c && a.h == b.h && a.w == b.w;
}

#endif
