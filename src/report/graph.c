/*
 * Boxes from a network: one for each node, or, by a plan, one for each node that is not absorbed.  An
 * absorbed sum stays a strip of its own, because lines meet there; other absorbed nodes are noted in the box
 * before.
 */
#include "report/graph.h"
#include "base/memory.h"

#include <string.h>

/* ---- Words ----------------------------------------------------------------------------------- */

/* Operations whose word says all. */
static const struct {
    const rn_op *op;
    const char *word;
} words[] = {
    { &rn_op_batchnorm, "batch norm" }, { &rn_op_relu, "ReLU" }, { &rn_op_prelu, "PReLU" },
    { &rn_op_add, "+" }, { &rn_op_dropout, "dropout" }, { &rn_op_concat, "concat" },
};
enum { WORDS = sizeof words / sizeof *words };

static const char *word_of(const rn_op *op)
{
    for (int i = 0; i < WORDS; i++)
        if (words[i].op == op)
            return words[i].word;
    return NULL;
}

static void write_stride(char *text, size_t size, int64_t stride)
{
    size_t used = strlen(text);
    if (stride > 1)
        snprintf(text + used, size - used, ", /%lld", (long long)stride);
}

static void write_convolution(char *text, size_t size, const rn_args *a)
{
    int used = snprintf(text, size, "%lldx%lld conv, %lld", (long long)a->kernel_h, (long long)a->kernel_w,
                        (long long)a->filters);
    if (a->groups > 1)
        snprintf(text + used, size - (size_t)used, ", %lld groups", (long long)a->groups);
    write_stride(text, size, a->stride);
}

static void write_pool(char *text, size_t size, const rn_args *a, const char *kind)
{
    if (a->bins > 0)
        snprintf(text, size, "%s pool to %lldx%lld", kind, (long long)a->bins, (long long)a->bins);
    else if (a->kernel_h > 0)
        snprintf(text, size, "%lldx%lld %s pool", (long long)a->kernel_h, (long long)a->kernel_w, kind);
    else
        snprintf(text, size, "%s pool", kind);
    write_stride(text, size, a->stride);
}

static void write_label(char *text, size_t size, const rn_node *node)
{
    const rn_args *a = &node->args;
    if (!node->op)
        snprintf(text, size, "image");
    else if (word_of(node->op))
        snprintf(text, size, "%s", word_of(node->op));
    else if (node->op == &rn_op_conv2d)
        write_convolution(text, size, a);
    else if (node->op == &rn_op_linear)
        snprintf(text, size, "fc %lld", (long long)a->filters);
    else if (node->op == &rn_op_maxpool)
        write_pool(text, size, a, "max");
    else if (node->op == &rn_op_averagepool)
        write_pool(text, size, a, "avg");
    else if (node->op == &rn_op_pad_shortcut)
        snprintf(text, size, "zeros to %lld", (long long)a->filters), write_stride(text, size, a->stride);
    else
        snprintf(text, size, "%s", node->op->name);
}

static rn_graph_kind kind_of(const rn_op *op)
{
    if (op == &rn_op_conv2d || op == &rn_op_linear)
        return RN_GRAPH_LAYER;
    return op && word_of(op) ? RN_GRAPH_STRIP : RN_GRAPH_PLAIN;
}

/* ---- Boxes ----------------------------------------------------------------------------------- */

static void append_word(char *text, size_t size, const char *word)
{
    size_t used = strlen(text);
    snprintf(text + used, size - used, "%s%s", used ? ", " : "", word);
}

static void take_in(rn_graph_box *box, const rn_node *node)
{
    if (box->kind == RN_GRAPH_STRIP)
        append_word(box->label, sizeof box->label, word_of(node->op));
    else
        append_word(box->note, sizeof box->note, word_of(node->op));
}

static void add_box(rn_graph *graph, const rn_node *node, const int *box_of)
{
    rn_graph_box *box = &graph->box[graph->boxes++];
    *box = (rn_graph_box){ .kind = kind_of(node->op), .shape = node->output_shape, .inputs = node->inputs,
                           .joins = node->op == &rn_op_add, .user = -1 };
    write_label(box->label, sizeof box->label, node);
    for (int i = 0; i < node->inputs; i++)
        box->input[i] = box_of[node->input[i]];
}

static rn_status add_boxes(rn_graph *graph, const rn_net *net, const rn_plan *plan)
{
    int *box_of, nodes = plan ? plan->nodes : net->nodes;
    RN_TRY(rn_new(&box_of, nodes));
    for (int i = 0; i < nodes; i++) {
        const rn_node *node = &net->node[i];
        bool noted = plan && plan->step[i].existence == RN_ABSORBED && node->inputs == 1;
        if (noted)
            take_in(&graph->box[box_of[node->input[0]]], node);
        else
            add_box(graph, node, box_of);
        box_of[i] = noted ? box_of[node->input[0]] : graph->boxes - 1;
    }
    rn_free(box_of);
    return RN_OK;
}

rn_status rn_graph_open(rn_graph *graph, const rn_net *net, const rn_plan *plan)
{
    *graph = (rn_graph){ 0 };
    rn_status status = rn_new(&graph->box, net->nodes);
    if (status == RN_OK)
        status = rn_new(&graph->row, net->nodes);
    if (status == RN_OK)
        status = add_boxes(graph, net, plan);
    if (status == RN_OK)
        status = rn_graph_arrange(graph);
    if (status != RN_OK)
        rn_graph_close(graph);
    return status;
}

void rn_graph_close(rn_graph *graph)
{
    rn_free(graph->box);
    rn_free(graph->row);
    *graph = (rn_graph){ 0 };
}
