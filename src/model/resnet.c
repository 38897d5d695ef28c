/*
 * The paper's networks: Table 1 as data, figure 5 as functions, and section 4.2's family of 6n+2 layers.
 *
 *     y = relu( F(x) + shortcut(x) )          equations 1 and 2
 *
 * A plain network is the same without shortcut(x).  F is two 3x3 convolutions (figure 5, left) or the
 * bottleneck of 1x1, 3x3 and 1x1 (right); each convolution is followed by batch normalization or, for
 * comparison, has a bias instead.  Parameters have the names of torchvision's networks.  Wide networks and
 * ResNeXt differ in the middle of the bottleneck.
 */
#include "model/common_layers.h"
#include "model/models.h"
#include "model/table1.h"

typedef struct {
    rn_net *net;
    bool plain, bare;               /* without shortcuts; without batch normalization */
    rn_shortcut shortcut;
    rn_stride_place stride_in;
    int64_t groups, group_width;    /* of a bottleneck's 3x3 convolution, where its stage is 64 wide */
} style;

typedef rn_value block(const style *s, rn_value x, int64_t width, int64_t stride);

enum { MAX_CIFAR_DEPTH = 2000, MAX_FACTOR = 64, IMAGENET_WIDTH = 64, CIFAR_WIDTH = 16 };

static const rn_stages table1[] = {
    { 18, false, { 2, 2, 2, 2 } },
    { 34, false, { 3, 4, 6, 3 } },
    { 50, true, { 3, 4, 6, 3 } },
    { 101, true, { 3, 4, 23, 3 } },
    { 152, true, { 3, 8, 36, 3 } },
};

const rn_stages *rn_table1_row(int depth)
{
    for (size_t i = 0; i < sizeof table1 / sizeof *table1; i++)
        if (table1[i].depth == depth)
            return &table1[i];
    return NULL;
}

bool rn_table1_has(const int *number)
{
    return rn_table1_row(number[0]);
}

bool rn_cifar_has(const int *number)
{
    int depth = number[0];
    return depth >= 8 && depth <= MAX_CIFAR_DEPTH && depth % 6 == 2 && !rn_table1_row(depth);
}

/* A convolution and, behind it, batch normalization. */
static rn_value convolve(const style *s, const char *conv, const char *norm, rn_value x, rn_args args)
{
    args.bias = s->bare;
    x = rn_conv(s->net, conv, x, args);
    return s->bare ? x : rn_batchnorm(s->net, norm, x);
}

