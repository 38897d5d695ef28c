/* The reader must take what the format allows and nothing else, whatever the bytes. */
#include "base/check_files.h"
#include "base/memory.h"
#include "weights/safetensors.h"

#include <string.h>

static uint8_t bytes[4096];

/* A file with that header and `size` zero bytes of data. */
static const char *make(const char *header, size_t size)
{
    uint64_t length = strlen(header);
    memset(bytes, 0, sizeof bytes);
    memcpy(bytes, &length, 8);
    memcpy(bytes + 8, header, length);
    return check_write("made", bytes, 8 + length + size);
}

static rn_status try_open(const char *path)
{
    rn_tensor_file file;
    rn_status status = rn_tensor_file_open(&file, path);
    rn_tensor_file_close(&file);
    return status;
}

#define F32(shape, begin, end) "{\"dtype\":\"F32\",\"shape\":" shape ",\"data_offsets\":[" begin "," end "]}"

static const struct { const char *header; size_t data; const char *fails; } sample[] = {
    { "{}", 0, NULL },
    { "{}   ", 0, NULL },
    { "{\"a\":" F32("[2]", "0", "8") "}", 8, NULL },
    { "{\"a\":" F32("[]", "0", "4") "}", 4, NULL },
    { "{\"a\":" F32("[3,0]", "0", "0") "}", 0, NULL },
    { "{\"b\":" F32("[1]", "4", "8") ",\"a\":" F32("[1]", "0", "4") "}", 8, NULL },
    { "{\"b\":" F32("[1]", "0", "4") ",\"e\":" F32("[0]", "4", "4") ",\"a\":" F32("[1]", "4", "8") "}",
      8, NULL },
    { "{\"__metadata__\":{\"a\":\"b\"}}", 0, NULL },
    { "{\"a\":{\"dtype\":\"F4\",\"shape\":[2],\"data_offsets\":[0,1]}}", 1, NULL },
    { "{\"a\":{\"dtype\":\"new\",\"shape\":[2],\"data_offsets\":[0,7]}}", 7, NULL },
    { "{", 0, "not valid JSON" },
    { "{\"a\":1}", 0, "tensor 'a': its entry is not" },
    { "{\"a\":{}}", 0, "its entry is not" },
    { "{\"a\":{\"dtype\":\"F32\",\"shape\":4,\"data_offsets\":[0,16]}}", 16, "its entry is not" },
    { "{\"a\":" F32("[2]", "0", "8") ",\"a\":" F32("[2]", "0", "8") "}", 8, "duplicate" },
    { "{\"a\":" F32("[2]", "0", "4") "}", 4, "2 numbers of type F32 do not fill 4 bytes" },
    { "{\"a\":" F32("[2]", "0", "8") "}", 9, "its tensors end at byte 8 of 9" },
    { "{\"a\":" F32("[2]", "0", "8") "}", 7, "cut short" },
    { "{\"a\":" F32("[2]", "8", "0") "}", 8, "do not lie in the file" },
    { "{\"a\":" F32("[2]", "-8", "0") "}", 8, "do not lie in the file" },
    { "{\"a\":" F32("[2]", "0.0", "8") "}", 8, "do not lie in the file" },
    { "{\"a\":" F32("[1]", "4", "8") "}", 8, "leave a hole at byte 0" },
    { "{\"a\":" F32("[1]", "0", "4") ",\"b\":" F32("[1]", "8", "12") "}", 12, "leave a hole at byte 4" },
    { "{\"a\":" F32("[2]", "0", "8") ",\"b\":" F32("[2]", "4", "12") "}", 12, "overlap at byte 8" },
    { "{\"a\":" F32("[2]", "0", "8") ",\"b\":" F32("[2]", "0", "8") "}", 8, "overlap at byte 8" },
    { "{\"a\":" F32("[-1]", "0", "4") "}", 4, "its shape is not possible" },
    { "{\"a\":" F32("[1.0]", "0", "4") "}", 4, "its shape is not possible" },
    { "{\"a\":" F32("[4611686018427387904,4]", "0", "0") "}", 0, "its shape is not possible" },
    { "{\"a\":" F32("[4611686018427387904,4,0]", "0", "0") "}", 0, "its shape is not possible" },
    { "{\"a\":" F32("[0,4611686018427387904,4]", "0", "0") "}", 0, "its shape is not possible" },
    { "{\"a\":" F32("[9223372036854775807]", "0", "0") "}", 0, "its shape is not possible" },
    { "{\"a\":" F32("[99999999999999999999]", "0", "0") "}", 0, "too big integer" },
    { "{\"a\":" F32("[1,1,1,1,1,1,1,1,1]", "0", "4") "}", 4, "9 dimensions" },
    { "{\"a\":" F32("[1]", "9223372036854775804", "9223372036854775807") "}", 4, "do not lie in the file" },
    { "{\"a\":{\"dtype\":\"F4\",\"shape\":[3],\"data_offsets\":[0,2]}}", 2, "do not fill" },
    { "{\"__metadata__\":[]}", 0, "its metadata is not a JSON object" },
    { "{\"__metadata__\":{\"a\":1}}", 0, "metadata 'a' is not a text" },
    { "{\"__metadata__\":{\"" RN_BUFFER_SUM "\":\"0\"}}", 0, "damaged (SHA-256 differs)" },
    { "{\"__metadata__\":{\"" RN_BUFFER_CRC "\":\"0\"}}", 0, "damaged (CRC-32C differs)" },
    { "{\"__metadata__\":{\"" RN_FACTS_SUM "\":\"0\"}}", 0, "damaged (SHA-256 differs)" },
    { "[]", 0, "not a model file" },
    { "{\"\\u0000\":1}", 0, "not valid JSON" },
};

