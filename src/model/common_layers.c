#include "model/common_layers.h"

enum { WIDE = 4096 };

rn_value rn_relu(rn_net *net, const char *name, rn_value x)
{
    return rn_apply(net, &rn_op_relu, name, x, (rn_args){ 0 });
}

rn_value rn_batchnorm(rn_net *net, const char *name, rn_value x)
{
    return rn_apply(net, &rn_op_batchnorm, name, x, (rn_args){ .epsilon = 1e-5, .momentum = 0.1 });
}

rn_value rn_conv(rn_net *net, const char *name, rn_value x, rn_args args)
{
    args.kernel_w = args.kernel_h;
    args.pad_h = args.pad_w = args.kernel_h / 2;
    return rn_apply(net, &rn_op_conv2d, name, x, args);
}

rn_value rn_classifier(rn_net *net, rn_value x, const rn_architecture *a)
{
    x = rn_apply(net, &rn_op_averagepool, "avgpool", x, (rn_args){ 0 });
    if (a->dropout > 0)
        x = rn_apply(net, &rn_op_dropout, "dropout", x, (rn_args){ .rate = a->dropout });
    x = rn_apply(net, &rn_op_linear, "fc", x, (rn_args){ .filters = a->classes, .bias = true });
    return rn_head(net, x, 1);
}

/* ---- Sequences ------------------------------------------------------------------------------- */

void rn_then(rn_sequence *s, const rn_op *op, rn_args args)
{
    rn_scope(s->net, "%s.%d", s->name, s->layers++);
    s->x = rn_apply(s->net, op, "", s->x, args);
    rn_scope(s->net, "%s", "");
}

void rn_then_convolution(rn_sequence *s, int64_t filters, int64_t kernel, int64_t stride, int64_t pad)
{
    rn_then(s, &rn_op_conv2d, (rn_args){ .filters = filters, .kernel_h = kernel, .kernel_w = kernel,
                                         .stride = stride, .pad_h = pad, .pad_w = pad, .bias = true });
    rn_then(s, &rn_op_relu, (rn_args){ 0 });
}

void rn_then_maxpool(rn_sequence *s, int64_t kernel, int64_t stride)
{
    rn_then(s, &rn_op_maxpool, (rn_args){ .kernel_h = kernel, .kernel_w = kernel, .stride = stride });
}

rn_value rn_wide_classifier(rn_net *net, rn_value x, const rn_architecture *a, rn_drop_place place)
{
    rn_sequence classifier = { .net = net, .name = "classifier", .x = x };
    for (int i = 0; i < 2; i++) {
        if (place == RN_DROP_BEFORE)
            rn_then(&classifier, &rn_op_dropout, (rn_args){ .rate = a->dropout });
        rn_then(&classifier, &rn_op_linear, (rn_args){ .filters = WIDE, .bias = true });
        rn_then(&classifier, &rn_op_relu, (rn_args){ 0 });
        if (place == RN_DROP_BEHIND)
            rn_then(&classifier, &rn_op_dropout, (rn_args){ .rate = a->dropout });
    }
    rn_then(&classifier, &rn_op_linear, (rn_args){ .filters = a->classes, .bias = true });
    return rn_head(net, classifier.x, 1);
}
