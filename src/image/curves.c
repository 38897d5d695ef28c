/*
 * A chart is an <svg> with a style sheet of its own (classes rn-*), a frame with ticks, the curves in a
 * nested <svg> that clips them, and the labels at the lines' ends, pushed apart where they would overlap.
 *
 * Both axes begin at 0 and their ticks are 1, 2 or 5 times a power of ten apart; an axis of powers of ten
 * counts in their exponents.  As in the paper's figures,
 * the first part of a training may leave the frame at the top, so that its end can be seen.
 */
#include "image/curves.h"
#include "base/memory.h"

#include <math.h>
#include <string.h>

static const char style[] =
    "<style>.rn-chart{font:13px system-ui,sans-serif;max-width:100%;height:auto}"
    ".rn-paper{fill:#fff}.rn-ink{fill:#222}.rn-faint{fill:#555}"
    ".rn-axis{stroke:#555;fill:none}.rn-grid{stroke:#ddd}"
    ".rn-line{fill:none;stroke-linejoin:round;stroke-linecap:round;stroke:currentColor;stroke-width:1.3}"
    ".rn-thin{stroke-dasharray:4 4}.rn-bold{stroke-width:2.8}.rn-end{fill:currentColor}"
    ".rn-bold-end{font-weight:600}.rn-lead{stroke:currentColor;stroke-width:.8;opacity:.6}"
    ".rn-c0{color:#1769aa}.rn-c1{color:#c8374a}.rn-c2{color:#1f8a4c}.rn-c3{color:#b36b00}"
    ".rn-c4{color:#7b4fa6}.rn-c5{color:#007f8a}.rn-c6{color:#86552a}.rn-c7{color:#5f6670}"
    "@media screen and (prefers-color-scheme:dark){"
    ".rn-paper{fill:#16191f}.rn-ink{fill:#e6e6e6}.rn-faint{fill:#aaa}"
    ".rn-axis{stroke:#999}.rn-grid{stroke:#2e333b}"
    ".rn-c0{color:#6cb4f5}.rn-c1{color:#ff8b8b}.rn-c2{color:#6fd39b}.rn-c3{color:#ffc04d}"
    ".rn-c4{color:#c6a1ee}.rn-c5{color:#55d3e0}.rn-c6{color:#d9a981}.rn-c7{color:#b8c0ca}}</style>\n";

#define BEGINNING 0.2   /* of the horizontal axis: does not count for the vertical one */

enum { WIDTH = 720, HEIGHT = 440, LABEL_LETTERS = 28, LETTER_WIDTH = 8, LABEL_HEIGHT = 16 };

typedef struct {
    const rn_chart *chart;
    rn_text *svg;
    double width, height;
    double left, right, top, bottom;    /* of the frame, in pixels */
    double x_end, y_begin, y_end;       /* what the frame's edges stand for; x begins at 0 */
    double x_unit;                      /* ticks along x count these */
} frame;

typedef struct { const rn_curve *curve; double x, y, label_y; } line_end;   /* pixels */

static double x_pixel(const frame *f, double x)
{
    return f->left + (f->right - f->left) * x / f->x_end;
}

/* Far-away values stay finite; the nested <svg> hides them. */
static double y_pixel(const frame *f, double y)
{
    double part = fmin(fmax((y - f->y_begin) / (f->y_end - f->y_begin), -1), 2);
    return f->bottom - (f->bottom - f->top) * part;
}

/* A curve's number in what the vertical axis counts. */
static double height_of(const rn_chart *chart, const rn_curve *curve, int i)
{
    return !chart->y_powers ? curve->y[i] : curve->y[i] > 0 ? log10(curve->y[i]) : NAN;
}

/* Numbers at the ends of what a double holds, from a damaged file, have no place on an axis. */
static bool is_plottable(double number)
{
    return number == 0 || (fabs(number) > 1e-300 && fabs(number) < 1e300);
}

static bool is_point(const rn_chart *chart, const rn_curve *curve, int i)
{
    return is_plottable(curve->x[i]) && is_plottable(height_of(chart, curve, i));
}

static double tick_step(double end, int wanted)
{
    static const double nice[] = { 1, 2, 5, 10 };
    double power = pow(10, floor(log10(end / wanted)));
    for (int i = 0; i < 4; i++)
        if (nice[i] * power * wanted >= end * 0.999)
            return nice[i] * power;
    return 10 * power;
}

/* The largest x of all curves, and the largest y at or behind `x_begin`; 1 where there is none above 0. */
static void find_largest(const rn_chart *chart, double x_begin, double *x, double *y)
{
    *x = *y = 0;
    for (int c = 0; c < chart->curves; c++)
        for (int i = 0; i < chart->curve[c].count; i++)
            if (is_point(chart, &chart->curve[c], i) && chart->curve[c].x[i] >= x_begin) {
                *x = fmax(*x, chart->curve[c].x[i]);
                *y = fmax(*y, chart->curve[c].y[i]);
            }
    *x = *x > 0 ? *x : 1;
    *y = *y > 0 ? *y : 1;
}

