/* The testing transforms: a table of rules, and how a picture is resized, cropped and normalised by one. */
#include "image/preprocess.h"
#include "base/memory.h"
#include "image/resize.h"
#include "image/window.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#define BYTE_SCALE (1.0f / 255)
#define IMAGENET_MEAN { 0.485f, 0.456f, 0.406f }
#define IMAGENET_STD { 0.229f, 0.224f, 0.225f }
#define ONES { 1, 1, 1 }

/* The paper's per-pixel means come with the weights; until then the data set's mean colours stand here. */
static const rn_preprocess rules[] = {
    { .name = "imagenet", .resize = 256, .crop_height = 224, .crop_width = 224, .scale = BYTE_SCALE,
      .mean = IMAGENET_MEAN, .std = IMAGENET_STD },
    { .name = "imagenet-v2", .resize = 232, .crop_height = 224, .crop_width = 224, .scale = BYTE_SCALE,
      .mean = IMAGENET_MEAN, .std = IMAGENET_STD },
    { .name = "inception", .resize = 256, .crop_height = 224, .crop_width = 224, .scale = BYTE_SCALE,
      .mean = { 0.5f, 0.5f, 0.5f }, .std = { 0.5f, 0.5f, 0.5f } },
    { .name = "caffe", .resize = 256, .crop_height = 224, .crop_width = 224, .bgr = true, .scale = 1,
      .mean = { 103.939f, 116.779f, 123.68f }, .std = ONES },
    { .name = "cifar-imagenet-norm", .resize = 32, .crop_height = 32, .crop_width = 32, .scale = BYTE_SCALE,
      .mean = IMAGENET_MEAN, .std = IMAGENET_STD },
    { .name = "paper-cifar", .resize = 32, .crop_height = 32, .crop_width = 32, .scale = BYTE_SCALE,
      .mean = { 0.4914f, 0.4822f, 0.4465f }, .std = ONES, .per_pixel = true },
    { .name = "paper-imagenet", .resize = 256, .crop_height = 224, .crop_width = 224, .scale = BYTE_SCALE,
      .mean = IMAGENET_MEAN, .std = ONES },
    { .name = "builtin", .resize = 32, .crop_height = 32, .crop_width = 32, .scale = BYTE_SCALE,
      .mean = { 0.5f, 0.5f, 0.5f }, .std = { 0.25f, 0.25f, 0.25f } },
};

enum { RULES = sizeof rules / sizeof *rules };

static const char *const names[RULES + 1] = {
    rules[0].name, rules[1].name, rules[2].name, rules[3].name, rules[4].name, rules[5].name, rules[6].name,
    rules[7].name,
};
_Static_assert(RULES == 8, "every rule has its name in the list");

const char *const *rn_preprocess_names(void)
{
    return names;
}

rn_status rn_preprocess_named(rn_preprocess *rule, const char *name)
{
    for (int i = 0; i < RULES; i++)
        if (strcmp(rules[i].name, name) == 0) {
            *rule = rules[i];
            return RN_OK;
        }
    *rule = (rn_preprocess){ 0 };
    const char *near = rn_suggest(name, names);
    rn_status status = rn_fail(RN_BAD_ARGUMENT, "unknown preprocessing '%s'", name);
    return near ? rn_hint(status, "did you mean '%s'?", near) : status;
}

static size_t values(const rn_preprocess *rule)
{
    return 3 * (size_t)rule->crop_height * (size_t)rule->crop_width;
}

rn_status rn_preprocess_copy(rn_preprocess *to, const rn_preprocess *from)
{
    *to = *from;
    to->mean_image = NULL;
    if (!from->mean_image)
        return RN_OK;
    RN_TRY(rn_new(&to->mean_image, values(from)));
    memcpy(to->mean_image, from->mean_image, values(from) * sizeof *from->mean_image);
    return RN_OK;
}

void rn_preprocess_free(rn_preprocess *rule)
{
    rn_free(rule->mean_image);
    rule->mean_image = NULL;
}

int rn_center(int side, int crop)
{
    int half = (side - crop) / 2;
    return (side - crop) % 2 ? half + half % 2 : half;
}

static rn_status choose_crop(rn_resizing *r, const rn_preprocess *rule, const rn_image *image)
{
    int w = image->width, h = image->height, shorter = w < h ? w : h;
    int cw = rule->crop_width, ch = rule->crop_height;
    int64_t width = rule->exact ? cw : (int64_t)rule->resize * w / shorter;
    int64_t height = rule->exact ? ch : (int64_t)rule->resize * h / shorter;
    if (width < cw || height < ch || width > INT32_MAX || height > INT32_MAX)
        return rn_fail(RN_BAD_FILE, "cannot resize %dx%d pixels to the shorter side %d and crop %dx%d",
                       w, h, rule->resize, cw, ch);
    *r = (rn_resizing){ .source = { 0, 0, w, h }, .width = (int)width, .height = (int)height,
                        .filter = rule->filter };
    r->part = (rn_box){ rn_center(r->width, cw), rn_center(r->height, ch), cw, ch };
    return RN_OK;
}

