/*
 * ONNX: networks as other programs exchange them, operator sets 9 to 20.
 *
 * Reading, for the table in tensor_file.c: the constants of the graph become arrays, and what the file says
 * of itself facts: "onnx.opset", "onnx.ir_version", "onnx.producer", "onnx.inputs", "onnx.outputs",
 * "onnx.operators", and the model's own properties.  Where the graph is one that this program can express,
 * the network becomes facts as of a model file of our own, and the arrays have the names of its parameters;
 * else RN_ONNX_REFUSED says why, and the arrays keep their names.
 */
#ifndef RN_WEIGHTS_ONNX_H
#define RN_WEIGHTS_ONNX_H

#include "weights/bundle.h"

#define RN_ONNX_REFUSED "onnx.not_supported"

bool rn_onnx_recognises(const uint8_t *bytes, size_t size);
rn_status rn_onnx_read(rn_tensor_file *file, const char *path);

/* For the table in convert.c: the bundle as a graph whose output are scores, batch normalization kept. */
rn_status rn_onnx_save(const rn_bundle *bundle, const char *path);

#endif
