/*
 * Finishing a run of vectors: the one place where results meet memory.
 *
 * Kernels leave raw results for some neighbouring pixels of one channel block; finishing turns them into what
 * the output asks for.  For a value: the promise paid (inference) and sums of x and x*x.  For a gradient:
 * added to what is there, kept where the masking value is above zero, sums of g and g*pair.
 */
#ifndef RN_BACKEND_CPU_FINISH_H
#define RN_BACKEND_CPU_FINISH_H

#include "backend/cpu/promise.h"

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

INLINE void add_sums(const rn_tensor *t, const spot *at, vec sum, vec products)
{
    double *sums = sums_place(t, at);
    add_to_doubles(sums, sum);
    add_to_doubles(sums + rn_padded(t->shape.c), products);
}

/* `raw`: `count` vectors side by side.  They become pixels first, first + step, ... of the spot's block.
 * `raw` may be the destination itself, where cells are floats. */
INLINE void finish_value(const rn_tensor *out, const spot *at, const float *raw, int64_t first, int64_t step,
                         int64_t count)
{
    int64_t place = block_place(out->shape, at) + first * VL;
    promise p = completion_of(out, at->group, at->block);
    cell *to = cells_at(out, place);
    const cell *other = others_at(out, place);
    vec sum = { 0 }, squares = { 0 };
    if (p.plain && !out->sums) {
        for (int64_t i = 0; (const void *)raw != to && i < count; i++)
            store_cells(to + i * step * VL, load(raw + i * VL));
        return;
    }
    for (int64_t i = 0; i < count; i++) {
        vec a = kept(&p, load(raw + i * VL), other ? other + i * step * VL : NULL);
        store_cells(to + i * step * VL, a);
        sum += a;
        squares += a * a;
    }
    if (out->sums)
        add_sums(out, at, sum, squares);
}

/* The same for a gradient. */
INLINE void finish_grad(const rn_tensor *grad, const spot *at, bool adds, bool completes, const float *raw,
                        int64_t first, int64_t step, int64_t count)
{
    int64_t place = block_place(grad->shape, at) + first * VL;
    cell *to = cells_at(grad, place);
    const rn_tensor *mask = completes ? grad->mask : NULL;
    bool sums = completes && grad->sums;
    promise gate = { 0 };
    if (mask)
        gate = promise_of(mask, at->group, at->block);
    const cell *pair = sums ? (const cell *)(const void *)grad->pair + place : NULL;
    vec sum = { 0 }, products = { 0 };
    for (int64_t i = 0; i < count; i++) {
        int64_t k = i * step * VL;
        vec g = load(raw + i * VL);
        if (adds)
            g += load_cells(to + k);
        if (mask)
            g = gated(g, paid_at(mask, &gate, place + k));
        store_cells(to + k, g);
        if (sums) {
            sum += g;
            products += g * load_cells(pair + k);
        }
    }
    if (sums)
        add_sums(grad, at, sum, products);
}

enum { PASS = 64 };     /* vectors handled at a time, on the stack */

/* Give the gradient `from` (a promise, perhaps), at the spot `there`, to the gradient `to`; kept where `gate`
 * is above zero, if there is one. */
static inline void hand_grad(const rn_tensor *to, const spot *at, bool adds, bool completes,
                             const rn_tensor *from, const spot *there, const rn_tensor *gate)
{
    const int64_t place = block_place(from->shape, there), count = to->shape.h * to->shape.w;
    const promise given = promise_of(from, there->group, there->block);
    promise opens = { 0 };
    if (gate)
        opens = promise_of(gate, there->group, there->block);
    for (int64_t first = 0; first < count; first += PASS) {
        float room[PASS * VL] __attribute__((aligned(64)));
        const int64_t vectors = smaller(PASS, count - first);
        for (int64_t i = 0; i < vectors; i++) {
            const int64_t k = place + (first + i) * VL;
            vec g = paid_at(from, &given, k);
            store(room + i * VL, gate ? gated(g, paid_at(gate, &opens, k)) : g);
        }
        finish_grad(to, at, adds, completes, room, first, 1, vectors);
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
