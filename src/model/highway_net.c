/*
 * Highway networks (Srivastava et al. 2015) of 19 and 32 layers, the two of Table 6.  Three stages of 3x3
 * layers; the first of a stage is a plain convolution, every other one y = T h + (1 - T) x.  The numbers of
 * channels are chosen here so that the parameters come to the published 2.3 and 1.25 million.
 */
#include "model/common_layers.h"
#include "model/models.h"

enum { STAGES = 3 };

typedef struct {
    int depth;
    int layers[STAGES];
    int64_t channels[STAGES];
} plan;

static const plan plans[] = {
    { 19, { 6, 6, 6 }, { 32, 80, 128 } },
    { 32, { 10, 10, 11 }, { 16, 40, 72 } },
};

static const plan *find_row(int depth)
{
    for (size_t i = 0; i < sizeof plans / sizeof *plans; i++)
        if (plans[i].depth == depth)
            return &plans[i];
    return NULL;
}

bool rn_highway_has(const int *number)
{
    return find_row(number[0]);
}

static rn_value transform(rn_net *net, const char *name, rn_value x, int64_t channels)
{
    return rn_conv(net, name, x, (rn_args){ .filters = channels, .kernel_h = 3, .stride = 1, .bias = true });
}

static rn_value layer(rn_net *net, rn_value x, int64_t channels)
{
    rn_value h = rn_relu(net, "relu", transform(net, "conv", x, channels));
    rn_value t = rn_conv(net, "gate", x, (rn_args){ .filters = channels, .kernel_h = 3, .stride = 1 });
    return rn_apply_all(net, &rn_op_highway, "highway", (rn_value[]){ h, t, x }, 3, (rn_args){ 0 });
}

rn_value rn_build_highway(rn_net *net, const rn_architecture *a, const int *number)
{
    const plan *row = find_row(number[0]);
    rn_value x = rn_input(net, 3, a->height, a->width);
    for (int stage = 0; stage < STAGES; stage++) {
        rn_scope(net, "layer%d.0.", stage + 1);
        if (stage > 0)
            x = rn_apply(net, &rn_op_maxpool, "maxpool", x,
                         (rn_args){ .kernel_h = 2, .kernel_w = 2, .stride = 2 });
        x = rn_relu(net, "relu", transform(net, "conv", x, row->channels[stage]));
        for (int i = 1; i < row->layers[stage]; i++) {
            rn_scope(net, "layer%d.%d.", stage + 1, i);
            x = layer(net, x, row->channels[stage]);
        }
    }
    rn_scope(net, "%s", "");
    return rn_classifier(net, x, a);
}
