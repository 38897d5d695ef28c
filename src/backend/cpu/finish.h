/*
 * Finishing a run of vectors: the one place where results meet memory.
 *
 * Kernels leave raw results for some neighbouring pixels of one channel block; finishing turns them into what
 * the output asks for.  For a value: the promise paid (inference) and sums of x and x*x.  For a gradient:
 * added to what is there, kept where the masking value is above zero, sums of g and g*pair.
 */
#ifndef RN_BACKEND_CPU_FINISH_H
#define RN_BACKEND_CPU_FINISH_H

#include "backend/cpu/vector.h"

/* Where in a tensor: image and channel block, with the shard and group that the image belongs to. */
typedef struct { int64_t image, shard, group, block; } spot;

INLINE spot spot_of(const rn_call *call, int64_t image, int64_t shard)
{
    return (spot){ .image = image, .shard = shard, .group = shard * call->groups / call->shards };
}

/* An image and its shard: the last one that begins at the image or before. */
INLINE spot image_spot(const rn_call *call, int64_t image)
{
    const int64_t shard = ((image + 1) * call->shards - 1) / call->input[0].shape.n;
    return spot_of(call, image, call->training ? shard : 0);
}

INLINE int64_t block_place(rn_shape s, const spot *at)
{
    return (at->image * rn_blocks(s.c, VL) + at->block) * s.h * s.w * VL;
}

INLINE double *sums_place(const rn_tensor *t, const spot *at)
{
    return t->sums + (at->shard * 2 * rn_padded(t->shape.c)) + at->block * VL;
}

/* `raw`: `count` vectors side by side.  They become pixels first, first + step, ... of the spot's block.
 * `raw` may be the destination itself. */
INLINE void finish_value(const rn_tensor *out, const spot *at, const float *raw, int64_t first, int64_t step,
                         int64_t count)
{
    int64_t place = block_place(out->shape, at) + first * VL;
    promise p = promise_of(out, at->group, at->block);
    float *to = out->data + place;
    const float *other = offset(out->other, place);
    vec sum = { 0 }, squares = { 0 };
    if (p.plain && !out->sums) {
        for (int64_t i = 0; raw != to && i < count; i++)
            store(to + i * step * VL, load(raw + i * VL));
        return;
    }
    for (int64_t i = 0; i < count; i++) {
        vec a = kept(&p, raw + i * VL, offset(other, i * step * VL));
        store(to + i * step * VL, a);
        sum += a;
        squares += a * a;
    }
    if (out->sums) {
        double *sums = sums_place(out, at);
        add_to_doubles(sums, sum);
        add_to_doubles(sums + rn_padded(out->shape.c), squares);
    }
}

/* The same for a gradient. */
INLINE void finish_grad(const rn_tensor *grad, const spot *at, bool adds, bool completes, const float *raw,
                        int64_t first, int64_t step, int64_t count)
{
    int64_t place = block_place(grad->shape, at) + first * VL;
    float *to = grad->data + place;
    const rn_tensor *mask = completes ? grad->mask : NULL;
    bool sums = completes && grad->sums;
    promise gate = { 0 };
    if (mask)
        gate = promise_of(mask, at->group, at->block);
    const float *gate_data = mask ? mask->data + place : NULL;
    const float *gate_other = mask ? offset(mask->other, place) : NULL;
    const float *pair = sums ? grad->pair + place : NULL;
    vec sum = { 0 }, products = { 0 };
    for (int64_t i = 0; i < count; i++) {
        int64_t k = i * step * VL;
        vec g = load(raw + i * VL);
        if (adds)
            g += load(to + k);
        if (mask)
            g = gated(g, kept(&gate, gate_data + k, offset(gate_other, k)));
        store(to + k, g);
        if (sums) {
            sum += g;
            products += g * load(pair + k);
        }
    }
    if (sums) {
        double *total = sums_place(grad, at);
        add_to_doubles(total, sum);
        add_to_doubles(total + rn_padded(grad->shape.c), products);
    }
}

/* Where a kernel's rows go: output row r, column c becomes pixel origin + r * row_pixels + c * step. */
typedef struct {
    const rn_tensor *to;
    spot at;
    bool is_grad, adds, completes;
    int64_t origin, row_pixels, step;
} landing;

INLINE void land(const landing *l, int64_t block, const float *raw, int64_t first, int64_t count)
{
    spot at = l->at;
    at.block = block;
    if (l->is_grad)
        finish_grad(l->to, &at, l->adds, l->completes, raw, first, l->step, count);
    else
        finish_value(l->to, &at, raw, first, l->step, count);
}

/* Sums are added to: whoever fills them for a shard starts here. */
INLINE void clear_sums(const rn_tensor *t, int64_t shard)
{
    int64_t count = 2 * rn_padded(t->shape.c);
    for (int64_t i = 0; t->sums && i < count; i++)
        t->sums[shard * count + i] = 0;
}

#endif