/* Whole exponents. */
static void find_powers(frame *f)
{
    double least = HUGE_VAL, most = -HUGE_VAL;
    for (int c = 0; c < f->chart->curves; c++)
        for (int i = 0; i < f->chart->curve[c].count; i++)
            if (is_point(f->chart, &f->chart->curve[c], i)) {
                least = fmin(least, height_of(f->chart, &f->chart->curve[c], i));
                most = fmax(most, height_of(f->chart, &f->chart->curve[c], i));
            }
    f->y_begin = isfinite(least) ? floor(least) : 0;
    f->y_end = fmax(isfinite(most) ? ceil(most) : 1, f->y_begin + 1);
}

static void find_range(frame *f)
{
    double y_end;
    find_largest(f->chart, 0, &f->x_end, &y_end);
    find_largest(f->chart, BEGINNING * f->x_end, &f->x_end, &y_end);
    f->x_unit = f->x_end >= 2e4 ? 1e4 : 1;
    double step = tick_step(y_end, 6);
    f->y_end = f->chart->y_max > 0 ? f->chart->y_max : step * ceil(y_end / step * 0.999);
    if (f->chart->y_powers)
        find_powers(f);
}

static int letters(const char *text)
{
    int count = 0;
    for (; *text; text++)
        count += (*text & 0xc0) != 0x80;    /* the first byte of a UTF-8 letter */
    return count;
}

static void place_frame(frame *f)
{
    int longest = 0;
    for (int c = 0; c < f->chart->curves; c++)
        if (f->chart->curve[c].label && letters(f->chart->curve[c].label) > longest)
            longest = letters(f->chart->curve[c].label);
    if (longest > LABEL_LETTERS)
        longest = LABEL_LETTERS;
    f->width = f->chart->width ? f->chart->width : WIDTH;
    f->height = f->chart->height ? f->chart->height : HEIGHT;
    f->left = 58;
    f->right = f->width - 28 - LETTER_WIDTH * longest;
    f->top = f->chart->title ? 40 : 16;
    f->bottom = f->height - 50;
}

static void write_label(rn_text *svg, const char *label)
{
    const char *end = label;
    if (letters(label) <= LABEL_LETTERS) {
        rn_text_add_escaped(svg, label);
        return;
    }
    char part[4 * LABEL_LETTERS + 1];
    for (int kept = 0; *end && (size_t)(end - label) < sizeof part - 4; end++)
        if ((*end & 0xc0) != 0x80 && ++kept == LABEL_LETTERS)
            break;
    snprintf(part, sizeof part, "%.*s", (int)(end - label), label);
    rn_text_add_escaped(svg, part);
    rn_text_add(svg, "…");
}

static void write_x_axis(const frame *f)
{
    double end = f->x_end / f->x_unit, step = tick_step(end, 7), middle = (f->left + f->right) / 2;
    for (int i = 0; i * step <= end * 1.001; i++) {
        double x = x_pixel(f, i * step * f->x_unit);
        rn_text_add(f->svg, "<path class='rn-axis' d='M%.1f %.1fv5'/>"
                    "<text class='rn-faint' x='%.1f' y='%.1f' text-anchor='middle'>%g</text>\n",
                    x, f->bottom, x, f->bottom + 19, i * step);
    }
    rn_text_add(f->svg, "<text class='rn-ink' x='%.1f' y='%.1f' text-anchor='middle'>",
                middle, f->height - 10);
    rn_text_add_escaped(f->svg, f->chart->x_label ? f->chart->x_label : "");
    rn_text_add(f->svg, "%s</text>\n", f->x_unit > 1 ? " (1e4)" : "");
}

static void write_y_axis(const frame *f)
{
    double range = f->y_end - f->y_begin, step = tick_step(range, 6), middle = (f->top + f->bottom) / 2;
    if (f->chart->y_powers)
        step = fmax(step, 1);
    for (int i = 0; i * step <= range * 1.001; i++) {
        char number[80];
        double tick = f->y_begin + i * step, y = y_pixel(f, tick);
        if (f->chart->y_powers)
            rn_text_print(number, sizeof number, "10<tspan dy='-5' font-size='10'>%g</tspan>", tick);
        else
            rn_text_print(number, sizeof number, "%g", tick);
        rn_text_add(f->svg, "<path class='rn-grid' d='M%.1f %.1fH%.1f'/>"
                    "<text class='rn-faint' x='%.1f' y='%.1f' text-anchor='end'>%s</text>\n",
                    f->left, y, f->right, f->left - 8, y + 4.5, number);
    }
    rn_text_add(f->svg, "<text class='rn-ink' text-anchor='middle' "
                "transform='translate(16 %.1f) rotate(-90)'>", middle);
    rn_text_add_escaped(f->svg, f->chart->y_label ? f->chart->y_label : "");
    rn_text_add(f->svg, "</text>\n");
}

