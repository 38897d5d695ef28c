/*
 * Strips: neighbouring tiles of one row of tiles, on their way between a tensor and Winograd's points.
 *
 * The points of a strip lie as (point * pitch + seat) vectors of one channel block, where the tiles that have
 * a point sit side by side.  Reading pays the promise and puts zeros around the picture; a column of the
 * picture is transformed once for all tiles that meet it.
 */
#ifndef RN_BACKEND_CPU_STRIP_H
#define RN_BACKEND_CPU_STRIP_H

#include "backend/cpu/finish.h"
#include "backend/cpu/winograd.h"

/* Tiles of one height, the first of which are SIDE wide, the others SHORT_SIDE. */
typedef struct { int64_t image, top, left, side, wide, tiles; } strip;

enum { MOST_TILES = 16 };       /* of a strip */
enum { STRIP_COLUMNS = MOST_TILES * SIDE + REACH - SIDE, STRIP_ROOM = REACH * STRIP_COLUMNS * VL };

/* Where a tile begins in a row or column of tiles, the first `wide` of which are SIDE long. */
INLINE int64_t tile_begin(int64_t tile, int64_t wide)
{
    return tile * SIDE - larger(0, tile - wide);
}

INLINE int64_t tile_column(const strip *s, int64_t tile) { return tile_begin(tile, s->wide); }

/* Tiles seated so far, by points: [in the spared row][in the spared column]. */
typedef struct { int64_t taken[2][2]; } seats;

INLINE int64_t seated(const seats *s, int64_t point)
{
    return s->taken[point / REACH == SPARED][point % REACH == SPARED];
}

static void seat_strip(seats *to, const strip *s)
{
    for (int spared = 0; spared < (s->side == SIDE ? 2 : 1); spared++) {
        to->taken[spared][false] += s->tiles;
        to->taken[spared][true] += s->wide;
    }
}

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

/* A tile's inputs overlap with its neighbours'; the outputs it makes of them do not. */
typedef enum { OUTPUTS, INPUTS } reading;

INLINE int read_length(const reading as, const int side)
{
    return as == INPUTS ? side + REACH - SIDE : side;
}

INLINE void to_points(const reading as, const int side, const vec *d, vec *point)
{
    if (as == INPUTS)
        from_input(side, d, point);
    else
        from_output(side, d, point);
}

/* Transform `columns` columns of picture rows to rows of points, STRIP_COLUMNS apart. */
INLINE void read_columns(const reading as, const int side, const promise p, const lines *l, int64_t columns,
                         float *to)
{
    const int height = read_length(as, side);
    for (int64_t x = 0; x < columns * VL; x += VL) {
        vec d[REACH], point[REACH];
        UNROLL(6) for (int r = 0; r < height; r++)
            d[r] = l->data[r] ? kept(&p, load_cells(l->data[r] + x), l->other[r] ? l->other[r] + x : NULL)
                              : (vec){ 0 };
        UNROLL(4) for (int r = height - side; r < height; r++) {
            if (l->data[r]) {
                __builtin_prefetch(l->data[r] + x + l->next);
                if (p.has_other)
                    __builtin_prefetch(l->other[r] + x + l->next);
            }
        }
        to_points(as, side, d, point);
        UNROLL(6) for (int r = 0; r < REACH; r++)
            if (has_point(side, r))
                store(to + r * STRIP_COLUMNS * VL + x, point[r]);
    }
}

/* The usual kinds of promises get loops of their own. */
INLINE void read_kind(const reading as, const int side, promise p, const lines *l, int64_t columns, float *to)
{
    if (p.plain) {
        read_columns(as, side, (promise){ .plain = true }, l, columns, to);
    } else if (!p.has_other && p.relu) {
        p.plain = p.has_other = false, p.relu = true;
        read_columns(as, side, p, l, columns, to);
    } else if (p.has_other && !p.relu) {
        p.plain = p.relu = false, p.has_other = true;
        read_columns(as, side, p, l, columns, to);
    } else {
        read_columns(as, side, p, l, columns, to);
    }
}

/* A row of points of tiles first .. end, which are all of one side. */
INLINE void read_tiles(const reading as, const int side, const strip *s, int64_t first, int64_t end,
                       const float *room, const seats taken, int64_t row, float *to, int64_t pitch)
{
    const int64_t base = row * REACH;
    for (int64_t tile = first; tile < end; tile++) {
        const float *from = room + tile_column(s, tile) * VL;
        vec d[REACH], point[REACH];
        UNROLL(6) for (int i = 0; i < read_length(as, side); i++)
            d[i] = load(from + i * VL);
        to_points(as, side, d, point);
        UNROLL(6) for (int i = 0; i < REACH; i++)
            if (has_point(side, i))
                store(to + ((base + i) * pitch + seated(&taken, base + i) + tile) * VL, point[i]);
    }
}

