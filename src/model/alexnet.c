/*
 * AlexNet (Krizhevsky et al. 2012) in its form of one column without response normalization (Krizhevsky
 * 2014), which torchvision has.  Pictures of another size than 224 are pooled into 6x6 windows.
 */
#include "model/common_layers.h"
#include "model/models.h"

rn_value rn_build_alexnet(rn_net *net, const rn_architecture *a, const int *number)
{
    rn_sequence features = { .net = net, .name = "features", .x = rn_input(net, 3, a->height, a->width) };
    (void)number;
    rn_then_convolution(&features, 64, 11, 4, 2);
    rn_then_maxpool(&features, 3, 2);
    rn_then_convolution(&features, 192, 5, 1, 2);
    rn_then_maxpool(&features, 3, 2);
    rn_then_convolution(&features, 384, 3, 1, 1);
    rn_then_convolution(&features, 256, 3, 1, 1);
    rn_then_convolution(&features, 256, 3, 1, 1);
    rn_then_maxpool(&features, 3, 2);
    rn_value x = rn_apply(net, &rn_op_averagepool, "avgpool", features.x, (rn_args){ .bins = 6 });
    return rn_wide_classifier(net, x, a, RN_DROP_BEFORE);
}
