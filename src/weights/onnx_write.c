/*
 * Writing ONNX: operator set 13, version 7 of the format, any number of pictures at once.
 *
 * The graph is the network's answer: dropout, which does nothing after training, is left out, and so is
 * softmax.  Parameters become constants of the same names, facts properties.  All is made in memory but the
 * parameters, which follow from where they lie.
 */
#include "base/file.h"
#include "net/answer.h"
#include "weights/onnx.h"
#include "weights/onnx_nodes.h"
#include "weights/protobuf.h"

enum { IR_VERSION = 7, OPSET = 13, FLOATS = 1 };

/* ---- The graph ------------------------------------------------------------------------------- */

static void add_dim(rn_text *shape, int64_t size)
{
    rn_text dim = { 0 };
    if (size)
        rn_proto_add_int(&dim, 1, size);
    else
        rn_proto_add_text(&dim, 2, "batch");
    rn_proto_add_message(shape, 1, &dim);
    rn_text_free(&dim);
}

/* An input or output of the graph: floats, pictures first. */
static void add_value(rn_text *graph, int number, const char *name, int dims, const int64_t *size)
{
    rn_text shape = { 0 }, tensor = { 0 }, type = { 0 }, value = { 0 };
    for (int d = 0; d < dims; d++)
        add_dim(&shape, size[d]);
    rn_proto_add_int(&tensor, 1, FLOATS);
    rn_proto_add_message(&tensor, 2, &shape);
    rn_proto_add_message(&type, 1, &tensor);
    rn_proto_add_text(&value, 1, name);
    rn_proto_add_message(&value, 2, &type);
    rn_proto_add_message(graph, number, &value);
    rn_text_free(&shape);
    rn_text_free(&tensor);
    rn_text_free(&type);
    rn_text_free(&value);
}

/* Nodes, constants, inputs and outputs; the parameters are still to come. */
static rn_status write_graph(rn_onnx_writer *w)
{
    const rn_shape in = rn_value_shape(w->net, 0), scores = rn_value_shape(w->net, w->net->head[0]);
    for (rn_value v = 1; v < w->net->nodes; v++)
        RN_TRY(rn_onnx_write_node(w, v));
    if (w->net->node[w->net->head[0]].op != &rn_op_linear)
        rn_onnx_write_scores(w);
    rn_proto_add_text(&w->graph, 2, "resnet");
    add_value(&w->graph, 11, "input", 4, (const int64_t[]){ 0, in.c, in.h, in.w });
    add_value(&w->graph, 12, "scores", 2, (const int64_t[]){ 0, rn_count(scores) });
    rn_text_add_bytes(&w->graph, w->constants.bytes, w->constants.length);
    w->graph.failed |= w->constants.failed;
    return rn_text_finish(&w->graph);
}

/* ---- Parameters ------------------------------------------------------------------------------ */

/* Where they go; without an output they are only counted. */
typedef struct { rn_output *output; uint64_t bytes; } sink;

static rn_status put(sink *to, const void *bytes, size_t size)
{
    to->bytes += size;
    return to->output ? rn_output_write(to->output, bytes, size) : RN_OK;
}

/* The slopes of PRelu stand one behind another along the channels. */
static rn_status write_array(const rn_array *array, const rn_op *op, sink *to)
{
    rn_text tensor = { 0 }, head = { 0 };
    const int64_t column[] = { array->size[0], 1, 1 };
    bool slope = op == &rn_op_prelu;
    rn_onnx_begin_tensor(&tensor, array->name, FLOATS, slope ? 3 : array->dims, slope ? column : array->size);
    rn_proto_add_head(&tensor, 9, rn_array_bytes(array));
    rn_proto_add_head(&head, 5, tensor.length + rn_array_bytes(array));
    rn_text_add_bytes(&head, tensor.bytes, tensor.length);
    head.failed |= tensor.failed;
    rn_status status = rn_text_finish(&head);
    if (status == RN_OK)
        status = put(to, head.bytes, head.length);
    if (status == RN_OK)
        status = put(to, array->data, rn_array_bytes(array));
    rn_text_free(&tensor);
    rn_text_free(&head);
    return status;
}

