/*
 * The messages of onnx.proto that matter here, by the numbers of their fields:
 *
 *     model      ir_version 1, producer 2, its version 3, graph 7, opset 8 { domain 1, version 2 }, facts 14
 *     graph      node 1, tensor 5, input 11, output 12
 *     node       input 1, output 2, name 3, op 4, attribute 5, domain 7
 *     value      name 1, type 2 { tensor 1 { shape 2 { dim 1 { size 1, name 2 } } } }
 */
#include "weights/onnx_model.h"
#include "base/memory.h"

enum { MOST_NODES = 8192, LIST_ROOM = 32 << 20 };

/* ---- Lists ----------------------------------------------------------------------------------- */

static int count_fields(rn_bytes bytes, uint64_t number)
{
    rn_proto message = rn_proto_open(bytes);
    rn_proto_field field;
    int count = 0;
    while (count <= RN_MAX_ARRAYS && rn_proto_next(&message, &field))
        count += field.number == number;
    return count;
}

/* Room for all fields of that number. */
static rn_status make_list(const rn_onnx_model *model, rn_bytes bytes, uint64_t number, void **list,
                           size_t size, int most, const char *what)
{
    int count = count_fields(bytes, number);
    if (count > most)
        return rn_fail(RN_BAD_FILE, "%s: more than %d %s", model->path, most, what);
    return rn_allocate(list, (size_t)count, size, what);
}

/* ---- Values between nodes -------------------------------------------------------------------- */

/* Messages one in another: the bytes of field `number`, empty where it is absent. */
static rn_status find_field(rn_bytes bytes, uint64_t number, const char *path, rn_bytes *found)
{
    rn_proto message = rn_proto_open(bytes);
    rn_proto_field field;
    *found = (rn_bytes){ bytes.at, 0 };
    while (rn_proto_next(&message, &field))
        if (field.number == number)
            *found = rn_proto_bytes(&message, &field);
    return rn_proto_end(&message, path, "a type");
}

static rn_status read_size(rn_bytes bytes, const char *path, int64_t *size)
{
    rn_proto message = rn_proto_open(bytes);
    rn_proto_field field;
    *size = -1;
    while (rn_proto_next(&message, &field))
        if (field.number == 1)
            *size = rn_proto_int(&message, &field);
    return rn_proto_end(&message, path, "a shape");
}

static rn_status read_shape(rn_bytes bytes, const char *path, rn_onnx_value *value)
{
    rn_proto message = rn_proto_open(bytes);
    rn_proto_field field;
    while (rn_proto_next(&message, &field)) {
        if (field.number != 1)
            continue;
        if (value->dims == RN_MAX_DIMS)
            return rn_fail(RN_BAD_FILE, "%s: a value has more than %d dimensions", path, (int)RN_MAX_DIMS);
        rn_bytes dim = rn_proto_bytes(&message, &field);
        RN_TRY(read_size(dim, path, &value->size[value->dims++]));
    }
    return rn_proto_end(&message, path, "a shape");
}

static rn_status read_value(rn_bytes bytes, const char *path, rn_onnx_value *value)
{
    rn_proto message = rn_proto_open(bytes);
    rn_proto_field field;
    rn_bytes type = { bytes.at, 0 };
    while (rn_proto_next(&message, &field))
        if (field.number == 1)
            value->name = rn_proto_bytes(&message, &field);
        else if (field.number == 2)
            type = rn_proto_bytes(&message, &field);
    RN_TRY(rn_proto_end(&message, path, "a value"));
    RN_TRY(find_field(type, 1, path, &type));
    RN_TRY(find_field(type, 2, path, &type));
    return read_shape(type, path, value);
}

/* ---- Nodes ----------------------------------------------------------------------------------- */

static rn_status read_node(rn_bytes bytes, const rn_onnx_model *model, rn_onnx_node *node)
{
    rn_proto message = rn_proto_open(bytes);
    rn_proto_field field;
    int outputs = 0;
    node->message = bytes;
    while (rn_proto_next(&message, &field))
        switch (field.number) {
        case 1:
            if (node->inputs == RN_ONNX_INPUTS)
                return rn_fail(RN_BAD_FILE, "%s: node %d reads more than %d values", model->path,
                               model->nodes, (int)RN_ONNX_INPUTS);
            node->input[node->inputs++] = rn_proto_bytes(&message, &field);
            break;
        case 2:
            if (outputs++ == 0)
                node->output = rn_proto_bytes(&message, &field);
            break;
        case 3:
            node->name = rn_proto_bytes(&message, &field);
            break;
        case 4:
            node->op = rn_proto_bytes(&message, &field);
            break;
        case 7:
            node->domain = rn_proto_bytes(&message, &field);
            break;
        }
    return rn_proto_end(&message, model->path, "a node");
}

/* ---- The whole ------------------------------------------------------------------------------- */

