/* The training transforms: what each may show, that chance decides it evenly, and that nothing else does. */
#include "base/memory.h"
#include "base/random.h"
#include "image/golden.h"
#include "image/preprocess.h"

#include <math.h>
#include <time.h>

enum { SIDE = 32, AREA = SIDE * SIDE, PAD = 4, BATCH = 128 };

static void named(rn_augment *augment, const char *name, rn_preprocess *rule, const char *rule_name)
{
    CHECK_OK(rn_augment_named(augment, name));
    CHECK_OK(rn_preprocess_named(rule, rule_name));
}

/* Pixels that tell their place: red is the column, green the row. */
static rn_image chart(int width, int height)
{
    rn_image image;
    CHECK_OK(rn_image_new(&image, width, height));
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++) {
            uint8_t *p = image.pixels + (y * width + x) * 3;
            p[0] = (uint8_t)(x * 255 / (width - 1));
            p[1] = (uint8_t)(y * 255 / (height - 1));
            p[2] = 77;
        }
    return image;
}

/* The plain way: pad the normalised picture, crop, mirror. */
static bool is_shifted(const float *whole, const float *to, int left, int top, bool mirrored)
{
    for (int c = 0; c < 3; c++)
        for (int y = 0; y < SIDE; y++)
            for (int x = 0; x < SIDE; x++) {
                int u = (mirrored ? SIDE - 1 - x : x) + left, v = y + top;
                bool inside = u >= 0 && u < SIDE && v >= 0 && v < SIDE;
                if (to[c * AREA + y * SIDE + x] != (inside ? whole[c * AREA + v * SIDE + u] : 0))
                    return false;
            }
    return true;
}

static void find_shift(const float *whole, const float *to, int found[2 * PAD + 1][2 * PAD + 1][2])
{
    int matches = 0;
    for (int left = -PAD; left <= PAD; left++)
        for (int top = -PAD; top <= PAD; top++)
            for (int mirrored = 0; mirrored < 2; mirrored++)
                if (is_shifted(whole, to, left, top, mirrored)) {
                    found[left + PAD][top + PAD][mirrored]++;
                    matches++;
                }
    CHECK(matches == 1, "%d shifts explain the view", matches);
}

static void shift_cifar_pictures(bool with_mean_image)
{
    rn_augment augment;
    rn_preprocess rule;
    float whole[3 * AREA], to[3 * AREA];
    int found[2 * PAD + 1][2 * PAD + 1][2] = { 0 }, mirrored = 0, seen = 0;
    rn_image image = chart(SIDE, SIDE);
    named(&augment, "cifar", &rule, "paper-cifar");
    if (with_mean_image)
        CHECK_OK(rn_new(&rule.mean_image, 3 * AREA));
    for (int i = 0; with_mean_image && i < 3 * AREA; i++)
        rule.mean_image[i] = (float)(i * 7 % 101) / 100;
    CHECK_OK(rn_preprocess_apply(&rule, &image, whole));
    for (uint64_t i = 0; i < 1000; i++) {
        rn_random random = rn_random_open(3, 1, i);
        CHECK_OK(rn_augment_apply(&augment, &rule, &image, &random, to));
        find_shift(whole, to, found);
    }
    for (int i = 0; i < 81; i++) {
        seen += found[i / 9][i % 9][0] + found[i / 9][i % 9][1] > 0;
        mirrored += found[i / 9][i % 9][1];
    }
    CHECK(seen == 81, "%d of 81 places", seen);
    CHECK(mirrored > 430 && mirrored < 570, "%d of 1000 mirrored", mirrored);
    rn_preprocess_free(&rule);
    rn_image_free(&image);
}

/* From the chart's first and last columns: how much of the picture's width and height a view shows. */
static void view_of(const float *to, int height, int width, double *across, double *down)
{
    const float *green = to + height * width;
    *across = fabs(to[width - 1] - to[0]) * width / (width - 1);
    *down = fabs(green[(height - 1) * width] - green[0]) * height / (height - 1);
}

/* Section 3.4: a square picture's view shows crop / side of it, where the side is drawn from a range. */
static void jitter_scale(int crop)
{
    rn_augment augment;
    rn_preprocess rule;
    rn_image image = chart(250, 250);
    double least = 1, most = 0;
    float *to;
    CHECK_OK(rn_new(&to, 3 * crop * crop));
    named(&augment, "imagenet", &rule, "paper-imagenet");
    augment.colour = 0;
    rule.crop_height = rule.crop_width = crop;
    for (uint64_t i = 0; i < 200; i++) {
        double across, down;
        rn_random random = rn_random_open(3, 1, i);
        CHECK_OK(rn_augment_apply(&augment, &rule, &image, &random, to));
        view_of(to, crop, crop, &across, &down);
        CHECK(fabs(across - down) < 0.03, "view of %g by %g", across, down);
        least = fmin(least, across);
        most = fmax(most, across);
    }
    CHECK(fabs(least - 224.0 / 480) < 0.04 && fabs(most - 224.0 / 256) < 0.04,
          "crop %d: views from %g to %g", crop, least, most);
    rn_free(to);
    rn_image_free(&image);
}

