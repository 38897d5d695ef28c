/*
 * Writing ONNX: operator set 13, version 7 of the format, any number of pictures at once.
 *
 * A node of the network becomes one or a few of the graph and its parameters constants of the same names; the
 * facts become properties.  Dropout, which does nothing after training, is left out, and so is softmax: the
 * output are scores.  The graph is made in memory but for the parameters, which follow from where they lie.
 */
#include "base/file.h"
#include "base/memory.h"
#include "weights/onnx.h"
#include "weights/protobuf.h"

#include <assert.h>
#include <string.h>

enum { IR_VERSION = 7, OPSET = 13, FLOATS = 1, INTS = 7, REAL = 1, INT = 2, INT_LIST = 7 };

typedef struct {
    const rn_net *net;
    bool *needed;                   /* of each node: whether the scores depend on it */
    rn_text graph, constants;       /* fields of the graph: nodes; whole numbers that nodes read */
    rn_text node;                   /* the one being made */
} writer;

typedef char value_name[96];

/* ---- Values and constants -------------------------------------------------------------------- */

/* The name of a node's output or, with `what`, of something that belongs to it.  No other name is without a
 * dot, so "input" and "scores" are free. */
static const char *name_value(value_name *to, const rn_net *net, rn_value value, const char *what)
{
    while (net->node[value].op == &rn_op_dropout && !*what)
        value = net->node[value].input[0];
    if (!net->node[value].op)
        return "input";
    if (value == net->head[0] && net->node[value].op == &rn_op_linear && !*what)
        return "scores";
    return rn_text_print(*to, sizeof *to, "%s.%s", net->node[value].name, *what ? what : "out");
}

static void add_ints(rn_text *to, int number, const int64_t *value, int count)
{
    for (int i = 0; i < count; i++)
        rn_proto_add_int(to, number, value[i]);
}

static void begin_tensor(rn_text *tensor, const char *name, int type, int dims, const int64_t *size)
{
    add_ints(tensor, 1, size, dims);
    rn_proto_add_int(tensor, 2, type);
    rn_proto_add_text(tensor, 8, name);
}

static void add_constant(writer *w, const char *name, const int64_t *value, int count)
{
    rn_text tensor = { 0 };
    const int64_t size[] = { count };
    begin_tensor(&tensor, name, INTS, 1, size);
    rn_proto_add_head(&tensor, 9, (uint64_t)count * sizeof *value);
    rn_text_add_bytes(&tensor, value, (size_t)count * sizeof *value);
    rn_proto_add_message(&w->constants, 5, &tensor);
    rn_text_free(&tensor);
}

/* ---- Nodes ----------------------------------------------------------------------------------- */

static void begin_node(writer *w, const char *op)
{
    w->node = (rn_text){ 0 };
    rn_proto_add_text(&w->node, 4, op);
}

static void read_value(writer *w, rn_value value, const char *what)
{
    value_name name;
    rn_proto_add_text(&w->node, 1, name_value(&name, w->net, value, what));
}

/* The constant of whole numbers NODE.WHAT. */
static void read_constant(writer *w, rn_value node, const char *what, const int64_t *value, int count)
{
    value_name name;
    name_value(&name, w->net, node, what);
    add_constant(w, name, value, count);
    rn_proto_add_text(&w->node, 1, name);
}

static void read_params(writer *w, rn_value node)
{
    const rn_node *n = &w->net->node[node];
    for (int p = n->first_param; p < n->first_param + n->params; p++)
        rn_proto_add_text(&w->node, 1, w->net->param[p].name);
}

static void add_attribute(writer *w, const char *name, int type, rn_text *value)
{
    rn_proto_add_text(value, 1, name);
    rn_proto_add_int(value, 20, type);
    rn_proto_add_message(&w->node, 5, value);
    rn_text_free(value);
}

static void set_int(writer *w, const char *name, int64_t value)
{
    rn_text text = { 0 };
    rn_proto_add_int(&text, 3, value);
    add_attribute(w, name, INT, &text);
}

static void set_real(writer *w, const char *name, double value)
{
    rn_text text = { 0 };
    rn_proto_add_float(&text, 2, (float)value);
    add_attribute(w, name, REAL, &text);
}

static void set_ints(writer *w, const char *name, const int64_t *value, int count)
{
    rn_text text = { 0 };
    add_ints(&text, 8, value, count);
    add_attribute(w, name, INT_LIST, &text);
}

