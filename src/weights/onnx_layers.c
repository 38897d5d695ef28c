/* The operators of ONNX that are layers of a network, and sums and rows of channels. */
#include "weights/onnx_net.h"

/* ---- Windows --------------------------------------------------------------------------------- */

static rn_status both(const rn_translation *t, const char *name, const rn_onnx_list *pair, int64_t *number)
{
    if (pair->count != 2 || pair->number[0] != pair->number[1])
        return rn_onnx_refuse(t, "its %s differ in height and width", name);
    *number = pair->number[0];
    return RN_OK;
}

/* Strides, padding and dilation; what the file leaves out is 1, 0 and 1. */
static rn_status read_windows(const rn_translation *t, rn_args *args)
{
    rn_onnx_list stride = { 2, { 1, 1 } }, dilation = { 2, { 1, 1 } }, pads = { 4, { 0 } };
    rn_bytes automatic = { t->node->message.at, 0 };
    RN_TRY(rn_onnx_ints(t->model, t->node, "strides", &stride));
    RN_TRY(rn_onnx_ints(t->model, t->node, "dilations", &dilation));
    RN_TRY(rn_onnx_ints(t->model, t->node, "pads", &pads));
    RN_TRY(rn_onnx_text(t->model, t->node, "auto_pad", &automatic));
    if (automatic.size && !rn_bytes_are(automatic, "NOTSET") && !rn_bytes_are(automatic, "VALID"))
        return rn_onnx_refuse(t, "it pads by auto_pad");
    RN_TRY(both(t, "strides", &stride, &args->stride));
    RN_TRY(both(t, "dilations", &dilation, &args->dilation));
    if (pads.count != 4 || pads.number[0] != pads.number[2] || pads.number[1] != pads.number[3])
        return rn_onnx_refuse(t, "it pads one side more than the other");
    args->pad_h = pads.number[0];
    args->pad_w = pads.number[1];
    return RN_OK;
}

static rn_status read_pool(const rn_translation *t, rn_args *args)
{
    rn_onnx_list kernel = { 0 };
    int64_t ceil_mode = 0;
    RN_TRY(read_windows(t, args));
    RN_TRY(rn_onnx_ints(t->model, t->node, "kernel_shape", &kernel));
    RN_TRY(rn_onnx_int(t->model, t->node, "ceil_mode", &ceil_mode));
    if (kernel.count != 2 || args->dilation != 1)
        return rn_onnx_refuse(t, "it pools over %d dimensions with dilation %lld", kernel.count,
                              (long long)args->dilation);
    args->kernel_h = kernel.number[0];
    args->kernel_w = kernel.number[1];
    args->ceil_mode = ceil_mode != 0;
    return RN_OK;
}

static rn_status conv(rn_translation *t, rn_operand *result)
{
    rn_operand x;
    rn_array param[2];
    rn_args args = { 0 };
    bool bias = t->node->inputs > 2 && t->operand[2].kind != RN_ABSENT;
    RN_TRY(rn_onnx_take_pictures(t, &x));
    RN_TRY(rn_onnx_take_numbers(t, 1, 4, &param[0]));
    if (bias)
        RN_TRY(rn_onnx_take_numbers(t, 2, 1, &param[1]));
    RN_TRY(read_windows(t, &args));
    args.groups = 1;
    RN_TRY(rn_onnx_int(t->model, t->node, "group", &args.groups));
    args.filters = param[0].size[0];
    args.kernel_h = param[0].size[2];
    args.kernel_w = param[0].size[3];
    args.bias = bias;
    RN_TRY(rn_onnx_apply(t, &rn_op_conv2d, &x.value, 1, args, param, 1 + bias, &x.value));
    return rn_onnx_give(result, x.value, 4);
}

static rn_status apply_plain(rn_translation *t, rn_operand *x, const rn_op *op, rn_args args,
                             rn_operand *result)
{
    RN_TRY(rn_onnx_apply(t, op, &x->value, 1, args, NULL, 0, &x->value));
    return rn_onnx_give(result, x->value, x->rank);
}

