/*
 * The three containers of PyTorch, made by hand with the same two tensors, whole and damaged; the public
 * CIFAR weights against sums that PyTorch's own reader gave; malicious files.
 */
#include "base/check_files.h"
#include "base/crc.h"
#include "base/memory.h"
#include "base/tar.h"
#include "base/text.h"
#include "weights/pytorch.h"

#include <string.h>

static const float numbers[6] = { 0, 1, 2, 3, 4, 5 };
static const int64_t steps[1] = { 1000 };

#define ADD(to, text) rn_text_add_bytes(to, text, sizeof text - 1)

static void add_number(rn_text *to, uint64_t number, size_t width)
{
    rn_text_add_bytes(to, &number, width);
}

static void add_name(rn_text *to, const char *name)
{
    ADD(to, "X");
    add_number(to, strlen(name), 4);
    rn_text_add(to, "%s", name);
}

/* ("storage", torch.CLASS, KEY, "cpu", COUNT) as a storage; view: None at the end, as the stream has it. */
static void add_storage(rn_text *to, const char *class, const char *key, int count, bool view)
{
    ADD(to, "(");
    add_name(to, "storage");
    rn_text_add(to, "ctorch\n%s\n", class);
    add_name(to, key);
    add_name(to, "cpu");
    ADD(to, "K");
    add_number(to, (uint64_t)count, 1);
    rn_text_add(to, "%stQ", view ? "N" : "");
}

/* {"epoch": 3, "state_dict": {"module.w": 2x3 numbers, transposed, "module.n": 1000}} */
static void make_object(rn_text *to, bool view)
{
    ADD(to, "\x80\x02}(");
    add_name(to, "epoch");
    ADD(to, "K\x03");
    add_name(to, "state_dict");
    ADD(to, "ccollections\nOrderedDict\n)R(");
    add_name(to, "module.w");
    ADD(to, "ctorch._utils\n_rebuild_tensor_v2\n(");
    add_storage(to, "FloatStorage", "0", 6, view);
    ADD(to, "K\x00K\x03K\x02\x86K\x01K\x03\x86\x89" "ccollections\nOrderedDict\n)RtR");
    add_name(to, "module.n");
    ADD(to, "ctorch._utils\n_rebuild_tensor_v2\n(");
    add_storage(to, "LongStorage", "1", 1, view);
    ADD(to, "K\x00))\x89" "ccollections\nOrderedDict\n)RtR");
    ADD(to, "u}(");
    add_name(to, "_metadata");
    ADD(to, "}ubu.");
}

/* ---- Containers ------------------------------------------------------------------------------ */

typedef struct { const char *name; const void *data; size_t size; } part;

/* Local headers without sizes, as PyTorch writes them, and a directory. */
static void make_zip(rn_text *to, const part *parts, int count)
{
    rn_text directory = { 0 };
    for (int i = 0; i < count; i++) {
        size_t begin = to->length, name = strlen(parts[i].name);
        ADD(to, "PK\3\4\0\0\x08\x08\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0");
        add_number(to, name, 2);
        ADD(to, "\3\0");
        rn_text_add(to, "%s", parts[i].name);
        ADD(to, "FBZ");
        rn_text_add_bytes(to, parts[i].data, parts[i].size);
        ADD(&directory, "PK\1\2\0\0\0\0\x08\x08\0\0\0\0\0\0");
        add_number(&directory, rn_crc32(parts[i].data, parts[i].size), 4);
        add_number(&directory, parts[i].size, 4);
        add_number(&directory, parts[i].size, 4);
        add_number(&directory, name, 2);
        ADD(&directory, "\0\0\0\0\0\0\0\0\0\0\0\0");
        add_number(&directory, begin, 4);
        rn_text_add(&directory, "%s", parts[i].name);
    }
    size_t begin = to->length;
    rn_text_add_bytes(to, directory.bytes, directory.length);
    ADD(to, "PK\5\6\0\0\0\0");
    add_number(to, (uint64_t)count, 2);
    add_number(to, (uint64_t)count, 2);
    add_number(to, directory.length, 4);
    add_number(to, begin, 4);
    ADD(to, "\0\0");
    rn_text_free(&directory);
}

