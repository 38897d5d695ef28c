/* Colours that grow lighter with the number; a map over the right part of a picture; numbered tiles. */
#include "base/check.h"
#include "image/heat.h"
#include "image/sheet.h"

#include <math.h>
#include <string.h>

static double lightness(const uint8_t rgb[3])
{
    double sum = 0;
    static const double part[] = { 0.2126, 0.7152, 0.0722 };
    for (int c = 0; c < 3; c++)
        sum += part[c] * pow(rgb[c] / 255.0, 2.2);
    return cbrt(sum);
}

static void check_colours(void)
{
    uint8_t rgb[3], ends[2][3];
    double before = -1;
    for (int i = 0; i <= 100; i++) {
        rn_heat_colour(i / 100.0, rgb);
        CHECK(lightness(rgb) > before, "%d per cent is not lighter than what is below: %g, %g", i,
              lightness(rgb), before);
        before = lightness(rgb);
    }
    rn_heat_colour(0, ends[0]);
    rn_heat_colour(1, ends[1]);
    static const double beyond[] = { -3, 7, (double)NAN };
    for (int i = 0; i < 3; i++) {
        rn_heat_colour(beyond[i], rgb);
        CHECK(memcmp(rgb, ends[i == 1], 3) == 0, "the colour of %g", beyond[i]);
    }
}

static const uint8_t *at(const rn_image *image, int x, int y)
{
    return image->pixels + 3 * (y * image->width + x);
}

/* A white picture, its middle half covered by a map whose right half is hot. */
static void check_overlay(void)
{
    static const float value[] = { 0, 0, 4, 4, 0, 0, 4, 4 };
    rn_heat heat = { .height = 2, .width = 4, .value = value, .part = { 50, 0, 100, 60 } };
    rn_image picture, to;
    uint8_t cold[3], hot[3];
    CHECK_OK(rn_image_new(&picture, 200, 60));
    memset(picture.pixels, 255, 3 * 200 * 60);
    CHECK_OK(rn_heat_overlay(&to, &picture, &heat));
    CHECK(to.width == 384 && to.height == 115, "%dx%d", to.width, to.height);
    rn_heat_colour(0, cold);
    rn_heat_colour(1, hot);
    for (int c = 0; c < 3; c++) {
        CHECK(at(&to, 5, 50)[c] == 128 && at(&to, 380, 50)[c] == 128, "outside: %d", at(&to, 5, 50)[c]);
        CHECK(fabs(at(&to, 110, 10)[c] - (0.6 * 255 + 0.4 * cold[c])) <= 1, "cold: %d", at(&to, 110, 10)[c]);
        CHECK(fabs(at(&to, 270, 90)[c] - (0.6 * 255 + 0.4 * hot[c])) <= 1, "hot: %d", at(&to, 270, 90)[c]);
    }
    rn_image_free(&to);
    rn_image_free(&picture);
}

static bool holds(const rn_image *image, const uint8_t rgb[3], int *count)
{
    *count = 0;
    for (int i = 0; i < image->width * image->height; i++)
        *count += memcmp(image->pixels + 3 * i, rgb, 3) == 0;
    return *count > 0;
}

static void check_sheet(int tiles, int width, int height)
{
    rn_sheet sheet = { .tiles = tiles, .width = width, .height = height };
    uint8_t rgb[3 * 64 * 64];
    int count;
    CHECK_OK(rn_sheet_open(&sheet));
    CHECK(sheet.zoom >= 1 && sheet.image.width < 2 * 1600 + width, "%d tiles of %dx%d: %d wide", tiles, width,
          height, sheet.image.width);
    for (int tile = 0; tile < tiles; tile++) {
        for (int i = 0; i < width * height; i++)
            memcpy(rgb + 3 * i, (uint8_t[]){ (uint8_t)(tile % 200), (uint8_t)(tile / 200), 7 }, 3);
        rn_sheet_put(&sheet, tile, rgb);
    }
    for (int tile = 0; tile < tiles; tile += 1 + tiles / 9)
        CHECK(holds(&sheet.image, (uint8_t[]){ (uint8_t)(tile % 200), (uint8_t)(tile / 200), 7 }, &count)
              && count == width * height * sheet.zoom * sheet.zoom,
              "%d tiles of %dx%d: tile %d has %d pixels", tiles, width, height, tile, count);
    rn_sheet_close(&sheet);
}

int main(void)
{
    check_colours();
    check_overlay();
    check_sheet(1, 1, 1);
    check_sheet(16, 32, 32);
    check_sheet(37, 5, 11);
    check_sheet(2048, 7, 7);
    check_sheet(64, 64, 64);
    rn_sheet huge = { .tiles = 1 << 20, .width = 60, .height = 60 };
    CHECK(rn_sheet_open(&huge) == RN_NO_MEMORY, "a huge sheet");
    return check_result();
}
