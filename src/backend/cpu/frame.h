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

#include "backend/cpu/promise.h"

typedef struct {
    int64_t first_row, row_step, rows;
    int64_t first_column, phases, used_phases, columns;
    int64_t below;                  /* in row pairs: rows from a pixel to its partner */
} frame;

/* What a frame holds: cells, as tiles multiply them; or, for sums over pixels of bf16, two pixels in a place:
 * neighbours in a row, each pair once, or a pixel and one below it, so that each pixel begins a pair. */
typedef enum { IN_CELLS, IN_PIXEL_PAIRS, IN_ROW_PAIRS } holding;

/* Where pixels lie, counted in places of four bytes: from one to the next of a run of columns, from run to
 * run, and so on. */
typedef struct {
    const float *data;
    int64_t channel;            /* only where a channel's pixels lie side by side, `pixel` being 1 */
    int64_t pixel, run, row_stride, block_stride, image_stride;
} view;

/* Images first .. first + count of one group. */
typedef struct { int64_t first, count, group; } image_run;

INLINE int64_t pixel_places(holding as) { return as == IN_CELLS ? PLACES : VL; }

/* Pixels of a run of columns. */
INLINE int64_t run_pixels(const frame *f, holding as)
{
    return as == IN_PIXEL_PAIRS ? (f->columns + 1) / 2 : f->columns;
}

