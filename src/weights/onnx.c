#include "weights/onnx.h"
#include "base/memory.h"
#include "model/recognise.h"
#include "net/answer.h"
#include "weights/bundle_facts.h"
#include "weights/onnx_net.h"

#include <stdlib.h>
#include <string.h>

/* There is no magic number: a file begins with field 1, a small version, and goes on with a known field. */
bool rn_onnx_recognises(const uint8_t *bytes, size_t size)
{
    static const uint8_t next[] = { 0x12, 0x1a, 0x22, 0x28, 0x32, 0x3a, 0x42, 0x72 };
    return size > 2 && bytes[0] == 0x08 && bytes[1] > 0 && bytes[1] < 0x80
        && memchr(next, bytes[2], sizeof next);
}

/* ---- Facts ----------------------------------------------------------------------------------- */

static void add_bytes(rn_text *text, rn_bytes bytes)
{
    rn_text_add_bytes(text, bytes.at, bytes.size);
}

/* Takes the text. */
static rn_status add_fact(rn_tensor_file *file, const char *key, rn_text *text)
{
    rn_status status = rn_text_finish(text);
    if (status == RN_OK)
        status = rn_tensor_file_add_fact(file, key, text->bytes);
    rn_text_free(text);
    return status;
}

static rn_status add_number(rn_tensor_file *file, const char *key, int64_t number)
{
    rn_text text = { 0 };
    rn_text_add(&text, "%lld", (long long)number);
    return add_fact(file, key, &text);
}

static rn_status add_producer(rn_tensor_file *file, const rn_onnx_model *model)
{
    rn_text text = { 0 };
    add_bytes(&text, model->producer);
    if (model->producer_version.size)
        rn_text_add(&text, " ");
    add_bytes(&text, model->producer_version);
    return add_fact(file, "onnx.producer", &text);
}

/* "input [?,3,224,224], ..." */
static rn_status add_values(rn_tensor_file *file, const char *key, const rn_onnx_value *value, int values)
{
    rn_text text = { 0 };
    for (int i = 0; i < values; i++) {
        rn_text_add(&text, i ? ", " : "");
        add_bytes(&text, value[i].name);
        rn_text_add(&text, " [");
        for (int d = 0; d < value[i].dims; d++)
            if (value[i].size[d] < 0)
                rn_text_add(&text, d ? ",?" : "?");
            else
                rn_text_add(&text, d ? ",%lld" : "%lld", (long long)value[i].size[d]);
        rn_text_add(&text, "]");
    }
    return add_fact(file, key, &text);
}

static int by_bytes(const void *a, const void *b)
{
    const rn_bytes *x = a, *y = b;
    size_t common = x->size < y->size ? x->size : y->size;
    int order = common ? memcmp(x->at, y->at, common) : 0;
    return order ? order : (x->size > y->size) - (x->size < y->size);
}

/* "Add 16, Conv 53, ..." */
static rn_status add_operators(rn_tensor_file *file, const rn_onnx_model *model)
{
    rn_text text = { 0 };
    rn_bytes *op;
    RN_TRY(rn_new(&op, model->nodes));
    for (int i = 0; i < model->nodes; i++)
        op[i] = model->node[i].op;
    qsort(op, (size_t)model->nodes, sizeof *op, by_bytes);
    for (int i = 0, first = 0; i < model->nodes; i++)
        if (i + 1 == model->nodes || by_bytes(&op[i], &op[i + 1]) != 0) {
            rn_text_add(&text, first ? ", " : "");
            add_bytes(&text, op[i]);
            rn_text_add(&text, " %d", i + 1 - first);
            first = i + 1;
        }
    rn_free(op);
    return add_fact(file, "onnx.operators", &text);
}

/* What the graph itself tells is not taken from what somebody wrote beside it. */
static bool is_about_network(rn_bytes key)
{
    static const char *const known[] = {
        "resnet.format", "resnet.model", "resnet.shortcut", "resnet.stride_in", "resnet.dropout",
        "resnet.classes", "resnet.height", "resnet.width", RN_NETWORK_FACT,
    };
    size_t i = 0, count = sizeof known / sizeof *known;
    while (i < count && !rn_bytes_are(key, known[i]))
        i++;
    return i < count || (key.size >= 5 && memcmp(key.at, "onnx.", 5) == 0);
}

