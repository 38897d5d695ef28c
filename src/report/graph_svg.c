/*
 * A graph as a column of SVG in the manner of figure 3: boxes, shortcuts as arcs beside them, dotted where
 * dimensions change, a colour for each size of the feature maps.  There are colours for light and for dark
 * surroundings.
 */
#include "report/graph.h"

#include <math.h>

static const char style[] =
    "<style>.rn-graph{font:12px system-ui,sans-serif;text-anchor:middle}"
    ".rn-paper{fill:#fff}.rn-ink{fill:#222}.rn-cost{fill:#666;font-size:11px}.rn-small{font-size:10px}"
    ".rn-name{font-size:16px;font-weight:600}.rn-size{fill:#666;font-size:11px;text-anchor:end}"
    ".rn-strip{fill-opacity:.45;stroke-opacity:.6}"
    ".rn-edge{stroke:#555;fill:none;stroke-width:1.2}.rn-tip{fill:#555}"
    ".rn-turn{stroke-dasharray:1 4;stroke-linecap:round;stroke-width:1.8}"
    ".rn-s0{fill:#f3ead2;stroke:#b59a4c}.rn-s1{fill:#f8dfc8;stroke:#c07f3f}"
    ".rn-s2{fill:#ddd2ee;stroke:#8265b3}.rn-s3{fill:#d3e8cb;stroke:#5f9a4b}"
    ".rn-s4{fill:#f6d0cc;stroke:#bd5a50}.rn-s5{fill:#cadff2;stroke:#4a82b5}"
    ".rn-none{fill:#eef0f2;stroke:#8a9199}"
    "@media screen and (prefers-color-scheme:dark){"
    ".rn-paper{fill:#16191f}.rn-ink{fill:#e6e6e6}.rn-cost,.rn-size{fill:#aaa}"
    ".rn-edge{stroke:#aab}.rn-tip{fill:#aab}"
    ".rn-s0{fill:#4a4227;stroke:#b59a4c}.rn-s1{fill:#56402b;stroke:#c98a4b}"
    ".rn-s2{fill:#41355a;stroke:#9d83cc}.rn-s3{fill:#2f4a27;stroke:#77b562}"
    ".rn-s4{fill:#5a302c;stroke:#d3746a}.rn-s5{fill:#26415a;stroke:#659bcd}"
    ".rn-none{fill:#2c3138;stroke:#7d858f}}</style>\n"
    "<defs><marker id='rn-tip' viewBox='0 0 8 8' refX='7' refY='4' markerWidth='7' markerHeight='7' "
    "markerUnits='userSpaceOnUse' orient='auto'><path class='rn-tip' d='M0 0L8 4L0 8z'/></marker></defs>\n";

enum {
    BOX_WIDTH = 150, LANE_STEP = 196, SIZES_WIDTH = 72, ARC_ROOM = 50,
    LINE_ROOM = 5,              /* a gap that a line with a tip needs */
    CORNER = 5,
    COLOURS = 6                 /* of the style's rn-s0, rn-s1, ... */
};

typedef struct {
    rn_text *svg;
    const rn_graph *graph;
    double left;                /* of lane 0 */
} column;

/* ---- Where things are ------------------------------------------------------------------------ */

static double left_of(const column *c, const rn_graph_box *box)
{
    return c->left + LANE_STEP * box->lane;
}

static double right_of(const column *c, const rn_graph_box *box)
{
    return left_of(c, box) + BOX_WIDTH;
}

static double center_of(const column *c, const rn_graph_box *box)
{
    return left_of(c, box) + BOX_WIDTH / 2;
}

static double top_of(const column *c, const rn_graph_box *box)
{
    return c->graph->row[box->row].top;
}

static double bottom_of(const column *c, const rn_graph_box *box)
{
    return top_of(c, box) + c->graph->row[box->row].height;
}

static double middle_of(const column *c, const rn_graph_box *box)
{
    return (top_of(c, box) + bottom_of(c, box)) / 2;
}

/* ---- Lines ----------------------------------------------------------------------------------- */

static void begin_line(const column *c, bool turns)
{
    rn_text_add(c->svg, "<path class='rn-edge%s' marker-end='url(#rn-tip)' d='", turns ? " rn-turn" : "");
}

static void write_descent(const column *c, const rn_graph_box *from, const rn_graph_box *to)
{
    double room = top_of(c, to) - bottom_of(c, from);
    if (room < LINE_ROOM)
        return;
    begin_line(c, to->turns);
    rn_text_add(c->svg, "M%.1f %.1fV%.1f'/>\n", center_of(c, from), bottom_of(c, from), top_of(c, to) - 0.5);
}

/* A shortcut that passes the boxes of its own lane. */
static void write_arc(const column *c, const rn_graph_box *from, const rn_graph_box *to)
{
    double x = right_of(c, from), y = bottom_of(c, from) - 4, end = middle_of(c, to);
    double out = x + fmin(ARC_ROOM - 4, 16 + 0.18 * (end - y)) * 4 / 3;
    begin_line(c, false);
    rn_text_add(c->svg, "M%.1f %.1fC%.1f %.1f %.1f %.1f %.1f %.1f'/>\n", x, y, out, y, out, end, x, end);
}

