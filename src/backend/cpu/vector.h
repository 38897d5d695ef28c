/*
 * Vectors for the kernels of one instruction set (GCC vector extensions), and the blocked layout.
 *
 * Included by *_kernels.c only, which are compiled once for each instruction set with RN_VL (floats in a
 * vector) and RN_ISA (a suffix) defined.
 *
 * Layout: n, c / b, h, w, c % b.  A tensor of RN_VL channels or more has b = RN_VL, the last block filled up
 * with zero channels; a narrower one (the picture) has the next power of two.
 */
#ifndef RN_BACKEND_CPU_VECTOR_H
#define RN_BACKEND_CPU_VECTOR_H

#include "backend/cpu/blocked.h"
#include "op/op.h"
#include "tensor/device.h"

#define JOIN_(a, b) a##_##b
#define JOIN(a, b) JOIN_(a, b)
#define ISA_NAME(name) JOIN(name, RN_ISA)     /* rn_cpu_conv -> rn_cpu_conv_avx512 */

#if defined(RN_SANITIZED)
#define UNROLL(n)           /* sanitizers take minutes to compile what is unrolled */
#elif defined(__clang__)
#define UNROLL(n) _Pragma("clang loop unroll(full)")
#else
#define UNROLL(n) _Pragma("GCC unroll 32")
#endif

#define INLINE static inline __attribute__((always_inline))

enum { VL = RN_VL };
typedef float vec __attribute__((vector_size(RN_VL * 4), aligned(RN_VL * 4), may_alias));
typedef int ivec __attribute__((vector_size(RN_VL * 4), may_alias));

typedef int may_alias_int __attribute__((may_alias));

INLINE vec load(const float *from) { return *(const vec *)from; }
INLINE void store(float *to, vec a) { *(vec *)to = a; }
INLINE vec broadcast(float a) { return a - (vec){ 0 }; }
/* The same for four bytes that are no float. */
INLINE vec repeated(const float *from)
{
    return (vec)(*(const may_alias_int *)from - (ivec){ 0 });
}

INLINE void store_zeros(float *to, int64_t vectors)
{
    for (int64_t i = 0; i < vectors; i++)
        store(to + i * VL, (vec){ 0 });
}

INLINE vec load_or(const float *from, vec otherwise) { return from ? load(from) : otherwise; }

/* max(a, 0); a NaN stays a NaN, so that trouble is seen and not hidden. */
INLINE vec rectified(vec a) { return (vec)((ivec)a & ~(ivec)(a < (vec){ 0 })); }

/* `a` where `gate` is above zero, else 0. */
INLINE vec gated(vec a, vec gate) { return (vec)((ivec)a & (ivec)(gate > (vec){ 0 })); }

/* Add a vector of floats to doubles. */
INLINE void add_to_doubles(double *to, vec a)
{
    for (int i = 0; i < VL; i++)
        to[i] += (double)a[i];
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

/* What the promise means for a vector; `other` is looked at only when the promise has one. */
INLINE vec kept(const promise *p, const float *data, const float *other)
{
    vec a = load(data);
    if (p->plain)
        return a;
    a = a * p->scale + p->shift;
    if (p->has_other)
        a += load(other) * p->other_scale;
    return p->relu ? rectified(a) : a;
}

INLINE int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }
INLINE int64_t larger(int64_t a, int64_t b) { return a > b ? a : b; }
INLINE int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }

INLINE const float *offset(const float *base, int64_t place) { return base ? base + place : NULL; }

#endif
