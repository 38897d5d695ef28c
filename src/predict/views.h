/*
 * How a model looks at a picture when it is tested (section 3.4).
 *
 *     1-crop      the middle of the resized picture: as the model's rule says
 *     10-crop     its four corners and its middle, and the same of its mirror image (torchvision's TenCrop)
 *     dense       all of it and its mirror image, by a network of that size: the fully-convolutional form
 *
 * and each of these at several sizes of the picture.  The answer is the mean of all views' probabilities, as
 * AlexNet, VGG and Caffe have it.  Within a dense view the places of the last feature map are averaged before
 * softmax: the classifier is linear, so that its mean over all places is its answer to their mean, which is
 * what the network's global average pooling gives to it.
 */
#ifndef RN_PREDICT_VIEWS_H
#define RN_PREDICT_VIEWS_H

#include "image/preprocess.h"

typedef enum { RN_ONE_CROP, RN_TEN_CROPS, RN_DENSE } rn_view_kind;

enum { RN_MAX_SCALES = 16, RN_MAX_WINDOWS = 10 };

typedef struct {
    rn_view_kind kind;
    int scales;                     /* 0: one, the rule's own; only of 1-crop */
    int scale[RN_MAX_SCALES];       /* the shorter side of the resized picture, pixels */
} rn_views;

/* "10-crop", "224,256,384" for a model of that rule; "" or NULL: 1-crop, and the rule's own size.  Views that
 * the rule has no room for are errors. */
rn_status rn_views_read(rn_views *views, const char *kind, const char *scales, const rn_preprocess *rule);

/* Whether windows are cut out of whole resized pictures, and whether there is more than one view. */
bool rn_views_want_whole(const rn_views *views);
bool rn_views_are_many(const rn_views *views);

/* Pictures so long and thin that the whole of one, resized, would find no place in memory are RN_BAD_FILE. */
rn_status rn_views_check(const rn_views *views, int width, int height);

/* Pictures are prepared once for each scale, by a rule that, where whole pictures are wanted, holds for those
 * of width x height alone. */
int rn_views_scales(const rn_views *views);
rn_preprocess rn_views_rule(const rn_views *views, int scale, const rn_preprocess *rule, int width,
                            int height);

/* A part of a whole resized picture: its place on the picture, and whether it is mirrored afterwards. */
typedef struct {
    int left, top, width, height;
    bool mirrored;
} rn_view_window;

/* The windows of a picture of width x height; returns how many.  `rule` tells the size of crops. */
int rn_views_windows(const rn_views *views, const rn_preprocess *rule, int width, int height,
                     rn_view_window window[RN_MAX_WINDOWS]);

/* Copy a window of `whole`, 3 x height x width numbers, to 3 x window height x window width. */
void rn_view_cut(const rn_view_window *window, const float *whole, int width, int height, float *to);

#endif
