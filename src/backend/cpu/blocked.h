/* The blocked layout of the cpu device, for blocks of `lanes` floats (vector.h). */
#ifndef RN_BACKEND_CPU_BLOCKED_H
#define RN_BACKEND_CPU_BLOCKED_H

#include "tensor/shape.h"

/* Channels that lie side by side: `lanes`, or the next power of two for a narrower tensor. */
static inline int64_t rn_block_width(int64_t channels, int64_t lanes)
{
    int64_t width = 1;
    while (width < channels && width < lanes)
        width *= 2;
    return width;
}

static inline int64_t rn_blocks(int64_t channels, int64_t lanes)
{
    int64_t width = rn_block_width(channels, lanes);
    return (channels + width - 1) / width;
}

/* Floats of one image. */
static inline int64_t rn_blocked_image(rn_shape s, int64_t lanes)
{
    return rn_blocks(s.c, lanes) * rn_block_width(s.c, lanes) * s.h * s.w;
}

static inline int64_t rn_blocked_at(rn_shape s, int64_t lanes, int64_t n, int64_t c, int64_t h, int64_t w)
{
    int64_t width = rn_block_width(s.c, lanes);
    return (((n * rn_blocks(s.c, lanes) + c / width) * s.h + h) * s.w + w) * width + c % width;
}

#endif
