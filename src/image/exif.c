/*
 * The camera's note on which way is up (EXIF tag 0x112, in a TIFF directory inside the picture file), and
 * turning a picture accordingly.  A note that makes no sense counts as upright.
 */
#include "image/codec.h"

#include <string.h>

enum { ORIENTATION_TAG = 0x112, SHORT_TYPE = 3, ENTRY_SIZE = 12 };

typedef struct {
    rn_span data;
    bool big_endian;
} tiff;

static uint32_t number(const tiff *t, size_t at, int bytes)
{
    uint32_t value = 0;
    if (at > t->data.size || t->data.size - at < (size_t)bytes)
        return 0;
    for (int i = 0; i < bytes; i++)
        value = value << 8 | t->data.bytes[at + (size_t)(t->big_endian ? i : bytes - 1 - i)];
    return value;
}

int rn_exif_orientation(rn_span exif)
{
    if (rn_span_starts(exif, "Exif\0\0", 6))
        exif = (rn_span){ exif.bytes + 6, exif.size - 6 };
    if (!rn_span_starts(exif, "II*\0", 4) && !rn_span_starts(exif, "MM\0*", 4))
        return 1;
    const tiff t = { exif, exif.bytes[0] == 'M' };
    size_t directory = number(&t, 4, 4);
    uint32_t entries = number(&t, directory, 2);
    for (uint32_t i = 0; i < entries; i++) {
        size_t entry = directory + 2 + (size_t)i * ENTRY_SIZE;
        if (number(&t, entry, 2) != ORIENTATION_TAG || number(&t, entry + 2, 2) != SHORT_TYPE)
            continue;
        uint32_t orientation = number(&t, entry + 8, 2);
        return orientation >= 1 && orientation <= 8 ? (int)orientation : 1;
    }
    return 1;
}

/* Where the upright picture's pixel x, y is taken from: axes exchanged, then each mirrored or not. */
static const struct {
    bool exchange, mirror_x, mirror_y;
} turns[9] = {
    [2] = { .mirror_x = true },
    [3] = { .mirror_x = true, .mirror_y = true },
    [4] = { .mirror_y = true },
    [5] = { .exchange = true },
    [6] = { .exchange = true, .mirror_y = true },
    [7] = { .exchange = true, .mirror_x = true, .mirror_y = true },
    [8] = { .exchange = true, .mirror_x = true },
};

rn_status rn_image_turn(rn_image *image, int orientation)
{
    if (orientation == 1)
        return RN_OK;
    bool exchange = turns[orientation].exchange;
    bool mirror_x = turns[orientation].mirror_x, mirror_y = turns[orientation].mirror_y;
    rn_image from = *image, upright;
    RN_TRY(rn_image_new(&upright, exchange ? from.height : from.width, exchange ? from.width : from.height));
    uint8_t *to = upright.pixels;
    for (int y = 0; y < upright.height; y++)
        for (int x = 0; x < upright.width; x++, to += 3) {
            int u = exchange ? y : x, v = exchange ? x : y;
            size_t column = (size_t)(mirror_x ? from.width - 1 - u : u);
            size_t row = (size_t)(mirror_y ? from.height - 1 - v : v);
            memcpy(to, from.pixels + (row * (size_t)from.width + column) * 3, 3);
        }
    rn_image_free(image);
    *image = upright;
    return RN_OK;
}
