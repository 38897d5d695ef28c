/*
 * A network as a graph of boxes: what the picture of it shows, before and after it is laid out.
 *
 * Boxes stand in rows, from the input down, and in lanes: lane 0 is the longest way through the network, what
 * branches off it stands to the right until it joins again.  A box with one input right above it in its lane
 * continues it; other inputs come by a curve: a shortcut.
 */
#ifndef RN_REPORT_GRAPH_H
#define RN_REPORT_GRAPH_H

#include "base/text.h"
#include "net/plan.h"

typedef enum {
    RN_GRAPH_LAYER,               /* has weights to multiply with */
    RN_GRAPH_PLAIN,               /* a pooling, the image */
    RN_GRAPH_STRIP                /* batch normalization, a rectifier, a sum, ...: drawn flat */
} rn_graph_kind;

typedef struct {
    rn_graph_kind kind;
    char label[64];             /* "3x3 conv, 64, /2" */
    char note[48];              /* what the layer does besides: "batch norm, ReLU" */
    rn_shape shape;             /* of its output, for one image */
    int input[RN_MAX_INPUTS], inputs;
    bool joins;                 /* adds its inputs up */
    int user;                   /* the box that continues this one, on the longest way to the end; or -1 */
    int row, lane;
    bool turns;                 /* lies on a shortcut that changes dimensions: its lines are dotted */
} rn_graph_box;

typedef struct {
    int spine;                  /* the box in lane 0 */
    double gap, top, height;    /* in pixels; gap: above it */
} rn_graph_row;

typedef struct {
    rn_graph_box *box;
    rn_graph_row *row;
    int boxes, rows, lanes;
    int aligned;                /* rows whose top is known */
} rn_graph;

/* Every operation of the network, or, with a plan for inference, every kernel that runs. */
rn_status rn_graph_open(rn_graph *graph, const rn_net *net, const rn_plan *plan);
void rn_graph_close(rn_graph *graph);       /* also of a zeroed structure */

/* Rows and lanes, for rn_graph_open; then the tops of the rows, from `top` down, so that the same sizes begin
 * side by side in all graphs.  Returns where the lowest ends. */
rn_status rn_graph_arrange(rn_graph *graph);
double rn_graph_align(rn_graph *graph, int graphs, double top);

/* The beginning of an SVG file, up to its background, and a graph as a column of it, in pixels. */
void rn_graph_write_head(rn_text *svg, double width, double height);
void rn_graph_write(rn_text *svg, const rn_graph *graph, double left);
double rn_graph_width(const rn_graph *graph);
double rn_graph_center(double left);        /* of lane 0 */

/* rn_networks_draw into a text. */
rn_status rn_networks_write(rn_text *svg, const rn_network *network, int count, bool folded);

#endif
