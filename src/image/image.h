/*
 * Pictures: 8-bit RGB in h,w,3 order.  This is the one door for JPEG, PNG and WebP: training, classification
 * and serving all pass through it, and its limits are checked before anything is allocated.
 */
#ifndef RN_IMAGE_IMAGE_H
#define RN_IMAGE_IMAGE_H

#include "base/text.h"

typedef struct {
    int width, height;
    uint8_t *pixels;        /* h,w,3; owned */
} rn_image;

typedef struct {
    int64_t max_pixels;     /* 0: 89478485, as PIL warns */
    bool exif_rotate;
} rn_image_options;

/* `options` may be NULL.  `name` is for messages.  On failure the image is empty. */
rn_status rn_image_read(rn_image *image, const char *path, const rn_image_options *options);
rn_status rn_image_decode(rn_image *image, const void *bytes, size_t size, const char *name,
                          const rn_image_options *options);
rn_status rn_image_new(rn_image *image, int width, int height);
void rn_image_free(rn_image *image);

/* Pillow's resampling, bit for bit. */
typedef enum { RN_BILINEAR, RN_BICUBIC, RN_LANCZOS } rn_filter;
rn_status rn_image_resize(rn_image *to, const rn_image *from, int width, int height, rn_filter filter);

/* Whether a name looks like a picture's: .jpg .jpeg .png .webp in any case. */
bool rn_image_name(const char *path);

/* Append the bytes of a PNG file to `png`, or write that file. */
rn_status rn_image_encode_png(const rn_image *image, rn_text *png);
rn_status rn_image_write_png(const rn_image *image, const char *path);

#endif
