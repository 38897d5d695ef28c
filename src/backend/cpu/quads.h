/*
 * Small integers, four neighbouring channels in the place of one float: what vpdpbusd multiplies, unsigned
 * ones (pixels) with signed ones (weights).  Sums are exact.
 *
 *     x ~ step * (quad - zero),  zero 0 where no x is negative and 128 elsewhere,  weight ~ step' * quad'
 */
#ifndef RN_BACKEND_CPU_QUADS_H
#define RN_BACKEND_CPU_QUADS_H

#include "backend/cpu/bytes.h"
#include "backend/cpu/tile.h"

/* The steps in which `count` vectors, of each of `blocks`, are measured.  A NaN makes the step one. */
static inline rn_byte_steps steps_for(const float *from, int64_t block_stride, int64_t blocks, int64_t count)
{
    vec least = { 0 }, most = { 0 };
    ivec odd = { 0 };
    for (int64_t block = 0; block < blocks; block++)
        for (int64_t i = 0; i < count; i++) {
            const vec a = load(from + block * block_stride + i * VL);
            const ivec below = (ivec)(a < least), above = (ivec)(a > most);
            least = (vec)(((ivec)a & below) | ((ivec)least & ~below));
            most = (vec)(((ivec)a & above) | ((ivec)most & ~above));
            odd |= (ivec)(a != a);
        }
    float low = 0, high = 0;
    for (int i = 0; i < VL; i++) {
        low = least[i] < low ? least[i] : low;
        high = most[i] > high ? most[i] : high;
        if (odd[i])
            return (rn_byte_steps){ __builtin_nanf(""), 0 };
    }
    const float step = low < 0 ? (-low > high ? -low : high) / 127 : high / 255;
    return (rn_byte_steps){ step > 0 ? step : 1, low < 0 ? 128 : 0 };
}

#if defined(__SSE2__)

typedef short pairs __attribute__((vector_size(RN_VL * 4)));

/* a[2i] * b[2i] + a[2i + 1] * b[2i + 1]. */
INLINE ivec pair_products(pairs a, pairs b)
{
#if RN_VL == 16
    return (ivec)_mm512_madd_epi16((__m512i)a, (__m512i)b);
#elif RN_VL == 8
    return (ivec)_mm256_madd_epi16((__m256i)a, (__m256i)b);
#else
    return (ivec)_mm_madd_epi16((__m128i)a, (__m128i)b);
#endif
}

/* sum + the four products, those of even and of odd bytes. */
INLINE vec add_bytes(vec sum, vec weight, vec x)
{
    const ivec even = pair_products((pairs)((ivec)x & 0x00ff00ff), (pairs)weight << 8 >> 8);
    const ivec odd = pair_products((pairs)((ivec)x >> 8 & 0x00ff00ff), (pairs)weight >> 8);
    return (vec)((ivec)sum + even + odd);
}

#else

/* sum + the four products, in integers. */
INLINE vec add_bytes(vec sum, vec weight, vec x)
{
    ivec total = (ivec)sum;
    UNROLL(4) for (int k = 0; k < 4; k++)
        total += (((ivec)x >> 8 * k) & 255) * ((ivec)weight << (24 - 8 * k) >> 24);
    return (vec)total;
}

#endif

#if RN_VL == 16
INLINE vec add_quads(vec sum, vec weight, vec x)
{
    __asm__("vpdpbusd %2, %1, %0" : "+v"(sum) : "v"(x), "v"(weight));
    return sum;
}
#endif

#endif
