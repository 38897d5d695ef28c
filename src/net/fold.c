#include "net/fold.h"
#include "base/memory.h"
#include "net/answer.h"

#include <math.h>
#include <string.h>

enum { SCALE, SHIFT, MEAN, VARIANCE };

typedef struct {
    rn_net answer;
    rn_value *norm;         /* of each convolution: the batch normalization that becomes part of it, or 0 */
    rn_value *copy;         /* of each value: its number in the folded network */
    int *readers;
} job;

static void find_norms(job *j)
{
    const rn_net *net = &j->answer;
    for (rn_value v = 0; v < net->nodes; v++)
        for (int i = 0; i < net->node[v].inputs; i++)
            j->readers[net->node[v].input[i]]++;
    for (rn_value v = 1; v < net->nodes; v++) {
        rn_value x = net->node[v].input[0];
        if (net->node[v].op == &rn_op_batchnorm && net->node[x].op == &rn_op_conv2d && j->readers[x] == 1)
            j->norm[x] = v;
    }
}

static bool is_folded(const job *j, rn_value v)
{
    return j->answer.node[v].op == &rn_op_batchnorm && j->norm[j->answer.node[v].input[0]] == v;
}

static rn_status copy_node(job *j, rn_net *folded, rn_value v)
{
    const rn_node *node = &j->answer.node[v];
    const rn_shape in = node->output_shape;
    rn_value input[RN_MAX_INPUTS];
    rn_args args = node->args;
    for (int i = 0; i < node->inputs; i++)
        input[i] = j->copy[node->input[i]];
    args.bias |= j->norm[v] > 0;
    if (!node->op)
        j->copy[v] = rn_input(folded, in.c, in.h, in.w);
    else if (is_folded(j, v))
        j->copy[v] = input[0];
    else
        j->copy[v] = rn_apply_all(folded, node->op, node->name, input, node->inputs, args);
    return j->copy[v] < 0 ? (rn_status)-j->copy[v] : RN_OK;
}

static rn_status build(job *j, rn_net *folded, const rn_net *net)
{
    RN_TRY(rn_net_answer(&j->answer, net));
    RN_TRY(rn_new(&j->norm, j->answer.nodes));
    RN_TRY(rn_new(&j->copy, j->answer.nodes));
    RN_TRY(rn_new(&j->readers, j->answer.nodes));
    find_norms(j);
    for (rn_value v = 0; v < j->answer.nodes; v++)
        RN_TRY(copy_node(j, folded, v));
    rn_head(folded, j->copy[j->answer.head[0]], 1);
    return RN_OK;
}

/* ---- Numbers --------------------------------------------------------------------------------- */

/* A parameter of a node of the answer, among the whole network's weights. */
static const float *param_of(const job *j, const rn_weights *weights, rn_value v, int p)
{
    const char *name = j->answer.param[j->answer.node[v].first_param + p].name;
    return rn_weights_param(weights, rn_net_find_param(weights->net, name));
}

static void fold(const job *j, const rn_weights *weights, rn_value v, float *weight, float *bias)
{
    const rn_node *node = &j->answer.node[v], *norm = &j->answer.node[j->norm[v]];
    const int64_t filters = node->args.filters;
    const int64_t taps = rn_count(j->answer.param[node->first_param].shape) / filters;
    const double epsilon = norm->args.epsilon > 0 ? norm->args.epsilon : 1e-5;
    const float *from[4], *old_bias = node->args.bias ? param_of(j, weights, v, 1) : NULL;
    for (int p = SCALE; p <= VARIANCE; p++)
        from[p] = param_of(j, weights, j->norm[v], p);
    for (int64_t o = 0; o < filters; o++) {
        double s = (double)from[SCALE][o] / sqrt((double)from[VARIANCE][o] + epsilon);
        double b = old_bias ? (double)old_bias[o] : 0;
        for (int64_t k = 0; k < taps; k++)
            weight[o * taps + k] = (float)(s * (double)weight[o * taps + k]);
        bias[o] = (float)(s * (b - (double)from[MEAN][o]) + (double)from[SHIFT][o]);
    }
}

static void copy_numbers(const job *j, rn_weights *folded, const rn_weights *weights)
{
    for (rn_value v = 1; v < j->answer.nodes; v++) {
        const rn_node *node = &j->answer.node[v];
        const int first = folded->net->node[j->copy[v]].first_param;
        for (int p = 0; p < node->params && !is_folded(j, v); p++) {
            int64_t count = rn_count(j->answer.param[node->first_param + p].shape);
            memcpy(rn_weights_param(folded, first + p), param_of(j, weights, v, p),
                   (size_t)count * sizeof(float));
        }
        if (j->norm[v])
            fold(j, weights, v, rn_weights_param(folded, first), rn_weights_param(folded, first + 1));
    }
}

/* What a batch normalization gave, its convolution gives now. */
static rn_status copy_ranges(const job *j, rn_weights *folded, const rn_weights *weights)
{
    const rn_net *net = weights->net;
    if (!weights->range)
        return RN_OK;
    RN_TRY(rn_new(&folded->range, rn_net_answer_nodes(folded->net)));
    for (rn_value v = 0, from = 0; v < j->answer.nodes; v++, from++) {
        while (strcmp(net->node[from].name, j->answer.node[v].name) != 0)
            from++;
        folded->range[j->copy[v]] = weights->range[from];
    }
    return RN_OK;
}

rn_status rn_net_fold(rn_net *folded, rn_weights *folded_weights, const rn_net *net,
                      const rn_weights *weights)
{
    job j = { 0 };
    *folded = (rn_net){ 0 };
    *folded_weights = (rn_weights){ 0 };
    rn_status status = build(&j, folded, net);
    if (status == RN_OK)
        status = rn_weights_open(folded_weights, folded);
    if (status == RN_OK)
        status = copy_ranges(&j, folded_weights, weights);
    if (status == RN_OK) {
        copy_numbers(&j, folded_weights, weights);
    } else {
        rn_weights_close(folded_weights);
        rn_net_free(folded);
    }
    rn_free(j.norm);
    rn_free(j.copy);
    rn_free(j.readers);
    rn_net_free(&j.answer);
    return status;
}