static rn_status max_pool(rn_translation *t, rn_operand *result)
{
    rn_operand x;
    rn_args args = { 0 };
    RN_TRY(rn_onnx_take_pictures(t, &x));
    RN_TRY(read_pool(t, &args));
    return apply_plain(t, &x, &rn_op_maxpool, args, result);
}

/* Over the whole picture it is told as such; over one pixel it does nothing. */
static rn_status average_pool(rn_translation *t, rn_operand *result)
{
    rn_operand x;
    rn_args args = { 0 };
    int64_t count_pad = 0;
    RN_TRY(rn_onnx_take_pictures(t, &x));
    RN_TRY(read_pool(t, &args));
    RN_TRY(rn_onnx_int(t->model, t->node, "count_include_pad", &count_pad));
    const rn_shape in = rn_onnx_shape_of(t, &x);
    args.count_pad = count_pad != 0;
    bool padded = args.pad_h || args.pad_w;
    if (!padded && args.kernel_h == in.h && args.kernel_w == in.w)
        args = (rn_args){ 0 };
    else if (!padded && args.kernel_h == 1 && args.kernel_w == 1 && args.stride == 1)
        return rn_onnx_give(result, x.value, 4);
    return apply_plain(t, &x, &rn_op_averagepool, args, result);
}

static rn_status global_average_pool(rn_translation *t, rn_operand *result)
{
    rn_operand x;
    RN_TRY(rn_onnx_take_pictures(t, &x));
    return apply_plain(t, &x, &rn_op_averagepool, (rn_args){ 0 }, result);
}

static rn_status global_max_pool(rn_translation *t, rn_operand *result)
{
    rn_operand x;
    RN_TRY(rn_onnx_take_pictures(t, &x));
    return apply_plain(t, &x, &rn_op_maxpool, (rn_args){ .bins = 1 }, result);
}

/* The mean over both sides of the picture. */
static rn_status reduce_mean(rn_translation *t, rn_operand *result)
{
    rn_operand x;
    rn_onnx_list axes = { 0 };
    int64_t keep = 1;
    RN_TRY(rn_onnx_take_pictures(t, &x));
    RN_TRY(rn_onnx_take_axes(t, 1, 4, &axes));
    RN_TRY(rn_onnx_int(t->model, t->node, "keepdims", &keep));
    if (axes.count != 2 || axes.number[0] + axes.number[1] != 5 || axes.number[0] * axes.number[1] != 6)
        return rn_onnx_refuse(t, "the mean is not over height and width");
    x.rank = keep ? 4 : 2;
    return apply_plain(t, &x, &rn_op_averagepool, (rn_args){ 0 }, result);
}

/* ---- Numbers, one by one --------------------------------------------------------------------- */

static rn_status relu(rn_translation *t, rn_operand *result)
{
    rn_operand x;
    RN_TRY(rn_onnx_take_any(t, 0, &x));
    return apply_plain(t, &x, &rn_op_relu, (rn_args){ 0 }, result);
}

/* One slope, or one for each channel; a slope for all is read again and again. */
static rn_status prelu(rn_translation *t, rn_operand *result)
{
    rn_operand x;
    RN_TRY(rn_onnx_take_any(t, 0, &x));
    const int64_t channels = rn_onnx_shape_of(t, &x).c;
    rn_array slope = t->operand[1].array;
    const int64_t count = t->operand[1].kind == RN_NUMBERS ? rn_array_count(&slope) : 0;
    bool by_channel = count == channels && (slope.dims == 0 || slope.size[0] == channels
                                            || (slope.dims == 4 && slope.size[1] == channels));
    if (!by_channel && count != 1)
        return rn_onnx_refuse(t, "its slopes are not one for each channel");
    slope.dims = 1;
    slope.size[0] = channels;
    slope.stride[0] = by_channel;
    RN_TRY(rn_onnx_apply(t, &rn_op_prelu, &x.value, 1, (rn_args){ 0 }, &slope, 1, &x.value));
    return rn_onnx_give(result, x.value, x.rank);
}

