/*
 * Resizing with any geometry: a part of the result is the same as that part of the whole result, a
 * picture of one colour keeps it, and every window of the training views lies where it should.
 */
#include "base/memory.h"
#include "fuzz/fuzz.h"
#include "image/preprocess.h"
#include "image/resize.h"

#include <math.h>
#include <string.h>

enum { LONGEST = 80 };

static int number(fuzz_source *from, int least, int most)
{
    return (int)fuzz_number(from, (uint32_t)least, (uint32_t)most);
}

static rn_box box(fuzz_source *from, int width, int height)
{
    rn_box b = { .left = number(from, 0, width - 1), .top = number(from, 0, height - 1) };
    b.width = number(from, 1, width - b.left);
    b.height = number(from, 1, height - b.top);
    return b;
}

/* Pixels from the rest of the input, again and again; of one colour when there is none. */
static rn_image picture(fuzz_source *from, bool *one_colour)
{
    rn_image image;
    MUST_OK(rn_image_new(&image, number(from, 1, LONGEST), number(from, 1, LONGEST)));
    *one_colour = from->size < 3;
    for (size_t i = 0; i < 3 * (size_t)image.width * (size_t)image.height; i++)
        image.pixels[i] = *one_colour ? 200 : from->bytes[i % from->size];
    return image;
}

static const uint8_t *pixel(const rn_image *image, int x, int y)
{
    return image->pixels + 3 * ((size_t)y * (size_t)image->width + (size_t)x);
}

static void check_part(const rn_image *image, fuzz_source *from, bool one_colour)
{
    rn_image part, whole;
    rn_resizing r = { .width = number(from, 1, LONGEST), .height = number(from, 1, LONGEST),
                      .filter = (rn_filter)number(from, RN_BILINEAR, RN_LANCZOS) };
    r.source = box(from, image->width, image->height);
    r.part = box(from, r.width, r.height);
    MUST_OK(rn_image_resize_part(&part, image, &r));
    rn_resizing all = r;
    all.part = (rn_box){ 0, 0, r.width, r.height };
    MUST_OK(rn_image_resize_part(&whole, image, &all));
    for (int y = 0; y < part.height; y++)
        MUST(memcmp(pixel(&part, 0, y), pixel(&whole, r.part.left, r.part.top + y),
                    3 * (size_t)part.width) == 0, "row %d of %dx%d in %dx%d differs", y, part.width,
             part.height, r.width, r.height);
    for (size_t i = 0; one_colour && i < 3 * (size_t)part.width * (size_t)part.height; i++)
        MUST(part.pixels[i] == 200, "a picture of one colour has %d", part.pixels[i]);
    rn_image_free(&part);
    rn_image_free(&whole);
}

static void check_views(const rn_image *image, fuzz_source *from)
{
    rn_preprocess rule;
    rn_augment augment;
    float *view;
    const char *const *names = rn_augment_names();
    int kinds = 0;
    while (names[kinds])
        kinds++;
    MUST_OK(rn_preprocess_named(&rule, "imagenet"));
    MUST_OK(rn_augment_named(&augment, names[number(from, 0, kinds - 1)]));
    rule.crop_height = number(from, 1, LONGEST);
    rule.crop_width = number(from, 1, LONGEST);
    rule.resize = number(from, 0, LONGEST);
    rule.exact = number(from, 0, 1);
    size_t count = 3 * (size_t)rule.crop_height * (size_t)rule.crop_width;
    MUST_OK(rn_new(&view, count));
    rn_random random = rn_random_open(fuzz_number(from, 0, 255), 0, 0);
    for (int kind = 0; kind < 2; kind++) {
        rn_status status = kind ? rn_augment_apply(&augment, &rule, image, &random, view)
                                : rn_preprocess_apply(&rule, image, view);
        MUST(status == RN_OK || status == RN_BAD_FILE, "%s", rn_error_text());
        for (size_t i = 0; status == RN_OK && i < count; i++)
            MUST(isfinite(view[i]), "number %zu", i);
    }
    rn_free(view);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_source geometry = { data, size < 24 ? size : 24 };
    fuzz_source colours = { data + geometry.size, size - geometry.size };
    bool one_colour;
    rn_image image = picture(&colours, &one_colour);
    check_part(&image, &geometry, one_colour);
    check_views(&image, &geometry);
    rn_image_free(&image);
    return 0;
}
