/*
 * What the shape rules of the operations share: checked output shapes, parameters, and windows that slide
 * over a picture.
 */
#ifndef RN_OP_RULES_H
#define RN_OP_RULES_H

#include "op/op.h"

/* Start a shape rule: no parameters, nothing saved, and 1 where the arguments say 0 and 0 means 1. */
void rn_rule_begin(rn_call *call);

/* Append a parameter. */
rn_status rn_rule_param(rn_call *call, rn_shape shape);

/* Set the output's shape; fails when a side is not positive or the sizes are beyond counting. */
rn_status rn_rule_output(rn_call *call, rn_shape shape);

/* Windows along one side of a picture.  Tap k of window i meets position i * stride - pad + k * dilation;
 * with bins, the windows of a pooling are the least ranges that hold equal parts of the picture. */
typedef struct { int64_t size, kernel, stride, pad, dilation, bins; } rn_side;

rn_side rn_side_h(const rn_call *call);
rn_side rn_side_w(const rn_call *call);

/* How many windows there are, by PyTorch's rule; with ceil_mode the last may hang over the far edge, but each
 * begins inside the picture or its near padding. */
rn_status rn_rule_windows(const rn_call *call, rn_side side, int64_t *windows);

/* Numbers first .. end-1. */
typedef struct { int64_t first, end; } rn_span;

/* The windows, of `windows`, whose tap k falls into the picture. */
static inline rn_span rn_windows_at_tap(rn_side side, int64_t tap, int64_t windows)
{
    int64_t shift = side.pad - tap * side.dilation, beyond = side.size + shift;
    rn_span span = { shift > 0 ? (shift + side.stride - 1) / side.stride : 0,
                     beyond > 0 ? (beyond + side.stride - 1) / side.stride : 0 };
    if (span.end > windows)
        span.end = windows;
    return span;
}

/* The positions of the picture that window i of a pooling covers. */
static inline rn_span rn_positions_in_window(rn_side side, int64_t window)
{
    if (side.bins)
        return (rn_span){ window * side.size / side.bins,
                          ((window + 1) * side.size + side.bins - 1) / side.bins };
    int64_t first = window * side.stride - side.pad, end = first + side.kernel;
    return (rn_span){ first > 0 ? first : 0, end < side.size ? end : side.size };
}

#endif