/* The graph's node is the network's own (`what` "") or a step on the way to it. */
static void end_node(writer *w, rn_value node, const char *what)
{
    value_name output, name;
    const char *own = w->net->node[node].name;
    if (*what)
        own = rn_text_print(name, sizeof name, "%s.%s", own, what);
    rn_proto_add_text(&w->node, 2, name_value(&output, w->net, node, what));
    rn_proto_add_text(&w->node, 3, own);
    rn_proto_add_message(&w->graph, 1, &w->node);
    rn_text_free(&w->node);
}

/* A node without attributes. */
static void add_plain(writer *w, rn_value node, const char *op)
{
    const rn_node *n = &w->net->node[node];
    begin_node(w, op);
    for (int i = 0; i < n->inputs; i++)
        read_value(w, n->input[i], "");
    read_params(w, node);
    end_node(w, node, "");
}

/* ---- Operations ------------------------------------------------------------------------------ */

static int64_t or_one(int64_t number)
{
    return number ? number : 1;
}

static void set_windows(writer *w, int64_t kernel_h, int64_t kernel_w, int64_t stride_h, int64_t stride_w,
                        const rn_args *args)
{
    const int64_t kernel[] = { kernel_h, kernel_w }, stride[] = { stride_h, stride_w };
    const int64_t pad[] = { args->pad_h, args->pad_w, args->pad_h, args->pad_w };
    set_ints(w, "kernel_shape", kernel, 2);
    set_ints(w, "strides", stride, 2);
    set_ints(w, "pads", pad, 4);
}

static rn_status write_conv2d(writer *w, rn_value node)
{
    const rn_node *n = &w->net->node[node];
    const rn_args *args = &n->args;
    const int64_t dilation[] = { or_one(args->dilation), or_one(args->dilation) };
    begin_node(w, "Conv");
    read_value(w, n->input[0], "");
    read_params(w, node);
    set_windows(w, args->kernel_h, args->kernel_w, or_one(args->stride), or_one(args->stride), args);
    set_ints(w, "dilations", dilation, 2);
    set_int(w, "group", or_one(args->groups));
    end_node(w, node, "");
    return RN_OK;
}

static rn_status write_batchnorm(writer *w, rn_value node)
{
    const rn_args *args = &w->net->node[node].args;
    begin_node(w, "BatchNormalization");
    read_value(w, w->net->node[node].input[0], "");
    read_params(w, node);
    set_real(w, "epsilon", args->epsilon > 0 ? args->epsilon : 1e-5);
    set_real(w, "momentum", 1 - (args->momentum > 0 ? args->momentum : 0.1));
    end_node(w, node, "");
    return RN_OK;
}

static rn_status write_relu(writer *w, rn_value node)
{
    add_plain(w, node, "Relu");
    return RN_OK;
}

static rn_status write_prelu(writer *w, rn_value node)
{
    add_plain(w, node, "PRelu");
    return RN_OK;
}

static rn_status write_add(writer *w, rn_value node)
{
    add_plain(w, node, "Add");
    return RN_OK;
}

static rn_status write_concat(writer *w, rn_value node)
{
    const rn_node *n = &w->net->node[node];
    begin_node(w, "Concat");
    for (int i = 0; i < n->inputs; i++)
        read_value(w, n->input[i], "");
    set_int(w, "axis", 1);
    end_node(w, node, "");
    return RN_OK;
}

/* Every picture's numbers in a row, also where they lie so already. */
static rn_status write_linear(writer *w, rn_value node)
{
    begin_node(w, "Flatten");
    read_value(w, w->net->node[node].input[0], "");
    set_int(w, "axis", 1);
    end_node(w, node, "row");
    begin_node(w, "Gemm");
    read_value(w, node, "row");
    read_params(w, node);
    set_int(w, "transB", 1);
    end_node(w, node, "");
    return RN_OK;
}

