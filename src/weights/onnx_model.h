/*
 * What an ONNX file says, as it says it: nodes in the order in which they run, named values between them,
 * constant tensors.  Everything is borrowed from the file's bytes.
 */
#ifndef RN_WEIGHTS_ONNX_MODEL_H
#define RN_WEIGHTS_ONNX_MODEL_H

#include "weights/protobuf.h"
#include "weights/tensor_file.h"

enum { RN_ONNX_INPUTS = 16 };

typedef struct {
    rn_bytes op, name, domain;
    rn_bytes input[RN_ONNX_INPUTS];     /* size 0: left out */
    rn_bytes output;                    /* the first; the others matter in training only */
    int inputs;
    rn_bytes message;                   /* where the attributes are */
} rn_onnx_node;

typedef struct {
    rn_bytes name;
    int dims;
    int64_t size[RN_MAX_DIMS];          /* -1: open until it runs */
} rn_onnx_value;

typedef struct {
    const char *path;
    int64_t ir_version, opset;
    rn_bytes producer, producer_version;
    rn_bytes *tensor, *property;        /* messages: constants, the file's own facts */
    rn_onnx_node *node;
    rn_onnx_value *input, *output;      /* of the whole; old files list the constants among the inputs */
    int tensors, properties, nodes, inputs, outputs;
    size_t room;                        /* bytes that numbers told one by one may still take */
} rn_onnx_model;

rn_status rn_onnx_model_open(rn_onnx_model *model, rn_bytes bytes, const char *path);
void rn_onnx_model_close(rn_onnx_model *model);

/* A key and its text, as properties and places of data are told. */
rn_status rn_onnx_entry(rn_bytes message, const char *path, rn_bytes *key, rn_bytes *text);

/* Attributes of a node.  One that is absent leaves the value as it was. */
enum { RN_ONNX_NUMBERS = 64 };
typedef struct { int count; int64_t number[RN_ONNX_NUMBERS]; } rn_onnx_list;
rn_status rn_onnx_int(const rn_onnx_model *model, const rn_onnx_node *node, const char *name, int64_t *value);
rn_status rn_onnx_real(const rn_onnx_model *model, const rn_onnx_node *node, const char *name, double *value);
rn_status rn_onnx_text(const rn_onnx_model *model, const rn_onnx_node *node, const char *name,
                       rn_bytes *value);
rn_status rn_onnx_ints(const rn_onnx_model *model, const rn_onnx_node *node, const char *name,
                       rn_onnx_list *value);
rn_status rn_onnx_tensor(const rn_onnx_model *model, const rn_onnx_node *node, const char *name,
                         rn_bytes *message);

/* Add the tensor of a message to the file's arrays.  Its numbers lie in the map, in a file beside it or,
 * where they are told one by one, in a block that the file owns. */
rn_status rn_onnx_add_array(rn_onnx_model *model, rn_bytes message, rn_tensor_file *file);

#endif
