/*
 * Batch normalization after training is a scale and a shift of each channel, and so part of the convolution
 * that it follows:
 *
 *     weight' = s weight,   bias' = s (bias - mean) + shift,   s = scale / sqrt(variance + epsilon)
 *
 * Where the convolution has another reader, or none stands before it, it stays.
 */
#ifndef RN_NET_FOLD_H
#define RN_NET_FOLD_H

#include "net/weights.h"

/* The network's answer (net/answer.h), folded, and its weights.  The caller frees and closes both; after a
 * failure they are empty.  `folded_weights` borrows `folded`. */
rn_status rn_net_fold(rn_net *folded, rn_weights *folded_weights, const rn_net *net,
                      const rn_weights *weights);

#endif
