/*
 * Network in Network (Lin et al. 2014) as its authors published it for CIFAR: each convolution is followed by
 * two of 1x1, a small network at every pixel; the last has one channel a class, whose mean is the score.
 */
#include "model/common_layers.h"
#include "model/models.h"

static void then_dropout(rn_sequence *s, const rn_architecture *a)
{
    rn_then(s, &rn_op_dropout, (rn_args){ .rate = a->dropout });
}

rn_value rn_build_nin(rn_net *net, const rn_architecture *a, const int *number)
{
    const rn_args pool = { .kernel_h = 3, .kernel_w = 3, .stride = 2, .ceil_mode = true };
    rn_sequence s = { .net = net, .name = "features", .x = rn_input(net, 3, a->height, a->width) };
    (void)number;
    rn_then_convolution(&s, 192, 5, 1, 2);
    rn_then_convolution(&s, 160, 1, 1, 0);
    rn_then_convolution(&s, 96, 1, 1, 0);
    rn_then(&s, &rn_op_maxpool, pool);
    then_dropout(&s, a);
    rn_then_convolution(&s, 192, 5, 1, 2);
    rn_then_convolution(&s, 192, 1, 1, 0);
    rn_then_convolution(&s, 192, 1, 1, 0);
    rn_then(&s, &rn_op_averagepool, pool);
    then_dropout(&s, a);
    rn_then_convolution(&s, 192, 3, 1, 1);
    rn_then_convolution(&s, 192, 1, 1, 0);
    rn_then_convolution(&s, a->classes, 1, 1, 0);
    return rn_head(net, rn_apply(net, &rn_op_averagepool, "avgpool", s.x, (rn_args){ 0 }), 1);
}
