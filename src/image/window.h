/*
 * What both transforms end in: a window of the rule's crop size looks at a picture, and what it sees becomes
 * normalised numbers.
 */
#ifndef RN_IMAGE_WINDOW_H
#define RN_IMAGE_WINDOW_H

#include "image/preprocess.h"

typedef struct {
    int left, top;          /* of the window on the picture; what it sees beyond the edges is zero */
    bool mirrored;          /* left and right exchanged */
    double colour[3];       /* added to red, green and blue, in parts of full intensity */
} rn_window;

/* `to`: 3 x crop_height x crop_width. */
void rn_window_read(const rn_window *window, const rn_preprocess *rule, const rn_image *image, float *to);

/* The picture resized and cropped as the rule says: `image` itself where it already has the crop's size.
 * rn_view_close frees a view that is not `image`. */
rn_status rn_view_open(rn_image *view, const rn_preprocess *rule, const rn_image *image);
void rn_view_close(rn_image *view, const rn_image *image);

/* The rule that shows the whole of a picture of these sides, the shorter one resized to `shorter`.  It
 * subtracts the mean of each colour: a mean image fits crops alone. */
rn_preprocess rn_preprocess_whole(const rn_preprocess *rule, int shorter, int width, int height);

/* Where torchvision's CenterCrop begins: half of what is cut away, halves rounded to even. */
int rn_center(int side, int crop);

#endif
