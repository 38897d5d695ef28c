/* Writing safetensors: the widest numbers first, so that every tensor is aligned, then by name. */
#include "base/crc.h"
#include "base/json.h"
#include "base/memory.h"
#include "weights/safetensors.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static int by_alignment(const void *a, const void *b)
{
    const rn_array *x = a, *y = b;
    size_t wide = rn_number_bytes(x->type), other = rn_number_bytes(y->type);
    return wide != other ? (wide < other) - (wide > other) : strcmp(x->name, y->name);
}

static rn_status add_entry(json_t *header, const rn_array *array, size_t begin)
{
    json_t *shape = json_array();
    rn_status status = RN_OK;
    for (int d = 0; d < array->dims && status == RN_OK; d++)
        status = rn_json_add(shape, json_integer(array->size[d]));
    json_t *entry = json_pack("{s:s, s:o, s:[I, I]}", "dtype", rn_number_name(array->type), "shape", shape,
                              "data_offsets", (json_int_t)begin, (json_int_t)(begin + rn_array_bytes(array)));
    rn_status set = rn_json_set(header, array->name, entry);
    return status == RN_OK ? set : status;
}

static rn_status add_metadata(json_t *header, const rn_tensor_file *file)
{
    json_t *metadata = json_object();
    rn_status status = rn_json_set(header, "__metadata__", metadata);
    for (int i = 0; i < file->facts && status == RN_OK; i++)
        status = rn_json_set(metadata, file->fact[i].key, json_string(file->fact[i].value));
    return status;
}

static rn_status build_header(const rn_tensor_file *file, json_t *header, rn_text *text)
{
    size_t begin = 0;
    if (file->facts)
        RN_TRY(add_metadata(header, file));
    for (int i = 0; i < file->arrays; begin += rn_array_bytes(&file->array[i++]))
        RN_TRY(add_entry(header, &file->array[i], begin));
    RN_TRY(rn_json_write(text, header, 0));
    while (text->length % 8)
        rn_text_add_bytes(text, " ", 1);
    return rn_text_finish(text);
}

/* In place of the one that a file which was read has. */
static rn_status set_fact(rn_tensor_file *file, const char *key, const char *value)
{
    for (int i = 0; i < file->facts; i++)
        if (strcmp(file->fact[i].key, key) == 0) {
            rn_free(file->fact[i].value);
            return rn_copy_text(&file->fact[i].value, value);
        }
    return rn_tensor_file_add_fact(file, key, value);
}

static rn_status add_sums(rn_tensor_file *file)
{
    char buffer_crc[16], facts_sum[65];
    uint32_t crc = 0;
    for (int i = 0; i < file->arrays; i++)
        crc = rn_crc32c(crc, file->array[i].data, rn_array_bytes(&file->array[i]));
    rn_text_print(buffer_crc, sizeof buffer_crc, "%08x", crc);
    RN_TRY(rn_tensor_file_hash_facts(file, facts_sum));
    RN_TRY(set_fact(file, RN_BUFFER_CRC, buffer_crc));
    return set_fact(file, RN_FACTS_SUM, facts_sum);
}

static rn_status give_parts(const rn_tensor_file *file, const rn_text *header, rn_bytes_taker *take,
                            void *context)
{
    uint64_t length = header->length;
    RN_TRY(take(context, &length, sizeof length));
    RN_TRY(take(context, header->bytes, header->length));
    for (int i = 0; i < file->arrays; i++)
        RN_TRY(take(context, file->array[i].data, rn_array_bytes(&file->array[i])));
    return RN_OK;
}

rn_status rn_safetensors_give(rn_tensor_file *file, rn_bytes_taker *take, void *context)
{
    rn_text text = { 0 };
    for (int i = 0; i < file->arrays; i++)
        assert(file->array[i].type != RN_OTHER && rn_array_is_packed(&file->array[i]));
    if (file->arrays)
        qsort(file->array, (size_t)file->arrays, sizeof *file->array, by_alignment);
    json_t *header = json_object();
    rn_status status = add_sums(file);
    if (status == RN_OK)
        status = build_header(file, header, &text);
    if (status == RN_OK)
        status = give_parts(file, &text, take, context);
    json_decref(header);
    rn_text_free(&text);
    return status;
}

static rn_status put(void *output, const void *bytes, size_t size)
{
    return rn_output_write(output, bytes, size);
}

rn_status rn_safetensors_write(rn_tensor_file *file, const char *path, const char *keep_as)
{
    rn_output *output;
    uint64_t total = 0;
    for (int i = 0; i < file->arrays; i++)
        total += rn_array_bytes(&file->array[i]);
    RN_TRY(rn_output_open(&output, path));
    rn_output_expect(output, total);
    rn_status status = rn_safetensors_give(file, put, output);
    if (status == RN_OK)
        return rn_output_commit(output, keep_as);
    rn_output_abandon(output);
    return status;
}
