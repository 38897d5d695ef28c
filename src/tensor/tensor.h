/*
 * A tensor as kernels meet it: memory and, perhaps, a promise.
 *
 * Batch normalization, once its statistics are known, is only a scale and a shift for each channel, and ReLU
 * only a flag; so a tensor may stand for
 *
 *     relu?( scale[g][c] * data + shift[g][c] + other_scale[g][c] * other )
 *
 * without that ever being written (g: the group of images that shares statistics).  A kernel that can,
 * applies the promise while it loads; before any other kernel the planner has it paid into a buffer.  The
 * gradient of a convolution's output below a batch normalization has the same form with data = dz, other = y.
 *
 * `sums` asks whoever writes the tensor for two sums of each shard and channel over the shard's images and
 * pixels: of x and x*x for a value, of g and g*pair for a gradient.  `mask` asks whoever completes a gradient
 * to keep it only where that value is above zero (the derivative of ReLU), before the sums are taken.
 */
#ifndef RN_TENSOR_TENSOR_H
#define RN_TENSOR_TENSOR_H

#include "tensor/bfloat16.h"
#include "tensor/shape.h"

#ifndef RN_REAL
#define RN_REAL float       /* the gradient checks build the operations with double */
#endif
typedef RN_REAL rn_real;

/* What a device keeps the numbers of a tensor in. */
typedef enum { RN_FLOAT, RN_BFLOAT16, RN_UINT8 } rn_dtype;

/* What a byte means: step * (byte - zero).  step 0: the numbers are never kept in bytes. */
typedef struct { float step; int zero; } rn_byte_steps;

/* The byte nearest to a number, 0 where that is a NaN. */
static inline uint8_t rn_to_byte(rn_byte_steps steps, float number)
{
    const float place = number * (1 / steps.step) + (float)steps.zero;
    const float whole = 8388608.0f;     /* 2^23: adding it rounds to the nearest, ties to even */
    return place > 0 ? (uint8_t)(place < 255 ? place + whole - whole : 255) : 0;
}

/* Arrays with one number for each channel are padded with zeros to whole vectors of any instruction set. */
static inline int64_t rn_padded(int64_t channels) { return (channels + 15) & ~(int64_t)15; }

typedef struct rn_tensor rn_tensor;
struct rn_tensor {
    rn_shape shape;
    rn_dtype dtype;                         /* of data, other and pair */
    rn_byte_steps steps, other_steps;            /* of bytes in data and in other */
    rn_real *data;                          /* in the device's layout and dtype; NULL: not wanted */
    const rn_real *scale, *shift;           /* [groups][rn_padded(channels)]; NULL: 1 and 0 */
    const rn_real *other, *other_scale;     /* NULL: nothing is added; other_scale NULL: 1 */
    bool relu;
    double *sums;                           /* [shards][2][rn_padded(channels)]; NULL: not wanted */
    const rn_real *pair;                    /* what a gradient is multiplied with in its second sum */
    const rn_tensor *mask;                  /* NULL: keep all */
};

static inline bool rn_is_promise(const rn_tensor *t)
{
    return t->scale || t->shift || t->other || t->relu;
}

/* The number at `place` of memory that is kept in this type. */
static inline rn_real rn_number_at(rn_dtype dtype, rn_byte_steps steps, const rn_real *data, int64_t place)
{
    const void *memory = data;
    if (dtype == RN_UINT8)
        return steps.step * (float)(((const uint8_t *)memory)[place] - steps.zero);
    return dtype == RN_BFLOAT16 ? rn_from_bfloat16(((const uint16_t *)memory)[place]) : data[place];
}

/* What the element at `place` stands for, where number `fact` of scale and shift belongs to it. */
static inline rn_real rn_paid(const rn_tensor *t, int64_t place, int64_t fact)
{
    rn_real x = rn_number_at(t->dtype, t->steps, t->data, place);
    if (t->scale)
        x *= t->scale[fact];
    if (t->shift)
        x += t->shift[fact];
    if (t->other)
        x += (t->other_scale ? t->other_scale[fact] : 1)
             * rn_number_at(t->dtype, t->other_steps, t->other, place);
    return t->relu && x < 0 ? 0 : x;
}

#endif