/* Section 3.3: x itself where it fits; else option A's zero channels or a projection. */
static rn_value shortcut(const style *s, rn_value x, int64_t filters, int64_t stride)
{
    bool fits = stride == 1 && rn_value_shape(s->net, x).c == filters;
    if (s->shortcut == RN_SHORTCUT_C || (s->shortcut == RN_SHORTCUT_B && !fits))
        return convolve(s, "downsample.0", "downsample.1", x,
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
    return rn_relu(s->net, "relu", f);
}

static rn_value basic(const style *s, rn_value x, int64_t width, int64_t stride)
{
    rn_value f = convolve(s, "conv1", "bn1", x,
                          (rn_args){ .filters = width, .kernel_h = 3, .stride = stride });
    f = rn_relu(s->net, "relu1", f);
    f = convolve(s, "conv2", "bn2", f, (rn_args){ .filters = width, .kernel_h = 3, .stride = 1 });
    return join(s, x, f, stride);
}

/* The 3x3 convolution is as wide as its stage, but for the wide and the grouped networks. */
static rn_value bottleneck(const style *s, rn_value x, int64_t width, int64_t stride)
{
    int64_t first = s->stride_in == RN_STRIDE_IN_3X3 ? 1 : stride;
    int64_t inner = width / IMAGENET_WIDTH * s->group_width * s->groups;
    rn_value f = convolve(s, "conv1", "bn1", x,
                          (rn_args){ .filters = inner, .kernel_h = 1, .stride = first });
    f = rn_relu(s->net, "relu1", f);
    f = convolve(s, "conv2", "bn2", f,
                 (rn_args){ .filters = inner, .kernel_h = 3, .stride = stride / first,
                            .groups = s->groups });
    f = rn_relu(s->net, "relu2", f);
    f = convolve(s, "conv3", "bn3", f, (rn_args){ .filters = 4 * width, .kernel_h = 1, .stride = 1 });
    return join(s, x, f, stride);
}

/* Each stage doubles the width and, but for the first, halves the map in its first block. */
static rn_value stages(const style *s, const rn_stages *row, rn_value x, int64_t width)
{
    block *add = row->bottleneck ? bottleneck : basic;
    for (int stage = 0; stage < RN_STAGES; stage++)
        for (int i = 0; i < row->blocks[stage]; i++) {
            rn_scope(s->net, "layer%d.%d.", stage + 1, i);
            x = add(s, x, width << stage, stage > 0 && i == 0 ? 2 : 1);
        }
    rn_scope(s->net, "%s", "");
    return x;
}

static rn_value imagenet_stem(const style *s, rn_value x)
{
    x = convolve(s, "conv1", "bn1", x, (rn_args){ .filters = 64, .kernel_h = 7, .stride = 2 });
    x = rn_relu(s->net, "relu", x);
    return rn_apply(s->net, &rn_op_maxpool, "maxpool", x,
                    (rn_args){ .kernel_h = 3, .kernel_w = 3, .stride = 2, .pad_h = 1, .pad_w = 1 });
}

static rn_value cifar_stem(const style *s, rn_value x)
{
    x = convolve(s, "conv1", "bn1", x, (rn_args){ .filters = 16, .kernel_h = 3, .stride = 1 });
    return rn_relu(s->net, "relu", x);
}

static rn_value build(const style *s, const rn_architecture *a, int depth)
{
    const int n = (depth - 2) / 6;
    const rn_stages *paper = rn_table1_row(depth), cifar = { depth, false, { n, n, n } };
    rn_value x = rn_input(s->net, 3, a->height, a->width);
    x = paper ? stages(s, paper, imagenet_stem(s, x), IMAGENET_WIDTH)
              : stages(s, &cifar, cifar_stem(s, x), CIFAR_WIDTH);
    return rn_classifier(s->net, x, a);
}

/* What the networks of the paper have in common. */
static style paper_style(rn_net *net, const rn_architecture *a)
{
    return (style){ .net = net, .shortcut = a->shortcut, .stride_in = a->stride_in, .groups = 1,
                    .group_width = IMAGENET_WIDTH };
}

rn_value rn_build_resnet(rn_net *net, const rn_architecture *a, const int *number)
{
    const style s = paper_style(net, a);
    return build(&s, a, number[0]);
}

rn_value rn_build_plain(rn_net *net, const rn_architecture *a, const int *number)
{
    style s = paper_style(net, a);
    s.plain = true;
    return build(&s, a, number[0]);
}

rn_value rn_build_resnet_nobn(rn_net *net, const rn_architecture *a, const int *number)
{
    style s = paper_style(net, a);
    s.bare = true;
    return build(&s, a, number[0]);
}

rn_value rn_build_plain_nobn(rn_net *net, const rn_architecture *a, const int *number)
{
    style s = paper_style(net, a);
    s.plain = s.bare = true;
    return build(&s, a, number[0]);
}

/* ---- Variants -------------------------------------------------------------------------------- */

static bool has_bottlenecks(int depth)
{
    return rn_table1_row(depth) && rn_table1_row(depth)->bottleneck;
}

bool rn_wide_resnet_has(const int *number)
{
    return has_bottlenecks(number[0]) && number[1] <= MAX_FACTOR;
}

/* Wide residual networks (Zagoruyko, Komodakis 2016): "wide_resnet50_2" has twice the inner width. */
rn_value rn_build_wide_resnet(rn_net *net, const rn_architecture *a, const int *number)
{
    style s = paper_style(net, a);
    s.group_width = IMAGENET_WIDTH * number[1];
    return build(&s, a, number[0]);
}

bool rn_resnext_has(const int *number)
{
    return has_bottlenecks(number[0]) && number[1] * (int64_t)number[2] <= MAX_FACTOR * IMAGENET_WIDTH;
}

/* ResNeXt (Xie et al. 2017): "resnext50_32x4d" has 32 groups, each 4 wide. */
rn_value rn_build_resnext(rn_net *net, const rn_architecture *a, const int *number)
{
    style s = paper_style(net, a);
    s.groups = number[1];
    s.group_width = number[2];
    return build(&s, a, number[0]);
}
