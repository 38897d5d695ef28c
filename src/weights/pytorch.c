/*
 * From a pickle to named tensors.  The state_dict is the pickled dictionary itself or lies in it under a key
 * that is usual for it; numbers and words beside it ("epoch") become facts.
 */
#include "weights/pytorch.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"

#include <string.h>

enum { DEEPEST = 4, MOST_PICKLES = 1000 };

static const char *const wrappers[] = {
    "state_dict", "model_state_dict", "model_state", "model", "net", "weights", "state_dict_ema", "model_ema",
    "ema",
};

static const char *const kind_names[] = {
    [RN_PY_NONE] = "nothing", [RN_PY_BOOL] = "a truth value", [RN_PY_INT] = "a number",
    [RN_PY_REAL] = "a number", [RN_PY_TEXT] = "a text", [RN_PY_TUPLE] = "a tuple",
    [RN_PY_LIST] = "a list", [RN_PY_DICT] = "a dictionary",
    [RN_PY_GLOBAL] = "a name", [RN_PY_PERSISTENT] = "a single storage", [RN_PY_TENSOR] = "a single tensor",
    [RN_PY_PARAMETER] = "a single tensor", [RN_PY_OTHER] = "an object",
};

static rn_status bad(const rn_torch_source *source, const char *what)
{
    return rn_fail(RN_BAD_FILE, "%s: not a state_dict of PyTorch: %s", source->path, what);
}

/* ---- Tensors --------------------------------------------------------------------------------- */

rn_status rn_torch_read_name(const rn_torch_source *source, const rn_py *name, rn_torch_name *read)
{
    const rn_pickle *p = source->pickle;
    bool tuple = name->kind == RN_PY_TUPLE;
    const rn_py *type = tuple ? rn_pickle_item(p, name, 1, RN_PY_GLOBAL) : NULL;
    const rn_py *count = tuple ? rn_pickle_item(p, name, 4, RN_PY_INT) : NULL;
    if (!type || type->as.global.role != RN_ROLE_STORAGE || !count || count->as.whole < 0)
        return bad(source, "a storage is not described as usual");
    *read = (rn_torch_name){ type->as.global.type, rn_pickle_at(p, name->as.item[2]), count->as.whole };
    return RN_OK;
}

/* Whether product and extent of the sizes stay in range; empty dimensions count as one. */
static bool measure(const rn_array *array, int64_t *count, int64_t *extent)
{
    int64_t bound = 1, reach;
    *count = 1;
    *extent = 1;
    for (int d = 0; d < array->dims; d++) {
        int64_t size = array->size[d], steps = size > 0 ? size - 1 : 0;
        if (size < 0 || array->stride[d] < 0 || __builtin_mul_overflow(bound, size ? size : 1, &bound)
            || __builtin_mul_overflow(steps, array->stride[d], &reach)
            || __builtin_add_overflow(*extent, reach, extent))
            return false;
        *count *= size;
    }
    return true;
}

rn_status rn_torch_place(rn_array *array, const rn_torch_storage *in, int64_t offset, const char *path)
{
    int64_t count, extent, begin;
    size_t width = rn_number_bytes(array->type);
    if (width == 0)
        return rn_fail(RN_BAD_FILE, "%s: tensor '%.100s' holds an unknown type of number", path, array->name);
    int64_t numbers = (int64_t)(in->bytes / width);
    bool begins = offset >= 0 && !__builtin_add_overflow(offset, in->offset, &begin) && begin <= numbers;
    if (!begins || !measure(array, &count, &extent) || count > numbers || (count && extent > numbers - begin))
        return rn_fail(RN_BAD_FILE, "%s: tensor '%.100s' does not lie in its storage", path, array->name);
    array->data = count ? in->data + (size_t)begin * width : in->data;
    return RN_OK;
}

static rn_status read_sizes(const rn_torch_source *source, const rn_py *from, int64_t *to)
{
    for (uint32_t d = 0; d < from->count; d++) {
        const rn_py *size = rn_pickle_item(source->pickle, from, d, RN_PY_INT);
        if (!size)
            return bad(source, "a size is not a number");
        to[d] = size->as.whole;
    }
    return RN_OK;
}

/* _rebuild_tensor(storage, offset, sizes, strides, requires_grad, hooks, dtype or other things) */
static rn_status rebuild(const rn_torch_source *source, const rn_py *tensor, rn_array *array)
{
    const rn_pickle *p = source->pickle;
    const rn_py *storage = rn_pickle_item(p, tensor, 0, RN_PY_PERSISTENT);
    const rn_py *offset = rn_pickle_item(p, tensor, 1, RN_PY_INT);
    const rn_py *size = rn_pickle_item(p, tensor, 2, RN_PY_TUPLE);
    const rn_py *stride = rn_pickle_item(p, tensor, 3, RN_PY_TUPLE);
    const rn_py *dtype = rn_pickle_item(p, tensor, 6, RN_PY_GLOBAL);
    if (!storage || !offset || !size || !stride || size->count != stride->count || size->count > RN_MAX_DIMS)
        return bad(source, "a tensor is not described as usual");
    rn_torch_storage found = { 0 };
    RN_TRY(source->storage(source, rn_pickle_at(p, storage->as.item[0]), &found));
    array->type = found.type == RN_OTHER && dtype ? dtype->as.global.type : found.type;
    array->dims = (int)size->count;
    RN_TRY(read_sizes(source, size, array->size));
    RN_TRY(read_sizes(source, stride, array->stride));
    return rn_torch_place(array, &found, offset->as.whole, source->path);
}

