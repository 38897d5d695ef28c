/* Writing the nodes of an ONNX graph, one operation of the network after the other. */
#ifndef RN_WEIGHTS_ONNX_NODES_H
#define RN_WEIGHTS_ONNX_NODES_H

#include "base/text.h"
#include "net/net.h"

typedef struct {
    const rn_net *net;              /* an answer (net/answer.h) */
    rn_text graph, constants;       /* fields of the graph: nodes; whole numbers that they read */
    rn_text node;                   /* the one being written */
} rn_onnx_writer;

/* Failures of memory are remembered by the texts. */
rn_status rn_onnx_write_node(rn_onnx_writer *writer, rn_value node);

/* The answer as "scores", where its own node is none that gives a row. */
void rn_onnx_write_scores(rn_onnx_writer *writer);

/* The name of a node's output or, with `what`, of something that belongs to it.  All other names have a dot,
 * so "input" and "scores" are free. */
typedef char rn_onnx_name[96];
const char *rn_onnx_name_value(rn_onnx_name *to, const rn_net *net, rn_value value, const char *what);

/* All of a tensor but its numbers. */
void rn_onnx_begin_tensor(rn_text *tensor, const char *name, int type, int dims, const int64_t *size);

#endif
