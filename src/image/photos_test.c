/* Real photographs: decoding, torchvision's view and Pillow's filters, to the bit. */
#include "image/golden.h"
#include "image/window.h"

static const struct {
    int width, height;      /* 0: the view of the rule "imagenet" */
    rn_filter filter;
} made[] = {
    { 0, 0, RN_BILINEAR }, { 300, 200, RN_BICUBIC }, { 97, 131, RN_LANCZOS }, { 640, 480, RN_BILINEAR },
};

static void compare(const char *name, const char *what, const rn_image *image, const char *wanted)
{
    char digest[DIGEST_SIZE];
    golden_digest(image, digest);
    CHECK(strcmp(digest, wanted) == 0, "%s %s: %s, wanted %s", name, what, digest, wanted);
}

static void compare_all(const rn_image *image, const char *name, char wanted[][DIGEST_SIZE])
{
    rn_preprocess rule;
    CHECK_OK(rn_preprocess_named(&rule, "imagenet"));
    compare(name, "decoded", image, wanted[0]);
    for (int i = 0; i < 4; i++) {
        rn_image to;
        CHECK_OK(made[i].width ? rn_image_resize(&to, image, made[i].width, made[i].height, made[i].filter)
                               : rn_view_open(&to, &rule, image));
        compare(name, "resized", &to, wanted[i + 1]);
        rn_image_free(&to);
    }
}

int main(void)
{
    char name[128], path[1024], wanted[5][DIGEST_SIZE];
    int width, height;
    if (!check_data())
        return check_skip("RESNET_TEST_DATA is not set");
    FILE *table = golden_open(GOLDEN "photos.txt");
    while (table && fscanf(table, "%127s %d %d %16s %16s %16s %16s %16s", name, &width, &height, wanted[0],
                           wanted[1], wanted[2], wanted[3], wanted[4]) == 8) {
        rn_image image;
        snprintf(path, sizeof path, "%s/photos/%s", check_data(), name);
        CHECK_OK(rn_image_read(&image, path, NULL));
        CHECK(image.width == width && image.height == height, "%s: %dx%d", name, image.width, image.height);
        if (image.pixels)
            compare_all(&image, name, wanted);
        rn_image_free(&image);
    }
    if (table)
        fclose(table);
    return check_result();
}
