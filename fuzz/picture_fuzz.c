/*
 * The door for pictures.  What it lets in has the sides that the file's header claims, within the limit,
 * and is the same each time.
 */
#include "base/crc.h"
#include "fuzz/fuzz.h"
#include "image/codec.h"

#include <string.h>

enum { MOST_PIXELS = 1 << 18 };

/* ---- What the door promises ------------------------------------------------------------------ */

static void check_sides(const rn_image *image, rn_span data)
{
    MUST(image->width > 0 && image->height > 0 && (int64_t)image->width * image->height <= MOST_PIXELS,
         "%dx%d", image->width, image->height);
    if (!rn_codec_png.recognises(data))
        return;
    MUST(rn_big32(data.bytes + 16) == (uint32_t)image->width
         && rn_big32(data.bytes + 20) == (uint32_t)image->height, "%dx%d is not what the header says",
         image->width, image->height);
}

static void check_again(const rn_image *image, rn_span data)
{
    rn_image again;
    const rn_image_options options = { .max_pixels = MOST_PIXELS };
    MUST_OK(rn_image_decode(&again, data.bytes, data.size, FUZZ_NAME, &options));
    MUST(again.width == image->width && again.height == image->height, "other sides");
    MUST(memcmp(again.pixels, image->pixels, (size_t)image->width * (size_t)image->height * 3) == 0,
         "other pixels");
    rn_image_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const rn_image_options upright = { .max_pixels = MOST_PIXELS, .exif_rotate = true };
    const rn_image_options plain = { .max_pixels = MOST_PIXELS };
    rn_span span = { data, size };
    rn_image image;
    rn_status status = rn_image_decode(&image, data, size, FUZZ_NAME, &plain);
    fuzz_check_refusal(status);
    MUST((status == RN_OK) == (image.pixels != NULL), "status %d", status);
    if (status == RN_OK) {
        check_sides(&image, span);
        check_again(&image, span);
    }
    rn_image_free(&image);
    MUST(rn_image_decode(&image, data, size, FUZZ_NAME, &upright) == status, "%s", rn_error_text());
    rn_image_free(&image);
    return 0;
}

/* ---- Mending --------------------------------------------------------------------------------- */

static void put_big32(uint8_t *to, uint32_t number)
{
    for (int i = 0; i < 4; i++)
        to[i] = (uint8_t)(number >> (24 - 8 * i));
}

/* Each chunk: length, name, that many bytes, and the CRC of name and bytes. */
static void mend_png(uint8_t *data, size_t size)
{
    for (size_t at = 8, length; size >= 12 && at <= size - 12; at += 12 + length) {
        length = rn_big32(data + at);
        if (length > size - at - 12)
            length = size - at - 12;
        put_big32(data + at, (uint32_t)length);
        put_big32(data + at + 8 + length, rn_crc32(data + at + 4, length + 4));
    }
}

static void mend_webp(uint8_t *data, size_t size)
{
    for (int i = 0; i < 4; i++)
        data[4 + i] = (uint8_t)((size - 8) >> (8 * i));
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
    size = LLVMFuzzerMutate(data, size, max_size);
    rn_span span = { data, size };
    if (seed % 4 == 0)
        return size;
    if (rn_codec_png.recognises(span))
        mend_png(data, size);
    else if (rn_codec_webp.recognises(span))
        mend_webp(data, size);
    else if (rn_codec_jpeg.recognises(span) && size > 4)
        memcpy(data + size - 2, "\xff\xd9", 2);
    return size;
}
