/*
 * A sheet of small pictures in rows, each with its number above it: feature maps, filters.
 *
 *     rn_sheet sheet = { .tiles = 64, .width = 7, .height = 7 };
 *     RN_TRY(rn_sheet_open(&sheet));
 *     rn_sheet_put(&sheet, tile, rgb);        for each tile
 *     ... sheet.image ...
 *     rn_sheet_close(&sheet);
 */
#ifndef RN_IMAGE_SHEET_H
#define RN_IMAGE_SHEET_H

#include "image/image.h"

typedef struct {
    int tiles, width, height;       /* of each tile, in its own pixels */
    int zoom, columns;              /* chosen when it opens: pixels of the sheet for one of a tile */
    rn_image image;
} rn_sheet;

rn_status rn_sheet_open(rn_sheet *sheet);
void rn_sheet_close(rn_sheet *sheet);
void rn_sheet_put(rn_sheet *sheet, int tile, const uint8_t *rgb);      /* height,width,3 */

#endif
