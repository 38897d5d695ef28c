/*
 * The paper's networks: Table 1 as data, figure 5 as functions, and section 4.2's family of 6n+2 layers.
 *
 *     y = relu( F(x) + shortcut(x) )          equations 1 and 2
 *
 * A plain network is the same without shortcut(x).  F is two 3x3 convolutions (figure 5, left) or the
 * bottleneck of 1x1, 3x3 and 1x1 (right); each convolution is followed by batch normalization.  Parameters
 * have the names of torchvision's networks.
 */
#include "model/models.h"

typedef struct {
    rn_net *net;
    bool plain;
    rn_shortcut shortcut;
    rn_stride_place stride_in;
} style;

typedef rn_value block(const style *s, rn_value x, int64_t width, int64_t stride);
static block basic, bottleneck;

enum { STAGES = 4, MAX_CIFAR_DEPTH = 2000 };

typedef struct {
    int depth;
    block *block;
    int blocks[STAGES];     /* of conv2_x, conv3_x, conv4_x, conv5_x */
} plan;

static const plan table1[] = {
    { 18, basic, { 2, 2, 2, 2 } },
    { 34, basic, { 3, 4, 6, 3 } },
    { 50, bottleneck, { 3, 4, 6, 3 } },
    { 101, bottleneck, { 3, 4, 23, 3 } },
    { 152, bottleneck, { 3, 8, 36, 3 } },
};

static const plan *find_row(int depth)
{
    for (size_t i = 0; i < sizeof table1 / sizeof *table1; i++)
        if (table1[i].depth == depth)
            return &table1[i];
    return NULL;
}

bool rn_table1_has(int depth)
{
    return find_row(depth);
}

bool rn_cifar_has(int depth)
{
    return depth >= 8 && depth <= MAX_CIFAR_DEPTH && depth % 6 == 2 && !rn_table1_has(depth);
}

static rn_value convolution(rn_net *net, const char *conv, const char *norm, rn_value x, rn_args args)
{
    args.kernel_w = args.kernel_h;
    args.pad_h = args.pad_w = args.kernel_h / 2;
    x = rn_apply(net, &rn_op_conv2d, conv, x, args);
    return rn_apply(net, &rn_op_batchnorm, norm, x, (rn_args){ .epsilon = 1e-5, .momentum = 0.1 });
}

static rn_value relu(rn_net *net, const char *name, rn_value x)
{
    return rn_apply(net, &rn_op_relu, name, x, (rn_args){ 0 });
}

/* Section 3.3: x itself where it fits; else option A's zero channels or a projection. */
static rn_value shortcut(const style *s, rn_value x, int64_t filters, int64_t stride)
{
    bool fits = stride == 1 && rn_value_shape(s->net, x).c == filters;
    if (s->shortcut == RN_SHORTCUT_C || (s->shortcut == RN_SHORTCUT_B && !fits))
        return convolution(s->net, "downsample.0", "downsample.1", x,
                           (rn_args){ .filters = filters, .kernel_h = 1, .stride = stride });
    if (fits)
        return x;
    rn_zero_place place = s->shortcut == RN_SHORTCUT_A_SPLIT ? RN_PLACE_SPLIT : RN_PLACE_END;
    return rn_apply(s->net, &rn_op_pad_shortcut, "shortcut", x,
                    (rn_args){ .filters = filters, .stride = stride, .place = place });
}

/* The second nonlinearity comes after the addition (figure 2). */
static rn_value join(const style *s, rn_value x, rn_value f, int64_t stride)
{
    if (f >= 0 && !s->plain)
        f = rn_apply2(s->net, &rn_op_add, "add", f,
                      shortcut(s, x, rn_value_shape(s->net, f).c, stride), (rn_args){ 0 });
    return relu(s->net, "relu", f);
}

static rn_value basic(const style *s, rn_value x, int64_t width, int64_t stride)
{
    rn_value f = convolution(s->net, "conv1", "bn1", x,
                             (rn_args){ .filters = width, .kernel_h = 3, .stride = stride });
    f = relu(s->net, "relu1", f);
    f = convolution(s->net, "conv2", "bn2", f, (rn_args){ .filters = width, .kernel_h = 3, .stride = 1 });
    return join(s, x, f, stride);
}

static rn_value bottleneck(const style *s, rn_value x, int64_t width, int64_t stride)
{
    int64_t first = s->stride_in == RN_STRIDE_IN_3X3 ? 1 : stride;
    rn_value f = convolution(s->net, "conv1", "bn1", x,
                             (rn_args){ .filters = width, .kernel_h = 1, .stride = first });
    f = relu(s->net, "relu1", f);
    f = convolution(s->net, "conv2", "bn2", f,
                    (rn_args){ .filters = width, .kernel_h = 3, .stride = stride / first });
    f = relu(s->net, "relu2", f);
    f = convolution(s->net, "conv3", "bn3", f, (rn_args){ .filters = 4 * width, .kernel_h = 1, .stride = 1 });
    return join(s, x, f, stride);
}

/* Each stage doubles the width and, but for the first, halves the map in its first block. */
static rn_value stages(const style *s, const plan *row, rn_value x, int64_t width)
{
    for (int stage = 0; stage < STAGES; stage++)
        for (int i = 0; i < row->blocks[stage]; i++) {
            rn_scope(s->net, "layer%d.%d.", stage + 1, i);
            x = row->block(s, x, width << stage, stage > 0 && i == 0 ? 2 : 1);
        }
    rn_scope(s->net, "%s", "");
    return x;
}

static rn_value imagenet_stem(rn_net *net, rn_value x)
{
    x = convolution(net, "conv1", "bn1", x, (rn_args){ .filters = 64, .kernel_h = 7, .stride = 2 });
    x = relu(net, "relu", x);
    return rn_apply(net, &rn_op_maxpool, "maxpool", x,
                    (rn_args){ .kernel_h = 3, .kernel_w = 3, .stride = 2, .pad_h = 1, .pad_w = 1 });
}

static rn_value cifar_stem(rn_net *net, rn_value x)
{
    x = convolution(net, "conv1", "bn1", x, (rn_args){ .filters = 16, .kernel_h = 3, .stride = 1 });
    return relu(net, "relu", x);
}

static rn_value classifier(rn_net *net, rn_value x, const rn_architecture *a)
{
    x = rn_apply(net, &rn_op_averagepool, "avgpool", x, (rn_args){ 0 });
    if (a->dropout > 0)
        x = rn_apply(net, &rn_op_dropout, "dropout", x, (rn_args){ .rate = a->dropout });
    x = rn_apply(net, &rn_op_linear, "fc", x, (rn_args){ .filters = a->classes, .bias = true });
    return rn_head(net, x, 1);
}

static rn_value build(const style *s, const rn_architecture *a, int depth)
{
    const int n = (depth - 2) / 6;
    const plan *paper = find_row(depth), cifar = { depth, basic, { n, n, n } };
    rn_value x = rn_input(s->net, 3, a->height, a->width);
    x = paper ? stages(s, paper, imagenet_stem(s->net, x), 64) : stages(s, &cifar, cifar_stem(s->net, x), 16);
    return classifier(s->net, x, a);
}

rn_value rn_build_resnet(rn_net *net, const rn_architecture *a, int depth)
{
    return build(&(style){ net, false, a->shortcut, a->stride_in }, a, depth);
}

rn_value rn_build_plain(rn_net *net, const rn_architecture *a, int depth)
{
    return build(&(style){ net, true, a->shortcut, a->stride_in }, a, depth);
}
