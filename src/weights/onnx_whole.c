/*
 * Reckoning with a few whole numbers: what exporters write to flatten a picture or to say how much to pad.
 * The number of pictures, RN_OPEN, is passed on like any other.
 */
#include "weights/onnx_net.h"

#include <string.h>

bool rn_onnx_whole(const rn_operand *operand, rn_whole *whole)
{
    const rn_array *array = &operand->array;
    *whole = operand->whole;
    if (operand->kind == RN_WHOLE)
        return true;
    bool fits = operand->kind == RN_NUMBERS && (array->type == RN_I64 || array->type == RN_I32)
             && array->dims <= 2 && rn_array_count(array) <= RN_WHOLE_MOST && rn_array_is_packed(array);
    if (!fits)
        return false;
    *whole = (rn_whole){ .dims = array->dims, .count = (int)rn_array_count(array) };
    memcpy(whole->size, array->size, (size_t)array->dims * sizeof *whole->size);
    for (int i = 0; i < whole->count; i++) {
        int32_t narrow;
        if (array->type == RN_I64) {
            memcpy(&whole->number[i], (const char *)array->data + 8 * i, 8);
        } else {
            memcpy(&narrow, (const char *)array->data + 4 * i, 4);
            whole->number[i] = narrow;
        }
    }
    return true;
}

static rn_status take(const rn_translation *t, int i, rn_whole *whole)
{
    if (rn_onnx_whole(&t->operand[i], whole))
        return RN_OK;
    return rn_onnx_refuse(t, "reckons with other than a few whole numbers");
}

static rn_status give(rn_operand *result, const rn_whole *whole)
{
    *result = (rn_operand){ .kind = RN_WHOLE, .whole = *whole };
    return RN_OK;
}

static rn_whole row_of(int count)
{
    return (rn_whole){ .dims = 1, .count = count, .size = { count } };
}

static rn_status same(rn_translation *t, rn_operand *result)
{
    rn_whole whole;
    RN_TRY(take(t, 0, &whole));
    return give(result, &whole);
}

static rn_status constant_of_shape(rn_translation *t, rn_operand *result)
{
    rn_whole shape;
    RN_TRY(take(t, 0, &shape));
    rn_bytes value = { t->node->message.at, 0 };
    RN_TRY(rn_onnx_tensor(t->model, t->node, "value", &value));
    if (shape.count != 1 || shape.number[0] < 0 || shape.number[0] > RN_WHOLE_MOST)
        return rn_onnx_refuse(t, "makes more than a few numbers");
    rn_operand filler = { .kind = RN_WHOLE, .whole = { .count = 1 } };
    if (value.size) {
        RN_TRY(rn_onnx_add_array(t->model, value, t->file));
        filler = (rn_operand){ .kind = RN_NUMBERS, .array = t->file->array[t->file->arrays - 1] };
    }
    rn_whole one, whole = row_of((int)shape.number[0]);
    if (!rn_onnx_whole(&filler, &one) || one.count != 1)
        return rn_onnx_refuse(t, "makes other than whole numbers");
    for (int i = 0; i < whole.count; i++)
        whole.number[i] = one.number[0];
    return give(result, &whole);
}

static rn_status concat(rn_translation *t, rn_operand *result)
{
    rn_whole whole = row_of(0), part;
    for (int i = 0; i < t->node->inputs; i++) {
        RN_TRY(take(t, i, &part));
        if (part.dims != 1 || whole.count + part.count > RN_WHOLE_MOST)
            return rn_onnx_refuse(t, "reckons with more than rows of a few numbers");
        memcpy(whole.number + whole.count, part.number, (size_t)part.count * sizeof *part.number);
        whole.count += part.count;
    }
    whole.size[0] = whole.count;
    return give(result, &whole);
}

static rn_status reshape(rn_translation *t, rn_operand *result)
{
    rn_whole whole, shape;
    RN_TRY(take(t, 0, &whole));
    RN_TRY(take(t, 1, &shape));
    int64_t known = 1;
    int open = -1;
    if (shape.count > 2)
        return rn_onnx_refuse(t, "makes more than two dimensions");
    whole.dims = shape.count;
    for (int d = 0; d < shape.count; d++) {
        if (shape.number[d] == -1)
            open = d;
        else if (shape.number[d] < 1 || shape.number[d] > RN_WHOLE_MOST)
            return rn_onnx_refuse(t, "a size is not possible");
        else
            known *= shape.number[d];
        whole.size[d] = shape.number[d];
    }
    if (open >= 0)
        whole.size[open] = whole.count / known;
    if ((open >= 0 ? known * whole.size[open] : known) != whole.count)
        return rn_onnx_refuse(t, "%d numbers do not fill the shape", whole.count);
    return give(result, &whole);
}

