/*
 * Frames: the part of a picture that a convolution reads, as it wants to read it.
 *
 * A frame lists, for every channel block, some rows of the picture with a zero border, promises paid, and the
 * columns dealt out to `phases` runs (a stride s reads every s-th column, so each run is read side by side).
 * Packed address: ((block * rows + row) * used_phases + phase) * columns + column, in vectors.
 * Packed row r is picture row first_row + r * row_step; packed column c of phase p is picture column
 * first_column + c * phases + p.  A frame that is the picture itself is not packed but pointed at.
 */
#ifndef RN_BACKEND_CPU_FRAME_H
#define RN_BACKEND_CPU_FRAME_H

#include "backend/cpu/vector.h"

typedef struct {
    int64_t first_row, row_step, rows;
    int64_t first_column, phases, used_phases, columns;
} frame;

typedef struct {
    const float *data;
    int64_t block_stride, row_stride;
} view;

INLINE int64_t frame_floats(const frame *f, rn_shape s)
{
    return rn_blocks(s.c, VL) * f->rows * f->used_phases * f->columns * VL;
}

INLINE bool is_whole(const frame *f, const rn_tensor *t)
{
    return !rn_is_promise(t) && rn_block_width(t->shape.c, VL) == VL && f->row_step == 1 && f->phases == 1
           && f->first_column == 0 && f->columns == t->shape.w && f->first_row >= 0
           && f->first_row + f->rows <= t->shape.h;
}

/* The columns of one phase that lie inside the picture: begin .. end. */
INLINE void inside(const frame *f, int64_t phase, int64_t width, int64_t *begin, int64_t *end)
{
    int64_t first = f->first_column + phase;
    *begin = first >= 0 ? 0 : (-first + f->phases - 1) / f->phases;
    *end = first >= width ? 0 : (width - 1 - first) / f->phases + 1;
    if (*end > f->columns)
        *end = f->columns;
    if (*begin > *end)
        *begin = *end;
}

/* One row of one phase of one block; `row` is the picture's. */
static void pack_run(const frame *f, const rn_tensor *t, const promise *p, int64_t place, int64_t phase,
                     float *to)
{
    int64_t begin, end;
    inside(f, phase, t->shape.w, &begin, &end);
    const int64_t first = f->first_column + phase;
    const float *data = t->data + place, *other = offset(t->other, place);
    store_zeros(to, begin);
    for (int64_t c = begin; c < end; c++) {
        int64_t x = (first + c * f->phases) * VL;
        store(to + c * VL, kept(p, data + x, offset(other, x)));
    }
    store_zeros(to + end * VL, f->columns - end);
}

/* The same for a tensor of few channels (the picture), without promises. */
static void pack_narrow_run(const frame *f, const rn_tensor *t, int64_t place, int64_t phase, float *to)
{
    const int64_t width = rn_block_width(t->shape.c, VL), first = f->first_column + phase;
    int64_t begin, end;
    inside(f, phase, t->shape.w, &begin, &end);
    store_zeros(to, f->columns);
    for (int64_t c = begin; c < end; c++)
        for (int64_t k = 0; k < width; k++)
            to[c * VL + k] = t->data[place + (first + c * f->phases) * width + k];
}

static void pack(const frame *f, const rn_tensor *t, int64_t image, int64_t group, float *to)
{
    const rn_shape s = t->shape;
    const int64_t blocks = rn_blocks(s.c, VL), width = rn_block_width(s.c, VL);
    for (int64_t block = 0; block < blocks; block++) {
        promise p = promise_of(t, group, block);
        for (int64_t r = 0; r < f->rows; r++) {
            int64_t row = f->first_row + r * f->row_step;
            int64_t place = ((image * blocks + block) * s.h + row) * s.w * width;
            for (int64_t phase = 0; phase < f->used_phases; phase++, to += f->columns * VL)
                if (row < 0 || row >= s.h)
                    store_zeros(to, f->columns);
                else if (width < VL)
                    pack_narrow_run(f, t, place, phase, to);
                else
                    pack_run(f, t, &p, place, phase, to);
        }
    }
}

/* Look at a frame of an image, packing it into `room` where needed. */
static view see(const frame *f, const rn_tensor *t, int64_t image, int64_t group, float *room)
{
    const rn_shape s = t->shape;
    if (is_whole(f, t))
        return (view){ t->data + (image * rn_blocks(s.c, VL) * s.h + f->first_row) * s.w * VL, s.h * s.w * VL,
                       s.w * VL };
    pack(f, t, image, group, room);
    int64_t row = f->used_phases * f->columns * VL;
    return (view){ room, f->rows * row, row };
}

#endif
