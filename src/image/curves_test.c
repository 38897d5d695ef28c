/* Charts are well-formed for any points; lines break where there is no number; labels keep apart. */
#include "base/check.h"
#include "base/memory.h"
#include "image/check_markup.h"
#include "image/curves.h"

#include <math.h>
#include <string.h>

/* The heights of the labels in the order of the text. */
static int label_heights(const char *svg, double *y)
{
    int count = 0;
    for (; (svg = strstr(svg, "<text class='rn-end")); svg++)
        y[count++] = atof(strstr(svg, "y='") + 3);
    return count;
}

/* From 3e-8 to 20: exponents from -8 to 2, the line broken at 0. */
static void check_powers(void)
{
    const double x[] = { 1, 2, 3, 4 }, y[] = { 3e-8, 1e-3, 0, 20 };
    const rn_curve curve = { .label = "norm", .bold = true, .count = 4, .x = x, .y = y };
    rn_text svg = { 0 };
    const rn_chart chart = { .y_label = "norm", .y_powers = true, .curves = 1, .curve = &curve };
    CHECK_OK(rn_curves_write(&svg, &chart));
    CHECK(markup_is_good(svg.bytes), "%s", svg.bytes);
    CHECK(strstr(svg.bytes, ">-8</tspan>") && strstr(svg.bytes, ">2</tspan>"), "%s", svg.bytes);
    CHECK(markup_count(svg.bytes, "h0") == 2, "%d parts of lines, not 2", markup_count(svg.bytes, "h0"));
    CHECK(!strstr(svg.bytes, "nan") && !strstr(svg.bytes, "inf"), "a number is none");
    rn_text_free(&svg);
}

static void check_plain_chart(void)
{
    const double x[] = { 0, 8000, 16000, 32000, 64000 };
    const double train[] = { 90, 40, NAN, 20, 3 }, test[] = { 88, 42, 30, 15, 8.5 };
    const rn_curve curve[] = {
        { .label = "ResNet-20 <train> & \"more\"", .count = 5, .x = x, .y = train },
        { .label = "ResNet-20 test", .bold = true, .count = 5, .x = x, .y = test },
        { .label = "nothing", .colour = 9, .count = 0 },
    };
    rn_text svg = { 0 };
    const rn_chart chart = { .title = "a < b", .x_label = "iterations", .y_label = "error (%)",
                             .curves = 3, .curve = curve };
    CHECK_OK(rn_curves_write(&svg, &chart));
    CHECK(markup_is_good(svg.bytes), "%s", svg.bytes);
    CHECK(strstr(svg.bytes, "iterations (1e4)"), "64000 iterations are counted in 1e4");
    CHECK(!strstr(svg.bytes, "var("), "viewers that know no variables would draw no line");
    CHECK(strstr(svg.bytes, "&lt;train&gt; &amp; &quot;more"), "the label is not escaped");
    CHECK(markup_count(svg.bytes, "h0") == 3, "%d parts of lines, not 3", markup_count(svg.bytes, "h0"));
    CHECK(strstr(svg.bytes, ">30</text>") && !strstr(svg.bytes, ">35</text>"), "the axis does not end at 30");
    CHECK(!strstr(svg.bytes, "nan") && !strstr(svg.bytes, "inf"), "a number is none");
    rn_text_free(&svg);
}

static void check_odd_charts(void)
{
    const double huge[] = { 9e299, -9e299, 0 }, none[] = { NAN, INFINITY, NAN }, tiny[] = { 0, 0, 5e-324 };
    const rn_curve curve[] = {
        { .label = "über-länge über-länge über-länge", .count = 3, .x = huge, .y = huge },
        { .label = "none", .bold = true, .count = 3, .x = none, .y = none },
        { .label = "tiny", .count = 3, .x = tiny, .y = tiny },
    };
    for (int curves = 0; curves <= 3; curves++) {
        rn_text svg = { 0 };
        const rn_chart chart = { .y_max = curves % 3, .curves = curves < 3 ? curves : 1,
                                 .curve = curves < 3 ? curve : &curve[2] };
        CHECK_OK(rn_curves_write(&svg, &chart));
        CHECK(markup_is_good(svg.bytes), "%d odd curves: %s", curves, svg.bytes);
        CHECK(!strstr(svg.bytes, "nan") && !strstr(svg.bytes, "inf"), "%d odd curves: %s", curves, svg.bytes);
        rn_text_free(&svg);
    }
}

static void check_labels_apart(void)
{
    enum { CURVES = 12 };
    rn_curve curve[CURVES];
    const double x[] = { 0, 1 }, y[] = { 50, 1 };
    double height[CURVES];
    for (int i = 0; i < CURVES; i++)
        curve[i] = (rn_curve){ .label = "same end", .colour = i, .count = 2, .x = x, .y = y };
    rn_text svg = { 0 };
    CHECK_OK(rn_curves_write(&svg, &(rn_chart){ .curves = CURVES, .curve = curve }));
    CHECK(label_heights(svg.bytes, height) == CURVES, "labels are missing");
    for (int i = 1; i < CURVES; i++)
        CHECK(height[i] - height[i - 1] >= 15, "labels at %g and %g", height[i - 1], height[i]);
    CHECK(height[CURVES - 1] <= 440, "a label below the chart: %g", height[CURVES - 1]);
    rn_text_free(&svg);
}

static void check_memory(void)
{
    const double x[] = { 0, 1 }, y[] = { 50, 1 };
    const rn_curve curve = { .label = "a", .count = 2, .x = x, .y = y };
    for (long k = 1, status = !RN_OK; status != RN_OK; k++) {
        rn_text svg = { 0 };
        rn_memory_fail_at(k, false);
        status = rn_curves_write(&svg, &(rn_chart){ .curves = 1, .curve = &curve });
        CHECK(status == RN_OK || status == RN_NO_MEMORY, "allocation %ld: %s", k, rn_error_text());
        rn_text_free(&svg);
    }
    rn_memory_fail_at(0, false);
}

int main(void)
{
    CHECK(markup_is_good("<a b='c'><d/>&lt;</a>"), "good text");
    CHECK(!markup_is_good("<a></b>") && !markup_is_good("<a>&</a>"), "bad text");
    check_plain_chart();
    check_powers();
    check_odd_charts();
    check_labels_apart();
    check_memory();
    return check_result();
}