INLINE void read_strip(const reading as, const rn_tensor *t, const spot *at, const strip *s,
                       const seats *taken, float *room, float *to, int64_t pitch)
{
    const int64_t border = as == INPUTS ? 1 : 0, columns = tile_column(s, s->tiles) + 2 * border;
    const int64_t left = s->left - border, begin = larger(0, -left);
    const int64_t end = smaller(columns, t->shape.w - left);
    const promise p = promise_of(t, at->group, at->block);
    const lines l = lines_of(t, at, s->top - border, left + begin, read_length(as, (int)s->side));
    if (s->side == SIDE)
        read_kind(as, SIDE, p, &l, end - begin, room + begin * VL);
    else
        read_kind(as, SHORT_SIDE, p, &l, end - begin, room + begin * VL);
    for (int row = 0; row < REACH; row++, room += STRIP_COLUMNS * VL) {
        if (!has_point((int)s->side, row))
            continue;
        store_zeros(room, begin);
        store_zeros(room + end * VL, columns - end);
        read_tiles(as, SIDE, s, 0, s->wide, room, *taken, row, to, pitch);
        read_tiles(as, SHORT_SIDE, s, s->wide, s->tiles, room, *taken, row, to, pitch);
    }
}

static void read_inputs(const rn_tensor *t, const spot *at, const strip *s, const seats *taken, float *room,
                        float *to, int64_t pitch)
{
    read_strip(INPUTS, t, at, s, taken, room, to, pitch);
}

static void read_outputs(const rn_tensor *t, const spot *at, const strip *s, const seats *taken, float *room,
                         float *to, int64_t pitch)
{
    read_strip(OUTPUTS, t, at, s, taken, room, to, pitch);
}

/* ---- Landing --------------------------------------------------------------------------------- */

/* Outputs of a tile into rows of `width` pixels. */
INLINE void write_tile(const int high, const int wide, const seats taken, const float *from, int64_t pitch,
                       float *to, int64_t width)
{
    vec half[SIDE][REACH], point[REACH], y[SIDE];
    UNROLL(6) for (int row = 0; row < REACH; row++) {
        if (!has_point(high, row))
            continue;
        const int base = row * REACH;
        UNROLL(6) for (int i = 0; i < REACH; i++)
            if (has_point(wide, i))
                point[i] = load(from + ((base + i) * pitch + seated(&taken, base + i)) * VL);
        to_output(wide, point, y);
        UNROLL(4) for (int i = 0; i < wide; i++)
            half[i][row] = y[i];
    }
    UNROLL(4) for (int i = wide - 1; i >= 0; i--) {
        to_output(high, half[i], y);
        UNROLL(4) for (int row = 0; row < high; row++)
            store(to + (row * width + i) * VL, y[row]);
    }
}

/* A tile over the right border runs into the next row, so tiles and columns come from right to left. */
INLINE void write_strip(const int high, const strip *s, const seats *taken, const float *from, int64_t pitch,
                        float *to, int64_t width)
{
    int64_t tile = s->tiles - 1;
    for (; tile >= s->wide; tile--)
        write_tile(high, SHORT_SIDE, *taken, from + tile * VL, pitch, to + tile_column(s, tile) * VL, width);
    for (; tile >= 0; tile--)
        write_tile(high, SIDE, *taken, from + tile * VL, pitch, to + tile_column(s, tile) * VL, width);
}

static void land_strip(const landing *l, int64_t block, const strip *s, const seats *taken, const float *from,
                       int64_t pitch, float *room)
{
    const rn_shape shape = l->to->shape;
    const int64_t width = smaller(tile_column(s, s->tiles), shape.w - s->left);
    const int64_t height = smaller(s->side, shape.h - s->top);
    if (s->side == SIDE)
        write_strip(SIDE, s, taken, from, pitch, room, width);
    else
        write_strip(SHORT_SIDE, s, taken, from, pitch, room, width);
    if (width == shape.w)
        land(l, block, room, s->top * width, height * width);
    else
        for (int64_t row = 0; row < height; row++)
            land(l, block, room + row * width * VL, (s->top + row) * shape.w + s->left, width);
}

#endif
