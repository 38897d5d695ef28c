/* The named rules: torchvision's views to the bit, the numbers they become, and refusals. */
#include "base/memory.h"
#include "base/random.h"
#include "image/golden.h"
#include "image/window.h"

#include <math.h>

enum { SIDE = 32, AREA = SIDE * SIDE };

static void compare_with_torchvision(void)
{
    char file[64], wanted[DIGEST_SIZE], path[128], digest[DIGEST_SIZE];
    int resize, crop;
    FILE *table = golden_open(GOLDEN "views.txt");
    while (table && fscanf(table, "%63s %d %d %16s", file, &resize, &crop, wanted) == 4) {
        rn_image image, view;
        rn_preprocess rule = { .resize = resize, .crop_height = crop, .crop_width = crop };
        snprintf(path, sizeof path, GOLDEN "%s", file);
        CHECK_OK(rn_image_read(&image, path, NULL));
        CHECK_OK(rn_view_open(&view, &rule, &image));
        golden_digest(&view, digest);
        CHECK(strcmp(digest, wanted) == 0, "%s resized to %d, cropped to %d: %s", file, resize, crop, digest);
        rn_view_close(&view, &image);
        rn_image_free(&image);
    }
    if (table)
        fclose(table);
}

static void compare_numbers_with_torchvision(void)
{
    char file[64], text[128], wanted[DIGEST_SIZE], path[128], hex[65];
    FILE *table = golden_open(GOLDEN "rules.txt");
    int rules = 0;
    for (; table && fscanf(table, "%63s %127s %16s", file, text, wanted) == 3; rules++) {
        rn_image image;
        rn_preprocess rule;
        float *to;
        snprintf(path, sizeof path, GOLDEN "%s", file);
        CHECK_OK(rn_image_read(&image, path, NULL));
        CHECK_OK(rn_preprocess_read(&rule, text));
        size_t count = 3 * (size_t)rule.crop_width * (size_t)rule.crop_height;
        CHECK_OK(rn_new(&to, count));
        CHECK_OK(rn_preprocess_apply(&rule, &image, to));
        rn_digest_of(to, count * sizeof *to, hex);
        CHECK(strncmp(hex, wanted, DIGEST_SIZE - 1) == 0, "%s of %s: %.16s", text, file, hex);
        rn_free(to);
        rn_image_free(&image);
    }
    CHECK(rules == 20, "%d rules", rules);
    if (table)
        fclose(table);
}

static rn_image noise(int width, int height)
{
    rn_image image;
    rn_random random = rn_random_open(1, (uint64_t)width, (uint64_t)height);
    CHECK_OK(rn_image_new(&image, width, height));
    for (int i = 0; i < width * height * 3; i++)
        image.pixels[i] = (uint8_t)rn_random_below(&random, 256);
    return image;
}

/* Against the formula, written out for each rule. */
static void normalise(const char *name, double scale, bool bgr, const double mean[3], const double std[3])
{
    rn_preprocess rule;
    CHECK_OK(rn_preprocess_named(&rule, name));
    CHECK(strcmp(rule.name, name) == 0 && !rule.mean_image, "%s", rule.name);
    rn_image image = noise(rule.crop_width * 8 / 7, rule.crop_height * 8 / 7), view;
    size_t area = (size_t)rule.crop_width * (size_t)rule.crop_height;
    float *to;
    CHECK_OK(rn_new(&to, 3 * area));
    CHECK_OK(rn_preprocess_apply(&rule, &image, to));
    CHECK_OK(rn_view_open(&view, &rule, &image));
    double worst = 0;
    for (size_t c = 0; c < 3; c++)
        for (size_t i = 0; i < area; i++) {
            double wanted = (view.pixels[3 * i + (bgr ? 2 - c : c)] * scale - mean[c]) / std[c];
            worst = fmax(worst, fabs(wanted - to[c * area + i]));
        }
    CHECK(worst < 2e-6 * 255 * scale / std[0], "%s: %g", name, worst);
    rn_view_close(&view, &image);
    rn_image_free(&image);
    rn_free(to);
}

