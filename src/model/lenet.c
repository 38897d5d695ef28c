/*
 * A small network in the manner of LeNet-5 (LeCun et al. 1998) for 32x32 colour pictures: its layers and
 * widths, with ReLU and maximum pooling for the sigmoids and trained averages of then.
 */
#include "model/common_layers.h"
#include "model/models.h"

rn_value rn_build_lenet(rn_net *net, const rn_architecture *a, const int *number)
{
    rn_sequence features = { .net = net, .name = "features", .x = rn_input(net, 3, a->height, a->width) };
    (void)number;
    rn_then_convolution(&features, 6, 5, 1, 0);
    rn_then_maxpool(&features, 2, 2);
    rn_then_convolution(&features, 16, 5, 1, 0);
    rn_then_maxpool(&features, 2, 2);

    rn_sequence classifier = { .net = net, .name = "classifier", .x = features.x };
    rn_then(&classifier, &rn_op_linear, (rn_args){ .filters = 120, .bias = true });
    rn_then(&classifier, &rn_op_relu, (rn_args){ 0 });
    rn_then(&classifier, &rn_op_linear, (rn_args){ .filters = 84, .bias = true });
    rn_then(&classifier, &rn_op_relu, (rn_args){ 0 });
    rn_then(&classifier, &rn_op_linear, (rn_args){ .filters = a->classes, .bias = true });
    return rn_head(net, classifier.x, 1);
}