static void make_zip_file(rn_text *to)
{
    rn_text object = { 0 };
    make_object(&object, false);
    make_zip(to, (part[]){ { "net/data.pkl", object.bytes, object.length }, { "net/byteorder", "little", 6 },
                           { "net/data/0", numbers, sizeof numbers }, { "net/data/1", steps, sizeof steps },
                           { "net/version", "3\n", 2 } }, 5);
    rn_text_free(&object);
}

static void make_stream_file(rn_text *to)
{
    ADD(to, "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.\x80\x02M\xe9\x03.\x80\x02}");
    add_name(to, "little_endian");
    ADD(to, "\x88s.");
    make_object(to, true);
    ADD(to, "\x80\x02](");
    add_name(to, "0");
    add_name(to, "1");
    ADD(to, "e.");
    add_number(to, 6, 8);
    rn_text_add_bytes(to, numbers, sizeof numbers);
    add_number(to, 1, 8);
    rn_text_add_bytes(to, steps, sizeof steps);
}

static void add_tar(rn_text *to, const char *name, const rn_text *data)
{
    uint8_t header[RN_TAR_MOST_HEADER];
    rn_text_add_bytes(to, header, rn_tar_write_header(header, name, RN_TAR_FILE, data->length));
    rn_text_add_bytes(to, data->bytes, data->length);
    while (to->length % RN_TAR_BLOCK)
        rn_text_add_bytes(to, "", 1);
}

/* Key 1 and 2: storages; 3: a part of storage 1, which is all of it; 11 and 12: tensors. */
static void make_tar_file(rn_text *to)
{
    rn_text storages = { 0 }, tensors = { 0 }, object = { 0 };
    ADD(&storages, "\x80\x02K\x02.\x80\x02K\x01U\3cpuctorch\nFloatStorage\n\x87.");
    add_number(&storages, 6, 8);
    rn_text_add_bytes(&storages, numbers, sizeof numbers);
    ADD(&storages, "\x80\x02K\x02U\3cpuctorch\nLongStorage\n\x87.");
    add_number(&storages, 1, 8);
    rn_text_add_bytes(&storages, steps, sizeof steps);
    ADD(&storages, "\x80\x02](K\x03K\x01K\x00K\x06ta.");
    ADD(&tensors, "\x80\x02K\x02.\x80\x02K\x0bK\x03" "ctorch\nFloatTensor\n\x87.\2\0\0\0\0\0\0\0");
    for (int i = 0; i < 5; i++)
        add_number(&tensors, (uint64_t[]){ 3, 2, 1, 3, 0 }[i], 8);
    ADD(&tensors, "\x80\x02K\x0cK\x02" "ctorch\nLongTensor\n\x87.\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0");
    ADD(&object, "\x80\x02" "ccollections\nOrderedDict\n)R(U\1wctorch.nn.parameter\nParameter\n)\x81");
    ADD(&object, "(U\2" "11QNN\x88\x89tbU\1nU\2" "12Qu.");
    add_tar(to, "pickle", &object);
    add_tar(to, "tensors", &tensors);
    add_tar(to, "storages", &storages);
    rn_text_add_bytes(to, (char[RN_TAR_BLOCK]){ 0 }, RN_TAR_BLOCK);
    rn_text_free(&storages);
    rn_text_free(&tensors);
    rn_text_free(&object);
}

static const struct { const char *format; void (*make)(rn_text *); } container[] = {
    { "PyTorch (zip)", make_zip_file },
    { "PyTorch (stream)", make_stream_file },
    { "PyTorch (tar)", make_tar_file },
};
enum { CONTAINERS = sizeof container / sizeof *container };

