/* The operators of ONNX that lead from pictures to rows of numbers and scores, and those of option A. */
#include "weights/onnx_net.h"

#include <math.h>

/* ---- Pictures to rows, rows to scores -------------------------------------------------------- */

static rn_status flatten(rn_translation *t, rn_operand *result)
{
    rn_operand x;
    int64_t axis = 1;
    RN_TRY(rn_onnx_take_any(t, 0, &x));
    RN_TRY(rn_onnx_int(t->model, t->node, "axis", &axis));
    if (axis != 1 && axis != 1 - x.rank)
        return rn_onnx_refuse(t, "it flattens along axis %lld", (long long)axis);
    return rn_onnx_give(result, x.value, 2);
}

/* To the shape that it has already, or to one row for each picture. */
static rn_status reshape(rn_translation *t, rn_operand *result)
{
    rn_operand x;
    rn_whole shape;
    RN_TRY(rn_onnx_take_any(t, 0, &x));
    if (t->node->inputs < 2 || !rn_onnx_whole(&t->operand[1], &shape) || shape.count < 1)
        return rn_onnx_refuse(t, "its shape is not constant");
    const rn_shape in = rn_onnx_shape_of(t, &x);
    const int64_t first = shape.number[0], *rest = shape.number + 1, row = in.c * in.h * in.w;
    bool by_picture = first == RN_OPEN || first == 0 || first == -1 || (t->batch > 0 && first == t->batch);
    bool is_row = shape.count == 2 && (rest[0] == row || (rest[0] == -1 && first != -1));
    bool as_before = shape.count == 4 && rest[0] == in.c && rest[1] == in.h && rest[2] == in.w;
    if (!by_picture || (!is_row && !as_before))
        return rn_onnx_refuse(t, "it makes other than a row for each picture");
    return rn_onnx_give(result, x.value, is_row ? 2 : 4);
}

static rn_status change_rank(rn_translation *t, int sign, rn_operand *result)
{
    rn_operand x;
    rn_onnx_list axes = { 0 };
    RN_TRY(rn_onnx_take_any(t, 0, &x));
    RN_TRY(rn_onnx_take_list(t, "axes", 1, &axes));
    const rn_shape in = rn_onnx_shape_of(t, &x);
    const int to = x.rank + sign * axes.count, of = sign < 0 ? x.rank : to;
    bool fits = axes.count > 0 && to >= 2 && to <= 4 && in.h == 1 && in.w == 1;
    for (int k = 0; k < axes.count; k++)
        fits = fits && (axes.number[k] < 0 ? axes.number[k] + of : axes.number[k]) >= 2;
    if (!fits)
        return rn_onnx_refuse(t, "it touches more than sides of one pixel");
    return rn_onnx_give(result, x.value, to);
}

static rn_status squeeze(rn_translation *t, rn_operand *result)
{
    return change_rank(t, -1, result);
}

static rn_status unsqueeze(rn_translation *t, rn_operand *result)
{
    return change_rank(t, 1, result);
}

/* rows x matrix, noted; the matrix of ONNX has a column for each output. */
static rn_status multiply(rn_translation *t, bool columns, rn_operand *result)
{
    rn_operand x;
    rn_array matrix;
    RN_TRY(rn_onnx_take_any(t, 0, &x));
    RN_TRY(rn_onnx_take_numbers(t, 1, 2, &matrix));
    if (x.rank != 2)
        return rn_onnx_refuse(t, "it multiplies pictures");
    if (columns) {
        rn_array turned = matrix;
        for (int d = 0; d < 2; d++) {
            turned.size[d] = matrix.size[1 - d];
            turned.stride[d] = matrix.stride[1 - d];
        }
        matrix = turned;
    }
    rn_onnx_give(result, x.value, 2);
    result->product = true;
    result->array = matrix;
    return RN_OK;
}

static rn_status mat_mul(rn_translation *t, rn_operand *result)
{
    return multiply(t, true, result);
}

static bool is_one(double number)
{
    return fabs(number - 1) < 1e-9;
}

static rn_status gemm(rn_translation *t, rn_operand *result)
{
    int64_t turn_a = 0, turn_b = 0;
    double alpha = 1, beta = 1;
    rn_operand product;
    RN_TRY(rn_onnx_int(t->model, t->node, "transA", &turn_a));
    RN_TRY(rn_onnx_int(t->model, t->node, "transB", &turn_b));
    RN_TRY(rn_onnx_real(t->model, t->node, "alpha", &alpha));
    RN_TRY(rn_onnx_real(t->model, t->node, "beta", &beta));
    if (turn_a || !is_one(alpha) || !is_one(beta))
        return rn_onnx_refuse(t, "it does more than multiply and add a bias");
    RN_TRY(multiply(t, !turn_b, &product));
    if (t->node->inputs > 2 && t->operand[2].kind == RN_NUMBERS)
        return rn_onnx_add_bias(t, &product, &t->operand[2], result);
    *result = product;
    bool bias = t->node->inputs > 2 && t->operand[2].kind != RN_ABSENT;
    return bias ? rn_onnx_refuse(t, "its bias is not constant") : RN_OK;
}

/* The answer is the scores; whoever asks for probabilities gets them from these. */
static rn_status softmax(rn_translation *t, rn_operand *result)
{
    rn_operand x;
    int64_t axis = t->model->opset < 13 ? 1 : -1;
    RN_TRY(rn_onnx_take_any(t, 0, &x));
    RN_TRY(rn_onnx_int(t->model, t->node, "axis", &axis));
    if (axis != 1 && axis != 1 - x.rank)
        return rn_onnx_refuse(t, "it is not over the classes");
    rn_onnx_give(result, x.value, x.rank);
    result->is_answer = true;
    return RN_OK;
}

