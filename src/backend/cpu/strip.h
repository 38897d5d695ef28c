/*
 * Strips: neighbouring tiles of one row of tiles, on their way between a tensor and Winograd's points.
 *
 * The points of a strip lie as (point * pitch + tile) vectors of one channel block.  Reading pays the promise
 * and puts zeros around the picture; a column of the picture is transformed once for all tiles that meet it.
 */
#ifndef RN_BACKEND_CPU_STRIP_H
#define RN_BACKEND_CPU_STRIP_H

#include "backend/cpu/finish.h"
#include "backend/cpu/winograd.h"

typedef struct { int64_t image, row, first, tiles; } strip;     /* row of tiles; first tile in it */

enum { MOST_TILES = 16 };       /* of a strip */
enum { STRIP_COLUMNS = MOST_TILES * SIDE + REACH - SIDE, STRIP_ROOM = REACH * STRIP_COLUMNS * VL };

/* ---- Reading --------------------------------------------------------------------------------- */

/* The picture rows under a strip from the first column that is inside; NULL for rows that are outside. */
typedef struct {
    const cell *data[REACH], *other[REACH];
    int64_t next;               /* cells to the strip below, which is read soon */
} lines;

static lines lines_of(const rn_tensor *t, const spot *at, int64_t top, int64_t left, int count)
{
    lines l = { .next = SIDE * t->shape.w * VL };
    const int64_t base = block_place(t->shape, at);
    for (int r = 0; r < count; r++) {
        if (top + r < 0 || top + r >= t->shape.h)
            continue;
        int64_t place = base + ((top + r) * t->shape.w + left) * VL;
        l.data[r] = cells_at(t, place);
        l.other[r] = others_at(t, place);
    }
    return l;
}

/* Transform `columns` columns of HEIGHT picture rows to 6 rows of points, STRIP_COLUMNS apart. */
INLINE void read_columns(const int HEIGHT, const promise p, const lines *l, int64_t columns, float *to)
{
    for (int64_t x = 0; x < columns * VL; x += VL) {
        vec d[REACH], point[REACH];
        UNROLL(6) for (int r = 0; r < HEIGHT; r++)
            d[r] = l->data[r] ? kept(&p, load_cells(l->data[r] + x), l->other[r] ? l->other[r] + x : NULL)
                              : (vec){ 0 };
        UNROLL(4) for (int r = HEIGHT - SIDE; r < HEIGHT; r++) {
            if (l->data[r]) {
                __builtin_prefetch(l->data[r] + x + l->next);
                if (p.has_other)
                    __builtin_prefetch(l->other[r] + x + l->next);
            }
        }
        if (HEIGHT == REACH)
            from_input(d, point);
        else
            from_output(d, point);
        UNROLL(6) for (int r = 0; r < REACH; r++)
            store(to + r * STRIP_COLUMNS * VL + x, point[r]);
    }
}

/* The usual kinds of promises get loops of their own. */
INLINE void read_kind(const int HEIGHT, promise p, const lines *l, int64_t columns, float *to)
{
    if (p.plain) {
        read_columns(HEIGHT, (promise){ .plain = true }, l, columns, to);
    } else if (!p.has_other && p.relu) {
        p.plain = p.has_other = false, p.relu = true;
        read_columns(HEIGHT, p, l, columns, to);
    } else if (p.has_other && !p.relu) {
        p.plain = p.relu = false, p.has_other = true;
        read_columns(HEIGHT, p, l, columns, to);
    } else {
        read_columns(HEIGHT, p, l, columns, to);
    }
}

/* HEIGHT 6: tiles of inputs, which overlap; 4: tiles of outputs. */
INLINE void read_strip(const int HEIGHT, const rn_tensor *t, const spot *at, const strip *s, float *room,
                       float *to, int64_t pitch)
{
    const int64_t border = HEIGHT == REACH ? 1 : 0, columns = s->tiles * SIDE + 2 * border;
    const int64_t left = s->first * SIDE - border, begin = larger(0, -left);
    const int64_t end = smaller(columns, t->shape.w - left);
    const lines l = lines_of(t, at, s->row * SIDE - border, left + begin, HEIGHT);
    read_kind(HEIGHT, promise_of(t, at->group, at->block), &l, end - begin, room + begin * VL);
    for (int row = 0; row < REACH; row++, room += STRIP_COLUMNS * VL, to += REACH * pitch * VL) {
        store_zeros(room, begin);
        store_zeros(room + end * VL, columns - end);
        for (int64_t tile = 0; tile < s->tiles; tile++) {
            const float *from = room + tile * SIDE * VL;
            vec d[REACH], point[REACH];
            UNROLL(6) for (int i = 0; i < HEIGHT; i++)
                d[i] = load(from + i * VL);
            if (HEIGHT == REACH)
                from_input(d, point);
            else
                from_output(d, point);
            UNROLL(6) for (int i = 0; i < REACH; i++)
                store(to + (i * pitch + tile) * VL, point[i]);
        }
    }
}

static void read_inputs(const rn_tensor *t, const spot *at, const strip *s, float *room, float *to,
                        int64_t pitch)
{
    read_strip(REACH, t, at, s, room, to, pitch);
}

static void read_outputs(const rn_tensor *t, const spot *at, const strip *s, float *room, float *to,
                         int64_t pitch)
{
    read_strip(SIDE, t, at, s, room, to, pitch);
}

/* ---- Landing --------------------------------------------------------------------------------- */

/* Outputs of a tile into 4 rows of `width` pixels.  A tile over the right border runs into the next row, so
 * tiles and columns come from right to left. */
INLINE void write_tile(const float *from, int64_t pitch, float *to, int64_t width)
{
    vec half[SIDE][REACH], point[REACH], y[SIDE];
    UNROLL(6) for (int row = 0; row < REACH; row++) {
        UNROLL(6) for (int i = 0; i < REACH; i++)
            point[i] = load(from + (row * REACH + i) * pitch * VL);
        to_output(point, y);
        UNROLL(4) for (int i = 0; i < SIDE; i++)
            half[i][row] = y[i];
    }
    UNROLL(4) for (int i = SIDE - 1; i >= 0; i--) {
        to_output(half[i], y);
        UNROLL(4) for (int row = 0; row < SIDE; row++)
            store(to + (row * width + i) * VL, y[row]);
    }
}

static void land_strip(const landing *l, int64_t block, const strip *s, const float *from, int64_t pitch,
                       float *room)
{
    const rn_shape shape = l->to->shape;
    const int64_t left = s->first * SIDE, top = s->row * SIDE;
    const int64_t width = smaller(s->tiles * SIDE, shape.w - left), height = smaller(SIDE, shape.h - top);
    for (int64_t tile = s->tiles - 1; tile >= 0; tile--)
        write_tile(from + tile * VL, pitch, room + tile * SIDE * VL, width);
    if (width == shape.w)
        land(l, block, room, top * width, height * width);
    else
        for (int64_t row = 0; row < height; row++)
            land(l, block, room + row * width * VL, (top + row) * shape.w + left, width);
}

#endif