static void follows_the_rules(void)
{
    for (size_t i = 0; i < sizeof sample / sizeof *sample; i++) {
        rn_status status = try_open(make(sample[i].header, sample[i].data));
        CHECK(status == (sample[i].fails ? RN_BAD_FILE : RN_OK), "%s: %s", sample[i].header, rn_error_text());
        CHECK(!sample[i].fails || strstr(rn_error_text(), sample[i].fails), "%s: %s", sample[i].header,
              rn_error_text());
    }
}

#define PAGE "not a model file (looks like an HTML page)"

static const struct { const char *bytes; size_t size; const char *fails, *hint; } stranger[] = {
    { "\n <!DOCTYPE HTML PUBLIC", 23, PAGE, "did the download fail?" },
    { "<html>", 6, PAGE, "did the download fail?" },
    { "version https://git-lfs.github.com/", 35, "Git LFS pointer, not the weights", "git lfs pull" },
    { "\x89PNG\r\n\x1a\n", 8, "a PNG picture", "" },
    { "x", 1, "not a model file of a kind", "" },
    { "        {", 9, "header claims 2.0 EiB, limit is 100 MB", "" },
    { "\xff\xff\xff\xff\xff\xff\xff\xff{", 9, "header claims 16.0 EiB, limit is 100 MB", "" },
    { "\x09\0\0\0\0\0\0\0{}", 10, "cut short: header claims 9 bytes, the file has 10 bytes", "" },
};

static void knows_strangers(void)
{
    for (size_t i = 0; i < sizeof stranger / sizeof *stranger; i++) {
        const char *path = check_write("stranger", stranger[i].bytes, stranger[i].size);
        CHECK(try_open(path) == RN_BAD_FILE, "%zu", i);
        CHECK(strstr(rn_error_text(), stranger[i].fails), "%s", rn_error_text());
        CHECK(strcmp(rn_error_hint(), stranger[i].hint) == 0, "%s", rn_error_hint());
    }
    CHECK(try_open(check_path("absent")) == RN_IO, "%s", rn_error_text());
}

/* ---- A small file of our own ------------------------------------------------------------------ */

static const float numbers[6] = { 1, 2, 3, 4, 5, 6 };
static const uint16_t halves[3] = { 0x3c00, 0x4000, 0x4200 };

static rn_status write_small(const char *path)
{
    rn_tensor_file file = { 0 };
    rn_status status = rn_tensor_file_add(&file, "half", RN_F16, 1, (int64_t[]){ 3 }, halves);
    if (status == RN_OK)
        status = rn_tensor_file_add(&file, "b", RN_F32, 2, (int64_t[]){ 2, 3 }, numbers);
    if (status == RN_OK)
        status = rn_tensor_file_add(&file, "a", RN_F32, 0, NULL, numbers);
    if (status == RN_OK)
        status = rn_tensor_file_add_fact(&file, "who", "\"me\"");
    if (status == RN_OK)
        status = rn_tensor_file_add_fact(&file, "summer", "\xc3\xa9t\xc3\xa9");
    if (status == RN_OK)
        status = rn_safetensors_write(&file, path, NULL);
    rn_tensor_file_close(&file);
    return status;
}

