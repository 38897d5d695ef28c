#include "net/net_json.h"
#include "base/json.h"

#include <math.h>
#include <string.h>

enum { MOST_NODES = 20000, MOST_NUMBERS = 1 << 30 };

/* Every operation that a network may have. */
static const rn_op *const ops[] = {
    &rn_op_conv2d, &rn_op_batchnorm, &rn_op_relu, &rn_op_prelu, &rn_op_add, &rn_op_concat, &rn_op_highway,
    &rn_op_pad_shortcut, &rn_op_maxpool, &rn_op_averagepool, &rn_op_linear, &rn_op_dropout,
};

typedef enum { WHOLE, SWITCH, REAL, PLACE } kind;

#define FIELD(name, kind) { #name, kind, offsetof(rn_args, name) }
static const struct { const char *name; kind kind; size_t offset; } field[] = {
    FIELD(filters, WHOLE), FIELD(kernel_h, WHOLE), FIELD(kernel_w, WHOLE), FIELD(bins, WHOLE),
    FIELD(stride, WHOLE), FIELD(pad_h, WHOLE), FIELD(pad_w, WHOLE), FIELD(dilation, WHOLE),
    FIELD(groups, WHOLE), FIELD(bias, SWITCH), FIELD(ceil_mode, SWITCH), FIELD(count_pad, SWITCH),
    FIELD(place, PLACE), FIELD(frozen, SWITCH), FIELD(epsilon, REAL), FIELD(momentum, REAL),
    FIELD(rate, REAL),
};
enum { FIELDS = sizeof field / sizeof *field };

/* ---- Writing --------------------------------------------------------------------------------- */

/* A field that is not zero as JSON, else NULL; `wanted` tells which. */
static json_t *field_value(const rn_args *args, int i, bool *wanted)
{
    const char *at = (const char *)args + field[i].offset;
    int64_t whole = 0;
    double real = 0;
    switch (field[i].kind) {
    case WHOLE:
        memcpy(&whole, at, sizeof whole);
        break;
    case SWITCH:
        whole = *(const bool *)at;
        break;
    case PLACE:
        whole = *(const rn_zero_place *)at;
        break;
    case REAL:
        memcpy(&real, at, sizeof real);
        *wanted = real != 0;
        return *wanted ? json_real(real) : NULL;
    }
    *wanted = whole != 0;
    if (!*wanted)
        return NULL;
    return field[i].kind == WHOLE ? json_integer(whole) : json_true();
}

static rn_status add_args(json_t *object, const rn_args *args)
{
    for (int i = 0; i < FIELDS; i++) {
        bool wanted;
        json_t *value = field_value(args, i, &wanted);
        if (wanted)
            RN_TRY(rn_json_set(object, field[i].name, value));
    }
    return RN_OK;
}

static rn_status add_node(json_t *nodes, const rn_node *node)
{
    json_t *object = json_object(), *inputs = json_array();
    RN_TRY(rn_json_add(nodes, object));
    rn_status status = rn_json_set(object, "op", json_string(node->op->name));
    if (status == RN_OK)
        status = rn_json_set(object, "name", rn_json_text(node->name));
    rn_status set = rn_json_set(object, "inputs", inputs);
    for (int i = 0; i < node->inputs && status == RN_OK && set == RN_OK; i++)
        status = rn_json_add(inputs, json_integer(node->input[i]));
    RN_TRY(status);
    RN_TRY(set);
    return add_args(object, &node->args);
}

static rn_status fill(json_t *object, const rn_net *net)
{
    const rn_shape in = net->node[0].output_shape;
    json_t *nodes = json_array();
    RN_TRY(rn_json_set(object, "input", json_pack("[I,I,I]", (json_int_t)in.c, (json_int_t)in.h,
                                                  (json_int_t)in.w)));
    RN_TRY(rn_json_set(object, "nodes", nodes));
    for (int i = 1; i < net->nodes; i++)
        RN_TRY(add_node(nodes, &net->node[i]));
    return rn_json_set(object, "head", json_integer(net->head[0]));
}

rn_status rn_net_to_json(const rn_net *net, rn_text *text)
{
    json_t *object = json_object();
    rn_status status = fill(object, net);
    if (status == RN_OK)
        status = rn_json_write(text, object, 0);
    json_decref(object);
    return status;
}

/* ---- Reading --------------------------------------------------------------------------------- */

static rn_status bad(const char *what)
{
    return rn_fail(RN_BAD_FILE, "its description of a network is damaged: %s", what);
}

static bool set_field(rn_args *args, const char *name, const json_t *value)
{
    int i = 0;
    while (i < FIELDS && strcmp(field[i].name, name) != 0)
        i++;
    if (i == FIELDS)
        return false;
    char *at = (char *)args + field[i].offset;
    int64_t whole = json_integer_value(value);
    double real = json_number_value(value);
    switch (field[i].kind) {
    case WHOLE:
        memcpy(at, &whole, sizeof whole);
        return json_is_integer(value);
    case SWITCH:
        *(bool *)at = json_is_true(value);
        return json_is_boolean(value);
    case PLACE:
        *(rn_zero_place *)at = json_is_true(value) ? RN_PLACE_SPLIT : RN_PLACE_END;
        return json_is_boolean(value);
    case REAL:
        memcpy(at, &real, sizeof real);
        return json_is_number(value) && real >= 0 && isfinite(real);
    }
    return false;
}

