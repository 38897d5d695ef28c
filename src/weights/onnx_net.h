/*
 * A graph of ONNX becomes a network of ours.  Each value of the graph is, while it is translated, one of four
 * things: absent; numbers, which are the constants; a few whole numbers, with which exporters reckon sizes;
 * or a value of the network, with what the graph has asked of it so far and a later node completes.
 */
#ifndef RN_WEIGHTS_ONNX_NET_H
#define RN_WEIGHTS_ONNX_NET_H

#include "net/net.h"
#include "weights/onnx_model.h"

enum { RN_WHOLE_MOST = 16 };

/* Up to two dimensions, in C order. */
typedef struct {
    int dims, count;
    int64_t size[2], number[RN_WHOLE_MOST];
} rn_whole;

/* The number of pictures, which is open until the network runs. */
#define RN_OPEN (INT64_MIN / 2)

typedef enum { RN_ABSENT, RN_NUMBERS, RN_WHOLE, RN_VALUE } rn_operand_kind;

typedef struct {
    rn_operand_kind kind;
    rn_array array;                 /* RN_NUMBERS */
    rn_whole whole;                 /* RN_WHOLE */
    rn_value value;                 /* RN_VALUE ... */
    int rank;                       /* 4: pictures; 2: rows of numbers; 3: on the way from one to the other */
    int64_t step_h, step_w;         /* of its pixels only every step-th counts; 0: all */
    bool product;                   /* still to be multiplied by `array` */
    bool is_answer;                 /* went through softmax */
} rn_operand;

typedef struct {
    rn_onnx_model *model;
    rn_tensor_file *file;
    rn_net *net;
    rn_array *source;               /* of each parameter of the network */
    const rn_onnx_node *node;       /* the one being translated */
    rn_operand operand[RN_ONNX_INPUTS];     /* what it reads */
    int64_t batch;                  /* the number of pictures for which the graph was written, or -1 */
} rn_translation;

/* Record that the node is not supported, and why ("" where its operator is not known at all). */
rn_status rn_onnx_refuse(const rn_translation *t, const char *format, ...) RN_FORMAT(2, 3);

/* ---- Operators: tables of what each gives ---------------------------------------------------- */

typedef rn_status rn_onnx_translator(rn_translation *t, rn_operand *result);
typedef struct { const char *op; rn_onnx_translator *translate; } rn_onnx_row;  /* the last has no names */

rn_onnx_translator *rn_onnx_find(const rn_onnx_row *row, rn_bytes op);          /* or NULL */
rn_onnx_translator *rn_onnx_find_layer(rn_bytes op);
rn_onnx_translator *rn_onnx_find_shaping(rn_bytes op);
rn_onnx_translator *rn_onnx_find_reckoning(rn_bytes op);                        /* on whole numbers */

/* ---- What they read -------------------------------------------------------------------------- */

/* Input `i` as a value of the network, complete; input 0 as pictures; input `i` as a constant of so many
 * dimensions. */
rn_status rn_onnx_take_any(rn_translation *t, int i, rn_operand *operand);
rn_status rn_onnx_take_pictures(rn_translation *t, rn_operand *operand);
rn_status rn_onnx_take_numbers(rn_translation *t, int i, int dims, rn_array *array);

/* A list that is an attribute in old files and input `i` in new ones; the same of axes, counted from the
 * front. */
rn_status rn_onnx_take_list(rn_translation *t, const char *name, int i, rn_onnx_list *list);
rn_status rn_onnx_take_axes(rn_translation *t, int i, int rank, rn_onnx_list *axes);

/* Whole numbers from an operand that holds them; false for all others. */
bool rn_onnx_whole(const rn_operand *operand, rn_whole *whole);

/* Complete what was noted about a value; complete a product with its bias. */
rn_status rn_onnx_settle(rn_translation *t, rn_operand *operand);
rn_status rn_onnx_add_bias(rn_translation *t, rn_operand *product, const rn_operand *bias,
                           rn_operand *result);

/* ---- What they give -------------------------------------------------------------------------- */

rn_shape rn_onnx_shape_of(const rn_translation *t, const rn_operand *operand);
rn_status rn_onnx_give(rn_operand *result, rn_value value, int rank);

/* Add an operation that reads these values; `param` are its parameters, `params` of them. */
rn_status rn_onnx_apply(rn_translation *t, const rn_op *op, const rn_value *input, int inputs, rn_args args,
                        const rn_array *param, int params, rn_value *value);

/* ---- The whole ------------------------------------------------------------------------------- */

/* The network of a graph; `source` (which the caller frees) tells the array of each of its parameters, and
 * `any_size` that pictures may have any size.  After a failure both are empty, and the message says what of
 * the graph is not supported.  Constants of nodes are added to the file's arrays. */
rn_status rn_onnx_net(rn_net *net, rn_array **source, bool *any_size, rn_onnx_model *model,
                      rn_tensor_file *file);

#endif
