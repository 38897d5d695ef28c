/* ONNX files: made by hand, whole and damaged. */
#define _GNU_SOURCE
#include "base/check_files.h"
#include "base/file.h"
#include "base/memory.h"
#include "weights/onnx.h"
#include "weights/protobuf.h"

#include <string.h>
#include <unistd.h>

/* ---- Making ---------------------------------------------------------------------------------- */

static const float numbers[6] = { 0, 1, -2, 3.5f, 4, 5 };

/* How a tensor tells its numbers. */
typedef enum { RAW, PACKED, ONE_BY_ONE, BESIDE } telling;

static void add_entry(rn_text *to, int number, const char *key, const char *value)
{
    rn_text entry = { 0 };
    rn_proto_add_text(&entry, 1, key);
    rn_proto_add_text(&entry, 2, value);
    rn_proto_add_message(to, number, &entry);
    rn_text_free(&entry);
}

static void add_raw(rn_text *to, int number, const void *bytes, size_t size)
{
    rn_proto_add_head(to, number, size);
    rn_text_add_bytes(to, bytes, size);
}

static void add_numbers(rn_text *tensor, telling how, const char *location)
{
    switch (how) {
    case RAW:
        add_raw(tensor, 9, numbers, sizeof numbers);
        break;
    case PACKED:
        add_raw(tensor, 4, numbers, sizeof numbers);
        break;
    case ONE_BY_ONE:
        for (int i = 0; i < 6; i++)
            rn_proto_add_float(tensor, 4, numbers[i]);
        break;
    case BESIDE:
        add_entry(tensor, 13, "location", location);
        add_entry(tensor, 13, "offset", "4");
        add_entry(tensor, 13, "length", "24");
        rn_proto_add_int(tensor, 14, 1);
        break;
    }
}

/* 2x3 floats, "w". */
static void add_tensor(rn_text *graph, telling how, const char *location)
{
    rn_text tensor = { 0 };
    rn_proto_add_int(&tensor, 1, 2);
    rn_proto_add_int(&tensor, 1, 3);
    rn_proto_add_int(&tensor, 2, 1);
    rn_proto_add_text(&tensor, 8, "w");
    add_numbers(&tensor, how, location);
    rn_proto_add_message(graph, 5, &tensor);
    rn_text_free(&tensor);
}

/* Two whole numbers, "n", each a varint of several bytes. */
static void add_whole(rn_text *graph)
{
    rn_text tensor = { 0 };
    add_raw(&tensor, 1, "\2", 1);
    rn_proto_add_int(&tensor, 2, 7);
    rn_proto_add_int(&tensor, 7, -1);
    rn_proto_add_int(&tensor, 7, 1000);
    rn_proto_add_text(&tensor, 8, "n");
    rn_proto_add_message(graph, 5, &tensor);
    rn_text_free(&tensor);
}

static void add_node(rn_text *graph, const char *op, const char *input, const char *output)
{
    rn_text node = { 0 };
    rn_proto_add_text(&node, 1, input);
    rn_proto_add_text(&node, 2, output);
    rn_proto_add_text(&node, 4, op);
    rn_proto_add_message(graph, 1, &node);
    rn_text_free(&node);
}

/* A model around the graph. */
static void make_model(rn_text *model, const rn_text *graph)
{
    rn_text opset = { 0 };
    rn_proto_add_int(&opset, 2, 13);
    rn_proto_add_int(model, 1, 7);
    rn_proto_add_text(model, 2, "hand");
    rn_proto_add_message(model, 7, graph);
    rn_proto_add_message(model, 8, &opset);
    add_entry(model, 14, "note", "by hand");
    rn_text_free(&opset);
}

static void make_file(rn_text *model, telling how, const char *location)
{
    rn_text graph = { 0 };
    add_node(&graph, "Twist", "x", "y");
    add_tensor(&graph, how, location);
    add_whole(&graph);
    make_model(model, &graph);
    rn_text_free(&graph);
}

/* ---- Tensors --------------------------------------------------------------------------------- */

static void write_data(void)
{
    float data[7] = { 9 };
    memcpy(data + 1, numbers, sizeof numbers);
    check_write("data", data, sizeof data);
}