static rn_status batch_normalization(rn_translation *t, rn_operand *result)
{
    rn_operand x;
    rn_array param[4];
    int64_t spatial = 1;
    double momentum = 0.9;
    rn_args args = { .epsilon = 1e-5 };
    RN_TRY(rn_onnx_take_any(t, 0, &x));
    for (int i = 0; i < 4; i++)
        RN_TRY(rn_onnx_take_numbers(t, i + 1, 1, &param[i]));
    RN_TRY(rn_onnx_real(t->model, t->node, "epsilon", &args.epsilon));
    RN_TRY(rn_onnx_real(t->model, t->node, "momentum", &momentum));
    RN_TRY(rn_onnx_int(t->model, t->node, "spatial", &spatial));
    const rn_shape in = rn_onnx_shape_of(t, &x);
    bool by_channel = spatial && (x.rank == 4 || (in.h == 1 && in.w == 1));
    if (!by_channel || !(args.epsilon > 0 && args.epsilon < 1))
        return rn_onnx_refuse(t, "it is not by channel, or its epsilon is not possible");
    args.momentum = momentum >= 0 && momentum < 1 ? 1 - momentum : 0.1;
    RN_TRY(rn_onnx_apply(t, &rn_op_batchnorm, &x.value, 1, args, param, 4, &x.value));
    return rn_onnx_give(result, x.value, x.rank);
}

/* ---- Several values -------------------------------------------------------------------------- */

static rn_status sum(rn_translation *t, rn_operand *result)
{
    rn_operand *first = &t->operand[0], *second = &t->operand[1];
    if (t->node->inputs == 2 && first->kind == RN_VALUE && first->product && second->kind == RN_NUMBERS)
        return rn_onnx_add_bias(t, first, second, result);
    if (t->node->inputs == 2 && second->kind == RN_VALUE && second->product && first->kind == RN_NUMBERS)
        return rn_onnx_add_bias(t, second, first, result);
    rn_operand total, next;
    RN_TRY(rn_onnx_take_any(t, 0, &total));
    for (int i = 1; i < t->node->inputs; i++) {
        RN_TRY(rn_onnx_take_any(t, i, &next));
        if (next.rank != total.rank)
            return rn_onnx_refuse(t, "it adds pictures to rows of numbers");
        const rn_value pair[] = { total.value, next.value };
        RN_TRY(rn_onnx_apply(t, &rn_op_add, pair, 2, (rn_args){ 0 }, NULL, 0, &total.value));
    }
    return rn_onnx_give(result, total.value, total.rank);
}

/* As many at once as the operation takes. */
static rn_status concat(rn_translation *t, rn_operand *result)
{
    rn_value value[RN_MAX_INPUTS];
    rn_operand x;
    int64_t axis = -1;
    int held = 0;
    RN_TRY(rn_onnx_int(t->model, t->node, "axis", &axis));
    for (int i = 0; i < t->node->inputs; i++) {
        RN_TRY(rn_onnx_take_any(t, i, &x));
        if (x.rank != 4 || (axis != 1 && axis != -3))
            return rn_onnx_refuse(t, "it joins other than channels of pictures");
        value[held++] = x.value;
        if (held > 1 && (held == RN_MAX_INPUTS || i + 1 == t->node->inputs)) {
            RN_TRY(rn_onnx_apply(t, &rn_op_concat, value, held, (rn_args){ 0 }, NULL, 0, &value[0]));
            held = 1;
        }
    }
    return rn_onnx_give(result, value[0], 4);
}

static const rn_onnx_row row[] = {
    { "Conv", conv }, { "BatchNormalization", batch_normalization }, { "Relu", relu }, { "PRelu", prelu },
    { "MaxPool", max_pool }, { "AveragePool", average_pool }, { "GlobalAveragePool", global_average_pool },
    { "GlobalMaxPool", global_max_pool }, { "ReduceMean", reduce_mean }, { "Add", sum }, { "Sum", sum },
    { "Concat", concat }, { NULL, NULL },
};

rn_onnx_translator *rn_onnx_find_layer(rn_bytes op)
{
    return rn_onnx_find(row, op);
}