/* Bins of one size only are windows of a fixed size. */
static rn_status write_pool(writer *w, rn_value node)
{
    const rn_node *n = &w->net->node[node];
    const rn_args *args = &n->args;
    const bool mean = n->op == &rn_op_averagepool;
    const rn_shape in = w->net->node[n->input[0]].output_shape;
    if (args->bins == 1 || (mean && !args->bins && !args->kernel_h && !args->kernel_w)) {
        add_plain(w, node, mean ? "GlobalAveragePool" : "GlobalMaxPool");
        return RN_OK;
    }
    if (args->bins && (in.h % args->bins || in.w % args->bins))
        return rn_fail(RN_BAD_ARGUMENT, "'%s' pools %lldx%lld pixels into %lldx%lld bins of different sizes, "
                       "which ONNX cannot express", n->name, (long long)in.h, (long long)in.w,
                       (long long)args->bins, (long long)args->bins);
    begin_node(w, mean ? "AveragePool" : "MaxPool");
    read_value(w, n->input[0], "");
    if (args->bins)
        set_windows(w, in.h / args->bins, in.w / args->bins, in.h / args->bins, in.w / args->bins, args);
    else
        set_windows(w, args->kernel_h, args->kernel_w, or_one(args->stride), or_one(args->stride), args);
    set_int(w, "ceil_mode", args->ceil_mode);
    if (mean)
        set_int(w, "count_include_pad", args->count_pad);
    end_node(w, node, "");
    return RN_OK;
}

/* Option A: every stride-th pixel of every stride-th row, then channels of zeros. */
static rn_status write_pad_shortcut(writer *w, rn_value node)
{
    const rn_node *n = &w->net->node[node];
    const int64_t stride = or_one(n->args.stride), start[] = { 0, 0 }, end[] = { INT64_MAX, INT64_MAX };
    const int64_t axes[] = { 2, 3 }, step[] = { stride, stride };
    int64_t more = n->args.filters - w->net->node[n->input[0]].output_shape.c;
    int64_t before = n->args.place == RN_PLACE_SPLIT ? more / 2 : 0;
    const int64_t pads[] = { 0, before, 0, 0, 0, more - before, 0, 0 };
    begin_node(w, "Slice");
    read_value(w, n->input[0], "");
    read_constant(w, node, "starts", start, 2);
    read_constant(w, node, "ends", end, 2);
    read_constant(w, node, "axes", axes, 2);
    read_constant(w, node, "steps", step, 2);
    end_node(w, node, "pixels");
    begin_node(w, "Pad");
    read_value(w, node, "pixels");
    read_constant(w, node, "pads", pads, 8);
    end_node(w, node, "");
    return RN_OK;
}

/* Dropout has no node; whoever reads it reads its input. */
static rn_status write_nothing(writer *w, rn_value node)
{
    (void)w, (void)node;
    return RN_OK;
}

static const struct { const rn_op *op; rn_status (*write)(writer *, rn_value); } row[] = {
    { &rn_op_conv2d, write_conv2d },
    { &rn_op_batchnorm, write_batchnorm },
    { &rn_op_relu, write_relu },
    { &rn_op_prelu, write_prelu },
    { &rn_op_add, write_add },
    { &rn_op_concat, write_concat },
    { &rn_op_maxpool, write_pool },
    { &rn_op_averagepool, write_pool },
    { &rn_op_pad_shortcut, write_pad_shortcut },
    { &rn_op_linear, write_linear },
    { &rn_op_dropout, write_nothing },
};

static rn_status write_node(writer *w, rn_value node)
{
    for (size_t i = 0; i < sizeof row / sizeof *row; i++)
        if (row[i].op == w->net->node[node].op)
            return row[i].write(w, node);
    return rn_fail(RN_BAD_ARGUMENT, "operation '%s' of '%s' cannot be written as ONNX",
                   w->net->node[node].op->name, w->net->node[node].name);
}

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
static rn_status write_graph(writer *w)
{
    const rn_net *net = w->net;
    const rn_shape in = net->node[0].output_shape;
    const rn_node *head = &net->node[net->head[0]];
    for (rn_value v = 1; v <= net->head[0]; v++)
        if (w->needed[v])
            RN_TRY(write_node(w, v));
    if (head->op != &rn_op_linear) {
        begin_node(w, "Flatten");
        read_value(w, net->head[0], "");
        rn_proto_add_text(&w->node, 2, "scores");
        rn_proto_add_message(&w->graph, 1, &w->node);
        rn_text_free(&w->node);
    }
    rn_proto_add_text(&w->graph, 2, "resnet");
    add_value(&w->graph, 11, "input", 4, (const int64_t[]){ 0, in.c, in.h, in.w });
    add_value(&w->graph, 12, "scores", 2, (const int64_t[]){ 0, rn_count(head->output_shape) });
    rn_text_add_bytes(&w->graph, w->constants.bytes, w->constants.length);
    return rn_text_finish(&w->graph);
}

