/*
 * Correlating rows: tiles along each row of the output, finished as they are done.
 */
#ifndef RN_BACKEND_CPU_CORRELATE_H
#define RN_BACKEND_CPU_CORRELATE_H

#include "backend/cpu/finish.h"
#include "backend/cpu/tile.h"

/* Rows of `width` outputs for the blocks first_block .. end_block; `room` holds 4 * SEGMENT vectors. */
static void correlate(correlation *c, const landing *l, int64_t first_block, int64_t end_block,
                      int64_t rows, int64_t width, float *room)
{
    if (c->row_stride == width * c->pixel && l->row_pixels == width && l->step == 1)
        width *= rows, rows = 1;
    const bool in_place = FLOAT_CELLS && l->step == 1 && !l->adds;
    const int64_t plane = l->to->shape.h * l->to->shape.w * VL;
    const int most = tile_blocks(smaller(c->bundle, end_block - first_block), width);
    for (int64_t block = first_block, blocks; block < end_block; block += blocks) {
        const float *source = c->source + block / c->bundle * c->blocks * c->block_stride;
        blocks = most;
        while (blocks > smaller(c->bundle - block % c->bundle, end_block - block))
            blocks /= 2;
        for (int64_t row = 0; row < rows; row++)
            for (int64_t x = 0; x < width; x += SEGMENT) {
                int64_t count = smaller(SEGMENT, width - x);
                int64_t first = l->origin + row * l->row_pixels + x * l->step;
                spot at = l->at;
                at.block = block;
                float *raw = in_place ? l->to->data + block_place(l->to->shape, &at) + first * VL : room;
                int64_t raw_block = in_place ? plane : SEGMENT * VL;
                c->soon = in_place ? (l->to->other ? l->to->other : l->to->data) + (raw - l->to->data) : NULL;
                segment(c, block, (int)blocks, count, source + row * c->row_stride + x * c->pixel, raw,
                        raw_block);
                for (int64_t b = 0; b < blocks; b++)
                    land(l, block + b, raw + b * raw_block, first, count);
            }
    }
}

#endif