static void reads_tensors_told_in_any_way(void)
{
    static const float whole[2] = { -1, 1000 };
    write_data();
    for (telling how = RAW; how <= BESIDE; how++) {
        rn_text text = { 0 };
        rn_tensor_file file;
        float got[6];
        make_file(&text, how, "data");
        CHECK_OK(rn_tensor_file_open(&file, check_write("whole.onnx", text.bytes, text.length)));
        const rn_array *w = rn_tensor_file_find(&file, "w"), *n = rn_tensor_file_find(&file, "n");
        CHECK(w && w->dims == 2 && w->size[1] == 3 && w->type == RN_F32, "%d", (int)how);
        CHECK(n && n->dims == 1 && n->type == RN_I64, "%d", (int)how);
        if (w && n) {
            CHECK_OK(rn_array_floats(w, got));
            CHECK(memcmp(got, numbers, sizeof got) == 0, "%d: %g", (int)how, (double)got[1]);
            CHECK_OK(rn_array_floats(n, got));
            CHECK(memcmp(got, whole, sizeof whole) == 0, "%d: %g", (int)how, (double)got[0]);
        }
        const char *note = rn_tensor_file_fact(&file, "note");
        CHECK(note && strcmp(note, "by hand") == 0, "%d: %s", (int)how, note);
        const char *operators = rn_tensor_file_fact(&file, "onnx.operators");
        CHECK(operators && strcmp(operators, "Twist 1") == 0, "%d: %s", (int)how, operators);
        rn_tensor_file_close(&file);
        rn_text_free(&text);
    }
}

/* ---- Damage ---------------------------------------------------------------------------------- */

/* Whatever is read may be looked at. */
static rn_status try_open(const char *path)
{
    rn_tensor_file file;
    rn_status status = rn_tensor_file_open(&file, path);
    for (int i = 0; i < file.arrays; i++) {
        float values[1000];
        int64_t count = rn_array_count(&file.array[i]);
        CHECK(count <= 1000 || file.array[i].type == RN_OTHER, "%lld numbers", (long long)count);
        if (count <= 1000)
            rn_array_floats(&file.array[i], values);
    }
    rn_tensor_file_close(&file);
    return status;
}

static void survives_damage(void)
{
    for (telling how = RAW; how <= BESIDE; how++) {
        rn_text text = { 0 };
        make_file(&text, how, "data");
        for (size_t cut = 0; cut < text.length; cut++) {
            rn_status status = try_open(check_write("cut", text.bytes, cut));
            bool behind_graph = cut + 30 > text.length;     /* what follows the graph may be absent */
            CHECK(status == RN_BAD_FILE || (behind_graph && status == RN_OK), "%d: %zu bytes", (int)how, cut);
        }
        for (size_t bit = 0; bit < 8 * text.length; bit++) {
            text.bytes[bit / 8] = (char)(text.bytes[bit / 8] ^ 1 << bit % 8);
            rn_status status = try_open(check_write("flipped", text.bytes, text.length));
            CHECK(status == RN_OK || status == RN_BAD_FILE || (how == BESIDE && status == RN_IO),
                  "%d: bit %zu: %s", (int)how, bit, rn_error_text());
            text.bytes[bit / 8] = (char)(text.bytes[bit / 8] ^ 1 << bit % 8);
        }
        rn_text_free(&text);
    }
}

static void survives_failed_allocations(void)
{
    for (telling how = RAW; how <= BESIDE; how++) {
        rn_text text = { 0 };
        rn_tensor_file file;
        make_file(&text, how, "data");
        const char *path = check_write("whole.onnx", text.bytes, text.length);
        rn_status status = RN_NO_MEMORY;
        long k = 0;
        while (status != RN_OK && k < 1000) {
            rn_memory_fail_at(++k, false);
            status = rn_tensor_file_open(&file, path);
            rn_memory_fail_at(0, false);
            CHECK(status == RN_OK || status == RN_NO_MEMORY, "%d, allocation %ld: %s", (int)how, k,
                  rn_error_text());
            rn_tensor_file_close(&file);
        }
        CHECK(status == RN_OK && k > 10, "%d, allocation %ld: %s", (int)how, k, rn_error_text());
        rn_text_free(&text);
    }
}

static void refuses_data_from_elsewhere(void)
{
    static const struct { const char *location; rn_status status; const char *fails; } sample[] = {
        { "../data", RN_BAD_FILE, "external data path \"../data\" leaves the model directory" },
        { "/etc/passwd", RN_BAD_FILE, "leaves the model directory" },
        { "a/../../data", RN_BAD_FILE, "leaves the model directory" },
        { "..", RN_BAD_FILE, "leaves the model directory" },
        { "", RN_BAD_FILE, "leaves the model directory" },
        { "link", RN_BAD_FILE, "is a symbolic link" },
        { "twin", RN_BAD_FILE, "has other names" },
        { "absent", RN_IO, "external data: absent: No such file" },
        { ".", RN_IO, "is a folder" },
        { "short", RN_BAD_FILE, "do not lie in the file 'short'" },
    };
    write_data();
    CHECK(symlink("data", check_path("link")) == 0, "cannot link");
    CHECK(link(check_write("one", "12345678", 8), check_path("twin")) == 0, "cannot link");
    check_write("short", numbers, sizeof numbers);
    for (size_t i = 0; i < sizeof sample / sizeof *sample; i++) {
        rn_text text = { 0 };
        make_file(&text, BESIDE, sample[i].location);
        CHECK(try_open(check_write("whole.onnx", text.bytes, text.length)) == sample[i].status, "%s: %s",
              sample[i].location, rn_error_text());
        CHECK(strstr(rn_error_text(), sample[i].fails), "%s: %s", sample[i].location, rn_error_text());
        rn_text_free(&text);
    }
}

