/*
 * JPEG through TurboJPEG, with the settings of Pillow: accurate transform, smooth upsampling.  Damage that
 * the decoder can bridge is bridged, as in Pillow; a file without its end marker is refused.  Four colours
 * (CMYK, YCCK) arrive inverted, with and without Adobe's marker.
 */
#define _GNU_SOURCE
#include "image/codec.h"
#include "base/log.h"
#include "base/memory.h"

#include <string.h>
#include <turbojpeg.h>

enum { START_OF_SCAN = 0xda, APPLICATION_1 = 0xe1, ARITHMETIC = 0xc9, ARITHMETIC_PROGRESSIVE = 0xca };
enum { PIXELS_A_BYTE = 512 };   /* Huffman codes spend at least a bit on each 8x8 block */

static bool recognises(rn_span data)
{
    return rn_span_starts(data, "\xff\xd8\xff", 3);
}

typedef struct {
    int marker;
    rn_span payload;
    size_t end;         /* where the next one is looked for; start with 2 */
} segment;

static bool has_payload(int marker)
{
    return marker > 1 && !(marker >= 0xd0 && marker <= 0xd8);
}

/* The next segment before the pixels; false when there is no whole one. */
static bool next_segment(rn_span data, segment *s)
{
    size_t at = s->end;
    do {
        while (at < data.size && data.bytes[at] != 0xff)
            at++;
        while (at < data.size && data.bytes[at] == 0xff)
            at++;
        if (data.size < 3 || at > data.size - 3)
            return false;
        s->marker = data.bytes[at++];
    } while (!has_payload(s->marker));
    size_t length = (size_t)data.bytes[at] << 8 | data.bytes[at + 1];
    if (length < 2 || length > data.size - at)
        return false;
    s->payload = (rn_span){ data.bytes + at + 2, length - 2 };
    s->end = at + length;
    return true;
}

static rn_span exif(rn_span data)
{
    segment s = { .end = 2 };
    while (next_segment(data, &s) && s.marker != START_OF_SCAN)
        if (s.marker == APPLICATION_1 && rn_span_starts(s.payload, "Exif\0", 5))
            return s.payload;
    return (rn_span){ 0 };
}

/* Whether pixels were begun and the end marker follows; it cannot occur by chance inside the pixels' data. */
static bool is_whole(rn_span data, int64_t pixels)
{
    segment s = { .end = 2 };
    bool huffman = true;
    while (next_segment(data, &s)) {
        if (s.marker == ARITHMETIC || s.marker == ARITHMETIC_PROGRESSIVE)
            huffman = false;
        if (s.marker == START_OF_SCAN)
            return memmem(data.bytes + s.end, data.size - s.end, "\xff\xd9", 2)
                && !(huffman && (uint64_t)pixels / PIXELS_A_BYTE > data.size);
    }
    return false;
}

static rn_status refuse(const rn_picture *picture, tjhandle decoder)
{
    const char *text = tjGetErrorStr2(decoder), *function = strstr(text, "(): ");
    if (strstr(text, "memory"))
        return rn_fail(RN_NO_MEMORY, "%s: out of memory for a JPEG picture", picture->name);
    return rn_fail(RN_BAD_FILE, "%s: damaged JPEG (%s)", picture->name, function ? function + 4 : text);
}

/* A decoder that has read the header. */
typedef struct {
    tjhandle decoder;
    int width, height, colours;
} jpeg;

static rn_status open_jpeg(jpeg *j, const rn_picture *picture)
{
    int sampling = 0;
    *j = (jpeg){ .decoder = tjInitDecompress(), .colours = -1 };
    if (!j->decoder)
        return rn_fail(RN_NO_MEMORY, "%s: out of memory for a JPEG decoder", picture->name);
    int failed = tjDecompressHeader3(j->decoder, picture->data.bytes, picture->data.size,
                                     &j->width, &j->height, &sampling, &j->colours);
    /* A rare sampling that only the header function finds odd leaves everything else filled in. */
    if (!failed || (j->width > 0 && j->height > 0 && j->colours >= 0))
        return RN_OK;
    rn_status status = refuse(picture, j->decoder);
    tjDestroy(j->decoder);
    return status;
}

static rn_status header(const rn_picture *picture, int64_t *width, int64_t *height)
{
    jpeg j;
    if (!is_whole(picture->data, 0))
        return rn_fail(RN_BAD_FILE, "%s: JPEG data ends early", picture->name);
    RN_TRY(open_jpeg(&j, picture));
    *width = j.width;
    *height = j.height;
    tjDestroy(j.decoder);
    return RN_OK;
}

/* TurboJPEG calls an error that comes after a warning a warning, too; libjpeg's words tell them apart. */
static bool is_bridged(tjhandle decoder)
{
    static const char *const warnings[] = {
        "Corrupt JPEG data", "Premature end of JPEG file", "Inconsistent progression",
        "Invalid SOS parameters", "Unknown Adobe color transform", "Warning: ",
    };
    const char *text = tjGetErrorStr2(decoder);
    for (size_t i = 0; i < sizeof warnings / sizeof *warnings; i++)
        if (strncmp(text, warnings[i], strlen(warnings[i])) == 0)
            return tjGetErrorCode(decoder) == TJERR_WARNING;
    return false;
}

static rn_status decode_as(int format, const jpeg *j, const rn_picture *picture, const rn_image *image,
                           uint8_t *to)
{
    if (tjDecompress2(j->decoder, picture->data.bytes, picture->data.size, to, image->width, 0, image->height,
                      format, TJFLAG_LIMITSCANS) == 0)
        return RN_OK;
    if (!is_bridged(j->decoder))
        return refuse(picture, j->decoder);
    rn_detail("%s: %s", picture->name, tjGetErrorStr2(j->decoder));
    return RN_OK;
}

/* a * b / 255, rounded. */
static int times255(int a, int b)
{
    int t = a * b + 128;
    return ((t >> 8) + t) >> 8;
}

static rn_status decode_four_colours(const jpeg *j, const rn_picture *picture, rn_image *image)
{
    uint8_t *cmyk;
    size_t count = (size_t)image->width * (size_t)image->height;
    RN_TRY(rn_while(rn_allocate((void **)&cmyk, count, 4, "a CMYK picture"), "%s", picture->name));
    rn_status status = decode_as(TJPF_CMYK, j, picture, image, cmyk);
    const uint8_t *ink = cmyk;
    for (size_t i = 0; i < count; i++, ink += 4)
        for (size_t c = 0; c < 3; c++)
            image->pixels[3 * i + c] = (uint8_t)(ink[3] - times255(255 - ink[c], ink[3]));
    rn_free(cmyk);
    return status;
}

static rn_status decode(const rn_picture *picture, rn_image *image)
{
    jpeg j;
    if (!is_whole(picture->data, (int64_t)image->width * image->height))
        return rn_fail(RN_BAD_FILE, "%s: JPEG data ends early", picture->name);
    RN_TRY(open_jpeg(&j, picture));
    bool four = j.colours == TJCS_CMYK || j.colours == TJCS_YCCK;
    rn_status status = four ? decode_four_colours(&j, picture, image)
                            : decode_as(TJPF_RGB, &j, picture, image, image->pixels);
    tjDestroy(j.decoder);
    return status;
}

const rn_codec rn_codec_jpeg = { recognises, header, decode, exif };
