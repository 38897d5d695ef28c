/*
 * Building a description: nodes and parameters are appended to two growing arrays.  A node's shapes are for
 * one image; a session asks again for its batch.
 */
#include "net/net.h"
#include "base/memory.h"

#include <assert.h>
#include <stdarg.h>
#include <string.h>

void rn_net_free(rn_net *net)
{
    rn_free(net->node);
    rn_free(net->param);
    *net = (rn_net){ 0 };
}

void rn_scope(rn_net *net, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(net->scope, sizeof net->scope, format, args);
    va_end(args);
}

static rn_status grow(void **array, int count, int *capacity, size_t size)
{
    if (count < *capacity)
        return RN_OK;
    int wanted = *capacity ? 2 * *capacity : 64;
    RN_TRY(rn_reallocate(array, (size_t)*capacity, (size_t)wanted, size, "a network description"));
    *capacity = wanted;
    return RN_OK;
}

static rn_value append_node(rn_net *net, const rn_node *node)
{
    rn_status status = grow((void **)&net->node, net->nodes, &net->node_capacity, sizeof *net->node);
    if (status != RN_OK)
        return -(rn_value)status;
    net->node[net->nodes] = *node;
    return net->nodes++;
}

/* File forms: convolution weights have four sizes, classifier weights two, everything else one. */
static int file_dims(const rn_op *op, int index)
{
    if (index > 0)
        return 1;
    return op == &rn_op_conv2d ? 4 : op == &rn_op_linear ? 2 : 1;
}

static rn_status append_params(rn_net *net, rn_node *node, const rn_call *call)
{
    node->first_param = net->params;
    node->params = call->params;
    for (int p = 0; p < call->params; p++) {
        RN_TRY(grow((void **)&net->param, net->params, &net->param_capacity, sizeof *net->param));
        rn_param *param = &net->param[net->params++];
        *param = (rn_param){ .shape = call->param_shape[p], .dims = file_dims(node->op, p),
                             .role = node->op->param_role[p] };
        snprintf(param->name, sizeof param->name, "%s.%s", node->name, node->op->param_name[p]);
        param->offset = net->role_count[param->role];
        net->role_count[param->role] += rn_count(param->shape);
    }
    return RN_OK;
}

rn_value rn_input(rn_net *net, int64_t channels, int64_t height, int64_t width)
{
    return append_node(net, &(rn_node){ .name = "input", .output_shape = { 1, channels, height, width } });
}

/* A gradient has one place, and kernels fill those of their inputs one after the other. */
static bool repeats(const rn_value *x, int i)
{
    for (int k = 0; k < i; k++)
        if (x[k] == x[i])
            return true;
    return false;
}

rn_value rn_apply_all(rn_net *net, const rn_op *op, const char *name, const rn_value *x, int inputs,
                      rn_args args)
{
    rn_node node = { .op = op, .args = args, .inputs = inputs };
    rn_call call = { .op = op, .args = args, .inputs = inputs };
    assert(inputs == op->inputs || (op->inputs == RN_ANY_INPUTS && inputs > 0 && inputs <= RN_MAX_INPUTS));
    snprintf(node.name, sizeof node.name, "%s%s", net->scope, name);
    for (int i = 0; i < inputs; i++) {
        if (x[i] < 0)
            return x[i];
        if (repeats(x, i))
            return -(rn_value)rn_fail(RN_BAD_ARGUMENT, "'%s' reads one value twice", node.name);
        node.input[i] = x[i];
        call.input[i].shape = net->node[x[i]].output_shape;
    }
    rn_status status = rn_while(op->infer(&call), "cannot add '%s' to the network", node.name);
    node.output_shape = call.output.shape;
    if (status == RN_OK)
        status = append_params(net, &node, &call);
    if (status != RN_OK)
        return -(rn_value)status;
    return append_node(net, &node);
}

rn_value rn_apply(rn_net *net, const rn_op *op, const char *name, rn_value x, rn_args args)
{
    return rn_apply_all(net, op, name, &x, 1, args);
}

rn_value rn_apply2(rn_net *net, const rn_op *op, const char *name, rn_value a, rn_value b, rn_args args)
{
    return rn_apply_all(net, op, name, (rn_value[]){ a, b }, 2, args);
}

rn_value rn_head(rn_net *net, rn_value scores, double weight)
{
    if (scores < 0)
        return scores;
    assert(net->heads < RN_MAX_HEADS);
    net->head[net->heads] = scores;
    net->head_weight[net->heads++] = weight;
    return scores;
}

rn_value rn_net_classifier(const rn_net *net, int head)
{
    rn_value v = net->head[head];
    while (net->node[v].params == 0 && net->node[v].inputs > 0)
        v = net->node[v].input[0];
    return v;
}

bool rn_net_is_classifier(const rn_net *net, int param)
{
    for (int h = 0; h < net->heads; h++) {
        const rn_node *node = &net->node[rn_net_classifier(net, h)];
        if (param >= node->first_param && param < node->first_param + node->params)
            return true;
    }
    return false;
}

int rn_net_answer_nodes(const rn_net *net)
{
    return net->head[0] + 1;
}

rn_shape rn_value_shape(const rn_net *net, rn_value value)
{
    return net->node[value].output_shape;
}

rn_status rn_node_call(const rn_net *net, int number, int64_t images, rn_call *call)
{
    const rn_node *node = &net->node[number];
    *call = (rn_call){ .op = node->op, .args = node->args, .inputs = node->inputs };
    for (int i = 0; i < call->inputs; i++) {
        call->input[i].shape = net->node[node->input[i]].output_shape;
        call->input[i].shape.n = images;
    }
    if (node->op)
        return rn_while(node->op->infer(call), "cannot run '%s' on %lld images", node->name,
                        (long long)images);
    call->output.shape = node->output_shape;
    call->output.shape.n = images;
    return RN_OK;
}

int64_t rn_net_parameters(const rn_net *net)
{
    return net->role_count[RN_DECAYED] + net->role_count[RN_LEARNED];
}

int64_t rn_net_numbers(const rn_net *net)
{
    return rn_net_parameters(net) + net->role_count[RN_STATE];
}

int64_t rn_net_multiply_adds(const rn_net *net)
{
    int64_t total = 0;
    for (int i = 0; i < rn_net_answer_nodes(net); i++) {
        rn_call call;
        if (net->node[i].op && net->node[i].op->multiply_adds && rn_node_call(net, i, 1, &call) == RN_OK)
            total += net->node[i].op->multiply_adds(&call);
    }
    return total;
}

int64_t rn_param_place(const rn_net *net, int param)
{
    int64_t place = net->param[param].offset;
    for (int role = 0; role < (int)net->param[param].role; role++)
        place += net->role_count[role];
    return place;
}

int rn_net_find_param(const rn_net *net, const char *name)
{
    for (int p = 0; p < net->params; p++)
        if (strcmp(net->param[p].name, name) == 0)
            return p;
    return -1;
}
