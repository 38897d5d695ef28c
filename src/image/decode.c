/*
 * The one door for pictures: find the kind of file, check the sides against the limits, allocate, decode.
 * The result is 8-bit RGB, as Pillow's Image.open(file).convert("RGB") gives it: grey is repeated, palettes
 * are looked up, alpha is dropped, of an animation the first frame is taken, of 16-bit colours the high byte,
 * and 16-bit grey is clipped at 255.
 */
#include "image/codec.h"
#include "base/file.h"
#include "base/memory.h"

#include <string.h>
#include <strings.h>

static const rn_codec *const codecs[] = { &rn_codec_jpeg, &rn_codec_png, &rn_codec_webp };

/* What people give in place of a picture. */
static const struct {
    size_t at;
    const char *start, *what;
} strangers[] = {
    { 0, "GIF8", "a GIF picture" },
    { 0, "BM", "a BMP picture" },
    { 0, "II*", "a TIFF picture" },
    { 0, "MM", "a TIFF picture" },
    { 4, "ftypavif", "an AVIF picture" },
    { 4, "ftyp", "a HEIC picture or a video" },
    { 0, "%PDF", "a PDF document" },
    { 0, "PK\3\4", "a zip archive" },
    { 0, "version https://git-lfs", "a Git LFS pointer" },
    { 0, "<svg", "an SVG drawing" },
    { 0, "<?xml", "an XML document" },
    { 0, "<", "an HTML page" },
};

enum { DEFAULT_PIXELS = 89478485, LONGEST_SIDE = 65535, MILLION = 1000000 };

rn_status rn_image_new(rn_image *image, int width, int height)
{
    *image = (rn_image){ .width = width, .height = height };
    rn_status status = rn_allocate((void **)&image->pixels, (size_t)width * (size_t)height, 3, "a picture");
    if (status != RN_OK)
        *image = (rn_image){ 0 };
    return status;
}

void rn_image_free(rn_image *image)
{
    rn_free(image->pixels);
    *image = (rn_image){ 0 };
}

static rn_status refuse_stranger(const rn_picture *picture)
{
    rn_span data = picture->data;
    while (data.size && strchr(" \t\r\n", data.bytes[0]) && data.bytes[0])
        data.bytes++, data.size--;
    for (size_t i = 0; i < sizeof strangers / sizeof *strangers; i++) {
        const char *start = strangers[i].start, *what = strangers[i].what;
        size_t at = strangers[i].at, length = strlen(start);
        if (data.size >= at + length && memcmp(data.bytes + at, start, length) == 0)
            return rn_hint(rn_fail(RN_BAD_FILE, "%s: not a picture (looks like %s)", picture->name, what),
                           "JPEG, PNG and WebP pictures are read");
    }
    return rn_fail(RN_BAD_FILE, "%s: not a picture (JPEG, PNG or WebP)", picture->name);
}

static rn_status find_codec(const rn_codec **codec, const rn_picture *picture)
{
    if (!picture->data.size)
        return rn_fail(RN_BAD_FILE, "%s: empty file", picture->name);
    for (size_t i = 0; i < sizeof codecs / sizeof *codecs; i++)
        if (codecs[i]->recognises(picture->data)) {
            *codec = codecs[i];
            return RN_OK;
        }
    return refuse_stranger(picture);
}

static rn_status check_limits(const char *name, long long w, long long h, const rn_image_options *options)
{
    long long limit = options && options->max_pixels > 0 ? options->max_pixels : DEFAULT_PIXELS;
    if (w < 1 || h < 1)
        return rn_fail(RN_BAD_FILE, "%s: damaged picture (%lldx%lld pixels)", name, w, h);
    if (w > LONGEST_SIDE || h > LONGEST_SIDE)
        return rn_fail(RN_NO_MEMORY, "%s: %lldx%lld: a side is over %d pixels", name, w, h, LONGEST_SIDE);
    if (w * h <= limit)
        return RN_OK;
    bool millions = limit >= MILLION;
    return rn_hint(rn_fail(RN_NO_MEMORY, "%s: %lldx%lld is over the limit of %lld %s", name, w, h,
                           millions ? limit / MILLION : limit, millions ? "Mpixel" : "pixels"),
                   "--max-pixels %lld accepts it", w * h);
}

static rn_status decode_picture(rn_image *image, const rn_picture *picture, const rn_image_options *options)
{
    const rn_codec *codec = NULL;
    int64_t width = 0, height = 0;
    RN_TRY(find_codec(&codec, picture));
    RN_TRY(codec->header(picture, &width, &height));
    RN_TRY(check_limits(picture->name, width, height, options));
    RN_TRY(rn_while(rn_image_new(image, (int)width, (int)height), "%s", picture->name));
    RN_TRY(codec->decode(picture, image));
    if (!options || !options->exif_rotate)
        return RN_OK;
    int orientation = rn_exif_orientation(codec->exif(picture->data));
    return rn_while(rn_image_turn(image, orientation), "%s", picture->name);
}

rn_status rn_image_decode(rn_image *image, const void *bytes, size_t size, const char *name,
                          const rn_image_options *options)
{
    const rn_picture picture = { .name = name, .data = { bytes, size } };
    *image = (rn_image){ 0 };
    rn_status status = decode_picture(image, &picture, options);
    if (status != RN_OK)
        rn_image_free(image);
    return status;
}

rn_status rn_image_read(rn_image *image, const char *path, const rn_image_options *options)
{
    rn_map map;
    *image = (rn_image){ 0 };
    RN_TRY(rn_map_open(&map, path));
    rn_status status = rn_image_decode(image, map.bytes, map.size, path, options);
    rn_map_close(&map);
    return status;
}

bool rn_image_name(const char *path)
{
    static const char *const endings[] = { ".jpg", ".jpeg", ".png", ".webp" };
    const char *dot = strrchr(path, '.');
    for (size_t i = 0; dot && i < sizeof endings / sizeof *endings; i++)
        if (strcasecmp(dot, endings[i]) == 0)
            return true;
    return false;
}
