/* Tensors as kernels read them: vectors of cells with the tensor's promise paid (tensor.h). */
#ifndef RN_BACKEND_CPU_PROMISE_H
#define RN_BACKEND_CPU_PROMISE_H

#include "backend/cpu/cells.h"

/* Whether kernels that are compiled for these cells can read the inputs. */
INLINE bool reads_cells(const rn_call *call)
{
    for (int k = 0; k < call->inputs; k++)
        if (call->input[k].dtype != CELL_DTYPE)
            return false;
    return true;
}

INLINE cell *cells_at(const rn_tensor *t, int64_t place)
{
    return (cell *)(void *)t->data + place;
}

INLINE const cell *others_at(const rn_tensor *t, int64_t place)
{
    return t->other ? (const cell *)(const void *)t->other + place : NULL;
}

/* The promise of a tensor for one block of channels of one group (tensor.h). */
typedef struct {
    vec scale, shift, other_scale;
    bool has_other, relu, plain;
} promise;

INLINE promise promise_over_numbers(const rn_tensor *t, int64_t group, int64_t block)
{
    int64_t place = group * rn_padded(t->shape.c) + block * VL;
    vec one = broadcast(1);
    promise p = { load_or(t->scale ? t->scale + place : NULL, one),
                  load_or(t->shift ? t->shift + place : NULL, (vec){ 0 }),
                  load_or(t->other_scale ? t->other_scale + place : NULL, one),
                  t->other != NULL, t->relu, !rn_is_promise(t) };
    if (BYTE_CELLS && t->other) {
        p.other_scale *= broadcast(t->other_steps.step);
        p.shift -= p.other_scale * broadcast((float)t->other_steps.zero);
    }
    return p;
}

/* Bytes are a promise always: of their steps. */
INLINE promise promise_of(const rn_tensor *t, int64_t group, int64_t block)
{
    promise p = promise_over_numbers(t, group, block);
    if (BYTE_CELLS) {
        p.scale *= broadcast(t->steps.step);
        p.shift -= p.scale * broadcast((float)t->steps.zero);
        p.plain = false;
    }
    return p;
}

/* What makes cells of the tensor out of the numbers that its promise is about: for bytes in steps.  Rectified
 * ones have zero 0, and storing them rectifies. */
INLINE promise completion_of(const rn_tensor *t, int64_t group, int64_t block)
{
    promise p = promise_over_numbers(t, group, block);
    if (BYTE_CELLS) {
        const vec per = broadcast(1 / t->steps.step);
        p.scale *= per;
        p.shift = p.shift * per + broadcast((float)t->steps.zero);
        p.other_scale *= per;
        p.plain = p.relu = false;
    }
    return p;
}

/* What the promise makes of a vector; `other` is looked at only when the promise has one. */
INLINE vec kept(const promise *p, vec a, const cell *other)
{
    if (p->plain)
        return a;
    a = a * p->scale + p->shift;
    if (p->has_other)
        a += load_cells(other) * p->other_scale;
    return p->relu ? rectified(a) : a;
}

/* What stands at `place` of the tensor whose promise this is. */
INLINE vec paid_at(const rn_tensor *t, const promise *p, int64_t place)
{
    return kept(p, load_cells(cells_at(t, place)), others_at(t, place));
}

/* Store what a promise made of a vector as the tensor's. */
INLINE void store_paid(const rn_tensor *t, cell *to, vec a)
{
    if (BYTE_CELLS)
        a = a * broadcast(1 / t->steps.step) + broadcast((float)t->steps.zero);
    store_cells(to, a);
}

#endif
