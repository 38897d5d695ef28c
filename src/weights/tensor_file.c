/*
 * Opening a weights file: first the kinds of file that people mistake for one are told apart by their first
 * bytes, then the first format that recognises the bytes reads them.
 *
 * The lists of a file grow by doubling: a list's room is the power of two at or above its count.
 */
#include "weights/tensor_file.h"
#include "base/memory.h"
#include "weights/names.h"
#include "weights/onnx.h"
#include "weights/pytorch.h"
#include "weights/safetensors.h"

#include <assert.h>
#include <ctype.h>
#include <string.h>

enum { MOST_BESIDES = 1000 };

static const struct {
    bool (*recognises)(const uint8_t *bytes, size_t size);
    rn_status (*read)(rn_tensor_file *file, const char *path);
} format[] = {
    { rn_safetensors_recognises, rn_safetensors_read },
    { rn_torch_zip_recognises, rn_torch_zip_read },
    { rn_torch_stream_recognises, rn_torch_stream_read },
    { rn_torch_tar_recognises, rn_torch_tar_read },
    { rn_torch_pickle_recognises, rn_torch_pickle_read },
    { rn_onnx_recognises, rn_onnx_read },
};

/* What is no weights file, by its first bytes (of text: after white space, in any case of letters). */
static const struct { const char *begin; size_t length; bool text; const char *what, *hint; } stranger[] = {
#define TEXT(begin) begin, sizeof begin - 1, true
#define BYTES(begin) begin, sizeof begin - 1, false
    { TEXT("<!doctype html"), "not a model file (looks like an HTML page)", "did the download fail?" },
    { TEXT("<html"), "not a model file (looks like an HTML page)", "did the download fail?" },
    { TEXT("<?xml"), "not a model file (looks like an XML page)", "did the download fail?" },
    { TEXT("version https://git-lfs"), "Git LFS pointer, not the weights", "git lfs pull" },
    { BYTES("\x89HDF\r\n"), "HDF5 files are not supported", "save the weights as safetensors" },
    { BYTES("\x1f\x8b"), "not a model file (compressed with gzip)", "unpack it first" },
    { BYTES("\xfd""7zXZ"), "not a model file (compressed with xz)", "unpack it first" },
    { BYTES("BZh"), "not a model file (compressed with bzip2)", "unpack it first" },
    { BYTES("\x28\xb5\x2f\xfd"), "not a model file (compressed with zstd)", "unpack it first" },
    { BYTES("\x93NUMPY"), "a single NumPy array, not a model file", "save the weights as safetensors" },
    { BYTES("\x89PNG"), "a PNG picture, not a model file", "" },
    { BYTES("\xff\xd8\xff"), "a JPEG picture, not a model file", "" },
    { BYTES("RIFF"), "a picture or sound, not a model file", "" },
};

static bool begins_with(const uint8_t *bytes, size_t size, size_t i)
{
    size_t skip = 0;
    while (stranger[i].text && skip < size && isspace(bytes[skip]))
        skip++;
    if (size - skip < stranger[i].length)
        return false;
    for (size_t k = 0; k < stranger[i].length; k++) {
        int byte = bytes[skip + k];
        if ((stranger[i].text ? tolower(byte) : byte) != (uint8_t)stranger[i].begin[k])
            return false;
    }
    return true;
}

static rn_status read_map(rn_tensor_file *file, const char *path)
{
    for (size_t i = 0; i < sizeof stranger / sizeof *stranger; i++)
        if (begins_with(file->map.bytes, file->map.size, i))
            return rn_hint(rn_fail(RN_BAD_FILE, "%s: %s", path, stranger[i].what), "%s", stranger[i].hint);
    for (size_t i = 0; i < sizeof format / sizeof *format; i++)
        if (format[i].recognises(file->map.bytes, file->map.size))
            return format[i].read(file, path);
    return rn_fail(RN_BAD_FILE, "%s: not a model file of a kind this program knows", path);
}

static rn_status open_map(rn_tensor_file *file, rn_map map, const char *path)
{
    *file = (rn_tensor_file){ .checksum = "none", .map = map };
    rn_status status = read_map(file, path);
    if (status == RN_OK)
        rn_names_translate(file);
    else
        rn_tensor_file_close(file);
    return status;
}

rn_status rn_tensor_file_open(rn_tensor_file *file, const char *path)
{
    rn_map map;
    *file = (rn_tensor_file){ 0 };
    RN_TRY(rn_map_open(&map, path));
    return open_map(file, map, path);
}