static rn_status add_property(rn_tensor_file *file, rn_bytes message, const char *path)
{
    rn_bytes key, value;
    rn_text name = { 0 }, text = { 0 };
    RN_TRY(rn_onnx_entry(message, path, &key, &value));
    if (is_about_network(key))
        return RN_OK;
    add_bytes(&name, key);
    add_bytes(&text, value);
    rn_status status = rn_text_finish(&name);
    if (status == RN_OK)
        status = add_fact(file, name.bytes, &text);
    rn_text_free(&name);
    rn_text_free(&text);
    return status;
}

static rn_status add_facts(rn_tensor_file *file, const rn_onnx_model *model)
{
    RN_TRY(add_number(file, "onnx.opset", model->opset));
    RN_TRY(add_number(file, "onnx.ir_version", model->ir_version));
    RN_TRY(add_producer(file, model));
    RN_TRY(add_values(file, "onnx.inputs", model->input, model->inputs));
    RN_TRY(add_values(file, "onnx.outputs", model->output, model->outputs));
    RN_TRY(add_operators(file, model));
    for (int i = 0; i < model->properties; i++)
        RN_TRY(add_property(file, model->property[i], model->path));
    return RN_OK;
}

/* ---- The network ----------------------------------------------------------------------------- */

static bool is_beside(const char *name)
{
    return strncmp(name, "preprocess.", 11) == 0;
}

/* The arrays are the network's parameters, under the names that `named` gives them. */
static rn_status replace_arrays(rn_tensor_file *file, const rn_net *named, const rn_array *source)
{
    rn_tensor_file old = { .array = file->array, .arrays = file->arrays };
    rn_status status = RN_OK;
    file->array = NULL;
    file->arrays = 0;
    for (int p = 0; p < named->params && status == RN_OK; p++) {
        const rn_array *from = &source[p];
        status = rn_tensor_file_add(file, named->param[p].name, from->type, from->dims, from->size,
                                    from->data);
        if (status == RN_OK)
            memcpy(file->array[p].stride, from->stride, sizeof from->stride);
    }
    for (int i = 0; i < old.arrays && status == RN_OK; i++) {
        const rn_array *from = &old.array[i];
        if (is_beside(from->name) && file->arrays < RN_MAX_ARRAYS)
            status = rn_tensor_file_add(file, from->name, from->type, from->dims, from->size, from->data);
    }
    rn_tensor_file_close(&old);
    return status;
}

static rn_status name_network(rn_tensor_file *file, const rn_net *net, const rn_array *source, bool any_size)
{
    rn_architecture a;
    rn_net named = { 0 }, answer = { 0 };
    RN_TRY(rn_model_recognise(&a, net));
    bool known = a.model[0];
    rn_status status = RN_OK;
    if (known)
        status = rn_model_build(&named, &a);
    if (known && status == RN_OK)
        status = rn_net_answer(&answer, &named);
    const rn_shape in = net->node[0].output_shape;
    a.classes = (int)rn_value_shape(net, net->head[0]).c;
    a.height = any_size ? 0 : (int)in.h;
    a.width = any_size ? 0 : (int)in.w;
    if (status == RN_OK)
        status = rn_facts_write_network(file, &a, net);
    if (status == RN_OK)
        status = replace_arrays(file, known ? &answer : net, source);
    rn_net_free(&answer);
    rn_net_free(&named);
    return status;
}

/* A graph that is not supported is no failure: its tensors may still be of use. */
static rn_status read_network(rn_tensor_file *file, rn_onnx_model *model)
{
    rn_net net;
    rn_array *source;
    bool any_size;
    rn_status status = rn_onnx_net(&net, &source, &any_size, model, file);
    if (status == RN_OK) {
        status = name_network(file, &net, source, any_size);
        rn_net_free(&net);
        rn_free(source);
        return status;
    }
    while (file->arrays > model->tensors)
        rn_free(file->array[--file->arrays].name);
    return status == RN_NO_MEMORY ? status : rn_tensor_file_add_fact(file, RN_ONNX_REFUSED, rn_error_text());
}

/* ---- The whole ------------------------------------------------------------------------------- */

static rn_status read_model(rn_tensor_file *file, rn_onnx_model *model)
{
    for (int i = 0; i < model->tensors; i++)
        RN_TRY(rn_onnx_add_array(model, model->tensor[i], file));
    RN_TRY(add_facts(file, model));
    return read_network(file, model);
}

rn_status rn_onnx_read(rn_tensor_file *file, const char *path)
{
    rn_onnx_model model;
    file->format = "ONNX";
    RN_TRY(rn_onnx_model_open(&model, (rn_bytes){ file->map.bytes, file->map.size }, path));
    rn_status status = read_model(file, &model);
    rn_onnx_model_close(&model);
    return status;
}