static void normalise_by_each_rule(void)
{
    static const double imagenet[3] = { 0.485, 0.456, 0.406 }, spread[3] = { 0.229, 0.224, 0.225 };
    static const double ones[3] = { 1, 1, 1 }, cifar[3] = { 0.4914, 0.4822, 0.4465 };
    static const double half[3] = { 0.5, 0.5, 0.5 }, quarter[3] = { 0.25, 0.25, 0.25 };
    normalise("imagenet", 1 / 255.0, false, imagenet, spread);
    normalise("imagenet-v2", 1 / 255.0, false, imagenet, spread);
    normalise("inception", 1 / 255.0, false, half, half);
    normalise("caffe", 1, true, (const double[3]){ 103.939, 116.779, 123.68 }, ones);
    normalise("cifar-imagenet-norm", 1 / 255.0, false, imagenet, spread);
    normalise("paper-cifar", 1 / 255.0, false, cifar, ones);
    normalise("paper-imagenet", 1 / 255.0, false, imagenet, ones);
    normalise("builtin", 1 / 255.0, false, half, quarter);
    int count = 0;
    for (const char *const *name = rn_preprocess_names(); *name; name++, count++) {
        rn_preprocess rule;
        CHECK_OK(rn_preprocess_named(&rule, *name));
    }
    CHECK(count == 8, "%d rules", count);
}

static void subtract_a_mean_image(void)
{
    rn_preprocess rule, copy;
    float plain[3 * AREA], centred[3 * AREA];
    rn_image image = noise(SIDE, SIDE);
    CHECK_OK(rn_preprocess_named(&rule, "paper-cifar"));
    rule.mean[0] = rule.mean[1] = rule.mean[2] = 0;
    CHECK_OK(rn_preprocess_apply(&rule, &image, plain));
    CHECK_OK(rn_new(&rule.mean_image, 3 * AREA));
    for (int i = 0; i < 3 * AREA; i++)
        rule.mean_image[i] = (float)i / (3 * AREA);
    rule.mean[0] = 9;
    CHECK_OK(rn_preprocess_copy(&copy, &rule));
    rn_preprocess_free(&rule);
    CHECK(!rule.mean_image, "freed");
    CHECK_OK(rn_preprocess_apply(&copy, &image, centred));
    for (int i = 0; i < 3 * AREA; i++)
        CHECK(fabsf(plain[i] - copy.mean_image[i] - centred[i]) < 1e-6f, "value %d", i);
    rn_preprocess_use_mean_image(&copy, false, memcpy(plain, centred, sizeof plain));
    for (int i = 0; i < 3 * AREA; i++)
        CHECK(fabsf(centred[i] - copy.mean_image[i] + copy.mean[i / AREA] - plain[i]) < 1e-5f, "value %d", i);
    rn_preprocess_use_mean_image(&copy, true, centred);
    CHECK(fabsf(centred[SIDE - 1] - plain[SIDE - 1] - copy.mean_image[SIDE - 1] + copy.mean_image[0]) < 1e-5f,
          "mirrored");
    rn_memory_fail_at(1, false);
    CHECK(rn_preprocess_copy(&rule, &copy) == RN_NO_MEMORY && !rule.mean_image, "copied without memory");
    rn_preprocess_free(&copy);
    rn_image_free(&image);
}

static void resize_exactly(void)
{
    rn_preprocess rule = { .exact = true, .crop_height = 20, .crop_width = 30 };
    rn_image image = noise(61, 47), view, wanted;
    CHECK_OK(rn_view_open(&view, &rule, &image));
    CHECK_OK(rn_image_resize(&wanted, &image, 30, 20, RN_BILINEAR));
    CHECK(memcmp(view.pixels, wanted.pixels, 30 * 20 * 3) == 0, "both sides resized");
    rn_view_close(&view, &image);
    rn_image_free(&wanted);
    rn_image_free(&image);
}