static rn_status read_args(rn_args *args, json_t *object)
{
    const char *key;
    json_t *value;
    json_object_foreach(object, key, value) {
        bool other = strcmp(key, "op") == 0 || strcmp(key, "name") == 0 || strcmp(key, "inputs") == 0;
        if (!other && !set_field(args, key, value))
            return bad("an argument is not known or not possible");
    }
    return RN_OK;
}

static const rn_op *find_op(const char *name)
{
    for (size_t i = 0; name && i < sizeof ops / sizeof *ops; i++)
        if (strcmp(ops[i]->name, name) == 0)
            return ops[i];
    return NULL;
}

static rn_status read_inputs(const rn_net *net, const json_t *inputs, const rn_op *op, rn_value *input)
{
    size_t count = json_array_size(inputs);
    bool any = op->inputs == RN_ANY_INPUTS;
    if (any ? count < 1 || count > RN_MAX_INPUTS : count != (size_t)op->inputs)
        return bad("an operation reads another number of values than it can");
    for (size_t i = 0; i < count; i++) {
        json_int_t value = json_integer_value(json_array_get(inputs, i));
        if (!json_is_integer(json_array_get(inputs, i)) || value < 0 || value >= net->nodes)
            return bad("an operation reads a value that none before it makes");
        input[i] = (rn_value)value;
    }
    return RN_OK;
}

static rn_status read_node(rn_net *net, json_t *object)
{
    const char *name = json_string_value(json_object_get(object, "name"));
    const rn_op *op = find_op(json_string_value(json_object_get(object, "op")));
    const json_t *inputs = json_object_get(object, "inputs");
    rn_value input[RN_MAX_INPUTS];
    rn_args args = { 0 };
    if (!op || !name)
        return bad("an operation is not known or has no name");
    RN_TRY(read_inputs(net, inputs, op, input));
    RN_TRY(read_args(&args, object));
    rn_value value = rn_apply_all(net, op, name, input, (int)json_array_size(inputs), args);
    return value < 0 ? (rn_status)-value : RN_OK;
}

static rn_status read_input(rn_net *net, const json_t *sizes, int64_t height, int64_t width)
{
    int64_t size[3];
    if (json_array_size(sizes) != 3)
        return bad("the input has not three sizes");
    for (size_t i = 0; i < 3; i++) {
        size[i] = json_integer_value(json_array_get(sizes, i));
        if (size[i] < 1 || size[i] > 1 << 20)
            return bad("the size of the input is not possible");
    }
    rn_value input = rn_input(net, size[0], height ? height : size[1], width ? width : size[2]);
    return input < 0 ? (rn_status)-input : RN_OK;
}

/* A few words may describe values larger than any memory. */
static rn_status check_values(const rn_net *net)
{
    int64_t numbers = 0;
    for (int i = 0; i < net->nodes; i++) {
        int64_t count = rn_count(net->node[i].output_shape);
        if (count > MOST_NUMBERS - numbers)
            return rn_fail(RN_NO_MEMORY, "its network makes more than %d million numbers of one picture",
                           MOST_NUMBERS >> 20);
        numbers += count;
    }
    return RN_OK;
}

static rn_status read_net(rn_net *net, const json_t *object, int64_t height, int64_t width)
{
    const json_t *nodes = json_object_get(object, "nodes"), *head = json_object_get(object, "head");
    if (json_array_size(nodes) < 1 || json_array_size(nodes) > MOST_NODES)
        return bad("it has no or far too many nodes");
    RN_TRY(read_input(net, json_object_get(object, "input"), height, width));
    for (size_t i = 0; i < json_array_size(nodes); i++)
        RN_TRY(read_node(net, json_array_get(nodes, i)));
    RN_TRY(check_values(net));
    json_int_t scores = json_integer_value(head);
    if (scores < 1 || scores >= net->nodes)
        return bad("its answer is not the output of a node");
    rn_shape shape = rn_value_shape(net, (rn_value)scores);
    if (shape.h != 1 || shape.w != 1)
        return rn_fail(RN_BAD_FILE, "its answer is a picture of %lldx%lld pixels, not a row of scores",
                       (long long)shape.w, (long long)shape.h);
    rn_head(net, (rn_value)scores, 1);
    return RN_OK;
}

rn_status rn_net_from_json(rn_net *net, const char *text, int64_t height, int64_t width, const char *name)
{
    json_t *object;
    *net = (rn_net){ 0 };
    RN_TRY(rn_json_parse(&object, text, strlen(text), name));
    rn_status status = rn_while(read_net(net, object, height, width), "%s", name);
    json_decref(object);
    if (status != RN_OK)
        rn_net_free(net);
    return status == RN_BAD_ARGUMENT ? RN_BAD_FILE : status;
}
