/* What is written is read back; what the format does not allow is refused. */
#include "base/check_files.h"
#include "weights/npy.h"

#include <string.h>

static const float numbers[6] = { 1, -2, 3.5f, 4e-30f, 5, 6 };

static void round_trips(void)
{
    static const struct { int dims; int64_t size[3]; } shape[] = {
        { 0, { 0 } }, { 1, { 6 } }, { 2, { 2, 3 } }, { 3, { 3, 1, 2 } }, { 2, { 0, 10 } },
    };
    for (size_t i = 0; i < sizeof shape / sizeof *shape; i++) {
        rn_npy npy;
        float read[6] = { 0 };
        CHECK_OK(rn_npy_write(check_path("a.npy"), numbers, shape[i].dims, shape[i].size));
        CHECK_OK(rn_npy_open(&npy, check_path("a.npy")));
        CHECK(npy.array.dims == shape[i].dims, "shape %zu: %d dimensions", i, npy.array.dims);
        for (int d = 0; d < npy.array.dims; d++)
            CHECK(npy.array.size[d] == shape[i].size[d], "shape %zu", i);
        CHECK_OK(rn_array_floats(&npy.array, read));
        CHECK(memcmp(read, numbers, (size_t)rn_array_count(&npy.array) * sizeof *read) == 0, "shape %zu", i);
        CHECK((uintptr_t)npy.array.data % 64 == 0, "shape %zu: numbers are not aligned", i);
        rn_npy_close(&npy);
    }
}

/* A file with that header, of that version, and `size` bytes 0, 1, 2, ... */
static const char *make(const char *header, int version, size_t size)
{
    static uint8_t bytes[512];
    size_t length = strlen(header), begin = version == 2 ? 12 : 10;
    memset(bytes, 0, sizeof bytes);
    memcpy(bytes, "\x93NUMPY", 6);
    bytes[6] = (uint8_t)version;
    bytes[8] = (uint8_t)length;
    memcpy(bytes + begin, header, length);
    for (size_t i = 0; i < size; i++)
        bytes[begin + length + i] = (uint8_t)i;
    return check_write("made.npy", bytes, begin + length + size);
}

#define HEADER(type, order, shape) \
    "{'descr': '" type "', 'fortran_order': " order ", 'shape': " shape ", }\n"

static const struct {
    const char *header;
    int version;
    size_t size;
    float second;           /* number, in C order */
    const char *fails;
} sample[] = {
    { HEADER("|u1", "False", "(2, 3)"), 1, 6, 1, NULL },
    { HEADER("|u1", "True", "(2, 3)"), 1, 6, 2, NULL },
    { HEADER("<i2", "False", "(2,)"), 1, 4, 0x302, NULL },
    { HEADER("|u1", "False", "(6,)"), 2, 6, 1, NULL },
    { "{'shape': (2,), 'descr': '|u1', 'fortran_order': False}   \n", 1, 2, 1, NULL },
    { HEADER("|u1", "False", "(2, 3)"), 3, 6, 0, "version 3" },
    { HEADER("|u1", "False", "(2, 3)"), 1, 5, 0, "does not fill" },
    { HEADER("|u1", "False", "(2, 3)"), 1, 7, 0, "does not fill" },
    { HEADER("<f4", "False", "(4611686018427387904, 4)"), 1, 0, 0, "does not fill" },
    { HEADER("<f4", "False", "(99999999999999999999,)"), 1, 0, 0, "its header is not" },
    { HEADER(">f4", "False", "(1,)"), 1, 4, 0, "its header is not" },
    { HEADER("|O", "False", "(1,)"), 1, 4, 0, "its header is not" },
    { HEADER("|u1", "maybe", "(1,)"), 1, 1, 0, "its header is not" },
    { HEADER("|u1", "False", "(1)"), 1, 1, 0, "its header is not" },
    { HEADER("|u1", "False", "(-1,)"), 1, 1, 0, "its header is not" },
    { HEADER("|u1", "False", "(1 1,)"), 1, 1, 0, "its header is not" },
    { HEADER("|u1", "False", "(1,1,1,1,1,1,1,1,1)"), 1, 1, 0, "its header is not" },
    { "{'descr': '|u1', 'fortran_order': False}\n", 1, 1, 0, "its header is not" },
    { "{'shape': (1,), 'descr': '|u1', 'descr': '|u1'}\n", 1, 1, 0, "its header is not" },
    { "{'descr': '|u1', 'fortran_order': False, 'shape': (1,), 'x': 1}\n", 1, 1, 0, "its header is not" },
    { "{'descr': '|u1' 'fortran_order': False, 'shape': (1,)}\n", 1, 1, 0, "its header is not" },
    { "{'descr': '|u1', 'fortran_order': False, 'shape': (1,)}", 1, 1, 0, "its header is not" },
    { "{", 1, 1, 0, "its header is not" },
    { "", 1, 4, 0, "its header is not" },
};

static void follows_the_rules(void)
{
    for (size_t i = 0; i < sizeof sample / sizeof *sample; i++) {
        rn_npy npy;
        float read[8];
        rn_status status = rn_npy_open(&npy, make(sample[i].header, sample[i].version, sample[i].size));
        CHECK(status == (sample[i].fails ? RN_BAD_FILE : RN_OK), "%s: %s", sample[i].header, rn_error_text());
        if (status == RN_OK) {
            CHECK_OK(rn_array_floats(&npy.array, read));
            CHECK(read[1] == sample[i].second, "%s: %g", sample[i].header, (double)read[1]);
        } else {
            CHECK(strstr(rn_error_text(), sample[i].fails), "%s: %s", sample[i].header, rn_error_text());
        }
        rn_npy_close(&npy);
    }
}

/* No beginning of a good file is a good file. */
static void refuses_parts(void)
{
    rn_map map;
    CHECK_OK(rn_npy_write(check_path("whole.npy"), numbers, 1, (int64_t[]){ 6 }));
    CHECK_OK(rn_map_open(&map, check_path("whole.npy")));
    for (size_t size = 1; size < map.size; size++) {
        rn_npy npy;
        CHECK(rn_npy_open(&npy, check_write("part.npy", map.bytes, size)) == RN_BAD_FILE, "%zu bytes", size);
    }
    rn_map_close(&map);
}

int main(void)
{
    check_folder_open();
    round_trips();
    follows_the_rules();
    refuses_parts();
    check_folder_close();
    return check_result();
}