static const struct { const char *text, *fails, *hint; } unreadable[] = {
    { "", "unknown preprocessing ''", "" },
    { "imagnet,crop=3", "unknown preprocessing 'imagnet'", "did you mean 'imagenet'?" },
    { "imagenet,resiz=3", "unknown part of a preprocessing 'resiz'", "did you mean 'resize'?" },
    { "imagenet,size=3", "unknown part of a preprocessing 'size'", "did you mean 'resize'?" },
    { "imagenet,bgr", "'bgr' is not of the form key=value", "" },
    { "imagenet,bgr=maybe", "bgr is 'maybe', wanted yes or no", "" },
    { "imagenet,filter=nearest", "filter is 'nearest', wanted bilinear, bicubic or lanczos", "" },
    { "imagenet,resize=2.5", "resize is '2.5', wanted pixels", "" },
    { "imagenet,resize=200", "the shorter side of 200 pixels is less than the crop of 224", "" },
    { "imagenet,crop=0,resize=0", "out of range", "" },
    { "imagenet,crop=99999,resize=99999", "out of range", "" },
    { "imagenet,crop_pct=0", "crop_pct is '0'", "" },
    { "imagenet,scale=0", "scale is '0'", "" },
    { "imagenet,std=0", "out of range", "" },
    { "imagenet,std=1:2", "std is '1:2'", "" },
    { "imagenet,std=1:2:3:4", "std is '1:2:3:4'", "" },
    { "imagenet,mean=1:2:", "mean is '1:2:'", "" },
    { "imagenet,mean=0.11111111111111111111111111111111111111111", "mean is '0.1", "" },
};

static void refuse_texts(void)
{
    char text[300] = "imagenet";
    rn_preprocess rule;
    for (size_t i = 0; i < sizeof unreadable / sizeof *unreadable; i++) {
        CHECK(rn_preprocess_read(&rule, unreadable[i].text) == RN_BAD_ARGUMENT, "'%s'", unreadable[i].text);
        CHECK(strstr(rn_error_text(), unreadable[i].fails), "'%s': %s", unreadable[i].text, rn_error_text());
        CHECK(strcmp(rn_error_hint(), unreadable[i].hint) == 0, "'%s': hint %s", unreadable[i].text,
              rn_error_hint());
    }
    while (strlen(text) < 130)
        strcat(text, ",bgr=no");
    CHECK(rn_preprocess_read(&rule, text) == RN_BAD_ARGUMENT && strstr(rn_error_text(), "at most 127"), "%s",
          rn_error_text());
}

static void refuse(void)
{
    rn_preprocess rule;
    float to[3 * AREA];
    rn_image image = noise(40, SIDE);
    CHECK(rn_preprocess_named(&rule, "imagnet") == RN_BAD_ARGUMENT, "unknown rule");
    CHECK(strcmp(rn_error_text(), "unknown preprocessing 'imagnet'") == 0, "%s", rn_error_text());
    CHECK(strcmp(rn_error_hint(), "did you mean 'imagenet'?") == 0, "%s", rn_error_hint());
    CHECK_OK(rn_preprocess_named(&rule, "builtin"));
    rule.resize = 0;
    CHECK(rn_preprocess_apply(&rule, &image, to) == RN_BAD_FILE, "another size");
    CHECK(strstr(rn_error_text(), "40x32") && strstr(rn_error_text(), "32x32"), "%s", rn_error_text());
    rule.resize = 31;
    CHECK(rn_preprocess_apply(&rule, &image, to) == RN_BAD_FILE, "crop beyond the picture");
    rule.resize = INT32_MAX;
    CHECK(rn_preprocess_apply(&rule, &image, to) == RN_BAD_FILE, "a picture beyond all bounds");
    rule.resize = 50;
    for (int k = 1; k < 8; k++) {
        rn_memory_fail_at(k, false);
        CHECK(rn_preprocess_apply(&rule, &image, to) == (k < 8 ? RN_NO_MEMORY : RN_OK), "allocation %d", k);
        rn_memory_fail_at(0, false);
    }
    rn_image_free(&image);
}

int main(void)
{
    compare_with_torchvision();
    compare_numbers_with_torchvision();
    refuse_texts();
    normalise_by_each_rule();
    subtract_a_mean_image();
    resize_exactly();
    refuse();
    return check_result();
}
