/*
 * The walk over a graph: from its answer back to what that needs, then forward through the nodes in their
 * order.  A name means what one place of the graph gives it; a sorted list finds it.
 */
#include "weights/onnx_net.h"
#include "base/memory.h"
#include "weights/onnx.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { OLDEST_OPSET = 9, NEWEST_OPSET = 20, USUAL_SIDE = 224, PARAMS = 4 };

/* Where a name gets its value: a constant, the graph's input, a node's output.  In this order. */
typedef enum { CONSTANT, INPUT, NODE } origin;
typedef struct { rn_bytes name; origin origin; int index; } definition;

typedef struct {
    rn_translation t;
    definition *definition;         /* sorted by name */
    int definitions;
    bool *needed;                   /* of each node */
    rn_operand *result;             /* of each node */
} walk;

rn_status rn_onnx_refuse(const rn_translation *t, const char *format, ...)
{
    char reason[256];
    va_list args;
    va_start(args, format);
    vsnprintf(reason, sizeof reason, format, args);
    va_end(args);
    int length = (int)(t->node->op.size < 60 ? t->node->op.size : 60);
    return rn_fail(RN_BAD_FILE, "node %d \"%.*s\" (opset %lld) is not supported%s%s",
                   (int)(t->node - t->model->node), length, (const char *)t->node->op.at,
                   (long long)t->model->opset, *reason ? ": " : "", reason);
}

/* ---- Names ----------------------------------------------------------------------------------- */

static int compare(rn_bytes a, rn_bytes b)
{
    size_t common = a.size < b.size ? a.size : b.size;
    int order = common ? memcmp(a.at, b.at, common) : 0;
    return order ? order : (a.size > b.size) - (a.size < b.size);
}

static int by_name(const void *a, const void *b)
{
    const definition *x = a, *y = b;
    int order = compare(x->name, y->name);
    return order ? order : (x->origin > y->origin) - (x->origin < y->origin);
}

static void define(walk *w, rn_bytes name, origin from, int index)
{
    if (name.size)
        w->definition[w->definitions++] = (definition){ name, from, index };
}

/* Old files list constants among the inputs too; otherwise a name is given once. */
static rn_status define_all(walk *w)
{
    const rn_onnx_model *m = w->t.model;
    const rn_tensor_file *file = w->t.file;
    RN_TRY(rn_new(&w->definition, file->arrays + m->inputs + m->nodes));
    for (int i = 0; i < file->arrays; i++) {
        const char *name = file->array[i].name;
        define(w, (rn_bytes){ (const uint8_t *)name, strlen(name) }, CONSTANT, i);
    }
    for (int i = 0; i < m->inputs; i++)
        define(w, m->input[i].name, INPUT, i);
    for (int i = 0; i < m->nodes; i++)
        define(w, m->node[i].output, NODE, i);
    if (w->definitions)
        qsort(w->definition, (size_t)w->definitions, sizeof *w->definition, by_name);
    for (int i = 1; i < w->definitions; i++) {
        const definition *d = &w->definition[i];
        if (d->origin != INPUT && compare(d->name, d[-1].name) == 0)
            return rn_fail(RN_BAD_FILE, "value \"%.*s\" is made twice", (int)d->name.size,
                           (const char *)d->name.at);
    }
    return RN_OK;
}

