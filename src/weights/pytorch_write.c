/*
 * Writing what torch.load reads, also with weights_only, and load_state_dict takes strictly: the pickle of an
 * OrderedDict in PyTorch's ZIP archive.
 *
 *     archive/data.pkl  archive/byteorder  archive/data/0  archive/data/1 ...  archive/version
 *
 * What is no parameter (the network's name, the preprocessing, a mean image) stands in the dictionary's
 * __dict__, where PyTorch itself keeps "_metadata": load_state_dict does not look there, and our reader does.
 */
#include "weights/pytorch.h"
#include "weights/zip.h"

#include <assert.h>
#include <string.h>

#define ORDERED_DICT "ccollections\nOrderedDict\n)R"

static void add_number(rn_text *to, int64_t number)
{
    int32_t whole = (int32_t)number;
    assert(whole == number);
    rn_text_add_bytes(to, "J", 1);
    rn_text_add_bytes(to, &whole, sizeof whole);
}

static void add_word(rn_text *to, const char *text)
{
    uint32_t length = (uint32_t)strlen(text);
    rn_text_add_bytes(to, "X", 1);
    rn_text_add_bytes(to, &length, sizeof length);
    rn_text_add_bytes(to, text, length);
}

static void add_numbers(rn_text *to, int count, const int64_t *number)
{
    rn_text_add(to, "(");
    for (int i = 0; i < count; i++)
        add_number(to, number[i]);
    rn_text_add(to, "t");
}

/* _rebuild_tensor_v2(storage KEY, 0, sizes, strides, False, OrderedDict()) */
static void add_tensor(rn_text *to, const rn_array *array, int key)
{
    char name[16];
    add_word(to, array->name);
    rn_text_add(to, "ctorch._utils\n_rebuild_tensor_v2\n((");
    add_word(to, "storage");
    rn_text_add(to, "ctorch\nFloatStorage\n");
    add_word(to, rn_text_print(name, sizeof name, "%d", key));
    add_word(to, "cpu");
    add_number(to, rn_array_count(array));
    rn_text_add(to, "tQ");
    add_number(to, 0);
    add_numbers(to, array->dims, array->size);
    add_numbers(to, array->dims, array->stride);
    rn_text_add(to, "\x89" ORDERED_DICT "tR");
}

static bool is_parameter(const rn_array *array)
{
    return strncmp(array->name, "preprocess.", 11) != 0;
}

static void add_tensors(rn_text *to, const rn_tensor_file *file, bool parameters)
{
    for (int i = 0; i < file->arrays; i++)
        if (is_parameter(&file->array[i]) == parameters)
            add_tensor(to, &file->array[i], i);
}

static void write_pickle(rn_text *to, const rn_tensor_file *file)
{
    rn_text_add(to, "\x80\2" ORDERED_DICT "(");
    add_tensors(to, file, true);
    rn_text_add(to, "u}(");
    for (int i = 0; i < file->facts; i++) {
        add_word(to, file->fact[i].key);
        add_word(to, file->fact[i].value);
    }
    add_tensors(to, file, false);
    rn_text_add(to, "ub.");
}

static rn_status add_pickle(rn_zip_output *zip, const rn_tensor_file *file)
{
    rn_text pickle = { 0 };
    write_pickle(&pickle, file);
    rn_status status = rn_text_finish(&pickle);
    if (status == RN_OK)
        status = rn_zip_add(zip, "archive/data.pkl", pickle.bytes, pickle.length);
    rn_text_free(&pickle);
    return status;
}

static rn_status add_entries(rn_zip_output *zip, const rn_tensor_file *file)
{
    char name[32];
    RN_TRY(add_pickle(zip, file));
    RN_TRY(rn_zip_add(zip, "archive/byteorder", "little", 6));
    for (int i = 0; i < file->arrays; i++) {
        const rn_array *array = &file->array[i];
        assert(array->type == RN_F32 && rn_array_is_packed(array));
        rn_text_print(name, sizeof name, "archive/data/%d", i);
        RN_TRY(rn_zip_add(zip, name, array->data, rn_array_bytes(array)));
    }
    return rn_zip_add(zip, "archive/version", "3\n", 2);
}

rn_status rn_torch_write(rn_tensor_file *file, const char *path)
{
    rn_zip_output zip;
    RN_TRY(rn_zip_create(&zip, path));
    rn_status status = add_entries(&zip, file);
    if (status == RN_OK)
        return rn_zip_commit(&zip);
    rn_zip_abandon(&zip);
    return rn_while(status, "%s", path);
}