static rn_status mark_needed(writer *w)
{
    RN_TRY(rn_new(&w->needed, w->net->nodes));
    w->needed[w->net->head[0]] = true;
    for (rn_value v = w->net->head[0]; v > 0; v--)
        for (int i = 0; w->needed[v] && i < w->net->node[v].inputs; i++)
            w->needed[w->net->node[v].input[i]] = true;
    return RN_OK;
}

/* ---- The file -------------------------------------------------------------------------------- */

/* The node of a parameter; 0, the input, of another array. */
static rn_value node_of(const rn_net *net, int param)
{
    rn_value v = param < net->params ? net->nodes - 1 : 0;
    while (v > 0 && net->node[v].first_param > param)
        v--;
    return v;
}

/* All of a tensor but its numbers.  The slopes of PRelu stand one behind another along the channels. */
static void begin_array(rn_text *to, const rn_array *array, const rn_op *op)
{
    rn_text tensor = { 0 };
    const int64_t column[] = { array->size[0], 1, 1 };
    bool slope = op == &rn_op_prelu;
    begin_tensor(&tensor, array->name, FLOATS, slope ? 3 : array->dims, slope ? column : array->size);
    rn_proto_add_head(&tensor, 9, rn_array_bytes(array));
    rn_proto_add_head(to, 5, tensor.length + rn_array_bytes(array));
    rn_text_add_bytes(to, tensor.bytes, tensor.length);
    to->failed |= tensor.failed;
    rn_text_free(&tensor);
}

/* Hand the arrays' heads and numbers to `output` or, where that is NULL, count their bytes. */
static rn_status write_arrays(const writer *w, const rn_tensor_file *file, rn_output *output, uint64_t *bytes)
{
    for (int i = 0; i < file->arrays; i++) {
        rn_text head = { 0 };
        rn_value node = node_of(w->net, i);
        if (!w->needed[node])
            continue;
        begin_array(&head, &file->array[i], w->net->node[node].op);
        rn_status status = rn_text_finish(&head);
        *bytes += head.length + rn_array_bytes(&file->array[i]);
        if (status == RN_OK && output)
            status = rn_output_write(output, head.bytes, head.length);
        if (status == RN_OK && output)
            status = rn_output_write(output, file->array[i].data, rn_array_bytes(&file->array[i]));
        rn_text_free(&head);
        RN_TRY(status);
    }
    return RN_OK;
}

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
    rn_text_free(&opset);
    return rn_text_finish(model);
}

static rn_status write_parts(const writer *w, const rn_tensor_file *file, const rn_text *model,
                             uint64_t total, const char *path)
{
    rn_output *output;
    uint64_t written = 0;
    RN_TRY(rn_output_open(&output, path));
    rn_output_expect(output, total);
    rn_status status = rn_output_write(output, model->bytes, model->length);
    if (status == RN_OK)
        status = rn_output_write(output, w->graph.bytes, w->graph.length);
    if (status == RN_OK)
        status = write_arrays(w, file, output, &written);
    if (status == RN_OK)
        return rn_output_commit(output, NULL);
    rn_output_abandon(output);
    return status;
}

static rn_status write_file(writer *w, const rn_tensor_file *file, const char *path)
{
    rn_text model = { 0 };
    uint64_t graph_bytes = 0;
    RN_TRY(mark_needed(w));
    RN_TRY(rn_while(write_graph(w), "%s: not written", path));
    RN_TRY(write_arrays(w, file, NULL, &graph_bytes));
    graph_bytes += w->graph.length;
    rn_status status = begin_model(&model, file, graph_bytes);
    uint64_t total = model.length + graph_bytes;
    if (status == RN_OK && total > INT32_MAX)
        status = rn_fail(RN_BAD_ARGUMENT, "%s: not written: %llu bytes, the limit of ONNX is 2 GiB", path,
                         (unsigned long long)total);
    if (status == RN_OK)
        status = write_parts(w, file, &model, total, path);
    rn_text_free(&model);
    return status;
}

rn_status rn_onnx_save(const rn_bundle *bundle, const char *path)
{
    rn_tensor_file file;
    writer w = { .net = &bundle->net };
    rn_status status = rn_bundle_list(bundle, &file, path);
    if (status == RN_OK)
        status = write_file(&w, &file, path);
    rn_text_free(&w.graph);
    rn_text_free(&w.constants);
    rn_free(w.needed);
    rn_tensor_file_close(&file);
    return status;
}