/* ---- Protocol buffers ------------------------------------------------------------------------ */

#define GRAPH(text) text, sizeof text - 1

static const struct { const char *graph; size_t size; const char *fails; } sample[] = {
    { GRAPH("\x0a\x7f"), "the graph is cut short" },
    { GRAPH("\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), "the graph is cut short" },
    { GRAPH("\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"), "a number of more than 64 bits" },
    { GRAPH("\x0b\x0c"), "a field of an unknown kind" },
    { GRAPH("\x00\x00"), "a field whose number is not possible" },
    { GRAPH("\x08\x01"), "a field of another kind" },
    { GRAPH("\x0a\x02\x08\x01"), "a node holds a field of another kind" },
    { GRAPH("\x2a\x02\x42\x09"), "a tensor is cut short" },
    { GRAPH("\x2a\x06\x08\x02\x10\x01\x4a\x00"), "has 0 bytes of data, its shape says 8" },
    { GRAPH("\x2a\x04\x08\x02\x10\x01"), "holds 0 numbers, its shape says 2" },
    { GRAPH("\x2a\x0e\x08\xff\xff\xff\xff\xff\xff\xff\xff\x7f\x08\x02\x10\x01"), "shape is not possible" },
    { GRAPH("\x2a\x0b\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), "shape is not possible" },
    { GRAPH("\x2a\x0b\x0a\x09\1\1\1\1\1\1\1\1\1"), "more than 8 dimensions" },
    { GRAPH("\x2a\x03\x42\x01\x00"), "the name of a tensor holds a zero byte" },
    { GRAPH("\x2a\x02\x1a\x00"), "in several parts" },
};

static void refuses_bad_messages(void)
{
    for (size_t i = 0; i < sizeof sample / sizeof *sample; i++) {
        rn_text text = { 0 }, graph = { 0 };
        rn_text_add_bytes(&graph, sample[i].graph, sample[i].size);
        make_model(&text, &graph);
        CHECK(try_open(check_write("sample", text.bytes, text.length)) == RN_BAD_FILE, "sample %zu", i);
        CHECK(strstr(rn_error_text(), sample[i].fails), "sample %zu: %s", i, rn_error_text());
        rn_text_free(&graph);
        rn_text_free(&text);
    }
}

/* ---- Graphs ---------------------------------------------------------------------------------- */

/* A value of the whole graph: [N,C,H,W]. */
static void add_value(rn_text *graph, int number, const char *name, const int64_t size[4])
{
    rn_text shape = { 0 }, tensor = { 0 }, type = { 0 }, value = { 0 };
    for (int d = 0; d < 4; d++) {
        rn_text dim = { 0 };
        if (size[d])
            rn_proto_add_int(&dim, 1, size[d]);
        rn_proto_add_message(&shape, 1, &dim);
        rn_text_free(&dim);
    }
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

typedef struct { const char *op, *input, *output; } step;

static const struct { step step[4]; const char *refused; } walk[] = {
    { { { "Relu", "x", "a" }, { "GlobalAveragePool", "a", "y" } }, NULL },
    { { { "GlobalMaxPool", "x", "a" }, { "Dropout", "a", "b" }, { "Flatten", "b", "c" },
        { "Softmax", "c", "y" } }, NULL },
    { { { "Resize", "z", "b" }, { "GlobalAveragePool", "x", "y" } }, NULL },    /* nobody reads b */
    { { { "GlobalAveragePool", "a", "y" }, { "Relu", "x", "a" } },
      "node 0 \"GlobalAveragePool\" reads \"a\", which no node before it gives" },
    { { { "Relu", "y", "y" } }, "node 0 \"Relu\" reads \"y\", which no node before it gives" },
    { { { "Relu", "b", "a" }, { "Relu", "a", "b" }, { "GlobalAveragePool", "b", "y" } },
      "node 0 \"Relu\" reads \"b\", which no node before it gives" },
    { { { "Relu", "q", "y" } }, "node 0 \"Relu\" reads \"q\", which nothing gives" },
    { { { "Relu", "x", "y" } }, "no row of scores" },
    { { { "Relu", "x", "y" }, { "Relu", "x", "y" } }, "value \"y\" is made twice" },
    { { { "Relu", "x", "a" }, { "Resize", "a", "y" } }, "node 1 \"Resize\" (opset 13) is not supported" },
    { { { "Conv", "x", "y" } }, "node 0 \"Conv\" (opset 13) is not supported: input 1 is not a constant" },
    { { { "Softmax", "x", "a" }, { "Relu", "a", "y" } }, "not over the classes" },
    { { { "GlobalMaxPool", "x", "a" }, { "Flatten", "a", "b" }, { "Softmax", "b", "c" },
        { "Relu", "c", "y" } }, "it follows a softmax" },
    { { { "Relu", "w", "y" } }, "node 0 \"Relu\" (opset 13) is not supported" },
    { { { "Constant", "", "y" } }, "its value is neither a tensor nor" },
    { { { "Relu", "x", "a" } }, "no node gives the graph's output \"y\"" },
};

static void walks_graphs(void)
{
    for (size_t i = 0; i < sizeof walk / sizeof *walk; i++) {
        rn_text text = { 0 }, graph = { 0 };
        rn_tensor_file file;
        for (int k = 0; k < 4 && walk[i].step[k].op; k++)
            add_node(&graph, walk[i].step[k].op, walk[i].step[k].input, walk[i].step[k].output);
        add_tensor(&graph, RAW, NULL);
        add_value(&graph, 11, "x", (const int64_t[]){ 0, 5, 8, 8 });
        add_value(&graph, 12, "y", (const int64_t[]){ 0, 5, 1, 1 });
        make_model(&text, &graph);
        CHECK_OK(rn_tensor_file_open(&file, check_write("graph.onnx", text.bytes, text.length)));
        const char *refused = rn_tensor_file_fact(&file, "onnx.not_supported"), *wanted = walk[i].refused;
        CHECK(!refused == !wanted, "graph %zu: %s", i, refused ? refused : "is read");
        CHECK(!refused || !wanted || strstr(refused, wanted), "graph %zu: %s", i, refused);
        const char *network = rn_tensor_file_fact(&file, "resnet.network");
        CHECK(!network == !!wanted, "graph %zu: %s", i, network);
        rn_tensor_file_close(&file);
        rn_text_free(&graph);
        rn_text_free(&text);
    }
}

/* ---- Round trip ------------------------------------------------------------------------------ */

static const rn_architecture architectures[] = {
    { .model = "resnet20", .shortcut = RN_SHORTCUT_A },
    { .model = "resnet14", .shortcut = RN_SHORTCUT_A_SPLIT },
    { .model = "resnet18", .classes = 7 },
    { .model = "resnet50", .stride_in = RN_STRIDE_IN_3X3 },
    { .model = "plain20", .height = 40, .width = 48 },
    { .model = "lenet" },
    { .model = "nin", .classes = 3 },
};

/* A graph that we wrote is recognised, and holds the same numbers under the same names. */
static void comes_back(const rn_architecture *architecture)
{
    rn_bundle bundle, back;
    char hex[2][65];
    const char *path = check_path("round.onnx"), *model = architecture->model;
    CHECK_OK(rn_bundle_new(&bundle, architecture, 3));
    CHECK_OK(rn_preprocess_named(&bundle.preprocess, "cifar-imagenet-norm"));
    bundle.preprocess.crop_height = bundle.architecture.height;
    bundle.preprocess.crop_width = bundle.architecture.width;
    CHECK_OK(rn_onnx_save(&bundle, path));
    CHECK_OK(rn_bundle_open(&back, path, NULL));
    const rn_architecture *a = &bundle.architecture, *b = &back.architecture;
    CHECK(strcmp(a->model, b->model) == 0, "%s: %s", model, b->model);
    CHECK(a->shortcut == b->shortcut && a->classes == b->classes, "%s: %d", model, b->classes);
    CHECK(a->height == b->height && a->width == b->width, "%s: %dx%d", model, b->width, b->height);
    CHECK_OK(rn_bundle_hash(&bundle, hex[0]));
    CHECK_OK(rn_bundle_hash(&back, hex[1]));
    CHECK(strcmp(hex[0], hex[1]) == 0, "%s: other numbers", model);
    rn_bundle_close(&bundle);
    rn_bundle_close(&back);
}

int main(void)
{
    check_folder_open();
    reads_tensors_told_in_any_way();
    survives_damage();
    survives_failed_allocations();
    refuses_data_from_elsewhere();
    refuses_bad_messages();
    walks_graphs();
    for (size_t i = 0; i < sizeof architectures / sizeof *architectures; i++)
        comes_back(&architectures[i]);
    check_folder_close();
    return check_result();
}
