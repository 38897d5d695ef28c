/*
 * The anchors of the colour map are evenly spaced in OKLab's lightness (0.22 to 0.96) and hue (265 to 465
 * degrees), each with the strongest chroma up to 0.2 that sRGB can show.
 */
#include "image/heat.h"

#include <math.h>

enum { ANCHORS = 11, LEAST_SIDE = 384, MOST_SIDE = 1280 };

#define MIXED_IN 0.4
#define UNSEEN 0.5

static const uint8_t anchor[ANCHORS][3] = {
    { 2, 1, 94 }, { 45, 0, 124 }, { 88, 1, 140 }, { 133, 11, 141 }, { 176, 30, 129 }, { 214, 53, 109 },
    { 246, 82, 80 }, { 255, 130, 68 }, { 255, 173, 86 }, { 255, 211, 116 }, { 255, 247, 133 },
};

static double within(double number, double least, double most)
{
    return number > least ? fmin(number, most) : least;     /* least also for what is no number */
}

void rn_heat_colour(double number, uint8_t rgb[3])
{
    double place = within(number, 0, 1) * (ANCHORS - 1);
    int below = (int)within(floor(place), 0, ANCHORS - 2);
    for (int c = 0; c < 3; c++) {
        double low = anchor[below][c], high = anchor[below + 1][c];
        rgb[c] = (uint8_t)lround(low + (high - low) * (place - below));
    }
}

/* Bilinear, between the centers of the map's cells; beyond the outer centers the nearest counts. */
static double value_at(const rn_heat *heat, double x, double y)
{
    double u = within(x - 0.5, 0, heat->width - 1), v = within(y - 0.5, 0, heat->height - 1);
    int left = (int)u, top = (int)v;
    int right = left + 1 < heat->width ? left + 1 : left, bottom = top + 1 < heat->height ? top + 1 : top;
    const float *upper = heat->value + (size_t)top * (size_t)heat->width;
    const float *lower = heat->value + (size_t)bottom * (size_t)heat->width;
    double above = (double)upper[left] + (u - left) * (double)(upper[right] - upper[left]);
    double below = (double)lower[left] + (u - left) * (double)(lower[right] - lower[left]);
    return above + (v - top) * (below - above);
}

static double largest(const rn_heat *heat)
{
    double most = 0;
    for (int i = 0; i < heat->height * heat->width; i++)
        most = fmax(most, (double)heat->value[i]);
    return most > 0 ? most : 1;
}

static void darken(uint8_t rgb[3])
{
    double light = 0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2];
    for (int c = 0; c < 3; c++)
        rgb[c] = (uint8_t)lround(UNSEEN * light);
}

static void mix(uint8_t rgb[3], double number)
{
    uint8_t colour[3];
    rn_heat_colour(number, colour);
    for (int c = 0; c < 3; c++)
        rgb[c] = (uint8_t)lround((1 - MIXED_IN) * rgb[c] + MIXED_IN * colour[c]);
}

static void paint(rn_image *to, const rn_image *picture, const rn_heat *heat)
{
    double most = largest(heat), scale = (double)picture->width / to->width;
    const rn_part *part = &heat->part;
    uint8_t *rgb = to->pixels;
    for (int y = 0; y < to->height; y++)
        for (int x = 0; x < to->width; x++, rgb += 3) {
            double across = ((x + 0.5) * scale - part->left) / part->width;
            double down = ((y + 0.5) * scale - part->top) / part->height;
            if (across < 0 || across > 1 || down < 0 || down > 1)
                darken(rgb);
            else
                mix(rgb, value_at(heat, across * heat->width, down * heat->height) / most);
        }
}

rn_status rn_heat_overlay(rn_image *to, const rn_image *picture, const rn_heat *heat)
{
    int longer = picture->width > picture->height ? picture->width : picture->height;
    double scale = within(longer, LEAST_SIDE, MOST_SIDE) / longer;
    int width = (int)fmax(1, round(scale * picture->width));
    int height = (int)fmax(1, round(scale * picture->height));
    RN_TRY(rn_image_resize(to, picture, width, height, RN_BICUBIC));
    paint(to, picture, heat);
    return RN_OK;
}
