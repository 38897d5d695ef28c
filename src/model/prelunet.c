/*
 * The networks of "Delving Deep into Rectifiers" (He et al. 2015a), Table 3: model A of 19 layers and B of
 * 22.  Convolutions of 3x3 at three sizes, PReLU, and a spatial pyramid of 7x7, 3x3, 2x2 and 1x1 windows in
 * front of three linear layers.
 *
 * A linear layer on a pyramid laid end to end is a sum of one linear layer for each of its levels, and so it
 * stands here.
 */
#include "model/common_layers.h"
#include "model/models.h"

enum { STAGES = 3, LEVELS = 4, WIDE = 4096 };

bool rn_prelunet_has(const int *number)
{
    return number[0] == 19 || number[0] == 22;
}

static void then_prelu(rn_sequence *s, const rn_op *op, rn_args args)
{
    rn_then(s, op, args);
    rn_then(s, &rn_op_prelu, (rn_args){ 0 });
}

static rn_value stages(rn_net *net, rn_value x, int convolutions)
{
    static const int64_t filters[STAGES] = { 256, 512, 512 };
    rn_sequence s = { .net = net, .name = "features", .x = x };
    then_prelu(&s, &rn_op_conv2d, (rn_args){ .filters = 96, .kernel_h = 7, .kernel_w = 7, .stride = 2,
                                             .pad_h = 3, .pad_w = 3, .bias = true });
    for (int stage = 0; stage < STAGES; stage++) {
        rn_then_maxpool(&s, 2, 2);
        for (int i = 0; i < convolutions; i++)
            then_prelu(&s, &rn_op_conv2d,
                       (rn_args){ .filters = filters[stage], .kernel_h = 3, .kernel_w = 3, .stride = 1,
                                  .pad_h = 1, .pad_w = 1, .bias = true });
    }
    return s.x;
}

static rn_value pyramid(rn_net *net, rn_value x)
{
    static const int64_t bins[LEVELS] = { 7, 3, 2, 1 };
    rn_value sum = 0;
    for (int level = 0; level < LEVELS; level++) {
        rn_scope(net, "pyramid.%d.", level);
        rn_value part = rn_apply(net, &rn_op_maxpool, "pool", x, (rn_args){ .bins = bins[level] });
        part = rn_apply(net, &rn_op_linear, "fc", part, (rn_args){ .filters = WIDE, .bias = level == 0 });
        sum = level ? rn_apply2(net, &rn_op_add, "add", sum, part, (rn_args){ 0 }) : part;
    }
    rn_scope(net, "%s", "");
    return sum;
}

rn_value rn_build_prelunet(rn_net *net, const rn_architecture *a, const int *number)
{
    rn_value x = rn_input(net, 3, a->height, a->width);
    x = pyramid(net, stages(net, x, (number[0] - 4) / STAGES));
    rn_sequence classifier = { .net = net, .name = "classifier", .x = x };
    rn_then(&classifier, &rn_op_prelu, (rn_args){ 0 });
    rn_then(&classifier, &rn_op_dropout, (rn_args){ .rate = a->dropout });
    then_prelu(&classifier, &rn_op_linear, (rn_args){ .filters = WIDE, .bias = true });
    rn_then(&classifier, &rn_op_dropout, (rn_args){ .rate = a->dropout });
    rn_then(&classifier, &rn_op_linear, (rn_args){ .filters = a->classes, .bias = true });
    return rn_head(net, classifier.x, 1);
}
