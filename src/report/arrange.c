/*
 * Where the boxes of a graph stand.  A box's row is the length of the longest way to it from the input.  Of
 * those who read a box's output, the one with the longest way to the end continues its lane; the others begin
 * lanes of their own, the nearest that is free down to the row where they join.
 */
#include "report/graph.h"
#include "base/memory.h"

#include <math.h>

enum {
    LAYER_HEIGHT = 22, NOTED_HEIGHT = 34, STRIP_HEIGHT = 14,
    LAYER_GAP = 13, STRIP_GAP = 2, JOIN_GAP = 9, STAGE_GAP = 18
};

static int larger(int a, int b)
{
    return a > b ? a : b;
}

static rn_status find_rows(rn_graph *graph)
{
    int *reach;     /* the length of the longest way to the end */
    RN_TRY(rn_new(&reach, graph->boxes));
    for (int b = 0; b < graph->boxes; b++) {
        rn_graph_box *box = &graph->box[b];
        for (int i = 0; i < box->inputs; i++)
            box->row = larger(box->row, graph->box[box->input[i]].row + 1);
        graph->rows = larger(graph->rows, box->row + 1);
    }
    for (int b = graph->boxes - 1; b >= 0; b--)
        for (int i = 0; i < graph->box[b].inputs; i++) {
            int source = graph->box[b].input[i];
            if (reach[b] + 1 >= reach[source])
                graph->box[source].user = b;
            reach[source] = larger(reach[source], reach[b] + 1);
        }
    rn_free(reach);
    return RN_OK;
}

/* The row before which the branch that begins with this box joins another or ends. */
static int branch_end(const rn_graph *graph, int b)
{
    while (graph->box[b].user >= 0 && graph->box[graph->box[b].user].inputs == 1)
        b = graph->box[b].user;
    return graph->box[b].user < 0 ? graph->box[b].row + 1 : graph->box[graph->box[b].user].row;
}

/* The lane of an input that this box continues, or -1. */
static int continued_lane(const rn_graph *graph, int b)
{
    int lane = -1;
    for (int i = 0; i < graph->box[b].inputs; i++) {
        const rn_graph_box *source = &graph->box[graph->box[b].input[i]];
        if (source->user == b && (lane < 0 || source->lane < lane))
            lane = source->lane;
    }
    return lane;
}

static rn_status find_lanes(rn_graph *graph)
{
    int *busy;      /* of each lane: the row from which it is free */
    RN_TRY(rn_new(&busy, graph->boxes + 1));
    for (int b = 0; b < graph->boxes; b++) {
        rn_graph_box *box = &graph->box[b];
        box->lane = b == 0 ? 0 : continued_lane(graph, b);
        if (box->lane < 0) {
            box->lane = graph->box[box->input[0]].lane + 1;
            while (busy[box->lane] > box->row)
                box->lane++;
            busy[box->lane] = branch_end(graph, b);
        }
        if (box->lane == 0)
            graph->row[box->row].spine = b;
        graph->lanes = larger(graph->lanes, box->lane + 1);
    }
    rn_free(busy);
    return RN_OK;
}

/* A branch from a value to a sum of other dimensions: figure 3's dotted shortcuts. */
static void mark_branch(rn_graph *graph, int last, const rn_graph_box *join)
{
    int lane = graph->box[last].lane, first = last;
    while (graph->box[first].inputs == 1 && graph->box[graph->box[first].input[0]].lane == lane)
        first = graph->box[first].input[0];
    if (graph->box[first].inputs == 0)
        return;
    const rn_shape *from = &graph->box[graph->box[first].input[0]].shape;
    bool turns = from->c != join->shape.c || from->h != join->shape.h;
    graph->box[first].turns = turns;
    for (int b = last; b != first; b = graph->box[b].input[0])
        graph->box[b].turns = turns;
}

static void mark_turns(rn_graph *graph)
{
    for (int b = 0; b < graph->boxes; b++) {
        const rn_graph_box *join = &graph->box[b];
        for (int i = 0; i < join->inputs && join->joins; i++)
            if (graph->box[join->input[i]].lane != join->lane)
                mark_branch(graph, join->input[i], join);
    }
}

static double height_of(const rn_graph_box *box)
{
    return box->kind == RN_GRAPH_STRIP ? STRIP_HEIGHT : box->note[0] ? NOTED_HEIGHT : LAYER_HEIGHT;
}

static double gap_above(const rn_graph_box *box)
{
    return box->kind != RN_GRAPH_STRIP ? LAYER_GAP : box->inputs > 1 ? JOIN_GAP : STRIP_GAP;
}

static void find_heights(rn_graph *graph)
{
    for (int b = 0; b < graph->boxes; b++) {
        const rn_graph_box *box = &graph->box[b];
        rn_graph_row *row = &graph->row[box->row];
        row->height = fmax(row->height, height_of(box));
        row->gap = fmax(row->gap, gap_above(box));
    }
}

rn_status rn_graph_arrange(rn_graph *graph)
{
    RN_TRY(find_rows(graph));
    RN_TRY(find_lanes(graph));
    mark_turns(graph);
    find_heights(graph);
    return RN_OK;
}

/* ---- Side by side ---------------------------------------------------------------------------- */

/* The height of the picture or map in the next row, or -1 behind the last. */
static int64_t next_size(const rn_graph *graph)
{
    return graph->aligned == graph->rows ? -1 : graph->box[graph->row[graph->aligned].spine].shape.h;
}

static double place_stage(rn_graph *graph, int64_t size, double top)
{
    for (; next_size(graph) == size; graph->aligned++) {
        rn_graph_row *row = &graph->row[graph->aligned];
        row->top = top + row->gap;
        top = row->top + row->height;
    }
    return top;
}

double rn_graph_align(rn_graph *graph, int graphs, double top)
{
    for (;;) {
        int64_t size = -1;
        double end = top;
        for (int i = 0; i < graphs; i++)
            size = next_size(&graph[i]) > size ? next_size(&graph[i]) : size;
        if (size < 0)
            return top;
        for (int i = 0; i < graphs; i++)
            end = fmax(end, place_stage(&graph[i], size, top));
        top = end + STAGE_GAP;
    }
}