static void take_random_areas(void)
{
    rn_augment augment;
    rn_preprocess rule;
    rn_image image = chart(200, 160);
    double least = 1, most = 0;
    static float to[3 * 64 * 64];
    named(&augment, "torchvision", &rule, "paper-imagenet");
    rule.crop_height = rule.crop_width = 64;
    for (uint64_t i = 0; i < 400; i++) {
        double across, down;
        rn_random random = rn_random_open(3, 1, i);
        CHECK_OK(rn_augment_apply(&augment, &rule, &image, &random, to));
        view_of(to, 64, 64, &across, &down);
        double aspect = across * 200 / (down * 160);
        CHECK(aspect > 0.68 && aspect < 1.48, "aspect ratio %g", aspect);
        least = fmin(least, across * down);
        most = fmax(most, across * down);
    }
    CHECK(least > 0.06 && least < 0.15 && most > 0.85, "areas from %g to %g", least, most);
    rn_image_free(&image);
    image = chart(300, 2);      /* no part of it fits: the central one is taken */
    rn_random random = rn_random_open(3, 1, 0);
    CHECK_OK(rn_augment_apply(&augment, &rule, &image, &random, to));
    rn_image_free(&image);
}

/* The noise of the three channels has AlexNet's covariance: component x (0.1 size)^2 x component. */
static void vary_colour(void)
{
    enum { DRAWS = 4000 };
    rn_augment augment;
    rn_preprocess rule;
    rn_image image = chart(SIDE, SIDE);
    float whole[3 * AREA], to[3 * AREA];
    double red = 0, green = 0, both = 0;
    named(&augment, "imagenet", &rule, "paper-cifar");
    augment.jitter_high = 0;
    augment.flip = false;
    CHECK_OK(rn_preprocess_apply(&rule, &image, whole));
    for (uint64_t i = 0; i < DRAWS; i++) {
        rn_random random = rn_random_open(3, 1, i);
        CHECK_OK(rn_augment_apply(&augment, &rule, &image, &random, to));
        double r = to[5] - whole[5], g = to[AREA + 9] - whole[AREA + 9];
        CHECK(fabs(to[AREA - 1] - whole[AREA - 1] - r) < 1e-5, "the same for every pixel");
        red += r * r / DRAWS, green += g * g / DRAWS, both += r * g / DRAWS;
    }
    CHECK(fabs(sqrt(red) / 0.012421 - 1) < 0.05 && fabs(sqrt(green) / 0.012638 - 1) < 0.05,
          "deviations %g and %g", sqrt(red), sqrt(green));
    CHECK(fabs(both / sqrt(red * green) - 0.992) < 0.005, "correlation %g", both / sqrt(red * green));
    rn_image_free(&image);
}

static void depend_on_chance_alone(void)
{
    rn_image image = chart(90, 70);
    static float a[3 * 224 * 224], b[3 * 224 * 224];
    for (const char *const *name = rn_augment_names(); *name; name++) {
        rn_augment augment;
        rn_preprocess rule;
        named(&augment, *name, &rule, "imagenet");
        rn_random first = rn_random_open(1, 2, 3), second = first, other = rn_random_open(1, 2, 4);
        CHECK_OK(rn_augment_apply(&augment, &rule, &image, &first, a));
        CHECK_OK(rn_augment_apply(&augment, &rule, &image, &second, b));
        CHECK(memcmp(a, b, sizeof a) == 0, "%s: the same numbers, the same view", *name);
        CHECK_OK(rn_augment_apply(&augment, &rule, &image, &other, b));
        CHECK((memcmp(a, b, sizeof a) == 0) == (strcmp(*name, "none") == 0), "%s: other numbers", *name);
        for (int k = 1; k < 8; k++) {
            rn_memory_fail_at(k, true);
            rn_status status = rn_augment_apply(&augment, &rule, &image, &first, a);
            rn_memory_fail_at(0, false);
            CHECK(status == RN_NO_MEMORY, "%s allocation %d: %d", *name, k, status);
        }
    }
    rn_augment augment;
    CHECK(rn_augment_named(&augment, "cifer") == RN_BAD_ARGUMENT && strstr(rn_error_hint(), "cifar"), "%s",
          rn_error_hint());
    rn_image_free(&image);
}

static void be_quick(void)
{
    rn_augment augment;
    rn_preprocess rule;
    rn_image image = chart(SIDE, SIDE);
    float to[3 * AREA];
    named(&augment, "cifar", &rule, "paper-cifar");
    long before = rn_memory_count();
    clock_t start = clock();
    for (uint64_t i = 0; i < BATCH; i++) {
        rn_random random = rn_random_open(3, 1, i);
        CHECK_OK(rn_augment_apply(&augment, &rule, &image, &random, to));
    }
    printf("%d CIFAR pictures: %.2f ms\n", BATCH, (double)(clock() - start) * 1e3 / CLOCKS_PER_SEC);
    CHECK(rn_memory_count() == before, "%ld allocations", rn_memory_count() - before);
    rn_image_free(&image);
}

int main(void)
{
    shift_cifar_pictures(false);
    shift_cifar_pictures(true);
    jitter_scale(224);
    jitter_scale(112);
    take_random_areas();
    vary_colour();
    depend_on_chance_alone();
    be_quick();
    return check_result();
}
