/*
 * Numbers as colours: a colour map whose lightness rises evenly from dark blue through red to light yellow,
 * and a map of numbers laid over the picture that it belongs to.
 */
#ifndef RN_IMAGE_HEAT_H
#define RN_IMAGE_HEAT_H

#include "image/preprocess.h"

/* The colour of a number from 0 to 1; others count as the nearer of the two. */
void rn_heat_colour(double number, uint8_t rgb[3]);

typedef struct {
    int height, width;
    const float *value;         /* height x width, from 0 up; the largest gets the lightest colour */
    rn_part part;               /* of the picture that the map covers */
} rn_heat;

/* The picture in its own proportions and at a size to look at, mixed with the map's colours, 4 parts of 10.
 * What lies outside the map's part is shown dark and without colours. */
rn_status rn_heat_overlay(rn_image *to, const rn_image *picture, const rn_heat *heat);

#endif
