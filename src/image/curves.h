/*
 * Charts of error curves as SVG, in the paper's style: training thin and dashed, test bold.
 *
 *     rn_curve curve[] = { { .label = "resnet20 train", .count = n, .x = x, .y = train },
 *                          { .label = "resnet20 test", .bold = true, .count = n, .x = x, .y = test } };
 *     rn_chart chart = { .x_label = "iterations", .y_label = "error (%)", .curves = 2, .curve = curve };
 *     rn_text svg = { 0 };
 *     RN_TRY(rn_curves_write(&svg, &chart));       a whole <svg> element, fit for a file or inside HTML
 *
 * It has its own colours for light and for dark surroundings.  Points that are not finite break the line.
 */
#ifndef RN_IMAGE_CURVES_H
#define RN_IMAGE_CURVES_H

#include "base/text.h"

typedef struct {
    const char *label;          /* written at the line's end; NULL: none */
    int colour;                 /* one of RN_CURVE_COLOURS, taken modulo: the same for both curves of a run */
    bool bold;                  /* test: bold and solid; else training: thin and dashed */
    int count;
    const double *x, *y;
} rn_curve;

enum { RN_CURVE_COLOURS = 8 };

typedef struct {
    const char *title;          /* NULL: none */
    const char *x_label;        /* "epochs", "iterations"; large numbers make it "iterations (1e4)" */
    const char *y_label;        /* "error (%)" */
    double y_max;               /* the vertical axis goes from 0 to here; 0: as their later part needs */
    bool y_powers;              /* the vertical axis has powers of ten; numbers not above 0 break lines */
    int width, height;          /* in pixels; 0: 720 and 440 */
    int curves;
    const rn_curve *curve;
} rn_chart;

/* Append the chart to `svg`. */
rn_status rn_curves_write(rn_text *svg, const rn_chart *chart);

#endif
