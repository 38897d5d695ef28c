/*
 * Correlating rows: tiles along each row of the output, finished as they are done.
 */
#ifndef RN_BACKEND_CPU_CORRELATE_H
#define RN_BACKEND_CPU_CORRELATE_H

#include "backend/cpu/finish.h"
#include "backend/cpu/tile.h"

/* Rows of `width` outputs of one image, for `blocks` blocks from `block` on. */
static void correlate_rows(correlation *c, const landing *l, int64_t block, int blocks, int64_t rows,
                           int64_t width, const float *source, float *room)
{
    const bool in_place = FLOAT_CELLS && l->step == 1 && !l->adds;
    const int64_t plane = l->to->shape.h * l->to->shape.w * VL;
    for (int64_t row = 0; row < rows; row++)
        for (int64_t x = 0; x < width; x += SEGMENT) {
            int64_t count = smaller(SEGMENT, width - x);
            int64_t first = l->origin + row * l->row_pixels + x * l->step;
            spot at = l->at;
            at.block = block;
            float *raw = in_place ? l->to->data + block_place(l->to->shape, &at) + first * VL : room;
            int64_t raw_block = in_place ? plane : SEGMENT * VL;
            c->soon = in_place ? (l->to->other ? l->to->other : l->to->data) + (raw - l->to->data) : NULL;
            segment(c, block, blocks, count, source + row * c->row_stride + x * c->pixel, raw, raw_block);
            for (int64_t b = 0; b < blocks; b++)
                land(l, block + b, raw + b * raw_block, first, count);
        }
}

/* Rows that are much narrower than a tile: all of them as one, with the border between them, whose sums do
 * not land. */
static void correlate_narrow(correlation *c, const landing *l, int64_t block, int blocks, int64_t rows,
                             int64_t width, const float *source, float *room)
{
    const int64_t pitch = c->row_stride / c->pixel;
    c->soon = NULL;
    segment(c, block, blocks, (rows - 1) * pitch + width, source, room, SEGMENT * VL);
    for (int64_t b = 0; b < blocks; b++, room += SEGMENT * VL)
        for (int64_t row = 0; row < rows; row++)
            land(l, block + b, room + row * pitch * VL, l->origin + row * l->row_pixels, width);
}

static bool are_narrow(const correlation *c, int blocks, int64_t rows, int64_t width)
{
    return 2 * width <= widest(blocks) && c->row_stride % c->pixel == 0
           && c->row_stride <= 2 * width * c->pixel
           && (rows - 1) * (c->row_stride / c->pixel) + width <= SEGMENT;
}

/* Rows of `width` outputs of some images, the first of which lands at the spot of *l, for the blocks
 * first_block .. end_block; `room` holds 4 * SEGMENT vectors.  The weights of a few blocks serve all images
 * before the next are fetched. */
static void correlate(correlation *c, const landing *l, int64_t first_block, int64_t end_block,
                      int64_t count, int64_t rows, int64_t width, float *room)
{
    if (c->row_stride == width * c->pixel && l->row_pixels == width && l->step == 1)
        width *= rows, rows = 1;
    const int most = tile_blocks(smaller(c->bundle, end_block - first_block), width);
    for (int64_t block = first_block, blocks; block < end_block; block += blocks) {
        const float *source = c->source + block / c->bundle * c->blocks * c->block_stride;
        blocks = most;
        while (blocks > smaller(c->bundle - block % c->bundle, end_block - block))
            blocks /= 2;
        landing there = *l;
        for (int64_t i = 0; i < count; i++, there.at.image++, source += c->image_stride)
            if (are_narrow(c, (int)blocks, rows, width))
                correlate_narrow(c, &there, block, (int)blocks, rows, width, source, room);
            else
                correlate_rows(c, &there, block, (int)blocks, rows, width, source, room);
    }
}

#endif