rn_status rn_tensor_file_open_memory(rn_tensor_file *file, const void *bytes, size_t size, const char *name)
{
    *file = (rn_tensor_file){ 0 };
    if (size == 0)
        return rn_fail(RN_BAD_FILE, "%s: empty", name);
    return open_map(file, (rn_map){ bytes, size, true }, name);
}

void rn_tensor_file_close(rn_tensor_file *file)
{
    for (int i = 0; i < file->arrays; i++)
        rn_free(file->array[i].name);
    for (int i = 0; i < file->facts; i++) {
        rn_free(file->fact[i].key);
        rn_free(file->fact[i].value);
    }
    for (int i = 0; i < file->owned_count; i++)
        rn_free(file->owned[i]);
    for (int i = 0; i < file->besides; i++) {
        rn_free(file->beside[i].name);
        rn_map_close(&file->beside[i].map);
    }
    rn_free(file->array);
    rn_free(file->fact);
    rn_free(file->owned);
    rn_free(file->beside);
    rn_map_close(&file->map);
    *file = (rn_tensor_file){ 0 };
}

const rn_array *rn_tensor_file_find(const rn_tensor_file *file, const char *name)
{
    for (int i = 0; i < file->arrays; i++)
        if (strcmp(file->array[i].name, name) == 0)
            return &file->array[i];
    return NULL;
}

const char *rn_tensor_file_fact(const rn_tensor_file *file, const char *key)
{
    for (int i = 0; i < file->facts; i++)
        if (strcmp(file->fact[i].key, key) == 0)
            return file->fact[i].value;
    return NULL;
}

/* Room for one more of `count`. */
static rn_status grow(void **list, int count, size_t size)
{
    if (count & (count - 1))
        return RN_OK;
    return rn_reallocate(list, (size_t)count, count ? 2 * (size_t)count : 1, size, "a list of tensors");
}

rn_status rn_tensor_file_add(rn_tensor_file *file, const char *name, rn_number_type type, int dims,
                             const int64_t *size, const void *data)
{
    assert(dims >= 0 && dims <= RN_MAX_DIMS && file->arrays < RN_MAX_ARRAYS);
    RN_TRY(grow((void **)&file->array, file->arrays, sizeof *file->array));
    rn_array *array = &file->array[file->arrays];
    *array = (rn_array){ .type = type, .dims = dims, .data = data };
    int64_t step = 1;
    for (int d = dims - 1; d >= 0; d--) {
        array->size[d] = size[d];
        array->stride[d] = step;
        step *= size[d];
    }
    RN_TRY(rn_copy_text(&array->name, name));
    file->arrays++;
    return RN_OK;
}

rn_status rn_tensor_file_add_fact(rn_tensor_file *file, const char *key, const char *value)
{
    RN_TRY(grow((void **)&file->fact, file->facts, sizeof *file->fact));
    rn_fact *fact = &file->fact[file->facts];
    RN_TRY(rn_copy_text(&fact->key, key));
    rn_status status = rn_copy_text(&fact->value, value);
    if (status != RN_OK)
        rn_free(fact->key);
    else
        file->facts++;
    return status;
}

rn_status rn_tensor_file_own(rn_tensor_file *file, void *block)
{
    rn_status status = grow((void **)&file->owned, file->owned_count, sizeof *file->owned);
    if (status != RN_OK)
        rn_free(block);
    else
        file->owned[file->owned_count++] = block;
    return status;
}

rn_status rn_tensor_file_beside(rn_tensor_file *file, const char *path, const char *name, size_t length,
                                const rn_map **map)
{
    for (int i = 0; i < file->besides; i++)
        if (strlen(file->beside[i].name) == length && memcmp(file->beside[i].name, name, length) == 0) {
            *map = &file->beside[i].map;
            return RN_OK;
        }
    if (file->map.borrowed)
        return rn_fail(RN_BAD_FILE, "%s: its data lie in another file, and it was opened in memory", path);
    if (file->besides == MOST_BESIDES)
        return rn_fail(RN_BAD_FILE, "%s: its data lie in more than %d files", path, (int)MOST_BESIDES);
    RN_TRY(grow((void **)&file->beside, file->besides, sizeof *file->beside));
    rn_beside *beside = &file->beside[file->besides];
    RN_TRY(rn_copy_text_part(&beside->name, name, length));
    rn_status status = rn_map_open_beside(&beside->map, path, beside->name);
    if (status != RN_OK)
        rn_free(beside->name);
    else
        file->besides++;
    *map = &beside->map;
    return status;
}
