/*
 * A network: a description and nothing else.  It has no memory for pictures, no weights and no device.
 *
 *     rn_net net = { 0 };
 *     rn_value x = rn_input(&net, 3, 32, 32);
 *     x = rn_apply(&net, &rn_op_conv2d, "conv1", x, (rn_args){ .filters = 16, .kernel_h = 3, ... });
 *     rn_head(&net, x, 1);
 *     ... rn_net_free(&net);
 *
 * Builders never compute.  A builder that fails returns its status with a minus sign and leaves its message;
 * a builder fed a negative value returns it.  Check once, at the end.
 */
#ifndef RN_NET_NET_H
#define RN_NET_NET_H

#include "op/op.h"

typedef int rn_value;       /* the number of the node whose output it is; negative: a failure's status */

enum { RN_MAX_HEADS = 3 };

typedef struct {
    char name[64];
    const rn_op *op;                        /* NULL for the input */
    rn_args args;
    rn_value input[RN_MAX_INPUTS];
    int inputs;
    rn_shape output_shape;                  /* for one image */
    int first_param, params;
} rn_node;

typedef struct {
    char name[80];                          /* "layer1.0.conv1.weight" */
    rn_shape shape;
    int dims;                               /* how many of n, c, h, w its file form has: 4, 2 or 1 */
    rn_role role;
    int64_t offset;                         /* in the part of its role */
} rn_param;

typedef struct {
    rn_node *node;
    int nodes, node_capacity;
    rn_param *param;
    int params, param_capacity;
    int64_t role_count[3];                  /* numbers of each role */
    rn_value head[RN_MAX_HEADS];            /* scores; head 0 is the answer, nodes after it help training */
    double head_weight[RN_MAX_HEADS];
    int heads;
    char scope[48];
} rn_net;

void rn_net_free(rn_net *net);

/* Names given from now on begin with this: "layer1.0." */
void rn_scope(rn_net *net, const char *format, ...) RN_FORMAT(2, 3);

rn_value rn_input(rn_net *net, int64_t channels, int64_t height, int64_t width);
rn_value rn_apply(rn_net *net, const rn_op *op, const char *name, rn_value x, rn_args args);
rn_value rn_apply2(rn_net *net, const rn_op *op, const char *name, rn_value a, rn_value b, rn_args args);
rn_value rn_apply_all(rn_net *net, const rn_op *op, const char *name, const rn_value *x, int inputs,
                      rn_args args);
rn_value rn_head(rn_net *net, rn_value scores, double weight);

/* The last node with parameters before a head: what makes its scores out of features. */
rn_value rn_net_classifier(const rn_net *net, int head);
bool rn_net_is_classifier(const rn_net *net, int param);        /* whether it is a parameter of such a node */

rn_shape rn_value_shape(const rn_net *net, rn_value value);     /* of one image */

/* How many nodes the answer needs: those up to head 0. */
int rn_net_answer_nodes(const rn_net *net);

/* Fill `call` with a node's shapes for `images` images. */
rn_status rn_node_call(const rn_net *net, int node, int64_t images, rn_call *call);

int64_t rn_net_parameters(const rn_net *net);                   /* learned numbers */
int64_t rn_net_multiply_adds(const rn_net *net);                /* for one image's answer */
int64_t rn_net_numbers(const rn_net *net);                      /* learned numbers and state */

/* The number of the parameter of that name, or -1. */
int rn_net_find_param(const rn_net *net, const char *name);
int64_t rn_param_place(const rn_net *net, int param); /* in the flat array: decayed, learned, state */

#endif
