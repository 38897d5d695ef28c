/* Each operation of a network as one or a few nodes of an ONNX graph, a row each. */
#include "weights/onnx_nodes.h"
#include "weights/protobuf.h"

enum { INTS = 7, REAL = 1, INT = 2, INT_LIST = 7 };      /* kinds of tensors and of attributes */

/* ---- Values and constants -------------------------------------------------------------------- */

const char *rn_onnx_name_value(rn_onnx_name *to, const rn_net *net, rn_value value, const char *what)
{
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

void rn_onnx_begin_tensor(rn_text *tensor, const char *name, int type, int dims, const int64_t *size)
{
    add_ints(tensor, 1, size, dims);
    rn_proto_add_int(tensor, 2, type);
    rn_proto_add_text(tensor, 8, name);
}

static void add_constant(rn_onnx_writer *w, const char *name, const int64_t *value, int count)
{
    rn_text tensor = { 0 };
    const int64_t size[] = { count };
    rn_onnx_begin_tensor(&tensor, name, INTS, 1, size);
    rn_proto_add_head(&tensor, 9, (uint64_t)count * sizeof *value);
    rn_text_add_bytes(&tensor, value, (size_t)count * sizeof *value);
    rn_proto_add_message(&w->constants, 5, &tensor);
    rn_text_free(&tensor);
}

/* ---- Nodes ----------------------------------------------------------------------------------- */

static void begin_node(rn_onnx_writer *w, const char *op)
{
    w->node = (rn_text){ 0 };
    rn_proto_add_text(&w->node, 4, op);
}

static void read_value(rn_onnx_writer *w, rn_value value, const char *what)
{
    rn_onnx_name name;
    rn_proto_add_text(&w->node, 1, rn_onnx_name_value(&name, w->net, value, what));
}

/* The constant of whole numbers NODE.WHAT. */
static void read_constant(rn_onnx_writer *w, rn_value node, const char *what, const int64_t *value, int count)
{
    rn_onnx_name name;
    rn_onnx_name_value(&name, w->net, node, what);
    add_constant(w, name, value, count);
    rn_proto_add_text(&w->node, 1, name);
}

static void read_params(rn_onnx_writer *w, rn_value node)
{
    const rn_node *n = &w->net->node[node];
    for (int p = n->first_param; p < n->first_param + n->params; p++)
        rn_proto_add_text(&w->node, 1, w->net->param[p].name);
}

static void add_attribute(rn_onnx_writer *w, const char *name, int type, rn_text *value)
{
    rn_proto_add_text(value, 1, name);
    rn_proto_add_int(value, 20, type);
    rn_proto_add_message(&w->node, 5, value);
    rn_text_free(value);
}

static void set_int(rn_onnx_writer *w, const char *name, int64_t value)
{
    rn_text text = { 0 };
    rn_proto_add_int(&text, 3, value);
    add_attribute(w, name, INT, &text);
}

static void set_real(rn_onnx_writer *w, const char *name, double value)
{
    rn_text text = { 0 };
    rn_proto_add_float(&text, 2, (float)value);
    add_attribute(w, name, REAL, &text);
}

static void set_ints(rn_onnx_writer *w, const char *name, const int64_t *value, int count)
{
    rn_text text = { 0 };
    add_ints(&text, 8, value, count);
    add_attribute(w, name, INT_LIST, &text);
}

/* The graph's node is the network's own (`what` "") or a step on the way to it. */
static void end_node(rn_onnx_writer *w, rn_value node, const char *what)
{
    rn_onnx_name output, name;
    const char *own = w->net->node[node].name;
    if (*what)
        own = rn_text_print(name, sizeof name, "%s.%s", own, what);
    rn_proto_add_text(&w->node, 2, rn_onnx_name_value(&output, w->net, node, what));
    rn_proto_add_text(&w->node, 3, own);
    rn_proto_add_message(&w->graph, 1, &w->node);
    rn_text_free(&w->node);
}

/* A node without attributes. */
static void add_plain(rn_onnx_writer *w, rn_value node, const char *op)
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

static void set_windows(rn_onnx_writer *w, int64_t kernel_h, int64_t kernel_w, int64_t stride_h,
                        int64_t stride_w, const rn_args *args)
{
    const int64_t kernel[] = { kernel_h, kernel_w }, stride[] = { stride_h, stride_w };
    const int64_t pad[] = { args->pad_h, args->pad_w, args->pad_h, args->pad_w };
    set_ints(w, "kernel_shape", kernel, 2);
    set_ints(w, "strides", stride, 2);
    set_ints(w, "pads", pad, 4);
}

static rn_status write_conv2d(rn_onnx_writer *w, rn_value node)
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

static rn_status write_batchnorm(rn_onnx_writer *w, rn_value node)
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

static rn_status write_relu(rn_onnx_writer *w, rn_value node)
{
    add_plain(w, node, "Relu");
    return RN_OK;
}

static rn_status write_prelu(rn_onnx_writer *w, rn_value node)
{
    add_plain(w, node, "PRelu");
    return RN_OK;
}

static rn_status write_add(rn_onnx_writer *w, rn_value node)
{
    add_plain(w, node, "Add");
    return RN_OK;
}

static rn_status write_concat(rn_onnx_writer *w, rn_value node)
{
    const rn_node *n = &w->net->node[node];
    begin_node(w, "Concat");
    for (int i = 0; i < n->inputs; i++)
        read_value(w, n->input[i], "");
    set_int(w, "axis", 1);
    end_node(w, node, "");
    return RN_OK;
}

void rn_onnx_write_scores(rn_onnx_writer *w)
{
    begin_node(w, "Flatten");
    read_value(w, w->net->head[0], "");
    rn_proto_add_text(&w->node, 2, "scores");
    rn_proto_add_message(&w->graph, 1, &w->node);
    rn_text_free(&w->node);
}

/* Every picture's numbers in a row, also where they lie so already. */
static rn_status write_linear(rn_onnx_writer *w, rn_value node)
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
static rn_status write_pool(rn_onnx_writer *w, rn_value node)
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
static rn_status write_pad_shortcut(rn_onnx_writer *w, rn_value node)
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

static const struct { const rn_op *op; rn_status (*write)(rn_onnx_writer *, rn_value); } row[] = {
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
};

rn_status rn_onnx_write_node(rn_onnx_writer *w, rn_value node)
{
    for (size_t i = 0; i < sizeof row / sizeof *row; i++)
        if (row[i].op == w->net->node[node].op)
            return row[i].write(w, node);
    return rn_fail(RN_BAD_ARGUMENT, "operation '%s' of '%s' cannot be written as ONNX",
                   w->net->node[node].op->name, w->net->node[node].name);
}
