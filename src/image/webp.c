/*
 * WebP through libwebp.  An animation is a list of frames (chunks "ANMF") on a canvas: the first one is put
 * in its place on black.
 */
#include "image/codec.h"

#include <string.h>
#include <webp/decode.h>

enum { RIFF_HEADER = 12, CHUNK_HEADER = 8, FRAME_HEADER = 16 };

static bool recognises(rn_span data)
{
    return rn_span_starts(data, "RIFF", 4) && data.size >= RIFF_HEADER
        && memcmp(data.bytes + 8, "WEBP", 4) == 0;
}

/* The payload of the first chunk with this tag, as much of it as there is; empty when there is none. */
static rn_span find_chunk(rn_span data, const char *tag)
{
    for (size_t at = RIFF_HEADER; at + CHUNK_HEADER <= data.size;) {
        size_t size = rn_little32(data.bytes + at + 4), rest = data.size - at - CHUNK_HEADER;
        if (memcmp(data.bytes + at, tag, 4) == 0)
            return (rn_span){ data.bytes + at + CHUNK_HEADER, size < rest ? size : rest };
        if (size >= rest)
            break;
        at += CHUNK_HEADER + size + (size & 1);
    }
    return (rn_span){ 0 };
}

static rn_span exif(rn_span data)
{
    return find_chunk(data, "EXIF");
}

static rn_status refuse(const rn_picture *picture, VP8StatusCode code)
{
    if (code == VP8_STATUS_OUT_OF_MEMORY)
        return rn_fail(RN_NO_MEMORY, "%s: out of memory for a WebP picture", picture->name);
    bool early = code == VP8_STATUS_NOT_ENOUGH_DATA || code == VP8_STATUS_SUSPENDED;
    return rn_fail(RN_BAD_FILE, early ? "%s: WebP data ends early" : "%s: damaged WebP data", picture->name);
}

static rn_status header(const rn_picture *picture, int64_t *width, int64_t *height)
{
    WebPBitstreamFeatures features;
    if ((uint64_t)rn_little32(picture->data.bytes + 4) + 8 > picture->data.size)
        return refuse(picture, VP8_STATUS_NOT_ENOUGH_DATA);
    VP8StatusCode code = WebPGetFeatures(picture->data.bytes, picture->data.size, &features);
    if (code != VP8_STATUS_OK)
        return refuse(picture, code);
    *width = features.width;
    *height = features.height;
    return RN_OK;
}

/* A coded picture and its place on the canvas. */
typedef struct {
    rn_span data;
    int64_t left, top;
} frame;

static int64_t little24(const uint8_t *b)
{
    return b[0] | b[1] << 8 | b[2] << 16;
}

static VP8StatusCode find_frame(rn_span data, const rn_image *image, frame *first)
{
    WebPBitstreamFeatures features;
    VP8StatusCode code = WebPGetFeatures(data.bytes, data.size, &features);
    *first = (frame){ .data = data };
    if (code == VP8_STATUS_OK && features.has_animation) {
        rn_span chunk = find_chunk(data, "ANMF");
        if (chunk.size <= FRAME_HEADER)
            return VP8_STATUS_NOT_ENOUGH_DATA;
        *first = (frame){ { chunk.bytes + FRAME_HEADER, chunk.size - FRAME_HEADER },
                          2 * little24(chunk.bytes), 2 * little24(chunk.bytes + 3) };
        code = WebPGetFeatures(first->data.bytes, first->data.size, &features);
    }
    if (code == VP8_STATUS_OK && (first->left + features.width > image->width
                                  || first->top + features.height > image->height))
        return VP8_STATUS_BITSTREAM_ERROR;
    return code;
}

static rn_status decode(const rn_picture *picture, rn_image *image)
{
    frame first;
    WebPDecoderConfig config;
    VP8StatusCode code = find_frame(picture->data, image, &first);
    if (code != VP8_STATUS_OK)
        return refuse(picture, code);
    if (!WebPInitDecoderConfig(&config))
        return rn_fail(RN_FAILED, "the WebP library is not of the version that this program was built for");
    size_t width = (size_t)image->width, start = ((size_t)first.top * width + (size_t)first.left) * 3;
    config.output.colorspace = MODE_RGB;
    config.output.is_external_memory = 1;
    config.output.u.RGBA.rgba = image->pixels + start;
    config.output.u.RGBA.stride = image->width * 3;
    config.output.u.RGBA.size = width * (size_t)image->height * 3 - start;
    code = WebPDecode(first.data.bytes, first.data.size, &config);
    WebPFreeDecBuffer(&config.output);
    return code == VP8_STATUS_OK ? RN_OK : refuse(picture, code);
}

const rn_codec rn_codec_webp = { recognises, header, decode, exif };
