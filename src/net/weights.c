#include "net/weights.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/random.h"

#include <math.h>
#include <string.h>

static rn_weights weights_of(const rn_net *net)
{
    return (rn_weights){ .net = net, .decayed = net->role_count[RN_DECAYED],
                         .learned = rn_net_parameters(net), .count = rn_net_numbers(net) };
}

rn_status rn_weights_open_in_file(rn_weights *weights, const rn_net *net)
{
    *weights = weights_of(net);
    return rn_new(&weights->in_file, net->params);
}

rn_status rn_weights_open(rn_weights *weights, const rn_net *net)
{
    *weights = weights_of(net);
    return rn_allocate((void **)&weights->values, (size_t)weights->count, sizeof(float), "weights");
}

void rn_weights_close(rn_weights *weights)
{
    rn_free(weights->values);
    rn_free(weights->in_file);
    rn_free(weights->range);
    *weights = (rn_weights){ 0 };
}

float *rn_weights_param(const rn_weights *weights, int param)
{
    return weights->in_file ? weights->in_file[param] : weights->values + rn_param_place(weights->net, param);
}

void rn_weights_rest(const rn_weights *weights, int param)
{
    const size_t numbers = (size_t)rn_count(weights->net->param[param].shape);
    if (weights->in_file)
        rn_map_rest(weights->in_file[param], numbers * sizeof(float));
}

/* Equation 10 of He et al. 2015a in its backward form: the variance of gradients is kept. */
static void fill_normal(float *to, rn_shape shape, rn_random *random)
{
    double deviation = sqrt(2.0 / (double)(shape.n * shape.h * shape.w));
    for (int64_t i = 0; i < rn_count(shape); i++)
        to[i] = (float)(deviation * rn_random_normal(random));
}

static void fill_uniform(float *to, int64_t count, double bound, rn_random *random)
{
    for (int64_t i = 0; i < count; i++)
        to[i] = (float)(bound * (2 * rn_random_uniform(random) - 1));
}

static void fill(float *to, int64_t count, float value)
{
    for (int64_t i = 0; i < count; i++)
        to[i] = value;
}

static void initialise_node(const rn_weights *weights, const rn_node *node, rn_random *random)
{
    int64_t fan_in = node->params ? weights->net->param[node->first_param].shape.c : 0;
    for (int p = 0; p < node->params; p++) {
        const rn_param *param = &weights->net->param[node->first_param + p];
        float *to = rn_weights_param(weights, node->first_param + p);
        const char *role = node->op->param_name[p];
        int64_t count = rn_count(param->shape);
        if (node->op == &rn_op_conv2d && p == 0)
            fill_normal(to, param->shape, random);
        else if (node->op == &rn_op_linear)
            fill_uniform(to, count, 1 / sqrt((double)fan_in), random);
        else if (node->op == &rn_op_prelu)
            fill(to, count, 0.25f);
        else if (node->op == &rn_op_highway)
            fill(to, count, -2);
        else
            fill(to, count, strcmp(role, "weight") == 0 || strcmp(role, "running_var") == 0);
    }
}

void rn_weights_initialise(rn_weights *weights, uint64_t seed)
{
    for (int i = 0; i < weights->net->nodes; i++) {
        rn_random random = rn_random_open(seed, 0x1717, (uint64_t)i);
        initialise_node(weights, &weights->net->node[i], &random);
    }
    weights->version++;
}

void rn_weights_close_branches(rn_weights *weights)
{
    const rn_net *net = weights->net;
    for (int i = 0; i < net->nodes; i++) {
        const rn_node *sum = &net->node[i], *branch = &net->node[sum->input[0]];
        if (sum->op == &rn_op_add && (branch->op == &rn_op_batchnorm || branch->op == &rn_op_conv2d))
            fill(rn_weights_param(weights, branch->first_param),
                 rn_count(net->param[branch->first_param].shape), 0);
    }
    weights->version++;
}