/* The first of that name, or NULL. */
static const definition *find(const walk *w, rn_bytes name)
{
    int low = 0, high = w->definitions;
    while (low < high) {
        int middle = low + (high - low) / 2;
        if (compare(w->definition[middle].name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    bool found = low < w->definitions && compare(w->definition[low].name, name) == 0;
    return found ? &w->definition[low] : NULL;
}

rn_onnx_translator *rn_onnx_find(const rn_onnx_row *row, rn_bytes op)
{
    while (row->op && !rn_bytes_are(op, row->op))
        row++;
    return row->translate;
}

/* ---- Operations added to the network --------------------------------------------------------- */

static bool is_taken(const rn_net *net, const char *name)
{
    for (int i = 0; i < net->nodes; i++)
        if (strcmp(net->node[i].name, name) == 0)
            return true;
    return false;
}

/* Use `length` bytes as a name when they are printable, not too many and not in use. */
static bool use_name(const rn_net *net, const char *from, size_t length, char *to, size_t size)
{
    if (length == 0 || length >= size)
        return false;
    for (size_t i = 0; i < length; i++)
        if (from[i] < ' ' || from[i] > '~')
            return false;
    memcpy(to, from, length);
    to[length] = '\0';
    return !is_taken(net, to);
}

/* As the weight is called ("layer1.0.conv1.weight"), else as the node is, else by operation and number. */
static void choose_name(const rn_translation *t, const rn_op *op, const rn_array *weight, char *to,
                        size_t size)
{
    static const char ending[] = ".weight";
    const char *own = (const char *)t->node->name.at;
    size_t length = weight ? strlen(weight->name) : 0, tail = sizeof ending - 1, slash = 0;
    bool is_weight = length > tail && strcmp(weight->name + length - tail, ending) == 0;
    if (is_weight && use_name(t->net, weight->name, length - tail, to, size))
        return;
    slash = t->node->name.size > 0 && own[0] == '/';
    if (!use_name(t->net, own + slash, t->node->name.size - slash, to, size))
        rn_text_print(to, size, "%s_%d", op->name, t->net->nodes);
}

rn_status rn_onnx_apply(rn_translation *t, const rn_op *op, const rn_value *input, int inputs, rn_args args,
                        const rn_array *param, int params, rn_value *value)
{
    char name[48];
    choose_name(t, op, params ? param : NULL, name, sizeof name);
    *value = rn_apply_all(t->net, op, name, input, inputs, args);
    if (*value == -(rn_value)RN_NO_MEMORY)
        return RN_NO_MEMORY;
    if (*value < 0)
        return rn_onnx_refuse(t, "%s", rn_error_text());
    for (int i = 0; i < params; i++)
        t->source[t->net->node[*value].first_param + i] = param[i];
    return RN_OK;
}

/* ---- The walk -------------------------------------------------------------------------------- */

static rn_status refuse_input(walk *w, int k, rn_bytes name, const char *what)
{
    const rn_onnx_node *node = &w->t.model->node[k];
    return rn_fail(RN_BAD_FILE, "node %d \"%.*s\" reads \"%.*s\", %s", k, (int)node->op.size,
                   (const char *)node->op.at, (int)name.size, (const char *)name.at, what);
}

/* Every value that a needed node reads must be there before it runs. */
static rn_status need_inputs(walk *w, int k)
{
    const rn_onnx_node *node = &w->t.model->node[k];
    for (int i = 0; i < node->inputs; i++) {
        if (node->input[i].size == 0)
            continue;
        const definition *from = find(w, node->input[i]);
        if (!from)
            return refuse_input(w, k, node->input[i], "which nothing gives");
        if (from->origin == NODE && from->index >= k)
            return refuse_input(w, k, node->input[i], "which no node before it gives");
        if (from->origin == NODE)
            w->needed[from->index] = true;
    }
    return RN_OK;
}

static rn_status find_needed(walk *w, int *answer)
{
    const rn_onnx_model *m = w->t.model;
    if (m->outputs != 1)
        return rn_fail(RN_BAD_FILE, "the graph has %d outputs, wanted 1", m->outputs);
    const definition *from = find(w, m->output[0].name);
    if (!from || from->origin != NODE)
        return rn_fail(RN_BAD_FILE, "no node gives the graph's output \"%.*s\"", (int)m->output[0].name.size,
                       (const char *)m->output[0].name.at);
    *answer = from->index;
    w->needed[from->index] = true;
    for (int k = from->index; k >= 0; k--)
        if (w->needed[k])
            RN_TRY(need_inputs(w, k));
    return RN_OK;
}

/* The one input that is no constant: pictures. */
static rn_status make_input(walk *w, bool *any_size)
{
    const rn_onnx_model *m = w->t.model;
    const rn_onnx_value *input = NULL;
    for (int i = 0; i < m->inputs; i++) {
        const definition *from = find(w, m->input[i].name);
        if (!from || from->origin != INPUT)
            continue;
        if (input)
            return rn_fail(RN_BAD_FILE, "the graph has more than one input");
        input = &m->input[i];
    }
    if (!input || input->dims != 4 || input->size[1] < 1)
        return rn_fail(RN_BAD_FILE, "the graph's input is no batch of pictures: wanted [N,C,H,W]");
    int64_t height = input->size[2] > 0 ? input->size[2] : USUAL_SIDE;
    int64_t width = input->size[3] > 0 ? input->size[3] : USUAL_SIDE;
    *any_size = input->size[2] <= 0 || input->size[3] <= 0;
    w->t.batch = input->size[0];
    if (input->size[1] > INT16_MAX || height > INT16_MAX || width > INT16_MAX)
        return rn_fail(RN_BAD_FILE, "the graph's input is too large");
    rn_value value = rn_input(w->t.net, input->size[1], height, width);
    return value < 0 ? (rn_status)-value : RN_OK;
}

static void load_operands(walk *w, const rn_onnx_node *node)
{
    for (int i = 0; i < RN_ONNX_INPUTS; i++) {
        rn_operand *operand = &w->t.operand[i];
        *operand = (rn_operand){ .kind = RN_ABSENT };
        if (i >= node->inputs || node->input[i].size == 0)
            continue;
        const definition *from = find(w, node->input[i]);
        if (from->origin == CONSTANT)
            *operand = (rn_operand){ .kind = RN_NUMBERS, .array = w->t.file->array[from->index] };
        else if (from->origin == INPUT)
            *operand = (rn_operand){ .kind = RN_VALUE, .rank = 4 };
        else
            *operand = w->result[from->index];
    }
}

static rn_status constant(rn_translation *t, rn_operand *result)
{
    rn_bytes tensor = { t->node->message.at, 0 };
    rn_onnx_list list = { 0 };
    RN_TRY(rn_onnx_tensor(t->model, t->node, "value", &tensor));
    RN_TRY(rn_onnx_ints(t->model, t->node, "value_ints", &list));
    if (tensor.size) {
        RN_TRY(rn_onnx_add_array(t->model, tensor, t->file));
        *result = (rn_operand){ .kind = RN_NUMBERS, .array = t->file->array[t->file->arrays - 1] };
        return RN_OK;
    }
    if (list.count == 0 || list.count > RN_WHOLE_MOST)
        return rn_onnx_refuse(t, "its value is neither a tensor nor a few whole numbers");
    *result = (rn_operand){ .kind = RN_WHOLE };
    result->whole = (rn_whole){ .dims = 1, .count = list.count, .size = { list.count } };
    memcpy(result->whole.number, list.number, (size_t)list.count * sizeof *list.number);
    return RN_OK;
}

static rn_status translate(walk *w, int k)
{
    rn_translation *t = &w->t;
    const rn_onnx_node *node = t->node = &t->model->node[k];
    bool on_values = false;
    load_operands(w, node);
    for (int i = 0; i < node->inputs; i++)
        on_values |= t->operand[i].kind == RN_VALUE;
    if (node->domain.size && !rn_bytes_are(node->domain, "ai.onnx"))
        return rn_onnx_refuse(t, "it is of domain %.*s", (int)node->domain.size,
                              (const char *)node->domain.at);
    if (rn_bytes_are(node->op, "Constant"))
        return constant(t, &w->result[k]);
    if (rn_bytes_are(node->op, "Identity")) {
        w->result[k] = t->operand[0];
        return RN_OK;
    }
    rn_onnx_translator *translator = on_values ? rn_onnx_find_layer(node->op) : NULL;
    if (!translator)
        translator = on_values ? rn_onnx_find_shaping(node->op) : rn_onnx_find_reckoning(node->op);
    return translator ? translator(t, &w->result[k]) : rn_onnx_refuse(t, "%s", "");
}

/* Noted things are completed as any reader would complete them: by doing nothing to the value. */
static rn_status end(walk *w, int answer)
{
    rn_translation *t = &w->t;
    rn_operand last = w->result[answer];
    if (last.kind != RN_VALUE || last.rank == 3)
        return rn_fail(RN_BAD_FILE, "the graph's output is no row of scores");
    RN_TRY(rn_onnx_settle(t, &last));
    const rn_shape shape = rn_value_shape(t->net, last.value);
    if (last.value < 1 || shape.h != 1 || shape.w != 1)
        return rn_fail(RN_BAD_FILE, "the graph's output is no row of scores for each picture");
    rn_head(t->net, last.value, 1);
    return RN_OK;
}

static rn_status walk_graph(walk *w, bool *any_size)
{
    const rn_onnx_model *m = w->t.model;
    int answer = 0;
    if (m->opset < OLDEST_OPSET || m->opset > NEWEST_OPSET)
        return rn_fail(RN_BAD_FILE, "opset %lld is not supported, wanted %d to %d", (long long)m->opset,
                       (int)OLDEST_OPSET, (int)NEWEST_OPSET);
    RN_TRY(define_all(w));
    RN_TRY(rn_new(&w->needed, m->nodes));
    RN_TRY(rn_new(&w->result, m->nodes));
    RN_TRY(find_needed(w, &answer));
    RN_TRY(make_input(w, any_size));
    for (int k = 0; k <= answer; k++)
        if (w->needed[k])
            RN_TRY(translate(w, k));
    return end(w, answer);
}

rn_status rn_onnx_net(rn_net *net, rn_array **source, bool *any_size, rn_onnx_model *model,
                      rn_tensor_file *file)
{
    walk w = { .t = { .model = model, .file = file, .net = net } };
    *net = (rn_net){ 0 };
    rn_status status = rn_new(source, PARAMS * (model->nodes + 1));
    w.t.source = *source;
    if (status == RN_OK)
        status = walk_graph(&w, any_size);
    rn_free(w.definition);
    rn_free(w.needed);
    rn_free(w.result);
    if (status == RN_OK)
        return RN_OK;
    rn_net_free(net);
    rn_free(*source);
    *source = NULL;
    return status;
}