static void reads_every_container(void)
{
    static const float turned[6] = { 0, 3, 1, 4, 2, 5 };
    for (int i = 0; i < CONTAINERS; i++) {
        rn_text text = { 0 };
        rn_tensor_file file;
        float got[6];
        container[i].make(&text);
        CHECK_OK(rn_tensor_file_open(&file, check_write("whole", text.bytes, text.length)));
        CHECK(strcmp(file.format, container[i].format) == 0 && file.arrays == 2, "%s", container[i].format);
        const rn_array *w = rn_tensor_file_find(&file, "w"), *n = rn_tensor_file_find(&file, "n");
        CHECK(w && w->dims == 2 && w->size[0] == 3 && w->type == RN_F32, "%s", file.format);
        CHECK(n && n->dims == 0 && n->type == RN_I64, "%s", file.format);
        CHECK_OK(rn_array_floats(w, got));
        CHECK(memcmp(got, turned, sizeof got) == 0, "%s: %g", file.format, (double)got[1]);
        CHECK_OK(rn_array_floats(n, got));
        CHECK(got[0] == 1000, "%s: %g", file.format, (double)got[0]);
        const char *epoch = rn_tensor_file_fact(&file, "epoch");
        CHECK(i == 2 || (epoch && strcmp(epoch, "3") == 0), "%s: epoch", file.format);
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
        CHECK(count <= 1000, "%lld numbers", (long long)count);
        if (count <= 1000)
            rn_array_floats(&file.array[i], values);
    }
    rn_tensor_file_close(&file);
    return status;
}

static void survives_damage(void)
{
    for (int i = 0; i < CONTAINERS; i++) {
        rn_text text = { 0 };
        container[i].make(&text);
        for (size_t cut = 0; cut < text.length; cut++)
            CHECK(try_open(check_write("cut", text.bytes, cut)) == RN_BAD_FILE, "%d: %zu bytes", i, cut);
        for (size_t bit = 0; bit < 8 * text.length; bit++) {
            if (i == 2 && text.bytes[bit / 8] == 0)
                continue;
            text.bytes[bit / 8] = (char)(text.bytes[bit / 8] ^ 1 << bit % 8);
            rn_status status = try_open(check_write("flipped", text.bytes, text.length));
            CHECK(status == RN_OK || status == RN_BAD_FILE, "%d: bit %zu: %s", i, bit, rn_error_text());
            text.bytes[bit / 8] = (char)(text.bytes[bit / 8] ^ 1 << bit % 8);
        }
        rn_text_free(&text);
    }
}

static void survives_failed_allocations(void)
{
    for (int i = 0; i < CONTAINERS; i++) {
        rn_text text = { 0 };
        rn_tensor_file file;
        container[i].make(&text);
        const char *path = check_write("whole", text.bytes, text.length);
        rn_status status = RN_NO_MEMORY;
        long k = 0;
        while (status != RN_OK && k < 1000) {
            rn_memory_fail_at(++k, false);
            status = rn_tensor_file_open(&file, path);
            rn_memory_fail_at(0, false);
            CHECK(status == RN_OK || status == RN_NO_MEMORY, "%d, allocation %ld: %s", i, k, rn_error_text());
            rn_tensor_file_close(&file);
        }
        CHECK(status == RN_OK && k > 10, "%d, allocation %ld: %s", i, k, rn_error_text());
        rn_text_free(&text);
    }
}

/* ---- Refusals -------------------------------------------------------------------------------- */

#define STORAGE "(X\7\0\0\0storagectorch\nFloatStorage\nX\1\0\0\0" "0X\3\0\0\0cpuK\6tQ"
#define TENSOR(rest) "}X\1\0\0\0wctorch._utils\n_rebuild_tensor_v2\n(" STORAGE rest "\x89Nt" "Rs."
#define PICKLE(text) text, sizeof text - 1

