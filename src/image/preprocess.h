/*
 * From a picture to the numbers that a network reads.
 *
 * An rn_preprocess is the testing transform: it travels in the model file and is obeyed wherever the model is
 * used.  An rn_augment is a training transform: scale jitter, crop, flip, colour.  Both are rows of tables.
 */
#ifndef RN_IMAGE_PREPROCESS_H
#define RN_IMAGE_PREPROCESS_H

#include "base/random.h"
#include "image/image.h"

/*
 * The picture is resized so that its shorter side is `resize` (torchvision's Resize), its center is cropped
 * (torchvision's CenterCrop), and each value becomes (pixel * scale - mean) / std.
 *
 * The paper's own rules only subtract a mean.  They keep the scale 1/255 and std 1: the first convolution is
 * followed by batch normalization, so the scale of the input changes neither the function nor its gradient.
 */
typedef struct {
    char name[128];             /* "imagenet", "caffe", ..., "imagenet,filter=bicubic" */
    int resize;                 /* shorter side, pixels, not less than the crop; 0: none */
    bool exact;                 /* resize both sides to crop_height x crop_width, without a center crop */
    rn_filter filter;
    int crop_height, crop_width;
    bool bgr;                   /* blue first */
    float scale;                /* pixels are multiplied by this (1/255 or 1) ... */
    float mean[3], std[3];      /* ... then (p - mean) / std; in the order of the network's channels */
    bool per_pixel;             /* who trains measures mean_image; without one, mean serves */
    float *mean_image;          /* 3 x crop_height x crop_width, subtracted after scale instead of mean; or
                                 * NULL.  The per-pixel mean of sections 3.4 and 4.2.  Owned. */
} rn_preprocess;

/* A rule by name, perhaps with parts of it changed: "imagenet,resize=235,filter=bicubic"; docs/FORMATS.md. */
rn_status rn_preprocess_read(rn_preprocess *rule, const char *text);

/* Whether every number is within bounds; for rules from files. */
bool rn_preprocess_is_sane(const rn_preprocess *rule);

extern const char *const rn_filter_names[];         /* by rn_filter, NULL-terminated */
bool rn_filter_named(rn_filter *filter, const char *name);

/* A rule by its plain name, without a mean image; unknown names get a suggestion. */
rn_status rn_preprocess_named(rn_preprocess *rule, const char *name);
const char *const *rn_preprocess_names(void);       /* NULL-terminated */
rn_status rn_preprocess_copy(rn_preprocess *to, const rn_preprocess *from);
void rn_preprocess_free(rn_preprocess *rule);

/* The picture as 3 x crop_height x crop_width floats.  A picture of another size than the rule expects, with
 * no resize in it, is an error that says so. */
rn_status rn_preprocess_apply(const rn_preprocess *rule, const rn_image *image, float *to);

/* What a view of the crop's size lacks that was normalised by the mean of each colour: the mean image in its
 * place.  `view` is 3 x crop_height x crop_width, perhaps mirrored. */
void rn_preprocess_use_mean_image(const rn_preprocess *rule, bool mirrored, float *view);

/* The part of a picture, in its own pixels, that rn_preprocess_apply shows to the network. */
typedef struct { double left, top, width, height; } rn_part;
rn_status rn_preprocess_part(rn_part *part, const rn_preprocess *rule, const rn_image *image);

/*
 * Views are drawn in this order: jitter or area crop, or else the rule's own resize and crop; then the crop
 * out of the picture with `pad` zeros (of the normalised picture) around it; then the flip; then colour.
 * Ranges of the shorter side are meant for crops of 224 and shrink or grow with the rule's crop.
 */
typedef struct {
    char name[32];              /* "none", "cifar", "imagenet", "torchvision" */
    int pad;                    /* zeros around the picture before the crop (section 4.2: 4) */
    int jitter_low, jitter_high;/* shorter side drawn from this range (section 3.4: 256 to 480); 0: none */
    double area_low, area_high; /* scale and aspect-ratio crop (torchvision, fb.resnet.torch); 0: none */
    bool flip;
    double colour;              /* standard deviation of AlexNet's PCA colour noise; 0: none */
} rn_augment;

rn_status rn_augment_named(rn_augment *augment, const char *name);
const char *const *rn_augment_names(void);

/* A random view of the picture, normalised by `rule`; `random` decides everything. */
rn_status rn_augment_apply(const rn_augment *augment, const rn_preprocess *rule, const rn_image *image,
                           rn_random *random, float *to);

#endif
