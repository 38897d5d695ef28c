/* Attributes of a node, read when they are asked for: name 1, real 2, int 3, text 4, tensor 5, ints 8. */
#include "weights/onnx_model.h"

static bool is_named(rn_bytes attribute, const char *name)
{
    rn_proto message = rn_proto_open(attribute);
    rn_proto_field field;
    while (rn_proto_next(&message, &field))
        if (field.number == 1)
            return rn_bytes_are(rn_proto_bytes(&message, &field), name);
    return false;
}

/* Go to the first field `number` of the attribute of that name; false where it is absent. */
static bool find_attribute(const rn_onnx_node *node, const char *name, uint64_t number, rn_proto *attribute,
                           rn_proto_field *field)
{
    rn_proto message = rn_proto_open(node->message);
    while (rn_proto_next(&message, field)) {
        if (field->number != 5 || field->wire != RN_WIRE_BYTES || !is_named(field->bytes, name))
            continue;
        *attribute = rn_proto_open(field->bytes);
        while (rn_proto_next(attribute, field))
            if (field->number == number)
                return true;
        return false;
    }
    return false;
}

static rn_status end_attribute(const rn_onnx_model *model, const rn_proto *attribute)
{
    return rn_proto_end(attribute, model->path, "an attribute");
}

rn_status rn_onnx_int(const rn_onnx_model *model, const rn_onnx_node *node, const char *name, int64_t *value)
{
    rn_proto attribute = { 0 };
    rn_proto_field field;
    if (find_attribute(node, name, 3, &attribute, &field))
        *value = rn_proto_int(&attribute, &field);
    return end_attribute(model, &attribute);
}

rn_status rn_onnx_real(const rn_onnx_model *model, const rn_onnx_node *node, const char *name, double *value)
{
    rn_proto attribute = { 0 };
    rn_proto_field field;
    if (find_attribute(node, name, 2, &attribute, &field))
        *value = (double)rn_proto_float(&attribute, &field);
    return end_attribute(model, &attribute);
}

rn_status rn_onnx_text(const rn_onnx_model *model, const rn_onnx_node *node, const char *name,
                       rn_bytes *value)
{
    rn_proto attribute = { 0 };
    rn_proto_field field;
    if (find_attribute(node, name, 4, &attribute, &field))
        *value = rn_proto_bytes(&attribute, &field);
    return end_attribute(model, &attribute);
}

rn_status rn_onnx_tensor(const rn_onnx_model *model, const rn_onnx_node *node, const char *name,
                         rn_bytes *message)
{
    rn_proto attribute = { 0 };
    rn_proto_field field;
    if (find_attribute(node, name, 5, &attribute, &field))
        *message = rn_proto_bytes(&attribute, &field);
    return end_attribute(model, &attribute);
}

rn_status rn_onnx_ints(const rn_onnx_model *model, const rn_onnx_node *node, const char *name,
                       rn_onnx_list *value)
{
    rn_proto attribute = { 0 };
    rn_proto_field field;
    uint64_t bits;
    bool more = find_attribute(node, name, 8, &attribute, &field);
    if (more)
        value->count = 0;
    for (; more; more = rn_proto_next(&attribute, &field)) {
        if (field.number != 8)
            continue;
        rn_proto list = rn_proto_numbers(&attribute, &field, RN_WIRE_VARINT);
        while (rn_proto_next_number(&list, RN_WIRE_VARINT, &bits)) {
            if (value->count == RN_ONNX_NUMBERS)
                return rn_fail(RN_BAD_FILE, "%s: attribute '%s' of more than %d numbers", model->path, name,
                               (int)RN_ONNX_NUMBERS);
            value->number[value->count++] = (int64_t)bits;
        }
        RN_TRY(rn_proto_end(&list, model->path, "an attribute"));
    }
    return end_attribute(model, &attribute);
}
