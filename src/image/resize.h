/*
 * Resizing a part of a picture to a part of a larger one: what a crop of a resized picture shows, without
 * computing the rest.  Bit for bit the same as cropping, resizing with Pillow, and cropping again.
 */
#ifndef RN_IMAGE_RESIZE_H
#define RN_IMAGE_RESIZE_H

#include "image/image.h"

typedef struct { int left, top, width, height; } rn_box;

typedef struct {
    rn_box source;          /* inside the picture ... */
    int width, height;      /* ... is stretched to these sides, ... */
    rn_box part;            /* of which this is computed */
    rn_filter filter;
} rn_resizing;

rn_status rn_image_resize_part(rn_image *to, const rn_image *from, const rn_resizing *resizing);

#endif