/* `file` holds the parameters of the whole network in their order and, behind them, what else there is. */
static rn_status write_arrays(const rn_net *answer, const rn_net *whole, const rn_tensor_file *file, sink *to)
{
    for (rn_value v = 1; v < answer->nodes; v++)
        for (int p = 0; p < answer->node[v].params; p++) {
            const rn_param *param = &answer->param[answer->node[v].first_param + p];
            const rn_array *array = &file->array[rn_net_find_param(whole, param->name)];
            RN_TRY(write_array(array, answer->node[v].op, to));
        }
    for (int i = whole->params; i < file->arrays; i++)
        RN_TRY(write_array(&file->array[i], NULL, to));
    return RN_OK;
}

/* ---- The file -------------------------------------------------------------------------------- */

static void add_property(rn_text *model, const rn_fact *fact)
{
    rn_text entry = { 0 };
    rn_proto_add_text(&entry, 1, fact->key);
    rn_proto_add_text(&entry, 2, fact->value);
    rn_proto_add_message(model, 14, &entry);
    rn_text_free(&entry);
}

/* Everything that comes before the graph. */
static rn_status begin_model(rn_text *model, const rn_tensor_file *file, uint64_t graph_bytes)
{
    rn_text opset = { 0 };
    rn_proto_add_int(&opset, 2, OPSET);
    rn_proto_add_int(model, 1, IR_VERSION);
    rn_proto_add_text(model, 2, "resnet");
    rn_proto_add_text(model, 3, rn_version());
    rn_proto_add_message(model, 8, &opset);
    for (int i = 0; i < file->facts; i++)
        add_property(model, &file->fact[i]);
    rn_proto_add_head(model, 7, graph_bytes);
    model->failed |= opset.failed;
    rn_text_free(&opset);
    return rn_text_finish(model);
}

typedef struct {
    rn_net answer;
    const rn_net *whole;
    rn_tensor_file file;
    rn_onnx_writer writer;
    rn_text model;                  /* all before the graph */
    const char *path;
} job;

static rn_status write_parts(const job *j, uint64_t total)
{
    sink to = { 0 };
    RN_TRY(rn_output_open(&to.output, j->path));
    rn_output_expect(to.output, total);
    rn_status status = put(&to, j->model.bytes, j->model.length);
    if (status == RN_OK)
        status = put(&to, j->writer.graph.bytes, j->writer.graph.length);
    if (status == RN_OK)
        status = write_arrays(&j->answer, j->whole, &j->file, &to);
    if (status == RN_OK)
        return rn_output_commit(to.output, NULL);
    rn_output_abandon(to.output);
    return status;
}

static rn_status write_file(job *j)
{
    sink counted = { 0 };
    RN_TRY(rn_net_answer(&j->answer, j->whole));
    j->writer.net = &j->answer;
    RN_TRY(rn_while(write_graph(&j->writer), "%s: not written", j->path));
    RN_TRY(write_arrays(&j->answer, j->whole, &j->file, &counted));
    counted.bytes += j->writer.graph.length;
    RN_TRY(begin_model(&j->model, &j->file, counted.bytes));
    uint64_t total = j->model.length + counted.bytes;
    if (total > INT32_MAX)
        return rn_fail(RN_BAD_ARGUMENT, "%s: not written: %llu bytes, the limit of ONNX is 2 GiB", j->path,
                       (unsigned long long)total);
    return write_parts(j, total);
}

rn_status rn_onnx_save(const rn_bundle *bundle, const char *path)
{
    job j = { .whole = &bundle->net, .path = path };
    rn_status status = rn_bundle_list(bundle, &j.file, path);
    if (status == RN_OK)
        status = write_file(&j);
    rn_text_free(&j.model);
    rn_text_free(&j.writer.graph);
    rn_text_free(&j.writer.constants);
    rn_tensor_file_close(&j.file);
    rn_net_free(&j.answer);
    return status;
}
