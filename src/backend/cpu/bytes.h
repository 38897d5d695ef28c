/* Vectors of bytes: read as floats, and stored, rounded to the nearest (ties to even), no less than 0 and no
 * more than 255. */
#ifndef RN_BACKEND_CPU_BYTES_H
#define RN_BACKEND_CPU_BYTES_H

#include "backend/cpu/vector.h"

#include <string.h>
#if defined(__SSE2__)
#include <immintrin.h>
#endif

typedef uint8_t byte_vec __attribute__((vector_size(RN_VL)));

#if RN_VL == 16

INLINE vec load_bytes(const uint8_t *from)
{
    return (vec)_mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(_mm_loadu_si128((const void *)from)));
}

INLINE void store_bytes(void *to, vec a)
{
    const __m512 bounded = _mm512_min_ps(_mm512_max_ps((__m512)a, _mm512_setzero_ps()), _mm512_set1_ps(255));
    _mm_storeu_si128(to, _mm512_cvtepi32_epi8(_mm512_cvtps_epi32(bounded)));
}

#else

INLINE vec load_bytes(const uint8_t *from)
{
    typedef float floats __attribute__((vector_size(RN_VL * 4)));
    byte_vec small;
    memcpy(&small, from, sizeof small);
    return __builtin_convertvector(__builtin_convertvector(small, ivec), floats);
}

/* Adding 1.5 * 2^23 leaves whole numbers in the last bits. */
INLINE void store_bytes(void *to, vec a)
{
    const vec magic = broadcast(12582912.0f), most = broadcast(255);
    const ivec above = (ivec)(a > most);
    const vec bounded = (vec)(((ivec)gated(a, a) & ~above) | ((ivec)most & above));
    const byte_vec small = __builtin_convertvector((ivec)(bounded + magic) - (ivec)magic, byte_vec);
    memcpy(to, &small, sizeof small);
}

#endif
#endif
