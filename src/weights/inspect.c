/* What a weights file is, for people. */
#include "base/json.h"
#include "base/memory.h"
#include "weights/tensor_file.h"

#include <string.h>

static bool ends_with(const char *text, const char *end)
{
    size_t length = strlen(text), tail = strlen(end);
    return length >= tail && strcmp(text + length - tail, end) == 0;
}

static bool is_learned(const rn_array *array)
{
    return rn_array_is_networks(array) && !ends_with(array->name, ".running_mean")
        && !ends_with(array->name, ".running_var");
}

/* Facts that are JSON themselves become part of the document. */
static json_t *fact_value(const rn_fact *fact)
{
    json_t *value = NULL;
    bool nested = strncmp(fact->key, "resnet.", 7) == 0 && (fact->value[0] == '{' || fact->value[0] == '[');
    if (nested && rn_json_parse(&value, fact->value, strlen(fact->value), fact->key) != RN_BAD_FILE)
        return value;
    return rn_json_text(fact->value);
}

static rn_status write_facts(rn_text *text, const rn_tensor_file *file)
{
    json_t *facts = json_object();
    rn_status status = facts ? RN_OK : rn_fail(RN_NO_MEMORY, "out of memory for metadata");
    for (int i = 0; i < file->facts && status == RN_OK; i++)
        status = rn_json_set(facts, file->fact[i].key, fact_value(&file->fact[i]));
    if (status == RN_OK)
        status = rn_json_write(text, facts, 0);
    json_decref(facts);
    return status;
}

static rn_status fill(rn_file_info *info, const rn_tensor_file *file)
{
    rn_text metadata = { 0 };
    info->format = file->format;
    info->checksum = file->checksum;
    info->bytes = (int64_t)file->map.size;
    info->tensors = file->arrays;
    for (int i = 0; i < file->arrays; i++)
        if (is_learned(&file->array[i]))
            info->parameters += rn_array_count(&file->array[i]);
    rn_status status = write_facts(&metadata, file);
    info->metadata = metadata.bytes;
    return status == RN_OK ? rn_tensor_file_hash(file, info->sha256) : status;
}

rn_status rn_file_inspect(const char *path, rn_file_info **info)
{
    rn_tensor_file file;
    *info = NULL;
    RN_TRY(rn_tensor_file_open(&file, path));
    rn_status status = rn_new(info, 1);
    if (status == RN_OK)
        status = fill(*info, &file);
    rn_tensor_file_close(&file);
    if (status != RN_OK) {
        rn_file_info_free(*info);
        *info = NULL;
    }
    return status;
}

void rn_file_info_free(rn_file_info *info)
{
    if (info)
        rn_free((char *)(uintptr_t)info->metadata);
    rn_free(info);
}