static void reads_what_it_wrote(void)
{
    rn_tensor_file file;
    float got[6];
    const char *path = check_path("small");
    CHECK_OK(write_small(path));
    CHECK_OK(rn_tensor_file_open(&file, path));
    CHECK(strcmp(file.format, "safetensors") == 0 && strcmp(file.checksum, "good") == 0, "%s", file.checksum);
    CHECK(file.arrays == 3 && strcmp(file.array[0].name, "a") == 0, "%s first", file.array[0].name);
    CHECK(strcmp(file.array[2].name, "half") == 0, "%s last", file.array[2].name);
    CHECK(((uintptr_t)file.array[0].data - (uintptr_t)file.map.bytes) % 8 == 0, "the data are not aligned");
    const rn_array *b = rn_tensor_file_find(&file, "b"), *half = rn_tensor_file_find(&file, "half");
    CHECK(b && b->dims == 2 && b->size[0] == 2 && b->size[1] == 3, "the shape of b");
    CHECK_OK(rn_array_floats(b, got));
    CHECK(memcmp(got, numbers, sizeof got) == 0, "%g", (double)got[5]);
    CHECK_OK(rn_array_floats(half, got));
    CHECK(got[2] == 3, "%g", (double)got[2]);
    CHECK(strcmp(rn_tensor_file_fact(&file, "who"), "\"me\"") == 0, "who");
    CHECK(strcmp(rn_tensor_file_fact(&file, "summer"), "\xc3\xa9t\xc3\xa9") == 0, "summer");
    CHECK(!rn_tensor_file_fact(&file, "none") && !rn_tensor_file_find(&file, "none"), "none");
    rn_tensor_file_close(&file);
}

static size_t load(const char *path)
{
    rn_map map;
    CHECK_OK(rn_map_open(&map, path));
    size_t size = map.size;
    memcpy(bytes, map.bytes, size);
    rn_map_close(&map);
    return size;
}

static void refuses_every_truncation(void)
{
    size_t size = load(check_path("small"));
    for (size_t cut = 0; cut < size; cut++)
        CHECK(try_open(check_write("cut", bytes, cut)) == RN_BAD_FILE, "%zu of %zu bytes: taken", cut, size);
}

/* A flipped bit in the data or in the metadata is seen; one in a name may give another name. */
static void survives_every_flipped_bit(void)
{
    size_t size = load(check_path("small")), header = 8 + (size_t)bytes[0] + 256 * (size_t)bytes[1];
    for (size_t bit = 0; bit < 8 * size; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        rn_tensor_file file;
        rn_status status = rn_tensor_file_open(&file, check_write("flipped", bytes, size));
        bool taken = status == RN_OK && bit / 8 < header && file.arrays == 3;
        CHECK(taken || status == RN_BAD_FILE, "bit %zu: %s", bit, rn_error_text());
        for (int i = 0; i < file.arrays; i++) {
            float got[6];
            CHECK(rn_array_count(&file.array[i]) <= 6, "bit %zu", bit);
            rn_array_floats(&file.array[i], got);
        }
        rn_tensor_file_close(&file);
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
}

static void survives_failed_allocations(void)
{
    static rn_status (*const deed[])(const char *) = { try_open, write_small };
    for (int d = 0; d < 2; d++) {
        rn_status status = RN_NO_MEMORY;
        long k = 0;
        while (status == RN_NO_MEMORY && k < 1000) {
            rn_memory_fail_at(++k, false);
            status = deed[d](check_path("small"));
            rn_memory_fail_at(0, false);
        }
        CHECK(status == RN_OK && k > 10, "deed %d, allocation %ld: %s", d, k, rn_error_text());
    }
}

int main(void)
{
    check_folder_open();
    follows_the_rules();
    knows_strangers();
    reads_what_it_wrote();
    refuses_every_truncation();
    survives_every_flipped_bit();
    survives_failed_allocations();
    check_folder_close();
    return check_result();
}
