/*
 * Vectors for the kernels of one instruction set (GCC vector extensions), and the blocked layout.
 *
 * Included by *_kernels.c only, which are compiled once for each instruction set (and each type of tensors:
 * cells.h) with RN_VL (floats in a vector) and RN_ISA (a suffix) defined.
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
INLINE const float *offset(const float *base, int64_t place) { return base ? base + place : NULL; }

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

INLINE int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }
INLINE int64_t larger(int64_t a, int64_t b) { return a > b ? a : b; }
INLINE int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }

#endif
