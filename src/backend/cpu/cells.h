/*
 * Cells: what tensors keep their numbers in.  A kernel works in floats; it loads a vector of cells, and
 * stores one, widening and rounding on the way.
 *
 * Neighbouring channels share a place of four bytes, AT_ONCE cells in each, and convolutions multiply whole
 * places: one product of floats, or two of bf16 (vdpbf16ps: exact products, float sums), or four of bytes
 * (quads.h).  RN_CELLS_BF16 is defined where a kernel is compiled for bf16 cells, RN_NATIVE_BF16 where the
 * processor has instructions for them; others compute the same numbers up to the order of the two products.
 * RN_CELLS_UINT8 is defined where it is compiled for bytes, in inference alone; what they mean, promise.h
 * knows.
 */
#ifndef RN_BACKEND_CPU_CELLS_H
#define RN_BACKEND_CPU_CELLS_H

#include "backend/cpu/bytes.h"

/* A way to multiply: sum + weight * x for all lanes. */
typedef vec multiply_add(vec sum, vec weight, vec x);

INLINE vec add_product(vec sum, vec weight, vec x) { return sum + weight * x; }

#if !defined(RN_CELLS_BF16) && !defined(RN_CELLS_UINT8)

typedef float cell;
enum { FLOAT_CELLS = true, BYTE_CELLS = false };
#define CELL_DTYPE RN_FLOAT

INLINE vec load_cells(const cell *from) { return load(from); }
INLINE void store_cells(cell *to, vec a) { store(to, a); }
INLINE float widened(cell a) { return a; }
INLINE cell rounded(float a) { return a; }
INLINE vec add_places(vec sum, vec weight, vec x) { return add_product(sum, weight, x); }

#elif defined(RN_CELLS_UINT8)

typedef uint8_t cell;
enum { FLOAT_CELLS = false, BYTE_CELLS = true };
#define CELL_DTYPE RN_UINT8

INLINE vec load_cells(const cell *from) { return load_bytes(from); }
INLINE void store_cells(cell *to, vec a) { store_bytes(to, a); }
INLINE float widened(cell a) { return a; }
INLINE cell rounded(float a) { return (cell)a; }

#else

typedef uint16_t cell;
enum { FLOAT_CELLS = false, BYTE_CELLS = false };
#define CELL_DTYPE RN_BFLOAT16

typedef uint32_t bits __attribute__((vector_size(RN_VL * 4), may_alias));
typedef uint16_t halves __attribute__((vector_size(RN_VL * 2), may_alias));

INLINE float widened(cell a) { return rn_from_bfloat16(a); }
INLINE cell rounded(float a) { return rn_to_bfloat16(a); }

/* Half a place each.  GCC 12 widens sixteen of them in five instructions where there is one. */
INLINE bits widened_cells(const cell *from)
{
#if defined(RN_NATIVE_BF16)
    bits wide;
    __asm__("vpmovzxwd %1, %0" : "=v"(wide) : "m"(*(const halves *)(const void *)from));
    return wide;
#else
    halves half;
    memcpy(&half, from, sizeof half);
    return __builtin_convertvector(half, bits);
#endif
}

INLINE vec load_cells(const cell *from)
{
    return (vec)(widened_cells(from) << 16);
}

#if defined(RN_NATIVE_BF16)

INLINE halves halved(vec a)
{
    halves half;
    __asm__("vcvtneps2bf16 %1, %0" : "=v"(half) : "v"(a));
    return half;
}

INLINE vec add_places(vec sum, vec weight, vec x)
{
    __asm__("vdpbf16ps %2, %1, %0" : "+v"(sum) : "v"(x), "v"(weight));
    return sum;
}

/* Two numbers in each place: what a product of bf16 sums.  Halved side by side, then shuffled. */
INLINE vec paired(vec a, vec b)
{
    typedef uint16_t all_halves __attribute__((vector_size(RN_VL * 4)));
    const all_halves order = { 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23,
                               8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31 };
    all_halves both;
    __asm__("vcvtne2ps2bf16 %2, %1, %0" : "=v"(both) : "v"(b), "v"(a));
    __asm__("vpermw %0, %1, %0" : "+v"(both) : "v"(order));
    return (vec)both;
}

#else

INLINE halves halved(vec a)
{
    const bits plain = (bits)a, is_nan = (bits)(a != a);
    const bits near = plain + 0x7fff + ((plain >> 16) & 1);
    return __builtin_convertvector(((near & ~is_nan) | (0x7fc00000 & is_nan)) >> 16, halves);
}

INLINE vec paired(vec a, vec b)
{
    return (vec)(__builtin_convertvector(halved(a), bits) | __builtin_convertvector(halved(b), bits) << 16);
}

INLINE vec add_places(vec sum, vec weight, vec x)
{
    sum += (vec)((bits)weight << 16) * (vec)((bits)x << 16);
    return sum + (vec)((bits)weight & 0xffff0000) * (vec)((bits)x & 0xffff0000);
}

#endif

INLINE void store_cells(cell *to, vec a)
{
    const halves half = halved(a);
    memcpy(to, &half, sizeof half);
}

/* The cells of a pixel paired with those of another, if there is one, else with zeros. */
INLINE vec pair_of(const cell *a, const cell *b)
{
    bits pair = widened_cells(a);
    if (b)
        pair |= widened_cells(b) << 16;
    return (vec)pair;
}
#endif

#if !defined(RN_CELLS_BF16)
/* Never asked for: */
INLINE vec paired(vec a, vec b) { return a + b; }
INLINE vec pair_of(const cell *a, const cell *b) { return load_cells(a) + load_cells(b); }
#endif

enum { AT_ONCE = 4 / sizeof(cell), PLACES = VL / AT_ONCE };     /* cells in a place; places of a pixel */

INLINE void copy_cells(cell *to, const cell *from)
{
    memcpy(to, from, VL * sizeof *to);
}

INLINE void store_zero_cells(cell *to, int64_t vectors)
{
    if (vectors > 0)
        memset(to, 0, (size_t)(vectors * VL) * sizeof *to);
}

#endif