static rn_status add_tensor(const rn_torch_source *source, const rn_py *key, const rn_py *value)
{
    rn_array array = { 0 };
    if (source->file->arrays == RN_MAX_ARRAYS)
        return bad(source, "more tensors than any network has");
    RN_TRY(rn_copy_text_part(&array.name, key->as.text, key->count));
    rn_status status;
    if (value->kind == RN_PY_TENSOR)
        status = rebuild(source, value, &array);
    else
        status = source->tensor(source, rn_pickle_at(source->pickle, value->as.item[0]), &array);
    if (status == RN_OK)
        status = rn_tensor_file_add(source->file, array.name, array.type, array.dims, array.size, array.data);
    if (status == RN_OK)
        memcpy(source->file->array[source->file->arrays - 1].stride, array.stride, sizeof array.stride);
    rn_free(array.name);
    return status;
}

/* Parameters are tensors with a cover. */
static const rn_py *uncover(const rn_torch_source *source, const rn_py *value)
{
    for (int depth = 0; depth < DEEPEST && value->kind == RN_PY_PARAMETER && value->count > 0; depth++)
        value = rn_pickle_at(source->pickle, value->as.item[0]);
    return value;
}

static rn_status add_tensors(const rn_torch_source *source, const rn_py *dict)
{
    for (uint32_t i = 0; i + 1 < dict->count; i += 2) {
        const rn_py *key = rn_pickle_item(source->pickle, dict, i, RN_PY_TEXT);
        const rn_py *value = uncover(source, rn_pickle_at(source->pickle, dict->as.item[i + 1]));
        bool tensor = value->kind == RN_PY_TENSOR || (value->kind == RN_PY_PERSISTENT && source->tensor);
        if (key && tensor)
            RN_TRY(add_tensor(source, key, value));
    }
    return source->file->arrays ? RN_OK : bad(source, "it holds no tensors");
}

/* ---- The dictionary -------------------------------------------------------------------------- */

static bool is_printable(const rn_py *text)
{
    for (uint32_t i = 0; i < text->count; i++)
        if ((uint8_t)text->as.text[i] < ' ' || (uint8_t)text->as.text[i] >= 127)
            return false;
    return text->count < 200;
}

static rn_status add_fact(const rn_torch_source *source, const rn_py *key, const rn_py *value)
{
    char name[256];
    rn_text text = { 0 };
    rn_text_print(name, sizeof name, "%.*s", (int)key->count, key->as.text);
    if (value->kind == RN_PY_INT)
        rn_text_add(&text, "%lld", (long long)value->as.whole);
    else if (value->kind == RN_PY_REAL)
        rn_text_add(&text, "%.15g", value->as.real);
    else if (value->kind == RN_PY_TEXT)
        rn_text_add_bytes(&text, value->as.text, value->count);
    else
        return RN_OK;
    rn_status status = rn_text_finish(&text);
    if (status == RN_OK)
        status = rn_tensor_file_add_fact(source->file, name, text.bytes);
    rn_text_free(&text);
    return status;
}

static rn_status add_facts(const rn_torch_source *source, const rn_py *dict)
{
    for (uint32_t i = 0; i + 1 < dict->count && source->file->facts < 100; i += 2) {
        const rn_py *key = rn_pickle_item(source->pickle, dict, i, RN_PY_TEXT);
        if (key && is_printable(key))
            RN_TRY(add_fact(source, key, rn_pickle_at(source->pickle, dict->as.item[i + 1])));
    }
    return RN_OK;
}

/* The dictionary under the first of the usual keys; that there are others is told. */
static const rn_py *unwrap(const rn_torch_source *source, const rn_py *dict)
{
    const rn_py *found = NULL;
    const char *taken = "";
    for (size_t i = 0; i < sizeof wrappers / sizeof *wrappers; i++) {
        const rn_py *inner = rn_pickle_find(source->pickle, dict, wrappers[i]);
        if (!inner || inner->kind != RN_PY_DICT)
            continue;
        if (found) {
            rn_note("%s: '%s' is taken, it also has '%s'", source->path, taken, wrappers[i]);
            continue;
        }
        found = inner;
        taken = wrappers[i];
    }
    return found;
}

rn_status rn_torch_collect(const rn_torch_source *source)
{
    const rn_py *dict = rn_pickle_at(source->pickle, source->pickle->root), *inner;
    if (dict->kind != RN_PY_DICT)
        return rn_fail(RN_BAD_FILE, "%s: holds %s, not a state_dict", source->path, kind_names[dict->kind]);
    for (int depth = 0; depth < DEEPEST && (inner = unwrap(source, dict)); depth++) {
        RN_TRY(add_facts(source, dict));
        dict = inner;
    }
    RN_TRY(add_facts(source, dict));
    return add_tensors(source, dict);
}

/* ---- Pickles alone --------------------------------------------------------------------------- */

/* Version 2 and later begin with their number; older ones with a name or a collection and end with a stop. */
bool rn_torch_pickle_recognises(const uint8_t *bytes, size_t size)
{
    bool old = bytes[0] && strchr("(c]}VS", bytes[0]) && memchr(bytes, '.', size);
    return size > 2 && (old || (bytes[0] == 0x80 && bytes[1] <= 5));
}

rn_status rn_torch_pickle_read(rn_tensor_file *file, const char *path)
{
    size_t at = 0;
    for (int i = 0; i < MOST_PICKLES && at < file->map.size; i++) {
        rn_pickle pickle;
        RN_TRY(rn_pickle_read(&pickle, file->map.bytes, file->map.size, &at, path));
        rn_pickle_close(&pickle);
    }
    return rn_fail(RN_BAD_FILE, "%s: a Python pickle without tensors, not a model file", path);
}
