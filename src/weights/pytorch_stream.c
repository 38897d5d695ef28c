/*
 * One pickle after another, then raw numbers:
 *
 *     magic number, 1001, {"little_endian": True, ...}, the object, [key, ...];
 *     for each key: count as 64-bit integer, numbers
 *
 * A storage's name in the object is ("storage", class, key, place, count, view), where the view is None or
 * (key, offset, count): a part of the storage.
 */
#include "weights/pytorch.h"
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

static const uint8_t magic[15] = {
    0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, '.',
};

bool rn_torch_stream_recognises(const uint8_t *bytes, size_t size)
{
    return size > sizeof magic && memcmp(bytes, magic, sizeof magic) == 0;
}

typedef struct {
    const rn_py *key;
    rn_torch_storage storage;
    int64_t count;
} item;

typedef struct {
    item *item;                 /* sorted by key */
    int items;
} shelf;

static int compare(const rn_py *a, const rn_py *b)
{
    int order = memcmp(a->as.text, b->as.text, a->count < b->count ? a->count : b->count);
    return order ? order : (a->count > b->count) - (a->count < b->count);
}

static int by_key(const void *a, const void *b)
{
    return compare(((const item *)a)->key, ((const item *)b)->key);
}

static item *find(const shelf *on, const rn_py *key)
{
    item wanted = { .key = key };
    return key->kind == RN_PY_TEXT && on->items
         ? bsearch(&wanted, on->item, (size_t)on->items, sizeof *on->item, by_key) : NULL;
}

static rn_status find_storage(const rn_torch_source *source, const rn_py *name, rn_torch_storage *found)
{
    rn_torch_name read;
    RN_TRY(rn_torch_read_name(source, name, &read));
    const item *stored = find(source->container, read.key);
    if (!stored || !stored->storage.data || stored->storage.type != read.type)
        return rn_fail(RN_BAD_FILE, "%s: a storage is missing", source->path);
    *found = stored->storage;
    const rn_py *view = rn_pickle_item(source->pickle, name, 5, RN_PY_TUPLE);
    if (!view)
        return RN_OK;
    const rn_py *offset = rn_pickle_item(source->pickle, view, 1, RN_PY_INT);
    if (!offset || offset->as.whole < 0)
        return rn_fail(RN_BAD_FILE, "%s: a part of a storage is not described as usual", source->path);
    found->offset = offset->as.whole;
    return RN_OK;
}

/* A place for every storage that the object names. */
static rn_status list_storages(const rn_torch_source *source, shelf *on)
{
    const rn_pickle *p = source->pickle;
    RN_TRY(rn_allocate((void **)&on->item, p->values, sizeof *on->item, "a list of storages"));
    for (uint32_t i = 0; i < p->values; i++) {
        if (p->value[i].kind != RN_PY_PERSISTENT)
            continue;
        rn_torch_name read;
        RN_TRY(rn_torch_read_name(source, rn_pickle_at(p, p->value[i].as.item[0]), &read));
        if (read.key->kind != RN_PY_TEXT)
            return rn_fail(RN_BAD_FILE, "%s: the key of a storage is not a text", source->path);
        on->item[on->items++] = (item){ .key = read.key, .count = read.count, .storage.type = read.type };
    }
    if (on->items)
        qsort(on->item, (size_t)on->items, sizeof *on->item, by_key);
    return RN_OK;
}

/* A key may have been named many times; all its places get the data. */
static rn_status shelve(const shelf *on, const rn_py *key, const uint8_t *bytes, size_t size, size_t *at,
                        const char *path)
{
    item *first = find(on, key);
    int64_t count;
    if (!first)
        return rn_fail(RN_BAD_FILE, "%s: a storage that no tensor uses", path);
    size_t width = first->storage.type == RN_OTHER ? 1 : rn_number_bytes(first->storage.type), length;
    if (size - *at < sizeof count)
        return rn_fail(RN_BAD_FILE, "%s: cut short: numbers are missing", path);
    memcpy(&count, bytes + *at, sizeof count);
    *at += sizeof count;
    if (count != first->count || !rn_times((size_t)count, width, &length))
        return rn_fail(RN_BAD_FILE, "%s: a storage has %lld numbers, wanted %lld", path, (long long)count,
                       (long long)first->count);
    if (length > size - *at)
        return rn_fail(RN_BAD_FILE, "%s: cut short: numbers are missing", path);
    while (first > on->item && compare(first[-1].key, key) == 0)
        first--;
    for (; first < on->item + on->items && compare(first->key, key) == 0; first++) {
        first->storage.data = bytes + *at;
        first->storage.bytes = length;
    }
    *at += length;
    return RN_OK;
}

static rn_status fill_shelf(const shelf *on, const rn_tensor_file *file, size_t at, const char *path)
{
    rn_pickle keys;
    const uint8_t *bytes = file->map.bytes;
    RN_TRY(rn_pickle_read(&keys, bytes, file->map.size, &at, path));
    const rn_py *list = rn_pickle_at(&keys, keys.root);
    rn_status status = RN_OK;
    if (list->kind != RN_PY_LIST)
        status = rn_fail(RN_BAD_FILE, "%s: the keys of its storages are not a list", path);
    for (uint32_t i = 0; status == RN_OK && i < list->count; i++)
        status = shelve(on, rn_pickle_at(&keys, list->as.item[i]), bytes, file->map.size, &at, path);
    rn_pickle_close(&keys);
    return status;
}

static rn_status read_object(rn_tensor_file *file, size_t at, const char *path)
{
    rn_pickle object;
    shelf on = { 0 };
    RN_TRY(rn_pickle_read(&object, file->map.bytes, file->map.size, &at, path));
    rn_torch_source source = { file, &object, path, &on, find_storage, NULL };
    rn_status status = list_storages(&source, &on);
    if (status == RN_OK)
        status = fill_shelf(&on, file, at, path);
    if (status == RN_OK)
        status = rn_torch_collect(&source);
    rn_free(on.item);
    rn_pickle_close(&object);
    return status;
}

/* The version of the protocol, and how numbers are stored. */
static rn_status read_prologue(const rn_tensor_file *file, size_t *at, const char *path)
{
    rn_pickle pickle;
    int64_t version = 0;
    RN_TRY(rn_pickle_read(&pickle, file->map.bytes, file->map.size, at, path));
    rn_pickle_number(rn_pickle_at(&pickle, pickle.root), &version);
    rn_pickle_close(&pickle);
    if (version != 1001)
        return rn_fail(RN_BAD_FILE, "%s: PyTorch's protocol %lld is not supported", path, (long long)version);
    RN_TRY(rn_pickle_read(&pickle, file->map.bytes, file->map.size, at, path));
    const rn_py *about = rn_pickle_at(&pickle, pickle.root);
    const rn_py *little = about->kind == RN_PY_DICT ? rn_pickle_find(&pickle, about, "little_endian") : NULL;
    bool good = little && little->kind == RN_PY_BOOL && little->as.whole;
    rn_pickle_close(&pickle);
    if (!good)
        return rn_fail(RN_BAD_FILE, "%s: its numbers have their big end first, which is not supported", path);
    return RN_OK;
}

rn_status rn_torch_stream_read(rn_tensor_file *file, const char *path)
{
    size_t at = sizeof magic;
    file->format = "PyTorch (stream)";
    RN_TRY(read_prologue(file, &at, path));
    return read_object(file, at, path);
}
