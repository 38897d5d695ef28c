#include "net/answer.h"
#include "base/memory.h"

#include <string.h>

/* ---- The answer ------------------------------------------------------------------------------ */

static void mark_needed(const rn_net *net, bool *needed)
{
    needed[net->head[0]] = true;
    for (rn_value v = net->head[0]; v > 0; v--)
        for (int i = 0; needed[v] && i < net->node[v].inputs; i++)
            needed[net->node[v].input[i]] = true;
}

/* `copy` tells for each value of the network its number in the answer. */
static rn_status copy_node(rn_net *answer, const rn_net *net, rn_value v, rn_value *copy)
{
    const rn_node *node = &net->node[v];
    const rn_shape in = node->output_shape;
    rn_value input[RN_MAX_INPUTS];
    for (int i = 0; i < node->inputs; i++)
        input[i] = copy[node->input[i]];
    if (!node->op)
        copy[v] = rn_input(answer, in.c, in.h, in.w);
    else if (node->op == &rn_op_dropout)
        copy[v] = input[0];
    else
        copy[v] = rn_apply_all(answer, node->op, node->name, input, node->inputs, node->args);
    return copy[v] < 0 ? (rn_status)-copy[v] : RN_OK;
}

static rn_status copy_needed(rn_net *answer, const rn_net *net, bool *needed, rn_value *copy)
{
    mark_needed(net, needed);
    for (rn_value v = 0; v <= net->head[0]; v++)
        if (needed[v])
            RN_TRY(copy_node(answer, net, v, copy));
    rn_head(answer, copy[net->head[0]], 1);
    return RN_OK;
}

rn_status rn_net_answer(rn_net *answer, const rn_net *net)
{
    bool *needed;
    rn_value *copy;
    *answer = (rn_net){ 0 };
    RN_TRY(rn_new(&needed, net->nodes));
    rn_status status = rn_new(&copy, net->nodes);
    if (status == RN_OK)
        status = copy_needed(answer, net, needed, copy);
    rn_free(needed);
    rn_free(copy);
    if (status != RN_OK)
        rn_net_free(answer);
    return status;
}

/* ---- Comparing ------------------------------------------------------------------------------- */

static int64_t or_one(int64_t number)
{
    return number ? number : 1;
}

/* As files have it, in 32 bits. */
static float epsilon(const rn_args *args)
{
    return args->epsilon > 0 ? (float)args->epsilon : 1e-5f;
}

static bool same_args(const rn_args *a, const rn_args *b)
{
    return a->filters == b->filters && a->kernel_h == b->kernel_h && a->kernel_w == b->kernel_w
        && a->bins == b->bins && or_one(a->stride) == or_one(b->stride) && a->pad_h == b->pad_h
        && a->pad_w == b->pad_w && or_one(a->dilation) == or_one(b->dilation)
        && or_one(a->groups) == or_one(b->groups) && a->bias == b->bias && a->ceil_mode == b->ceil_mode
        && a->count_pad == b->count_pad && a->place == b->place
        && memcmp(&(float){ epsilon(a) }, &(float){ epsilon(b) }, sizeof(float)) == 0;
}

/* A sum may have its two parts in either order. */
static bool same_inputs(const rn_node *a, const rn_node *b)
{
    bool same = a->inputs == b->inputs, swapped = a->op == &rn_op_add;
    for (int i = 0; same && i < a->inputs; i++)
        same = a->input[i] == b->input[i];
    return same || (swapped && a->input[0] == b->input[1] && a->input[1] == b->input[0]);
}

bool rn_net_same(const rn_net *a, const rn_net *b)
{
    bool same = a->nodes == b->nodes && a->head[0] == b->head[0]
             && rn_same_shape(a->node[0].output_shape, b->node[0].output_shape);
    for (int i = 1; same && i < a->nodes; i++) {
        const rn_node *x = &a->node[i], *y = &b->node[i];
        same = x->op == y->op && same_inputs(x, y) && same_args(&x->args, &y->args);
    }
    return same;
}