rn_preprocess rn_preprocess_whole(const rn_preprocess *rule, int shorter, int width, int height)
{
    rn_preprocess whole = *rule;
    whole.mean_image = NULL;
    int least = width < height ? width : height;
    whole.resize = shorter;
    whole.crop_width = (int)((int64_t)shorter * width / least);
    whole.crop_height = (int)((int64_t)shorter * height / least);
    return whole;
}

static bool fits(const rn_preprocess *rule, const rn_image *image)
{
    int shorter = image->width < image->height ? image->width : image->height;
    return image->width == rule->crop_width && image->height == rule->crop_height
        && (rule->exact || rule->resize == 0 || rule->resize == shorter);
}

rn_status rn_view_open(rn_image *view, const rn_preprocess *rule, const rn_image *image)
{
    if (fits(rule, image)) {
        *view = *image;
        return RN_OK;
    }
    rn_resizing r;
    *view = (rn_image){ 0 };
    if (!rule->exact && rule->resize == 0)
        return rn_fail(RN_BAD_FILE, "a picture of %dx%d pixels, this model reads %dx%d and does not resize",
                       image->width, image->height, rule->crop_width, rule->crop_height);
    RN_TRY(choose_crop(&r, rule, image));
    return rn_image_resize_part(view, image, &r);
}

rn_status rn_preprocess_part(rn_part *part, const rn_preprocess *rule, const rn_image *image)
{
    rn_resizing r;
    *part = (rn_part){ 0, 0, image->width, image->height };
    if (fits(rule, image))
        return RN_OK;
    RN_TRY(choose_crop(&r, rule, image));
    double across = (double)image->width / r.width, down = (double)image->height / r.height;
    *part = (rn_part){ r.part.left * across, r.part.top * down, r.part.width * across, r.part.height * down };
    return RN_OK;
}

void rn_view_close(rn_image *view, const rn_image *image)
{
    if (view->pixels != image->pixels)
        rn_image_free(view);
}

/* torchvision divides by 255; multiplied by 1/255, which is no float, many numbers would differ in their last
 * bit. */
static float divisor(float scale)
{
    double exact = 1 / (double)scale, whole = rint(exact);
    return (float)(fabs(whole * (double)scale - 1) < 1e-6 ? whole : exact);
}

/* What each of the 256 intensities becomes in this channel. */
static void tabulate(float *table, const rn_preprocess *rule, int channel, double colour)
{
    float added = (float)(colour * 255) * rule->scale, whole = divisor(rule->scale);
    float mean = rule->mean_image ? 0 : rule->mean[channel];
    for (int i = 0; i < 256; i++)
        table[i] = ((float)i / whole + added - mean) / rule->std[channel];
}

static void subtract_mean(const rn_preprocess *rule, int channel, size_t from, int count, float *to, int step)
{
    const float *mean = rule->mean_image + (size_t)channel * values(rule) / 3 + from;
    for (int x = 0; x < count; x++)
        to[x * step] -= mean[x] / rule->std[channel];
}

void rn_preprocess_use_mean_image(const rn_preprocess *rule, bool mirrored, float *view)
{
    const int width = rule->crop_width, rows = rule->crop_height;
    for (int row = 0; row < 3 * rows; row++, view += width) {
        const int channel = row / rows;
        const float *mean = rule->mean_image + (ptrdiff_t)row * width;
        for (int x = 0; x < width; x++)
            view[mirrored ? width - 1 - x : x] -= (mean[x] - rule->mean[channel]) / rule->std[channel];
    }
}

static void read_channel(int channel, const rn_window *window, const rn_preprocess *rule,
                         const rn_image *image, float *to)
{
    float table[256];
    int colour = rule->bgr ? 2 - channel : channel, width = rule->crop_width, left = window->left;
    int first = left < 0 ? 0 : left, end = left + width < image->width ? left + width : image->width;
    int step = window->mirrored ? -1 : 1, at = window->mirrored ? width - 1 - (first - left) : first - left;
    tabulate(table, rule, channel, window->colour[colour]);
    for (int row = 0; row < rule->crop_height; row++, to += width) {
        int y = row + window->top;
        if (y < 0 || y >= image->height)
            continue;
        const uint8_t *p = image->pixels + ((size_t)y * (size_t)image->width + (size_t)first) * 3 + colour;
        for (int x = 0; x < end - first; x++)
            to[at + x * step] = table[p[3 * x]];
        if (rule->mean_image)
            subtract_mean(rule, channel, (size_t)(y * width + first), end - first, to + at, step);
    }
}

void rn_window_read(const rn_window *window, const rn_preprocess *rule, const rn_image *image, float *to)
{
    assert(image->width == rule->crop_width && image->height == rule->crop_height);
    if (window->left || window->top)
        memset(to, 0, values(rule) * sizeof *to);
    for (int channel = 0; channel < 3; channel++)
        read_channel(channel, window, rule, image, to + (size_t)channel * values(rule) / 3);
}

rn_status rn_preprocess_apply(const rn_preprocess *rule, const rn_image *image, float *to)
{
    rn_image view;
    RN_TRY(rn_view_open(&view, rule, image));
    rn_window_read(&(rn_window){ 0 }, rule, &view, to);
    rn_view_close(&view, image);
    return RN_OK;
}
