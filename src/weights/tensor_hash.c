/*
 * Sums that tell whether two files hold the same network, and whether one is as it was written:
 *
 *     for each tensor: name, zero byte, number of dimensions and sizes as 64-bit integers, values as float
 *     for each fact: key, zero byte, value, zero byte
 */
#include "base/digest.h"
#include "base/memory.h"
#include "weights/tensor_file.h"

#include <stdlib.h>
#include <string.h>

bool rn_array_is_networks(const rn_array *array)
{
    return (array->type == RN_F32 || array->type == RN_F64 || array->type == RN_F16 || array->type == RN_BF16)
        && strncmp(array->name, "preprocess.", 11) != 0 && strncmp(array->name, "training.", 9) != 0;
}

static int by_name(const void *a, const void *b)
{
    return strcmp((*(const rn_array *const *)a)->name, (*(const rn_array *const *)b)->name);
}

static rn_status add_values(rn_digest *digest, const rn_array *array)
{
    size_t count = (size_t)rn_array_count(array);
    if (count == 0 || (array->type == RN_F32 && rn_array_is_packed(array))) {
        rn_digest_add(digest, array->data, count * sizeof(float));
        return RN_OK;
    }
    float *values;
    RN_TRY(rn_allocate((void **)&values, count, sizeof *values, array->name));
    rn_status status = rn_array_floats(array, values);
    rn_digest_add(digest, values, count * sizeof *values);
    rn_free(values);
    return status;
}

static rn_status add_array(rn_digest *digest, const rn_array *array)
{
    int64_t dims = array->dims;
    rn_digest_add(digest, array->name, strlen(array->name) + 1);
    rn_digest_add(digest, &dims, sizeof dims);
    rn_digest_add(digest, array->size, (size_t)dims * sizeof *array->size);
    return add_values(digest, array);
}

rn_status rn_tensor_file_hash(const rn_tensor_file *file, char hex[65])
{
    const rn_array **sorted;
    rn_digest *digest;
    size_t count = 0;
    RN_TRY(rn_allocate((void **)&sorted, (size_t)file->arrays, sizeof *sorted, "a list of tensors"));
    for (int i = 0; i < file->arrays; i++)
        if (rn_array_is_networks(&file->array[i]))
            sorted[count++] = &file->array[i];
    qsort(sorted, count, sizeof *sorted, by_name);
    rn_status status = rn_digest_open(&digest);
    for (size_t i = 0; i < count && status == RN_OK; i++)
        status = add_array(digest, sorted[i]);
    rn_digest_close(digest, hex);
    rn_free(sorted);
    return status;
}

static int by_key(const void *a, const void *b)
{
    return strcmp(((const rn_fact *)a)->key, ((const rn_fact *)b)->key);
}

static bool is_sum(const rn_fact *fact)
{
    return strncmp(fact->key, "resnet.sha256", 13) == 0 || strncmp(fact->key, "resnet.crc32c", 13) == 0;
}

rn_status rn_tensor_file_hash_facts(rn_tensor_file *file, char hex[65])
{
    rn_digest *digest;
    RN_TRY(rn_digest_open(&digest));
    if (file->facts)
        qsort(file->fact, (size_t)file->facts, sizeof *file->fact, by_key);
    for (int i = 0; i < file->facts; i++)
        if (!is_sum(&file->fact[i])) {
            rn_digest_add(digest, file->fact[i].key, strlen(file->fact[i].key) + 1);
            rn_digest_add(digest, file->fact[i].value, strlen(file->fact[i].value) + 1);
        }
    rn_digest_close(digest, hex);
    return RN_OK;
}
