/* bf16: the upper half of a float, rounded to the nearest, ties to even. */
#ifndef RN_TENSOR_BFLOAT16_H
#define RN_TENSOR_BFLOAT16_H

#include <stdint.h>
#include <string.h>

static inline float rn_from_bfloat16(uint16_t half)
{
    const uint32_t bits = (uint32_t)half << 16;
    float number;
    memcpy(&number, &bits, sizeof number);
    return number;
}

/* A NaN stays one. */
static inline uint16_t rn_to_bfloat16(float number)
{
    uint32_t bits;
    memcpy(&bits, &number, sizeof bits);
    return number != number ? 0x7fc0 : (uint16_t)((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
}

#endif