static void write_branching(const column *c, const rn_graph_box *from, const rn_graph_box *to)
{
    double x = center_of(c, to), y = bottom_of(c, from) + CORNER;
    begin_line(c, to->turns);
    rn_text_add(c->svg, "M%.1f %.1fH%.1fQ%.1f %.1f %.1f %.1fV%.1f'/>\n", center_of(c, from), y, x - CORNER, x,
                y, x, y + CORNER, top_of(c, to) - 0.5);
}

static void write_joining(const column *c, const rn_graph_box *from, const rn_graph_box *to)
{
    double x = center_of(c, from), y = middle_of(c, to);
    begin_line(c, from->turns);
    rn_text_add(c->svg, "M%.1f %.1fV%.1fQ%.1f %.1f %.1f %.1fH%.1f'/>\n", x, bottom_of(c, from), y - CORNER,
                x, y, x - CORNER, y, right_of(c, to) + 0.5);
}

static void write_lines(const column *c, const rn_graph_box *to)
{
    for (int i = 0; i < to->inputs; i++) {
        const rn_graph_box *from = &c->graph->box[to->input[i]];
        if (from->lane < to->lane)
            write_branching(c, from, to);
        else if (from->lane > to->lane)
            write_joining(c, from, to);
        else if (from->row + 1 == to->row)
            write_descent(c, from, to);
        else
            write_arc(c, from, to);
    }
}

/* ---- Boxes ----------------------------------------------------------------------------------- */

/* A colour for each size of maps, in the order in which the column meets them; what has none is grey. */
static void write_colour(const column *c, const rn_graph_box *box)
{
    int colour = 0;
    int64_t size = c->graph->box[c->graph->row[0].spine].shape.h;
    for (int row = 0; row <= box->row; row++) {
        int64_t next = c->graph->box[c->graph->row[row].spine].shape.h;
        colour += next != size;
        size = next;
    }
    if (box->inputs == 0 || box->shape.h == 1)
        rn_text_add(c->svg, "rn-none");
    else
        rn_text_add(c->svg, "rn-s%d", colour % COLOURS);
}

static void write_words(const column *c, const rn_graph_box *box)
{
    double x = center_of(c, box), y = middle_of(c, box), shift = box->note[0] ? -6 : 0;
    rn_text_add(c->svg, "<text class='rn-ink%s' x='%.1f' y='%.1f'>",
                box->kind == RN_GRAPH_STRIP ? " rn-small" : "", x, y + 4 + shift);
    rn_text_add_escaped(c->svg, box->label);
    rn_text_add(c->svg, "</text>\n");
    if (!box->note[0])
        return;
    rn_text_add(c->svg, "<text class='rn-cost rn-small' x='%.1f' y='%.1f'>", x, y + 12);
    rn_text_add_escaped(c->svg, box->note);
    rn_text_add(c->svg, "</text>\n");
}

static void write_box(const column *c, const rn_graph_box *box)
{
    rn_text_add(c->svg, "<rect class='%s", box->kind == RN_GRAPH_STRIP ? "rn-strip " : "");
    write_colour(c, box);
    rn_text_add(c->svg, "' x='%.1f' y='%.1f' width='%d' height='%.1f' rx='3'/>", left_of(c, box),
                top_of(c, box), BOX_WIDTH, bottom_of(c, box) - top_of(c, box));
    write_words(c, box);
}

/* Beside the first row of each size. */
static void write_sizes(const column *c)
{
    rn_shape before = { 0, 0, 0, 0 };
    for (int r = 0; r < c->graph->rows; r++) {
        const rn_graph_row *row = &c->graph->row[r];
        rn_shape shape = c->graph->box[row->spine].shape;
        if (shape.h != before.h || shape.w != before.w)
            rn_text_add(c->svg, "<text class='rn-size' x='%.1f' y='%.1f'>%lld×%lld</text>\n", c->left - 8,
                        row->top + row->height / 2 + 4, (long long)shape.h, (long long)shape.w);
        before = shape;
    }
}

double rn_graph_width(const rn_graph *graph)
{
    return SIZES_WIDTH + LANE_STEP * (graph->lanes - 1) + BOX_WIDTH + ARC_ROOM;
}

double rn_graph_center(double left)
{
    return left + SIZES_WIDTH + BOX_WIDTH / 2;
}

void rn_graph_write(rn_text *svg, const rn_graph *graph, double left)
{
    column c = { .svg = svg, .graph = graph, .left = left + SIZES_WIDTH };
    write_sizes(&c);
    for (int b = 0; b < graph->boxes; b++)
        write_lines(&c, &graph->box[b]);
    for (int b = 0; b < graph->boxes; b++)
        write_box(&c, &graph->box[b]);
}

void rn_graph_write_head(rn_text *svg, double width, double height)
{
    rn_text_add(svg, "<svg xmlns='http://www.w3.org/2000/svg' class='rn-graph' width='%g' height='%g' "
                "viewBox='0 0 %g %g'>\n%s<rect class='rn-paper' width='100%%' height='100%%'/>\n",
                width, height, width, height, style);
}