/* ---- Nothing, and option A ------------------------------------------------------------------- */

static rn_status nothing(rn_translation *t, rn_operand *result)
{
    *result = t->operand[0];
    return RN_OK;
}

static rn_status shape(rn_translation *t, rn_operand *result)
{
    rn_operand x;
    int64_t start = 0, end = INT64_MAX;
    RN_TRY(rn_onnx_take_any(t, 0, &x));
    RN_TRY(rn_onnx_int(t->model, t->node, "start", &start));
    RN_TRY(rn_onnx_int(t->model, t->node, "end", &end));
    const rn_shape in = rn_onnx_shape_of(t, &x);
    if (start != 0 || end < x.rank || x.rank == 3)
        return rn_onnx_refuse(t, "it asks for a part of a shape");
    *result = (rn_operand){ .kind = RN_WHOLE };
    result->whole = (rn_whole){ .dims = 1, .count = x.rank, .size = { x.rank },
                                .number = { RN_OPEN, in.c, in.h, in.w } };
    if (x.rank == 2)
        result->whole.number[1] = in.c * in.h * in.w;
    return RN_OK;
}

/* Pictures, perhaps with a step that is noted. */
static rn_status take_noted(rn_translation *t, rn_operand *x)
{
    *x = t->operand[0];
    bool pictures = x->kind == RN_VALUE && x->rank == 4 && !x->product && !x->is_answer;
    return pictures ? RN_OK : rn_onnx_refuse(t, "it reads no pictures");
}

/* Every step-th pixel from the first to the last, noted. */
static rn_status slice(rn_translation *t, rn_operand *result)
{
    rn_onnx_list start = { 0 }, end = { 0 }, axes = { 4, { 0, 1, 2, 3 } }, step = { 0 };
    rn_operand x;
    RN_TRY(take_noted(t, &x));
    RN_TRY(rn_onnx_take_list(t, "starts", 1, &start));
    RN_TRY(rn_onnx_take_list(t, "ends", 2, &end));
    RN_TRY(rn_onnx_take_axes(t, 3, 4, &axes));
    RN_TRY(rn_onnx_take_list(t, "steps", 4, &step));
    const rn_shape in = rn_onnx_shape_of(t, &x);
    const int64_t size[] = { INT32_MAX, in.c, in.h, in.w };
    if (end.count != start.count || axes.count < start.count)
        return rn_onnx_refuse(t, "its starts and ends differ in number");
    int64_t *noted[] = { NULL, NULL, &x.step_h, &x.step_w };
    for (int k = 0; k < start.count; k++) {
        int64_t axis = axes.number[k], by = k < step.count ? step.number[k] : 1;
        bool whole = start.number[k] == 0 && end.number[k] >= size[axis];
        if (!whole || by < 1 || by > INT32_MAX || (by > 1 && (!noted[axis] || *noted[axis])))
            return rn_onnx_refuse(t, "it cuts out a part of the picture");
        if (by > 1)
            *noted[axis] = by;
    }
    *result = x;
    return RN_OK;
}

/* Channels of zeros, at the end or half of them on each side; or nothing at all. */
static rn_status pad(rn_translation *t, rn_operand *result)
{
    rn_operand x;
    rn_onnx_list pads = { 0 };
    rn_bytes mode = { t->node->message.at, 0 };
    double value = 0;
    RN_TRY(take_noted(t, &x));
    RN_TRY(rn_onnx_take_list(t, "pads", 1, &pads));
    RN_TRY(rn_onnx_text(t->model, t->node, "mode", &mode));
    RN_TRY(rn_onnx_real(t->model, t->node, "value", &value));
    float filler = (float)value;
    if (t->node->inputs > 2 && t->operand[2].kind == RN_NUMBERS && rn_array_count(&t->operand[2].array) == 1)
        RN_TRY(rn_array_floats(&t->operand[2].array, &filler));
    int64_t others = 0;
    for (int k = 0; k < pads.count; k++)
        others += pads.number[k] != 0 && k != 1 && k != 5;
    bool zeros = (!mode.size || rn_bytes_are(mode, "constant")) && fabsf(filler) <= 0;
    if (!zeros || pads.count != 8 || others || x.step_h != x.step_w)
        return rn_onnx_refuse(t, "it pads other than with channels of zeros");
    const int64_t before = pads.number[1], after = pads.number[5];
    if (before == 0 && after == 0)
        return nothing(t, result);
    rn_args args = { .filters = rn_onnx_shape_of(t, &x).c + before + after, .stride = x.step_h ? x.step_h : 1,
                     .place = before ? RN_PLACE_SPLIT : RN_PLACE_END };
    if (before < 0 || after < 0 || before > INT32_MAX || after > INT32_MAX
        || (before && before != (before + after) / 2))
        return rn_onnx_refuse(t, "its channels of zeros are neither at the end nor half on each side");
    RN_TRY(rn_onnx_apply(t, &rn_op_pad_shortcut, &x.value, 1, args, NULL, 0, &x.value));
    return rn_onnx_give(result, x.value, 4);
}

static const rn_onnx_row row[] = {
    { "Flatten", flatten }, { "Reshape", reshape }, { "Squeeze", squeeze }, { "Unsqueeze", unsqueeze },
    { "Gemm", gemm }, { "MatMul", mat_mul }, { "Softmax", softmax }, { "LogSoftmax", softmax },
    { "Dropout", nothing }, { "Shape", shape }, { "Slice", slice }, { "Pad", pad }, { NULL, NULL },
};

rn_onnx_translator *rn_onnx_find_shaping(rn_bytes op)
{
    return rn_onnx_find(row, op);
}
