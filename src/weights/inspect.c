/*
 * What a weights file is, for people.  Names and sizes are borrowed from the open file, which closes with
 * what is told of it.
 */
#include "base/json.h"
#include "base/memory.h"
#include "base/text.h"
#include "weights/bundle_facts.h"
#include "weights/foreign.h"
#include "weights/onnx.h"

#include <string.h>

typedef struct {
    rn_file_info told;          /* first: what is handed out */
    rn_tensor_file file;
    rn_foreign found;
    rn_text metadata;
} inspection;

static bool is_learned(const rn_array *array)
{
    return rn_array_is_networks(array) && !rn_ends_with(array->name, ".running_mean")
        && !rn_ends_with(array->name, ".running_var");
}

static rn_status list_tensors(inspection *in)
{
    rn_file_tensor *tensor;
    RN_TRY(rn_new(&tensor, in->file.arrays));
    in->told.tensor = tensor;
    in->told.tensors = in->file.arrays;
    for (int i = 0; i < in->file.arrays; i++) {
        const rn_array *array = &in->file.array[i];
        tensor[i] = (rn_file_tensor){ array->name, rn_number_name(array->type), array->dims, array->size };
        if (is_learned(array))
            in->told.parameters += rn_array_count(array);
    }
    return RN_OK;
}

/* By what a program says of itself, else by a format that only one program writes. */
static const char *writer_of(const rn_tensor_file *file)
{
    static const struct { const char *format, *writer; } only[] = {
        { "PyTorch (zip)", "PyTorch 1.6 or later" }, { "PyTorch (stream)", "PyTorch 0.1 to 1.5" },
        { "PyTorch (tar)", "PyTorch, before March 2017" },
    };
    const char *producer = rn_tensor_file_fact(file, "onnx.producer");
    const char *framework = rn_tensor_file_fact(file, "format");
    if (producer && *producer)
        return producer;
    if (rn_facts_are_ours(file))
        return "resnet";
    for (size_t i = 0; i < sizeof only / sizeof *only; i++)
        if (strcmp(file->format, only[i].format) == 0)
            return only[i].writer;
    return framework && strcmp(framework, "pt") == 0 ? "PyTorch" : NULL;
}

static int classes_said(const rn_tensor_file *file)
{
    const char *text = rn_tensor_file_fact(file, "resnet.classes");
    int64_t classes;
    return text && rn_read_int(text, &classes) && classes > 0 && classes < INT32_MAX ? (int)classes : 0;
}

/* The network that the file names, or those that its tensors fit, and then what is still open. */
static rn_status find_network(inspection *in)
{
    static const rn_model_options nothing;
    in->told.refused = rn_tensor_file_fact(&in->file, RN_ONNX_REFUSED);
    RN_TRY(rn_foreign_examine(&in->found, &in->file, &nothing));
    in->told.network = in->found.count ? in->found.names.bytes : NULL;
    in->told.classes = in->found.architecture.classes;
    in->told.question = in->found.question;
    in->told.questions = in->found.questions;
    if (rn_facts_are_ours(&in->file)) {
        in->told.network = rn_tensor_file_fact(&in->file, "resnet.model");
        in->told.classes = classes_said(&in->file);
    }
    return RN_OK;
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

/* A file that agrees with its sums has the hash that it says, which need not be computed again. */
static rn_status find_hash(inspection *in)
{
    const char *said = rn_tensor_file_fact(&in->file, "resnet.sha256");
    if (!said || strlen(said) != 64 || strcmp(in->file.checksum, "good") != 0)
        return rn_tensor_file_hash(&in->file, in->told.sha256);
    memcpy(in->told.sha256, said, sizeof in->told.sha256);
    return RN_OK;
}

static rn_status inspect(inspection *in)
{
    in->told.format = in->file.format;
    in->told.checksum = in->file.checksum;
    in->told.bytes = (int64_t)in->file.map.size;
    in->told.writer = writer_of(&in->file);
    RN_TRY(list_tensors(in));
    RN_TRY(find_network(in));
    RN_TRY(write_facts(&in->metadata, &in->file));
    in->told.metadata = in->metadata.bytes;
    return find_hash(in);
}

rn_status rn_file_inspect(const char *path, rn_file_info **info)
{
    inspection *in;
    *info = NULL;
    RN_TRY(rn_new(&in, 1));
    rn_status status = rn_tensor_file_open(&in->file, path);
    if (status == RN_OK)
        status = inspect(in);
    if (status == RN_OK)
        *info = &in->told;
    else
        rn_file_info_free(&in->told);
    return status;
}

void rn_file_info_free(rn_file_info *info)
{
    if (!info)
        return;
    inspection *in = (inspection *)info;
    rn_free((void *)(uintptr_t)info->tensor);
    rn_foreign_free(&in->found);
    rn_text_free(&in->metadata);
    rn_tensor_file_close(&in->file);
    rn_free(in);
}