static const struct { const char *pickle; size_t size; const char *fails; } sample[] = {
    { PICKLE(TENSOR("K\0K\2K\3\x86K\3K\1\x86")), NULL },
    { PICKLE(TENSOR("K\0K\0K\3\x86K\3K\1\x86")), NULL },
    { PICKLE(TENSOR("K\6K\0K\3\x86K\3K\1\x86")), NULL },
    { PICKLE(TENSOR("K\1K\2K\3\x86K\3K\1\x86")), "'w' does not lie in its storage" },
    { PICKLE(TENSOR("K\0K\2K\3\x86K\4K\1\x86")), "'w' does not lie in its storage" },
    { PICKLE(TENSOR("K\0K\7\x85K\0\x85")), "'w' does not lie in its storage" },
    { PICKLE(TENSOR("J\xff\xff\xff\xffK\1\x85K\1\x85")), "'w' does not lie in its storage" },
    { PICKLE(TENSOR("K\0J\xff\xff\xff\xff\x85K\1\x85")), "'w' does not lie in its storage" },
    { PICKLE(TENSOR("K\5K\2\x85J\xff\xff\xff\xff\x85")), "'w' does not lie in its storage" },
    { PICKLE(TENSOR("K\0\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7fK\4\x86K\0K\0\x86")), "'w' does not lie" },
    { PICKLE(TENSOR("\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7fK\1\x85K\1\x85")), "'w' does not lie" },
    { PICKLE(TENSOR("K\0K\2\x85\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f\x85")), "'w' does not lie" },
    { PICKLE(TENSOR("K\0K\1\x85)")), "not described as usual" },
    { PICKLE(TENSOR("K\0NN")), "not described as usual" },
    { PICKLE(TENSOR("K\0N\x85K\1\x85")), "a size is not a number" },
    { PICKLE("}."), "holds no tensors" },
    { PICKLE("]."), "holds a list, not a state_dict" },
    { PICKLE("}X\1\0\0\0wctorch._utils\n_rebuild_tensor_v2\n(NK\0))tRs."), "not described as usual" },
    { PICKLE("}X\1\0\0\0wctorch._utils\n_rebuild_tensor_v2\n(NQK\0))tRs."), "a storage is not described" },
    { PICKLE("cposix\nsystem\nX\2\0\0\0ls\x85R."), "contains code (global \"posix.system\" at byte 0)" },
};

static void refuses(void)
{
    for (size_t i = 0; i < sizeof sample / sizeof *sample; i++) {
        rn_text text = { 0 };
        make_zip(&text, (part[]){ { "net/data.pkl", sample[i].pickle, sample[i].size },
                                  { "net/data/0", numbers, sizeof numbers } }, 2);
        rn_status status = try_open(check_write("sample", text.bytes, text.length));
        CHECK(status == (sample[i].fails ? RN_BAD_FILE : RN_OK), "sample %zu: %s", i, rn_error_text());
        bool told = !sample[i].fails || strstr(rn_error_text(), sample[i].fails);
        CHECK(told, "sample %zu: %s", i, rn_error_text());
        rn_text_free(&text);
    }
}

static char heard[200];

static void listen(void *context, rn_log_level level, const char *text)
{
    (void)context;
    (void)level;
    snprintf(heard, sizeof heard, "%s", text);
}

/* A training's file may hold the weights twice: as they are, and their moving average. */
static void tells_what_it_leaves(void)
{
    static const char both[] = "}(X\5\0\0\0model}X\3\0\0\0ema}u.";
    rn_text text = { 0 };
    make_zip(&text, (part[]){ { "net/data.pkl", both, sizeof both - 1 } }, 1);
    rn_log_listen(listen, NULL);
    CHECK(try_open(check_write("both", text.bytes, text.length)) == RN_BAD_FILE, "no tensors");
    rn_log_listen(NULL, NULL);
    CHECK(strstr(heard, "'model' is taken, it also has 'ema'"), "%s", heard);
    rn_text_free(&text);
}

