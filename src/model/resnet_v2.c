/*
 * Residual networks of the second kind (He et al. 2016, "Identity mappings"): batch normalization and ReLU
 * come before each convolution, and nothing comes after the addition.
 *
 *     y = x + F(x),    F = convolutions, each of relu(bn(.))
 *
 * The first unit of a stage hands its activation to both paths; the very first finds it done by the stem.
 * Projections are bare convolutions.  Depths: Table 1's for ImageNet; for CIFAR 6n+2 with two convolutions a
 * unit, 164 and 1001 with the bottleneck, and wide networks (Zagoruyko, Komodakis 2016) of 6n+4.
 */
#include "model/common_layers.h"
#include "model/models.h"
#include "model/table1.h"

enum { MAX_DEPTH = 2000, MAX_FACTOR = 64, IMAGENET_WIDTH = 64, CIFAR_WIDTH = 16 };

typedef struct {
    rn_net *net;
    rn_shortcut shortcut;
    rn_stride_place stride_in;
    bool bottleneck;
} style;

bool rn_cifar_v2_has(const int *number)
{
    return rn_cifar_has(number) && !rn_cifar_v2_has_bottlenecks(number);
}

bool rn_cifar_v2_has_bottlenecks(const int *number)
{
    return number[0] == 164 || number[0] == 1001;
}

bool rn_wide_cifar_has(const int *number)
{
    return number[0] >= 10 && number[0] <= MAX_DEPTH && number[0] % 6 == 4 && number[1] <= MAX_FACTOR;
}

static rn_value activate(rn_net *net, const char *norm, const char *name, rn_value x)
{
    return rn_relu(net, name, rn_batchnorm(net, norm, x));
}

static rn_value convolution(rn_net *net, const char *name, rn_value x, int64_t filters, int64_t kernel,
                            int64_t stride)
{
    return rn_conv(net, name, x, (rn_args){ .filters = filters, .kernel_h = kernel, .stride = stride });
}

static rn_value shortcut(const style *s, rn_value x, int64_t filters, int64_t stride)
{
    bool fits = stride == 1 && rn_value_shape(s->net, x).c == filters;
    if (s->shortcut == RN_SHORTCUT_C || (s->shortcut == RN_SHORTCUT_B && !fits))
        return convolution(s->net, "downsample", x, filters, 1, stride);
    rn_zero_place place = s->shortcut == RN_SHORTCUT_A_SPLIT ? RN_PLACE_SPLIT : RN_PLACE_END;
    rn_args zeros = { .filters = filters, .stride = stride, .place = place };
    return fits ? x : rn_apply(s->net, &rn_op_pad_shortcut, "shortcut", x, zeros);
}

static rn_value convolutions(const style *s, rn_value x, int64_t width, int64_t stride)
{
    if (!s->bottleneck) {
        x = convolution(s->net, "conv1", x, width, 3, stride);
        return convolution(s->net, "conv2", activate(s->net, "bn2", "relu2", x), width, 3, 1);
    }
    int64_t first = s->stride_in == RN_STRIDE_IN_3X3 ? 1 : stride;
    x = convolution(s->net, "conv1", x, width, 1, first);
    x = convolution(s->net, "conv2", activate(s->net, "bn2", "relu2", x), width, 3, stride / first);
    return convolution(s->net, "conv3", activate(s->net, "bn3", "relu3", x), 4 * width, 1, 1);
}

static rn_value unit(const style *s, rn_value x, int64_t width, int stage, int number)
{
    int64_t stride = stage > 0 && number == 0 ? 2 : 1;
    bool activated = stage == 0 && number == 0;
    rn_scope(s->net, "layer%d.%d.", stage + 1, number);
    rn_value a = activated ? x : activate(s->net, "bn1", "relu1", x);
    rn_value f = convolutions(s, a, width, stride);
    if (f < 0)
        return f;
    x = shortcut(s, number == 0 ? a : x, rn_value_shape(s->net, f).c, stride);
    return rn_apply2(s->net, &rn_op_add, "add", f, x, (rn_args){ 0 });
}

static rn_value build(const style *s, const rn_architecture *a, const rn_stages *row, rn_value x,
                      int64_t width)
{
    for (int stage = 0; stage < RN_STAGES; stage++)
        for (int i = 0; i < row->blocks[stage]; i++)
            x = unit(s, x, width << stage, stage, i);
    rn_scope(s->net, "%s", "");
    return rn_classifier(s->net, activate(s->net, "bn", "relu_last", x), a);
}

static rn_value stem(rn_net *net, const rn_architecture *a, int64_t filters, int64_t kernel, int64_t stride)
{
    rn_value x = convolution(net, "conv1", rn_input(net, 3, a->height, a->width), filters, kernel, stride);
    return activate(net, "bn1", "relu", x);
}

rn_value rn_build_resnet_v2(rn_net *net, const rn_architecture *a, const int *number)
{
    const rn_stages *row = rn_table1_row(number[0]);
    const style s = { net, a->shortcut, a->stride_in, row->bottleneck };
    rn_value x = rn_apply(net, &rn_op_maxpool, "maxpool", stem(net, a, 64, 7, 2),
                          (rn_args){ .kernel_h = 3, .kernel_w = 3, .stride = 2, .pad_h = 1, .pad_w = 1 });
    return build(&s, a, row, x, IMAGENET_WIDTH);
}

rn_value rn_build_cifar_v2(rn_net *net, const rn_architecture *a, const int *number)
{
    const style s = { net, a->shortcut, a->stride_in, rn_cifar_v2_has_bottlenecks(number) };
    const int n = (number[0] - 2) / (s.bottleneck ? 9 : 6);
    return build(&s, a, &(rn_stages){ .blocks = { n, n, n } }, stem(net, a, CIFAR_WIDTH, 3, 1), CIFAR_WIDTH);
}

rn_value rn_build_wide_cifar(rn_net *net, const rn_architecture *a, const int *number)
{
    const style s = { net, a->shortcut, a->stride_in, false };
    const int n = (number[0] - 4) / 6;
    return build(&s, a, &(rn_stages){ .blocks = { n, n, n } }, stem(net, a, CIFAR_WIDTH, 3, 1),
                 CIFAR_WIDTH * number[1]);
}