static rn_status transpose(rn_translation *t, rn_operand *result)
{
    rn_whole whole, turned;
    RN_TRY(take(t, 0, &whole));
    rn_onnx_list order = { .count = 2, .number = { 1, 0 } };
    RN_TRY(rn_onnx_ints(t->model, t->node, "perm", &order));
    if (whole.dims < 2 || order.count != 2 || order.number[0] != 1)
        return give(result, &whole);
    turned = whole;
    turned.size[0] = whole.size[1];
    turned.size[1] = whole.size[0];
    for (int i = 0; i < whole.count; i++)
        turned.number[i % whole.size[1] * whole.size[0] + i / whole.size[1]] = whole.number[i];
    return give(result, &turned);
}

/* A place of ONNX's: from the end where it is negative, and brought between `low` and `high`. */
static int64_t place_of(int64_t number, int64_t size, int64_t low, int64_t high)
{
    if (number < 0)
        number += size;
    return number < low ? low : number > high ? high : number;
}

/* Numbers, or rows of them: the first, every step-th after it, before the end. */
static rn_status slice(rn_translation *t, rn_operand *result)
{
    enum { START, END, AXIS, STEP, PARTS };
    rn_whole from, part[PARTS] = { [STEP] = { .count = 1, .number = { 1 } } };
    RN_TRY(take(t, 0, &from));
    for (int i = 0; i < PARTS && i + 1 < t->node->inputs; i++)
        if (t->operand[i + 1].kind != RN_ABSENT)
            RN_TRY(take(t, i + 1, &part[i]));
    int64_t step = part[STEP].number[0], size = from.dims > 0 ? from.size[0] : 0;
    if (part[START].count != 1 || part[END].count != 1 || part[AXIS].number[0] != 0 || step == 0)
        return rn_onnx_refuse(t, "cuts numbers along more than one dimension");
    step = step > RN_WHOLE_MOST ? RN_WHOLE_MOST : step < -RN_WHOLE_MOST ? -RN_WHOLE_MOST : step;
    int64_t last = step > 0 ? size : size - 1, width = from.dims == 2 ? from.size[1] : 1;
    int64_t i = place_of(part[START].number[0], size, 0, last);
    int64_t end = place_of(part[END].number[0], size, step > 0 ? 0 : -1, last);
    rn_whole whole = { .dims = from.dims, .size = { 0, width } };
    for (; step > 0 ? i < end : i > end; i += step, whole.size[0]++)
        for (int64_t k = 0; k < width; k++)
            whole.number[whole.count++] = from.number[i * width + k];
    return give(result, &whole);
}

static rn_status gather(rn_translation *t, rn_operand *result)
{
    rn_whole from, index;
    int64_t axis = 0;
    RN_TRY(take(t, 0, &from));
    RN_TRY(take(t, 1, &index));
    RN_TRY(rn_onnx_int(t->model, t->node, "axis", &axis));
    if (from.dims != 1 || index.dims > 1 || axis != 0)
        return rn_onnx_refuse(t, "picks from more than a row of numbers");
    rn_whole whole = index;
    for (int i = 0; i < index.count; i++) {
        int64_t place = index.number[i] < 0 ? index.number[i] + from.count : index.number[i];
        if (place < 0 || place >= from.count)
            return rn_onnx_refuse(t, "picks number %lld of %d", (long long)index.number[i], from.count);
        whole.number[i] = from.number[place];
    }
    return give(result, &whole);
}

/* A number becomes a row of one. */
static rn_status unsqueeze(rn_translation *t, rn_operand *result)
{
    rn_whole whole;
    RN_TRY(take(t, 0, &whole));
    if (whole.dims > 0)
        return rn_onnx_refuse(t, "gives numbers more than one dimension");
    whole = (rn_whole){ .dims = 1, .count = 1, .size = { 1 }, .number = { whole.number[0] } };
    return give(result, &whole);
}

static rn_status squeeze(rn_translation *t, rn_operand *result)
{
    rn_whole whole;
    RN_TRY(take(t, 0, &whole));
    if (whole.count != 1)
        return rn_onnx_refuse(t, "takes a dimension from several numbers");
    whole.dims = 0;
    return give(result, &whole);
}

static const rn_onnx_row row[] = {
    { "Cast", same }, { "ConstantOfShape", constant_of_shape }, { "Concat", concat }, { "Reshape", reshape },
    { "Transpose", transpose }, { "Slice", slice }, { "Gather", gather }, { "Unsqueeze", unsqueeze },
    { "Squeeze", squeeze }, { NULL, NULL },
};

rn_onnx_translator *rn_onnx_find_reckoning(rn_bytes op)
{
    return rn_onnx_find(row, op);
}