static void knows_other_archives(void)
{
    static const struct { part parts[2]; const char *fails; } archive[] = {
        { { { "net/data.pkl", "}.", 2 }, { "net/constants.pkl", "", 0 } }, "TorchScript archive" },
        { { { "net/data.pkl", "}.", 2 }, { "net/byteorder", "big", 3 } }, "big end first" },
        { { { "a.npy", "", 0 }, { "b.npy", "", 0 } }, "a zip archive without data.pkl" },
    };
    for (size_t i = 0; i < sizeof archive / sizeof *archive; i++) {
        rn_text text = { 0 };
        make_zip(&text, archive[i].parts, 2);
        const char *path = check_write("archive", text.bytes, text.length);
        CHECK(try_open(path) == RN_BAD_FILE, "%s", archive[i].fails);
        CHECK(strstr(rn_error_text(), archive[i].fails), "%s", rn_error_text());
        rn_text_free(&text);
    }
}

/* ---- Real files ------------------------------------------------------------------------------ */

static const struct { const char *name, *sha256; int64_t parameters; } public_file[] = {
    { "resnet20-12fca82f.th", "08da8cddf4e5b46e7c6a2789b61ba5ec5b5e995f3b214f14d33673d26520230b", 269722 },
    { "resnet32-d509ac18.th", "ef93dd0c44cecf0c9a7a20629410d7478c78bf551d3420bb815581051d2e1bc6", 464154 },
    { "resnet56-4bfd9763.th", "797a8be3dc48d33c4f305686b47cff275b4665387bdeb40e953bd2232edfe65e", 853018 },
};

static void reads_public_weights(const char *folder)
{
    for (size_t i = 0; i < sizeof public_file / sizeof *public_file; i++) {
        char path[1024];
        rn_file_info *info;
        CHECK_OK(rn_path_join(path, sizeof path, folder, public_file[i].name));
        CHECK_OK(rn_file_inspect(path, &info));
        if (!info)
            continue;
        CHECK(strcmp(info->sha256, public_file[i].sha256) == 0, "%s: %s", path, info->sha256);
        CHECK(info->parameters == public_file[i].parameters, "%s: %lld", path, (long long)info->parameters);
        rn_file_info_free(info);
    }
}

static void refuses_every_file(const char *folder)
{
    rn_listing listing;
    CHECK_OK(rn_listing_open(&listing, folder));
    for (int i = 0; i < listing.count; i++) {
        char path[1024];
        CHECK_OK(rn_path_join(path, sizeof path, folder, listing.name[i]));
        CHECK(try_open(path) == RN_BAD_FILE, "%s: %s", path, rn_error_text());
        bool plain = strncmp(listing.name[i], "malicious-GHSA", 14) == 0;
        CHECK(!plain || strstr(rn_error_text(), "refused: contains code (global"), "%s", rn_error_text());
    }
    rn_listing_close(&listing);
}

static void reads_real_files(const char *data)
{
    static const struct { const char *folder; void (*look)(const char *folder); } place[] = {
        { "cifar-weights", reads_public_weights }, { "hostile/pickle", refuses_every_file },
        { "hostile/broken_files", refuses_every_file },
    };
    for (size_t i = 0; i < sizeof place / sizeof *place; i++) {
        char folder[1024];
        CHECK_OK(rn_path_join(folder, sizeof folder, data, place[i].folder));
        if (rn_file_exists(folder))
            place[i].look(folder);
        else
            printf("left out: %s is not there\n", folder);
    }
}

int main(void)
{
    check_folder_open();
    reads_every_container();
    survives_damage();
    survives_failed_allocations();
    refuses();
    tells_what_it_leaves();
    knows_other_archives();
    check_folder_close();
    if (check_data())
        reads_real_files(check_data());
    return check_result();
}
