/*
 * The training transforms: a table, and how a view is drawn.  All randomness comes from the stream that the
 * caller opens for the picture; numbers are drawn one a statement, so that their order is fixed.
 */
#include "image/resize.h"
#include "image/window.h"

#include <math.h>
#include <string.h>

static const rn_augment augments[] = {
    { .name = "none" },
    { .name = "cifar", .pad = 4, .flip = true },
    { .name = "imagenet", .jitter_low = 256, .jitter_high = 480, .flip = true, .colour = 0.1 },
    { .name = "torchvision", .area_low = 0.08, .area_high = 1, .flip = true },
};

enum { AUGMENTS = sizeof augments / sizeof *augments, PAPER_CROP = 224, AREA_TRIES = 10 };

static const char *const names[AUGMENTS + 1] = {
    augments[0].name, augments[1].name, augments[2].name, augments[3].name,
};
_Static_assert(AUGMENTS == 4, "every transform has its name in the list");

const char *const *rn_augment_names(void)
{
    return names;
}

rn_status rn_augment_named(rn_augment *augment, const char *name)
{
    for (int i = 0; i < AUGMENTS; i++)
        if (strcmp(augments[i].name, name) == 0) {
            *augment = augments[i];
            return RN_OK;
        }
    *augment = augments[0];
    const char *near = rn_suggest(name, names);
    rn_status status = rn_fail(RN_BAD_ARGUMENT, "unknown augmentation '%s'", name);
    return near ? rn_hint(status, "did you mean '%s'?", near) : status;
}

static int draw(rn_random *random, int low, int high)
{
    return low + (int)rn_random_below(random, (int64_t)high - low + 1);
}

static rn_box random_place(int width, int height, int room_across, int room_down, rn_random *random)
{
    rn_box box = { .width = width, .height = height };
    box.left = draw(random, 0, room_across - width);
    box.top = draw(random, 0, room_down - height);
    return box;
}

/* Section 3.4: the shorter side is drawn, then the place of the crop. */
static rn_resizing jittered(const rn_augment *augment, const rn_preprocess *rule, const rn_image *image,
                            rn_random *random)
{
    int w = image->width, h = image->height, shorter = w < h ? w : h;
    int ch = rule->crop_height, cw = rule->crop_width, crop = ch > cw ? ch : cw;
    int low = (int)lround((double)augment->jitter_low * crop / PAPER_CROP);
    int high = (int)lround((double)augment->jitter_high * crop / PAPER_CROP);
    int64_t side = draw(random, low, high);
    rn_resizing r = { .source = { 0, 0, w, h }, .filter = rule->filter,
                      .width = (int)(side * w / shorter), .height = (int)(side * h / shorter) };
    r.part = random_place(cw, ch, r.width, r.height, random);
    return r;
}

/* The largest central part whose aspect ratio is between 3/4 and 4/3. */
static rn_box central(const rn_image *image)
{
    int w = image->width, h = image->height;
    int wide = (int)lround(h * 4.0 / 3), tall = (int)lround(w * 4.0 / 3);
    rn_box box = { 0, 0, w < wide ? w : wide, h < tall ? h : tall };
    box.left = (w - box.width) / 2;
    box.top = (h - box.height) / 2;
    return box;
}

/* A part of random area and aspect ratio, as torchvision's RandomResizedCrop. */
static rn_box random_part(const rn_augment *augment, const rn_image *image, rn_random *random)
{
    double whole = (double)image->width * image->height, widest = log(4.0 / 3);
    for (int i = 0; i < AREA_TRIES; i++) {
        double area = whole * (augment->area_low
                               + (augment->area_high - augment->area_low) * rn_random_uniform(random));
        double aspect = exp(widest * (2 * rn_random_uniform(random) - 1));
        int w = (int)lround(sqrt(area * aspect)), h = (int)lround(sqrt(area / aspect));
        if (w > 0 && w <= image->width && h > 0 && h <= image->height)
            return random_place(w, h, image->width, image->height, random);
    }
    return central(image);
}

static rn_resizing stretched(const rn_augment *augment, const rn_preprocess *rule, const rn_image *image,
                             rn_random *random)
{
    return (rn_resizing){ .source = random_part(augment, image, random), .filter = rule->filter,
                          .width = rule->crop_width, .height = rule->crop_height,
                          .part = { 0, 0, rule->crop_width, rule->crop_height } };
}

static rn_status draw_view(rn_image *view, const rn_augment *augment, const rn_preprocess *rule,
                           const rn_image *image, rn_random *random)
{
    if (augment->jitter_high == 0 && augment->area_high == 0)
        return rn_view_open(view, rule, image);
    rn_resizing r = augment->jitter_high ? jittered(augment, rule, image, random)
                                         : stretched(augment, rule, image, random);
    return rn_image_resize_part(view, image, &r);
}

/* Colours vary along the principal components of ImageNet's pixels (Krizhevsky 2012, section 4.1). */
static void draw_colour(double *colour, double deviation, rn_random *random)
{
    static const double size[3] = { 0.2175, 0.0188, 0.0045 };
    static const double component[3][3] = {     /* red, green, blue x component */
        { -0.5675, 0.7192, 0.4009 }, { -0.5808, -0.0045, -0.8140 }, { -0.5836, -0.6948, 0.4203 },
    };
    for (int k = 0; k < 3; k++) {
        double amount = deviation * rn_random_normal(random) * size[k];
        for (int c = 0; c < 3; c++)
            colour[c] += component[c][k] * amount;
    }
}

rn_status rn_augment_apply(const rn_augment *augment, const rn_preprocess *rule, const rn_image *image,
                           rn_random *random, float *to)
{
    rn_image view;
    rn_window window = { 0 };
    RN_TRY(draw_view(&view, augment, rule, image, random));
    window.left = draw(random, -augment->pad, augment->pad);
    window.top = draw(random, -augment->pad, augment->pad);
    window.mirrored = rn_random_uniform(random) < 0.5 && augment->flip;
    if (augment->colour > 0)
        draw_colour(window.colour, augment->colour, random);
    rn_window_read(&window, rule, &view, to);
    rn_view_close(&view, image);
    return RN_OK;
}
