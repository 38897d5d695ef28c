/*
 * Winograd's F(4x4,3x3): the transforms (Lavin and Gray 2016).
 *
 *     y = A'((G g G') . (B' d B)) A        4x4 outputs from 6x6 inputs d and a 3x3 filter g
 *     g = G'((B' d B) . (A y A')) G        the filter's gradient from inputs and the outputs' gradient
 *
 * where . multiplies point by point: 36 multiplications where the direct way has 144.  Each function here is
 * one side of a transform, a vector of channels at a time; a transform does the columns, then the rows.
 *
 * A side is 4 outputs, or 3 where 4 would reach over the border.  The points are where polynomials are looked
 * at: 0, 1, -1, 2, -2, infinity.  Side 3 does without -2 (number SPARED), which leaves its room as it is; it
 * takes the filters' points as they are, what differs in them is a factor of its inputs.
 */
#ifndef RN_BACKEND_CPU_WINOGRAD_H
#define RN_BACKEND_CPU_WINOGRAD_H

#include "backend/cpu/vector.h"

enum { SIDE = 4, SHORT_SIDE = 3, TAPS = 3, REACH = 6, POINTS = REACH * REACH, SPARED = 4 };

INLINE bool has_point(const int side, int64_t i) { return side == SIDE || i != SPARED; }

/* B': side + 2 inputs to points. */
INLINE void from_input(const int side, const vec *d, vec *point)
{
    if (side == SHORT_SIDE) {
        vec near = d[3] - d[2], far = d[3] - d[1];
        point[0] = 4 * (d[0] - d[2]) + 2 * far;
        point[1] = 3 * near - 6 * d[1];
        point[2] = near + 2 * (d[1] - d[2]);
        point[3] = 4 * far;
        point[5] = d[4] - d[2] - 2 * far;
        return;
    }
    vec even = d[4] - 4 * d[2], odd = d[3] - 4 * d[1], far_even = d[4] - d[2], far_odd = d[3] - d[1];
    point[0] = 4 * d[0] + (d[4] - 5 * d[2]);
    point[1] = even + odd;
    point[2] = even - odd;
    point[3] = far_even + 2 * far_odd;
    point[4] = far_even - 2 * far_odd;
    point[5] = 4 * d[1] + (d[5] - 5 * d[3]);
}

/* A': points to outputs. */
INLINE void to_output(const int side, const vec *point, vec *y)
{
    vec even = point[1] + point[2], odd = point[1] - point[2];
    if (side == SHORT_SIDE) {
        y[0] = point[0] + even + point[3];
        y[1] = odd + 2 * point[3];
        y[2] = even + 4 * point[3] + point[5];
        return;
    }
    vec far_even = point[3] + point[4], far_odd = point[3] - point[4];
    y[0] = point[0] + even + far_even;
    y[1] = odd + 2 * far_odd;
    y[2] = even + 4 * far_even;
    y[3] = odd + 8 * far_odd + point[5];
}

/* A: outputs to points. */
INLINE void from_output(const int side, const vec *y, vec *point)
{
    vec even = y[0] + y[2], odd = y[1], far_even = y[0] + 4 * y[2], far_odd = y[1];
    if (side == SIDE)
        odd += y[3], far_odd += 4 * y[3];
    point[0] = y[0];
    point[1] = even + odd;
    point[2] = even - odd;
    point[3] = far_even + 2 * far_odd;
    if (has_point(side, SPARED))
        point[SPARED] = far_even - 2 * far_odd;
    point[5] = y[side - 1];
}

/* G: 3 taps to 6 points. */
INLINE void from_filter(const vec *g, vec *point)
{
    vec even = (g[0] + g[2]) * (-1.0f / 6), odd = g[1] * (-1.0f / 6);
    vec far_even = g[0] * (1.0f / 24) + g[2] * (1.0f / 6), far_odd = g[1] * (1.0f / 12);
    point[0] = g[0] * 0.25f;
    point[1] = even + odd;
    point[2] = even - odd;
    point[3] = far_even + far_odd;
    point[4] = far_even - far_odd;
    point[5] = g[2];
}

/* G': 6 points to 3 taps. */
INLINE void to_filter(const vec *point, vec *g)
{
    vec even = point[1] + point[2], odd = point[2] - point[1];
    vec far_even = point[3] + point[4], far_odd = point[3] - point[4];
    g[0] = point[0] * 0.25f - even * (1.0f / 6) + far_even * (1.0f / 24);
    g[1] = odd * (1.0f / 6) + far_odd * (1.0f / 12);
    g[2] = (far_even - even) * (1.0f / 6) + point[5];
}

/* The points of VL filters whose weights lie `stride` apart; point p is stored at to + p * pitch. */
static void filter_points(const float *weight, int64_t stride, bool turned, float *to, int64_t pitch)
{
    float lane[TAPS * TAPS * VL] __attribute__((aligned(64)));
    vec half[REACH][TAPS], point[REACH];
    for (int tap = 0; tap < TAPS * TAPS; tap++)
        for (int64_t k = 0; k < VL; k++)
            lane[tap * VL + k] = weight[k * stride + (turned ? TAPS * TAPS - 1 - tap : tap)];
    for (int column = 0; column < TAPS; column++) {
        vec g[TAPS];
        for (int row = 0; row < TAPS; row++)
            g[row] = load(lane + (row * TAPS + column) * VL);
        from_filter(g, point);
        for (int row = 0; row < REACH; row++)
            half[row][column] = point[row];
    }
    for (int row = 0; row < REACH; row++) {
        from_filter(half[row], point);
        for (int column = 0; column < REACH; column++)
            store(to + (row * REACH + column) * pitch, point[column]);
    }
}

/* The 9 taps of VL filters whose points lie `from_pitch` apart, `pitch` apart. */
static void filter_taps(const float *from, int64_t from_pitch, float *to, int64_t pitch)
{
    vec half[TAPS][REACH], point[REACH], g[TAPS];
    UNROLL(6) for (int column = 0; column < REACH; column++) {
        UNROLL(6) for (int row = 0; row < REACH; row++)
            point[row] = load(from + (row * REACH + column) * from_pitch);
        to_filter(point, g);
        UNROLL(3) for (int row = 0; row < TAPS; row++)
            half[row][column] = g[row];
    }
    UNROLL(3) for (int row = 0; row < TAPS; row++) {
        to_filter(half[row], g);
        UNROLL(3) for (int column = 0; column < TAPS; column++)
            store(to + (row * TAPS + column) * pitch, g[column]);
    }
}

#endif