static rn_status read_graph_field(rn_onnx_model *model, rn_proto *message, const rn_proto_field *field)
{
    rn_bytes bytes;
    switch (field->number) {
    case 1:
        bytes = rn_proto_bytes(message, field);
        return read_node(bytes, model, &model->node[model->nodes++]);
    case 5:
        model->tensor[model->tensors++] = rn_proto_bytes(message, field);
        return RN_OK;
    case 11:
        bytes = rn_proto_bytes(message, field);
        return read_value(bytes, model->path, &model->input[model->inputs++]);
    case 12:
        bytes = rn_proto_bytes(message, field);
        return read_value(bytes, model->path, &model->output[model->outputs++]);
    }
    return RN_OK;
}

static rn_status read_graph(rn_onnx_model *model, rn_bytes bytes)
{
    const struct { uint64_t number; void **list; size_t size; int most; const char *what; } row[] = {
        { 1, (void **)&model->node, sizeof *model->node, MOST_NODES, "nodes" },
        { 5, (void **)&model->tensor, sizeof *model->tensor, RN_MAX_ARRAYS, "tensors" },
        { 11, (void **)&model->input, sizeof *model->input, RN_MAX_ARRAYS, "inputs" },
        { 12, (void **)&model->output, sizeof *model->output, RN_MAX_ARRAYS, "outputs" },
    };
    if (model->node)
        return rn_fail(RN_BAD_FILE, "%s: damaged: it holds more than one graph", model->path);
    for (size_t i = 0; i < sizeof row / sizeof *row; i++)
        RN_TRY(make_list(model, bytes, row[i].number, row[i].list, row[i].size, row[i].most, row[i].what));
    rn_proto message = rn_proto_open(bytes);
    rn_proto_field field;
    while (rn_proto_next(&message, &field))
        RN_TRY(read_graph_field(model, &message, &field));
    return rn_proto_end(&message, model->path, "the graph");
}

/* The version of the standard operators. */
static rn_status read_opset(rn_onnx_model *model, rn_bytes bytes)
{
    rn_proto message = rn_proto_open(bytes);
    rn_proto_field field;
    rn_bytes domain = { bytes.at, 0 };
    int64_t version = 0;
    while (rn_proto_next(&message, &field))
        if (field.number == 1)
            domain = rn_proto_bytes(&message, &field);
        else if (field.number == 2)
            version = rn_proto_int(&message, &field);
    if (domain.size == 0 || rn_bytes_are(domain, "ai.onnx"))
        model->opset = version;
    return rn_proto_end(&message, model->path, "the version of its operators");
}

static rn_status read_model_field(rn_onnx_model *model, rn_proto *message, const rn_proto_field *field)
{
    switch (field->number) {
    case 1:
        model->ir_version = rn_proto_int(message, field);
        return RN_OK;
    case 2:
        model->producer = rn_proto_bytes(message, field);
        return RN_OK;
    case 3:
        model->producer_version = rn_proto_bytes(message, field);
        return RN_OK;
    case 7:
        return read_graph(model, rn_proto_bytes(message, field));
    case 8:
        return read_opset(model, rn_proto_bytes(message, field));
    case 14:
        model->property[model->properties++] = rn_proto_bytes(message, field);
        return RN_OK;
    }
    return RN_OK;
}

static rn_status read_model(rn_onnx_model *model, rn_bytes bytes)
{
    rn_proto message = rn_proto_open(bytes);
    rn_proto_field field;
    RN_TRY(make_list(model, bytes, 14, (void **)&model->property, sizeof *model->property, RN_MAX_ARRAYS,
                     "properties"));
    while (rn_proto_next(&message, &field))
        RN_TRY(read_model_field(model, &message, &field));
    RN_TRY(rn_proto_end(&message, model->path, "the model"));
    return model->node ? RN_OK : rn_fail(RN_BAD_FILE, "%s: cut short: it holds no graph", model->path);
}

rn_status rn_onnx_model_open(rn_onnx_model *model, rn_bytes bytes, const char *path)
{
    *model = (rn_onnx_model){ .path = path, .room = bytes.size + LIST_ROOM };
    rn_status status = read_model(model, bytes);
    if (status != RN_OK)
        rn_onnx_model_close(model);
    return status;
}

void rn_onnx_model_close(rn_onnx_model *model)
{
    rn_free(model->tensor);
    rn_free(model->property);
    rn_free(model->node);
    rn_free(model->input);
    rn_free(model->output);
    *model = (rn_onnx_model){ 0 };
}

rn_status rn_onnx_entry(rn_bytes bytes, const char *path, rn_bytes *key, rn_bytes *text)
{
    rn_proto message = rn_proto_open(bytes);
    rn_proto_field field;
    *key = *text = (rn_bytes){ bytes.at, 0 };
    while (rn_proto_next(&message, &field))
        if (field.number == 1)
            *key = rn_proto_bytes(&message, &field);
        else if (field.number == 2)
            *text = rn_proto_bytes(&message, &field);
    return rn_proto_end(&message, path, "a property");
}