/* Room for a frame: whole vectors. */
INLINE int64_t frame_places(const frame *f, rn_shape s, holding as)
{
    const int64_t pixels = rn_blocks(s.c, VL) * f->rows * f->used_phases * run_pixels(f, as);
    return ceil_div(pixels * pixel_places(as), VL) * VL;
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

/* A run of pixels: column first + c * phases of a row and, in row pairs, of the partners' row; zeros outside
 * begin .. end. */
typedef struct {
    const cell *data[2], *other[2]; /* of the rows' first pixels; NULL: a row outside the picture */
    promise promised;
    int64_t first, phases, begin, end;
    int zero;                       /* every byte of cells that are 0 */
} pixel_run;

INLINE int64_t run_place(const pixel_run *r, int64_t c) { return (r->first + c * r->phases) * VL; }

INLINE void store_border(const pixel_run *r, cell *to, int64_t pixels)
{
    if (pixels > 0)
        memset(to, r->zero, (size_t)(pixels * VL) * sizeof *to);
}

INLINE vec run_pixel(const pixel_run *r, int row, int64_t c)
{
    const int64_t place = run_place(r, c);
    return kept(&r->promised, load_cells(r->data[row] + place), r->other[row] ? r->other[row] + place : NULL);
}

/* The run by value: what it says stays in registers.  Bytes are copied as they are: what multiplies them
 * knows their steps. */
INLINE void pack_cells(const pixel_run r, int64_t columns, cell *to)
{
    store_border(&r, to, r.begin);
    if (BYTE_CELLS || r.promised.plain)
        for (int64_t c = r.begin; c < r.end; c++)
            copy_cells(to + c * VL, r.data[0] + run_place(&r, c));
    else
        for (int64_t c = r.begin; c < r.end; c++)
            store_cells(to + c * VL, run_pixel(&r, 0, c));
    store_border(&r, to + r.end * VL, columns - r.end);
}

/* Of runs that lie inside the picture. */
INLINE void pack_pixel_pairs(const pixel_run r, int64_t columns, float *to)
{
    int64_t c = 0;
    for (; c + 1 < columns; c += 2, to += VL)
        store(to, paired(run_pixel(&r, 0, c), run_pixel(&r, 0, c + 1)));
    if (c < columns)
        store(to, paired(run_pixel(&r, 0, c), (vec){ 0 }));
}

INLINE void pack_row_pairs(const pixel_run r, int64_t columns, float *to)
{
    store_zeros(to, r.begin);
    for (int64_t c = r.begin; c < r.end; c++)
        store(to + c * VL, paired(r.data[0] ? run_pixel(&r, 0, c) : (vec){ 0 },
                                  r.data[1] ? run_pixel(&r, 1, c) : (vec){ 0 }));
    store_zeros(to + r.end * VL, columns - r.end);
}

/* A run of a tensor of few channels, `width` in a pixel (the picture), without promises. */
static void pack_narrow_run(const pixel_run *r, int64_t width, int64_t columns, holding as, float *to)
{
    const int rows = as == IN_ROW_PAIRS ? 2 : 1;
    memset(to, r->zero, (size_t)(columns * pixel_places(as)) * sizeof *to);
    for (int row = 0; row < rows; row++)
        for (int64_t c = r->begin; r->data[row] && c < r->end; c++)
            for (int64_t k = 0; k < width; k++)
                ((cell *)(void *)to)[(c * VL + k) * rows + row] =
                    r->data[row][(r->first + c * r->phases) * width + k];
}

INLINE void pack_run(const pixel_run *r, int64_t width, int64_t columns, holding as, float *to)
{
    if (width < VL)
        pack_narrow_run(r, width, columns, as, to);
    else if (as == IN_CELLS)
        pack_cells(*r, columns, (cell *)(void *)to);
    else if (as == IN_PIXEL_PAIRS)
        pack_pixel_pairs(*r, columns, to);
    else
        pack_row_pairs(*r, columns, to);
}

/* Aim one of a run's rows at row i of the frame; `plane`: the tensor's rows before its channel block. */
INLINE void aim_at(pixel_run *r, int which, const frame *f, const rn_tensor *t, int64_t plane, int64_t i)
{
    const int64_t row = f->first_row + i * f->row_step;
    const int64_t place = (plane + row) * t->shape.w * rn_block_width(t->shape.c, VL);
    const bool outside = row < 0 || row >= t->shape.h || i >= f->rows;
    r->data[which] = outside ? NULL : cells_at(t, place);
    r->other[which] = outside ? NULL : others_at(t, place);
}

static float *pack(const frame *f, const rn_tensor *t, int64_t image, int64_t group, holding as, float *to)
{
    const rn_shape s = t->shape;
    const int64_t blocks = rn_blocks(s.c, VL), width = rn_block_width(s.c, VL);
    const int64_t places = run_pixels(f, as) * pixel_places(as);
    for (int64_t block = 0; block < blocks; block++) {
        pixel_run r = { .promised = promise_of(t, group, block), .phases = f->phases,
                        .zero = t->steps.zero };
        for (int64_t i = 0; i < f->rows; i++) {
            aim_at(&r, 0, f, t, (image * blocks + block) * s.h, i);
            if (as == IN_ROW_PAIRS)
                aim_at(&r, 1, f, t, (image * blocks + block) * s.h, i + f->below);
            for (int64_t phase = 0; phase < f->used_phases; phase++, to += places) {
                if (!r.data[0] && !r.data[1]) {
                    memset(to, t->steps.zero, (size_t)places * sizeof *to);
                    continue;
                }
                r.first = f->first_column + phase;
                inside(f, phase, s.w, &r.begin, &r.end);
                pack_run(&r, width, f->columns, as, to);
            }
        }
    }
    return to;
}

/* Look at a frame of each image, packing them into `room` where needed. */
static view see(const frame *f, const rn_tensor *t, const image_run *of, holding as, float *room)
{
    const rn_shape s = t->shape;
    const int64_t blocks = rn_blocks(s.c, VL), plane = s.h * s.w * PLACES;
    const int64_t run = run_pixels(f, as) * pixel_places(as), row = f->used_phases * run;
    if (is_whole(f, t) && as == IN_CELLS) {
        const cell *whole = cells_at(t, (of->first * blocks * s.h + f->first_row) * s.w * VL);
        return (view){ .data = (const float *)(const void *)whole, .pixel = PLACES, .run = s.w * PLACES,
                       .row_stride = s.w * PLACES, .block_stride = plane, .image_stride = blocks * plane };
    }
    float *to = room;
    for (int64_t i = 0; i < of->count; i++)
        to = pack(f, t, of->first + i, of->group, as, to);
    return (view){ .data = room, .pixel = pixel_places(as), .run = run, .row_stride = row,
                   .block_stride = f->rows * row, .image_stride = blocks * f->rows * row };
}

/* Pair k of two rows in cells; below: NULL where there is no second row. */
INLINE vec paired_cells(const frame *f, const cell *from, const cell *below, int64_t k, holding as)
{
    if (as == IN_ROW_PAIRS)
        return pair_of(from + k * VL, below ? below + k * VL : NULL);
    return pair_of(from + 2 * k * VL, 2 * k + 1 < f->columns ? from + (2 * k + 1) * VL : NULL);
}

/* Pack `count` pairs of a row. */
typedef void pair_packer(const frame *, const cell *from, const cell *below, int64_t count, holding,
                         float *to);

static inline void pack_side_by_side(const frame *f, const cell *from, const cell *below, int64_t count,
                                     holding as, float *to)
{
    for (int64_t k = 0; k < count; k++)
        store(to + k * VL, paired_cells(f, from, below, k, as));
}

/* `rows` rows of `count` images that are seen in cells, packed in pairs of pixels or of rows, each pixel
 * once; what is said of their order within a row is for pack_side_by_side. */
static inline view recast(pair_packer *packer, const frame *f, rn_shape s, const view *seen, int64_t count,
                          int64_t rows, holding as, float *room)
{
    const int64_t pixels = run_pixels(f, as), row = pixels * VL, blocks = rn_blocks(s.c, VL);
    const int64_t step = as == IN_ROW_PAIRS ? 2 : 1, pair_rows = ceil_div(rows, step);
    float *to = room;
    for (int64_t plane = 0; plane < count * blocks; plane++)
        for (int64_t i = 0; i < rows; i += step, to += row) {
            const float *data = seen->data + plane / blocks * seen->image_stride
                                + plane % blocks * seen->block_stride + i * seen->row_stride;
            const cell *from = (const cell *)(const void *)data;
            const cell *below = (const cell *)(const void *)(data + seen->row_stride);
            packer(f, from, i + 1 < rows ? below : NULL, pixels, as, to);
        }
    return (view){ .data = room, .pixel = VL, .run = row, .row_stride = row, .block_stride = pair_rows * row,
                   .image_stride = blocks * pair_rows * row };
}

#endif
