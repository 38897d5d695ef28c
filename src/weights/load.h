/* Tensors of a file as weights of a network, by name. */
#ifndef RN_WEIGHTS_LOAD_H
#define RN_WEIGHTS_LOAD_H

#include "net/weights.h"
#include "weights/tensor_file.h"

/* Whether the file holds every parameter of the network in its shape, and nothing else.  All that is missing,
 * unexpected or of another shape is told in one message.  Left out: "num_batches_tracked", "preprocess.*",
 * "training.*"; heads that only help training. */
rn_status rn_weights_check(const rn_net *net, const rn_tensor_file *file, const char *path);

/* The same in one word, without a message. */
bool rn_weights_fit(const rn_net *net, const rn_tensor_file *file);

/* Check, then copy; values that are not finite are refused. */
rn_status rn_weights_load(rn_weights *weights, const rn_tensor_file *file, const char *path);

/* Check, and let the weights refer to the file's map where every parameter lies there as floats (else
 * weights->in_file stays NULL: load them).  The map must outlive the weights. */
rn_status rn_weights_refer(rn_weights *weights, const rn_net *net, const rn_tensor_file *file,
                           const char *path);

/* The parameter that holds a number that is not finite, or NULL. */
const rn_param *rn_weights_first_bad(const rn_weights *weights);

/* The sizes of a parameter as files have them; returns how many. */
int rn_param_sizes(const rn_param *param, int64_t size[4]);

#endif
