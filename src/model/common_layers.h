/* Layers that several networks have in common. */
#ifndef RN_MODEL_COMMON_LAYERS_H
#define RN_MODEL_COMMON_LAYERS_H

#include "net/net.h"
#include "resnet.h"

rn_value rn_relu(rn_net *net, const char *name, rn_value x);
rn_value rn_batchnorm(rn_net *net, const char *name, rn_value x);

/* A square convolution, padded so that stride 1 keeps the size.  Set filters, kernel_h and stride. */
rn_value rn_conv(rn_net *net, const char *name, rn_value x, rn_args args);

/* The end of a network: the mean of each channel, dropout and one linear layer. */
rn_value rn_classifier(rn_net *net, rn_value x, const rn_architecture *architecture);

/*
 * Layers one after the other, which have numbers for names ("features.0", "features.1"), as in a
 * torch.nn.Sequential.
 *
 *     rn_sequence features = { .net = net, .name = "features", .x = x };
 *     rn_then(&features, &rn_op_conv2d, (rn_args){ ... });
 *     rn_then(&features, &rn_op_relu, (rn_args){ 0 });
 *     ... features.x
 */
typedef struct {
    rn_net *net;
    const char *name;
    rn_value x;
    int layers;
} rn_sequence;

void rn_then(rn_sequence *sequence, const rn_op *op, rn_args args);

/* A convolution with bias, with ReLU behind it. */
void rn_then_convolution(rn_sequence *sequence, int64_t filters, int64_t kernel, int64_t stride, int64_t pad);

void rn_then_maxpool(rn_sequence *sequence, int64_t kernel, int64_t stride);

/* The classifier of the networks before 2014: dropout in front of each of two wide layers or, as VGG has it,
 * behind them; the scores become the net's answer. */
typedef enum { RN_DROP_BEFORE, RN_DROP_BEHIND } rn_drop_place;
rn_value rn_wide_classifier(rn_net *net, rn_value x, const rn_architecture *architecture,
                            rn_drop_place place);

#endif
