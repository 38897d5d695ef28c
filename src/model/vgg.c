/*
 * VGG (Simonyan, Zisserman 2015): 3x3 convolutions in five stages, each ended by a 2x2 maximum pooling, and
 * three linear layers; as torchvision has it, also with batch normalization ("vgg16_bn").  Pictures of
 * another size than 224 are pooled into 7x7 windows before the classifier.
 */
#include "model/common_layers.h"
#include "model/models.h"

enum { STAGES = 5 };

typedef struct {
    int depth;
    int convolutions[STAGES];
} plan;

static const int64_t filters[STAGES] = { 64, 128, 256, 512, 512 };

static const plan plans[] = {
    { 11, { 1, 1, 2, 2, 2 } },
    { 13, { 2, 2, 2, 2, 2 } },
    { 16, { 2, 2, 3, 3, 3 } },
    { 19, { 2, 2, 4, 4, 4 } },
};

static const plan *find_row(int depth)
{
    for (size_t i = 0; i < sizeof plans / sizeof *plans; i++)
        if (plans[i].depth == depth)
            return &plans[i];
    return NULL;
}

bool rn_vgg_has(const int *number)
{
    return find_row(number[0]);
}

static rn_value build(rn_net *net, const rn_architecture *a, const plan *row, bool normed)
{
    rn_sequence features = { .net = net, .name = "features", .x = rn_input(net, 3, a->height, a->width) };
    for (int stage = 0; stage < STAGES; stage++) {
        for (int i = 0; i < row->convolutions[stage]; i++) {
            rn_then(&features, &rn_op_conv2d,
                    (rn_args){ .filters = filters[stage], .kernel_h = 3, .kernel_w = 3, .stride = 1,
                               .pad_h = 1, .pad_w = 1, .bias = true });
            if (normed)
                rn_then(&features, &rn_op_batchnorm, (rn_args){ .epsilon = 1e-5, .momentum = 0.1 });
            rn_then(&features, &rn_op_relu, (rn_args){ 0 });
        }
        rn_then_maxpool(&features, 2, 2);
    }
    rn_value x = rn_apply(net, &rn_op_averagepool, "avgpool", features.x, (rn_args){ .bins = 7 });
    return rn_wide_classifier(net, x, a, RN_DROP_BEHIND);
}

rn_value rn_build_vgg(rn_net *net, const rn_architecture *a, const int *number)
{
    return build(net, a, find_row(number[0]), false);
}

rn_value rn_build_vgg_bn(rn_net *net, const rn_architecture *a, const int *number)
{
    return build(net, a, find_row(number[0]), true);
}
