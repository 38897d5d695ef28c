/*
 * Numbers in bf16, the upper half of a float, two neighbouring channels in the place of one float: what
 * vdpbf16ps multiplies.  Products are exact and their sums are floats; only what is multiplied is rounded.
 * What a processor with AVX-512 BF16 does in one instruction stands beside what any other does.
 */
#ifndef RN_BACKEND_CPU_PAIRS_H
#define RN_BACKEND_CPU_PAIRS_H

#include "backend/cpu/tile.h"

#include <math.h>
#include <string.h>

typedef uint32_t bits __attribute__((vector_size(RN_VL * 4), may_alias));
typedef uint16_t halves __attribute__((vector_size(RN_VL * 2)));

/* The nearest bf16, ties to even; a NaN stays one. */
INLINE uint16_t bf16(float a)
{
    uint32_t plain;
    memcpy(&plain, &a, sizeof plain);
    return isnan(a) ? 0x7fc0 : (uint16_t)((plain + 0x7fff + ((plain >> 16) & 1)) >> 16);
}

INLINE void store_halves(float *to, vec a)
{
    const bits plain = (bits)a, is_nan = (bits)(a != a);
    const bits rounded = plain + 0x7fff + ((plain >> 16) & 1);
    const halves half = __builtin_convertvector(((rounded & ~is_nan) | (0x7fc00000 & is_nan)) >> 16, halves);
    memcpy(to, &half, sizeof half);
}

/* sum + the products of both halves. */
INLINE vec add_halves(vec sum, vec weight, vec x)
{
    sum += (vec)((bits)weight << 16) * (vec)((bits)x << 16);
    return sum + (vec)((bits)weight & 0xffff0000) * (vec)((bits)x & 0xffff0000);
}

#if RN_VL == 16
INLINE void store_pairs(float *to, vec a)
{
    halves half;
    __asm__("vcvtneps2bf16 %1, %0" : "=v"(half) : "v"(a));
    memcpy(to, &half, sizeof half);
}

INLINE vec add_pairs(vec sum, vec weight, vec x)
{
    __asm__("vdpbf16ps %2, %1, %0" : "+v"(sum) : "v"(x), "v"(weight));
    return sum;
}
#endif

#endif
