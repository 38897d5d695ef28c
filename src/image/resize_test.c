/* Resizing against Pillow, and parts of resized pictures against the whole. */
#include "base/memory.h"
#include "base/random.h"
#include "image/golden.h"
#include "image/resize.h"

static const char *const filter_names[] = { "bilinear", "bicubic", "lanczos" };

static rn_filter named(const char *name)
{
    int i = 0;
    while (i < 2 && strcmp(filter_names[i], name) != 0)
        i++;
    return (rn_filter)i;
}

static void compare_with_pillow(void)
{
    char file[64], filter[16], wanted[DIGEST_SIZE], path[128];
    int width, height;
    FILE *table = golden_open(GOLDEN "resizes.txt");
    while (table && fscanf(table, "%63s %15s %d %d %16s", file, filter, &width, &height, wanted) == 5) {
        rn_image image, resized;
        char digest[DIGEST_SIZE] = "";
        snprintf(path, sizeof path, GOLDEN "%s", file);
        CHECK_OK(rn_image_read(&image, path, NULL));
        CHECK_OK(rn_image_resize(&resized, &image, width, height, named(filter)));
        golden_digest(&resized, digest);
        CHECK(strcmp(digest, wanted) == 0, "%s %s to %dx%d: %s", file, filter, width, height, digest);
        rn_image_free(&resized);
        rn_image_free(&image);
    }
    if (table)
        fclose(table);
}

static int between(rn_random *random, int low, int high)
{
    return low + (int)rn_random_below(random, high - low + 1);
}

static rn_box box_within(rn_random *random, int width, int height)
{
    rn_box box = { .left = between(random, 0, width - 1), .top = between(random, 0, height - 1) };
    box.width = between(random, 1, width - box.left);
    box.height = between(random, 1, height - box.top);
    return box;
}

static rn_image cut(const rn_image *from, rn_box box)
{
    rn_image to;
    CHECK_OK(rn_image_new(&to, box.width, box.height));
    for (int y = 0; y < box.height; y++)
        memcpy(to.pixels + y * box.width * 3, from->pixels + ((box.top + y) * from->width + box.left) * 3,
               (size_t)box.width * 3);
    return to;
}

static void compare_part_with_whole(const rn_image *image, uint64_t number)
{
    rn_random random = rn_random_open(7, number, 0);
    rn_resizing r = { .source = box_within(&random, image->width, image->height) };
    r.filter = (rn_filter)(number % 3);
    r.width = between(&random, 1, 90);
    r.height = between(&random, 1, 90);
    r.part = box_within(&random, r.width, r.height);
    rn_image part, whole, source = cut(image, r.source);
    CHECK_OK(rn_image_resize_part(&part, image, &r));
    CHECK_OK(rn_image_resize(&whole, &source, r.width, r.height, r.filter));
    rn_image wanted = cut(&whole, r.part);
    CHECK(memcmp(part.pixels, wanted.pixels, (size_t)part.width * (size_t)part.height * 3) == 0,
          "case %d: %s, %dx%d to %dx%d", (int)number, filter_names[r.filter], source.width, source.height,
          r.width, r.height);
    rn_image_free(&part);
    rn_image_free(&whole);
    rn_image_free(&source);
    rn_image_free(&wanted);
}

/* A strip of pixels resized to a gigantic one of which little is looked at. */
static void look_at_a_corner(void)
{
    rn_image strip, corner;
    CHECK_OK(rn_image_new(&strip, 1, 65535));
    strip.pixels[65534 * 3] = 255;
    rn_resizing r = { { 0, 0, 1, 65535 }, 256, 256 * 65535, { 10, 256 * 65535 - 30, 20, 30 }, RN_BICUBIC };
    CHECK_OK(rn_image_resize_part(&corner, &strip, &r));
    CHECK(corner.pixels[20 * 30 * 3 - 3] == 255 && corner.pixels[20 * 30 * 3 - 2] == 0, "the last pixel");
    rn_image_free(&corner);
    rn_image_free(&strip);
}

static void run_out_of_memory(const rn_image *image)
{
    rn_image to;
    for (int k = 1; k < 8; k++) {
        rn_memory_fail_at(k, false);
        rn_status status = rn_image_resize(&to, image, 9, 8, RN_LANCZOS);
        rn_memory_fail_at(0, false);
        CHECK(status == (to.pixels ? RN_OK : RN_NO_MEMORY), "allocation %d: %d", k, status);
        rn_image_free(&to);
    }
}

int main(void)
{
    rn_image image;
    compare_with_pillow();
    CHECK_OK(rn_image_read(&image, GOLDEN "big.png", NULL));
    for (uint64_t number = 0; number < 300; number++)
        compare_part_with_whole(&image, number);
    look_at_a_corner();
    run_out_of_memory(&image);
    rn_image_free(&image);
    return check_result();
}
