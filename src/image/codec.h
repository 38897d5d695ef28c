/*
 * The kinds of picture files behind the one door of image.h.  Each is a row: `recognises` looks at the first
 * bytes, `header` finds the sides, `decode` fills pixels that were allocated after the sides were found to be
 * within limits.  `decode` reads the header again and trusts only that: a mapped file may change meanwhile.
 */
#ifndef RN_IMAGE_CODEC_H
#define RN_IMAGE_CODEC_H

#include "image/image.h"

typedef struct {
    const uint8_t *bytes;
    size_t size;
} rn_span;

typedef struct {
    const char *name;       /* for messages */
    rn_span data;           /* the whole file */
} rn_picture;

typedef struct {
    bool (*recognises)(rn_span data);
    rn_status (*header)(const rn_picture *picture, int64_t *width, int64_t *height);
    rn_status (*decode)(const rn_picture *picture, rn_image *image);
    rn_span (*exif)(rn_span data);      /* what the camera wrote; empty when there is none */
} rn_codec;

extern const rn_codec rn_codec_jpeg, rn_codec_png, rn_codec_webp;

/* EXIF's orientation, 1 (upright) to 8. */
int rn_exif_orientation(rn_span exif);

/* Turn a picture of that orientation upright. */
rn_status rn_image_turn(rn_image *image, int orientation);

static inline bool rn_span_starts(rn_span data, const char *bytes, size_t size)
{
    return data.size >= size && __builtin_memcmp(data.bytes, bytes, size) == 0;
}

static inline uint32_t rn_big32(const uint8_t *b)
{
    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

static inline uint32_t rn_little32(const uint8_t *b)
{
    return (uint32_t)b[3] << 24 | (uint32_t)b[2] << 16 | (uint32_t)b[1] << 8 | b[0];
}

#endif
