/*
 * What a node reads, as it needs it.  Some things are only noted when they are met and are completed by a
 * later reader: a MatMul waits for the Add with the bias, a Slice of every second pixel for the Pad that
 * brings option A's channels of zeros.
 */
#include "weights/onnx_net.h"

#include <string.h>

rn_shape rn_onnx_shape_of(const rn_translation *t, const rn_operand *operand)
{
    return rn_value_shape(t->net, operand->value);
}

rn_status rn_onnx_give(rn_operand *result, rn_value value, int rank)
{
    *result = (rn_operand){ .kind = RN_VALUE, .value = value, .rank = rank };
    return RN_OK;
}

rn_status rn_onnx_settle(rn_translation *t, rn_operand *operand)
{
    if (operand->product) {
        rn_args args = { .filters = operand->array.size[0] };
        RN_TRY(rn_onnx_apply(t, &rn_op_linear, &operand->value, 1, args, &operand->array, 1,
                             &operand->value));
        operand->product = false;
    }
    if (operand->step_h != operand->step_w)
        return rn_onnx_refuse(t, "its input was cut differently in height and width");
    if (operand->step_h > 1) {
        rn_args args = { .filters = rn_onnx_shape_of(t, operand).c, .stride = operand->step_h };
        RN_TRY(rn_onnx_apply(t, &rn_op_pad_shortcut, &operand->value, 1, args, NULL, 0, &operand->value));
    }
    operand->step_h = operand->step_w = 0;
    return RN_OK;
}

rn_status rn_onnx_add_bias(rn_translation *t, rn_operand *product, const rn_operand *bias,
                           rn_operand *result)
{
    rn_array param[2] = { product->array, bias->array };
    const int64_t outputs = param[0].size[0];
    if (rn_array_count(&param[1]) != outputs || param[1].dims < 1
        || param[1].size[param[1].dims - 1] != outputs)
        return rn_onnx_refuse(t, "it adds no bias to a product of %lld numbers", (long long)outputs);
    param[1].stride[0] = param[1].stride[param[1].dims - 1];
    param[1].size[0] = outputs;
    param[1].dims = 1;
    rn_args args = { .filters = outputs, .bias = true };
    RN_TRY(rn_onnx_apply(t, &rn_op_linear, &product->value, 1, args, param, 2, &product->value));
    return rn_onnx_give(result, product->value, 2);
}

/* Input `i` as a value of the network of one of two ranks. */
rn_status rn_onnx_take_any(rn_translation *t, int i, rn_operand *operand)
{
    *operand = t->operand[i];
    if (operand->kind != RN_VALUE)
        return rn_onnx_refuse(t, "input %d is a constant", i);
    if (operand->is_answer)
        return rn_onnx_refuse(t, "it follows a softmax");
    return rn_onnx_settle(t, operand);
}

rn_status rn_onnx_take_pictures(rn_translation *t, rn_operand *operand)
{
    RN_TRY(rn_onnx_take_any(t, 0, operand));
    return operand->rank == 4 ? RN_OK : rn_onnx_refuse(t, "it reads no pictures");
}

/* Input `i` as a constant of `dims` dimensions. */
rn_status rn_onnx_take_numbers(rn_translation *t, int i, int dims, rn_array *array)
{
    const rn_operand *operand = &t->operand[i];
    *array = operand->array;
    if (operand->kind != RN_NUMBERS)
        return rn_onnx_refuse(t, "input %d is not a constant", i);
    if (array->dims != dims)
        return rn_onnx_refuse(t, "input %d has %d dimensions, wanted %d", i, array->dims, dims);
    return RN_OK;
}

/* A list that is an attribute in old files and input `i` in new ones. */
rn_status rn_onnx_take_list(rn_translation *t, const char *name, int i, rn_onnx_list *list)
{
    rn_whole whole;
    RN_TRY(rn_onnx_ints(t->model, t->node, name, list));
    if (i >= t->node->inputs || t->operand[i].kind == RN_ABSENT)
        return RN_OK;
    if (!rn_onnx_whole(&t->operand[i], &whole))
        return rn_onnx_refuse(t, "its %s are not constant", name);
    list->count = whole.count;
    memcpy(list->number, whole.number, (size_t)whole.count * sizeof *whole.number);
    return RN_OK;
}

/* Axes counted from the front. */
rn_status rn_onnx_take_axes(rn_translation *t, int i, int rank, rn_onnx_list *axes)
{
    RN_TRY(rn_onnx_take_list(t, "axes", i, axes));
    for (int k = 0; k < axes->count; k++) {
        if (axes->number[k] < 0)
            axes->number[k] += rank;
        if (axes->number[k] < 0 || axes->number[k] >= rank)
            return rn_onnx_refuse(t, "axis %lld of %d", (long long)axes->number[k], rank);
    }
    return RN_OK;
}
