/* Tiles are enlarged by whole pixels, so that each number of a map stays one square. */
#include "image/sheet.h"

#include <math.h>
#include <string.h>

enum {
    WANTED_SIDE = 1600,             /* of the sheet, where tiles are small enough */
    MOST_TILE = 160,                /* side of a tile that had to be enlarged */
    GLYPH_WIDTH = 3, GLYPH_HEIGHT = 5, GLYPH_ZOOM = 2,
    NUMBER_HEIGHT = GLYPH_HEIGHT * GLYPH_ZOOM + 3, LEAST_CELL = 4 * (GLYPH_WIDTH + 1) * GLYPH_ZOOM,
    GAP = 6, PAPER = 255, INK = 40
};

static const char *const digit[] = {
    "####.##.##.####", ".#.##..#..#.###", "###..#####..###", "###..#.##..####", "#.##.####..#..#",
    "####..###..####", "####..####.####", "###..#..#..#..#", "####.#####.####", "####.####..####",
};

static int larger(int a, int b)
{
    return a > b ? a : b;
}

static int cell_width(const rn_sheet *sheet)
{
    return larger(sheet->width * sheet->zoom, LEAST_CELL) + GAP;
}

static int cell_height(const rn_sheet *sheet)
{
    return sheet->height * sheet->zoom + NUMBER_HEIGHT + GAP;
}

static void choose_zoom(rn_sheet *sheet)
{
    int side = larger(sheet->width, sheet->height), columns = (int)ceil(sqrt(sheet->tiles));
    int room = WANTED_SIDE / columns - GAP;
    sheet->zoom = larger(1, (room < MOST_TILE ? room : MOST_TILE) / side);
    int wide = larger(1, columns * cell_height(sheet) / cell_width(sheet));
    sheet->columns = sheet->tiles < wide ? sheet->tiles : wide;
}

rn_status rn_sheet_open(rn_sheet *sheet)
{
    choose_zoom(sheet);
    int rows = (sheet->tiles + sheet->columns - 1) / sheet->columns;
    int64_t width = (int64_t)cell_width(sheet) * sheet->columns + GAP;
    int64_t height = (int64_t)cell_height(sheet) * rows + GAP;
    if (width * height > 1 << 28)
        return rn_fail(RN_NO_MEMORY, "a sheet of %d tiles of %dx%d would have %lldx%lld pixels",
                       sheet->tiles, sheet->width, sheet->height, (long long)width, (long long)height);
    RN_TRY(rn_image_new(&sheet->image, (int)width, (int)height));
    memset(sheet->image.pixels, PAPER, (size_t)(3 * width * height));
    return RN_OK;
}

void rn_sheet_close(rn_sheet *sheet)
{
    rn_image_free(&sheet->image);
}

static void fill_square(rn_image *image, int x, int y, int side, const uint8_t rgb[3])
{
    for (int row = y; row < y + side; row++)
        for (int column = x; column < x + side; column++)
            memcpy(image->pixels + ((size_t)row * (size_t)image->width + (size_t)column) * 3, rgb, 3);
}

static void write_digit(rn_image *image, int x, int y, int value)
{
    static const uint8_t ink[3] = { INK, INK, INK };
    for (int i = 0; i < GLYPH_WIDTH * GLYPH_HEIGHT; i++)
        if (digit[value][i] == '#')
            fill_square(image, x + i % GLYPH_WIDTH * GLYPH_ZOOM, y + i / GLYPH_WIDTH * GLYPH_ZOOM, GLYPH_ZOOM,
                        ink);
}

static void write_number(rn_image *image, int x, int y, int number)
{
    char text[16];
    snprintf(text, sizeof text, "%d", number);
    for (const char *c = text; *c; c++, x += (GLYPH_WIDTH + 1) * GLYPH_ZOOM)
        write_digit(image, x, y, *c - '0');
}

void rn_sheet_put(rn_sheet *sheet, int tile, const uint8_t *rgb)
{
    int left = GAP + tile % sheet->columns * cell_width(sheet);
    int top = GAP + tile / sheet->columns * cell_height(sheet);
    write_number(&sheet->image, left, top, tile);
    for (int y = 0; y < sheet->height; y++)
        for (int x = 0; x < sheet->width; x++, rgb += 3)
            fill_square(&sheet->image, left + x * sheet->zoom, top + NUMBER_HEIGHT + y * sheet->zoom,
                        sheet->zoom, rgb);
}
