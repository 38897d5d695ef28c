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

INLINE promise promise_of(const rn_tensor *t, int64_t group, int64_t block)
{
    int64_t place = group * rn_padded(t->shape.c) + block * VL;
    vec one = broadcast(1);
    return (promise){ load_or(t->scale ? t->scale + place : NULL, one),
                      load_or(t->shift ? t->shift + place : NULL, (vec){ 0 }),
                      load_or(t->other_scale ? t->other_scale + place : NULL, one),
                      t->other != NULL, t->relu, !rn_is_promise(t) };
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

#endif