static void write_curve(const frame *f, const rn_curve *curve)
{
    bool drawing = false;
    rn_text_add(f->svg, "<path class='rn-line rn-c%d %s' d=\"", curve->colour % RN_CURVE_COLOURS,
                curve->bold ? "rn-bold" : "rn-thin");
    for (int i = 0; i < curve->count; i++) {
        bool point = is_point(f->chart, curve, i);
        if (point)
            rn_text_add(f->svg, drawing ? "L%.1f %.1f" : "M%.1f %.1fh0",    /* h0: a point alone is a dot */
                        x_pixel(f, curve->x[i]), y_pixel(f, height_of(f->chart, curve, i)));
        drawing = point;
    }
    rn_text_add(f->svg, "\"/>\n");
}

/* Clipped a little outside the frame, so that a bold line along its edge is seen whole. */
static void write_curves(const frame *f)
{
    double x = f->left - 2, y = f->top - 2, w = f->right - f->left + 4, h = f->bottom - f->top + 4;
    rn_text_add(f->svg, "<svg x='%.1f' y='%.1f' width='%.1f' height='%.1f' ", x, y, w, h);
    rn_text_add(f->svg, "viewBox='%.1f %.1f %.1f %.1f'>\n", x, y, w, h);
    for (int bold = 0; bold < 2; bold++)
        for (int c = 0; c < f->chart->curves; c++)
            if (f->chart->curve[c].bold == bold)
                write_curve(f, &f->chart->curve[c]);
    rn_text_add(f->svg, "</svg>\n");
}

/* The ends of the labelled curves, sorted from the top down; returns how many. */
static int find_ends(const frame *f, line_end *end)
{
    int count = 0;
    for (int c = 0; c < f->chart->curves; c++) {
        const rn_curve *curve = &f->chart->curve[c];
        int last = curve->count - 1;
        while (last >= 0 && !is_point(f->chart, curve, last))
            last--;
        if (!curve->label || last < 0)
            continue;
        double y = fmin(fmax(y_pixel(f, height_of(f->chart, curve, last)), f->top), f->bottom);
        int place = count++;
        for (; place > 0 && end[place - 1].y > y; place--)
            end[place] = end[place - 1];
        end[place] = (line_end){ .curve = curve, .x = x_pixel(f, curve->x[last]), .y = y };
    }
    return count;
}

/* Downwards until each has its room, then upwards from the frame's foot. */
static void push_apart(const frame *f, line_end *end, int count)
{
    double free_from = -HUGE_VAL, free_to = f->bottom;
    for (int i = 0; i < count; i++) {
        end[i].label_y = fmax(end[i].y, free_from);
        free_from = end[i].label_y + LABEL_HEIGHT;
    }
    for (int i = count - 1; i >= 0; i--) {
        end[i].label_y = fmin(end[i].label_y, free_to);
        free_to = end[i].label_y - LABEL_HEIGHT;
    }
}

static rn_status write_labels(const frame *f)
{
    line_end *end;
    RN_TRY(rn_new(&end, f->chart->curves));
    int count = find_ends(f, end);
    push_apart(f, end, count);
    for (int i = 0; i < count; i++) {
        const rn_curve *curve = end[i].curve;
        int colour = curve->colour % RN_CURVE_COLOURS;
        rn_text_add(f->svg, "<path class='rn-lead rn-c%d' d='M%.1f %.1fL%.1f %.1f'/>",
                    colour, end[i].x + 3, end[i].y, f->right + 10, end[i].label_y);
        rn_text_add(f->svg, "<text class='rn-end rn-c%d%s' x='%.1f' y='%.1f'>", colour,
                    curve->bold ? " rn-bold-end" : "", f->right + 14, end[i].label_y + 4.5);
        write_label(f->svg, curve->label);
        rn_text_add(f->svg, "</text>\n");
    }
    rn_free(end);
    return RN_OK;
}

static void write_head(const frame *f)
{
    rn_text_add(f->svg, "<svg xmlns='http://www.w3.org/2000/svg' class='rn-chart' role='img' ");
    rn_text_add(f->svg, "width='%g' height='%g' viewBox='0 0 %g %g' aria-label=\"",
                f->width, f->height, f->width, f->height);
    rn_text_add_escaped(f->svg, f->chart->title ? f->chart->title : "curves");
    rn_text_add(f->svg, "\">\n%s<rect class='rn-paper' width='100%%' height='100%%'/>\n", style);
    if (!f->chart->title)
        return;
    rn_text_add(f->svg, "<text class='rn-ink' x='%.1f' y='24' font-weight='600'>", f->left);
    rn_text_add_escaped(f->svg, f->chart->title);
    rn_text_add(f->svg, "</text>\n");
}

rn_status rn_curves_write(rn_text *svg, const rn_chart *chart)
{
    frame f = { .chart = chart, .svg = svg };
    find_range(&f);
    place_frame(&f);
    write_head(&f);
    write_y_axis(&f);
    write_x_axis(&f);
    rn_text_add(svg, "<path class='rn-axis' d='M%.1f %.1fV%.1fH%.1f'/>\n",
                f.left, f.top, f.bottom, f.right);
    write_curves(&f);
    RN_TRY(write_labels(&f));
    rn_text_add(svg, "</svg>\n");
    return rn_text_finish(svg);
}
