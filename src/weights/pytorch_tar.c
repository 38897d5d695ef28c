/*
 * A tar archive of four files, in any order; each begins with a pickled count n where a list follows:
 *
 *     storages  n, then n times: pickle (key, place, class), count as 64-bit integer, numbers;
 *               pickle [(key of a part, key of its storage, offset, count), ...]
 *     tensors   n, then n times: pickle (key, key of its storage, class), number of dimensions in 4 bytes,
 *               4 bytes unused, sizes, strides, offset as 64-bit integers
 *     pickle    the object, in which a tensor's name is its key
 *     sys_info  (not needed)
 *
 * Keys are numbers, or texts of digits.
 */
#include "weights/pytorch.h"
#include "base/memory.h"
#include "base/tar.h"

#include <stdlib.h>
#include <string.h>

enum { MOST = RN_MAX_ARRAYS };

bool rn_torch_tar_recognises(const uint8_t *bytes, size_t size)
{
    return rn_tar_recognises(bytes, size);
}

typedef struct { const uint8_t *bytes; size_t size, at; } member;

typedef struct { int64_t key; rn_torch_storage storage; } storage_item;

typedef struct {
    int64_t key, storage, offset;
    int dims;
    int64_t size[RN_MAX_DIMS], stride[RN_MAX_DIMS];
} tensor_item;

typedef struct {
    const char *path;
    member storages, tensors, pickle;
    storage_item *storage;      /* sorted by key, as are the tensors */
    tensor_item *tensor;
    int storage_count, tensor_count;
} archive;

static rn_status bad(const archive *in, const char *what)
{
    return rn_fail(RN_BAD_FILE, "%s: tar archive of PyTorch is damaged: %s", in->path, what);
}

/* ---- The archive ----------------------------------------------------------------------------- */

static rn_status find_members(archive *in, const uint8_t *bytes, size_t size)
{
    const struct { const char *name; member *place; } wanted[] = {
        { "storages", &in->storages }, { "tensors", &in->tensors }, { "pickle", &in->pickle },
    };
    rn_tar tar = { in->path, bytes, size, 0 };
    rn_tar_member found;
    do {
        RN_TRY(rn_tar_next(&tar, &found));
        for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
            if (strcmp(found.name, wanted[i].name) == 0)
                *wanted[i].place = (member){ found.bytes, found.size, 0 };
    } while (found.name[0]);
    if (!in->storages.bytes || !in->tensors.bytes || !in->pickle.bytes)
        return rn_fail(RN_BAD_FILE, "%s: a tar archive without PyTorch's files, not a model file", in->path);
    return RN_OK;
}

static rn_status read_whole(const archive *in, member *from, int64_t *to, int count)
{
    size_t bytes = (size_t)count * sizeof *to;
    if (from->size - from->at < bytes)
        return bad(in, "a file in it is cut short");
    memcpy(to, from->bytes + from->at, bytes);
    from->at += bytes;
    return RN_OK;
}

static rn_status read_pickle(const archive *in, member *from, rn_pickle *pickle)
{
    return rn_pickle_read(pickle, from->bytes, from->size, &from->at, in->path);
}

static rn_status read_count(const archive *in, member *from, int *count)
{
    rn_pickle pickle;
    int64_t number = -1;
    RN_TRY(read_pickle(in, from, &pickle));
    rn_pickle_number(rn_pickle_at(&pickle, pickle.root), &number);
    rn_pickle_close(&pickle);
    if (number < 0 || number > MOST)
        return bad(in, "a count is out of range");
    *count = (int)number;
    return RN_OK;
}

/* ---- Storages and tensors -------------------------------------------------------------------- */

/* The key at item i of a tuple. */
static bool read_key(const rn_pickle *pickle, const rn_py *tuple, uint32_t i, int64_t *key)
{
    return (tuple->kind == RN_PY_TUPLE || tuple->kind == RN_PY_LIST) && i < tuple->count
        && rn_pickle_number(rn_pickle_at(pickle, tuple->as.item[i]), key);
}

/* (key, place, class) */
static bool read_storage_name(const rn_pickle *pickle, storage_item *item)
{
    const rn_py *tuple = rn_pickle_at(pickle, pickle->root);
    const rn_py *type = tuple->kind == RN_PY_TUPLE ? rn_pickle_item(pickle, tuple, 2, RN_PY_GLOBAL) : NULL;
    if (!type || type->as.global.role != RN_ROLE_STORAGE)
        return false;
    item->storage.type = type->as.global.type;
    return rn_number_bytes(item->storage.type) && read_key(pickle, tuple, 0, &item->key);
}

static rn_status read_storage(archive *in, storage_item *item)
{
    rn_pickle pickle;
    int64_t count = 0;
    size_t bytes;
    RN_TRY(read_pickle(in, &in->storages, &pickle));
    bool good = read_storage_name(&pickle, item);
    rn_pickle_close(&pickle);
    if (!good)
        return bad(in, "a storage is not described as usual");
    RN_TRY(read_whole(in, &in->storages, &count, 1));
    member *from = &in->storages;
    if (count < 0 || !rn_times((size_t)count, rn_number_bytes(item->storage.type), &bytes)
        || bytes > from->size - from->at)
        return bad(in, "a storage is cut short");
    item->storage.data = from->bytes + from->at;
    item->storage.bytes = bytes;
    from->at += bytes;
    return RN_OK;
}

static int by_storage_key(const void *a, const void *b)
{
    int64_t x = ((const storage_item *)a)->key, y = ((const storage_item *)b)->key;
    return (x > y) - (x < y);
}

static int by_tensor_key(const void *a, const void *b)
{
    int64_t x = ((const tensor_item *)a)->key, y = ((const tensor_item *)b)->key;
    return (x > y) - (x < y);
}

static const storage_item *find_storage(const archive *in, int64_t key, int count)
{
    storage_item wanted = { .key = key };
    return count ? bsearch(&wanted, in->storage, (size_t)count, sizeof wanted, by_storage_key) : NULL;
}

/* (key of the part, key of its storage, offset, count), both in numbers */
static bool read_view(const archive *in, const rn_pickle *pickle, const rn_py *tuple, int roots,
                      storage_item *item)
{
    int64_t root, offset, count;
    if (!read_key(pickle, tuple, 0, &item->key) || !read_key(pickle, tuple, 1, &root)
        || !read_key(pickle, tuple, 2, &offset) || !read_key(pickle, tuple, 3, &count))
        return false;
    const storage_item *whole = find_storage(in, root, roots);
    if (!whole)
        return false;
    size_t width = rn_number_bytes(whole->storage.type);
    int64_t numbers = (int64_t)(whole->storage.bytes / width);
    if (offset < 0 || count < 0 || offset > numbers || count > numbers - offset)
        return false;
    item->storage = whole->storage;
    item->storage.data += (size_t)offset * width;
    item->storage.bytes = (size_t)count * width;
    return true;
}

static rn_status read_views(archive *in, const rn_pickle *pickle)
{
    const rn_py *list = rn_pickle_at(pickle, pickle->root);
    int roots = in->storage_count;
    if (list->kind != RN_PY_LIST || list->count > MOST)
        return bad(in, "its list of parts is not a list");
    RN_TRY(rn_reallocate((void **)&in->storage, (size_t)roots, (size_t)roots + list->count,
                         sizeof *in->storage, "a list of storages"));
    for (uint32_t i = 0; i < list->count; i++) {
        const rn_py *tuple = rn_pickle_at(pickle, list->as.item[i]);
        if (!read_view(in, pickle, tuple, roots, &in->storage[in->storage_count++]))
            return bad(in, "a part of a storage is not described as usual");
    }
    return RN_OK;
}

static void sort_storages(archive *in)
{
    if (in->storage_count)
        qsort(in->storage, (size_t)in->storage_count, sizeof *in->storage, by_storage_key);
}

static rn_status read_storages(archive *in)
{
    int count = 0;
    rn_pickle views;
    RN_TRY(read_count(in, &in->storages, &count));
    RN_TRY(rn_allocate((void **)&in->storage, (size_t)count, sizeof *in->storage, "a list of storages"));
    for (; in->storage_count < count; in->storage_count++)
        RN_TRY(read_storage(in, &in->storage[in->storage_count]));
    sort_storages(in);
    RN_TRY(read_pickle(in, &in->storages, &views));
    rn_status status = read_views(in, &views);
    rn_pickle_close(&views);
    sort_storages(in);
    return status;
}

static rn_status read_tensor(archive *in, tensor_item *item)
{
    rn_pickle pickle;
    int64_t dims = 0;
    RN_TRY(read_pickle(in, &in->tensors, &pickle));
    const rn_py *tuple = rn_pickle_at(&pickle, pickle.root);
    bool good = read_key(&pickle, tuple, 0, &item->key) && read_key(&pickle, tuple, 1, &item->storage);
    rn_pickle_close(&pickle);
    if (!good)
        return bad(in, "a tensor is not described as usual");
    RN_TRY(read_whole(in, &in->tensors, &dims, 1));
    item->dims = (int32_t)dims;     /* the other four bytes are not used */
    if (item->dims < 0 || item->dims > RN_MAX_DIMS)
        return bad(in, "a tensor has too many dimensions");
    RN_TRY(read_whole(in, &in->tensors, item->size, item->dims));
    RN_TRY(read_whole(in, &in->tensors, item->stride, item->dims));
    return read_whole(in, &in->tensors, &item->offset, 1);
}

static rn_status read_tensors(archive *in)
{
    int count = 0;
    RN_TRY(read_count(in, &in->tensors, &count));
    RN_TRY(rn_allocate((void **)&in->tensor, (size_t)count, sizeof *in->tensor, "a list of tensors"));
    for (; in->tensor_count < count; in->tensor_count++)
        RN_TRY(read_tensor(in, &in->tensor[in->tensor_count]));
    if (count)
        qsort(in->tensor, (size_t)count, sizeof *in->tensor, by_tensor_key);
    return RN_OK;
}

/* ---- The object ------------------------------------------------------------------------------ */

static rn_status find_tensor(const rn_torch_source *source, const rn_py *name, rn_array *array)
{
    const archive *in = source->container;
    tensor_item wanted;
    const tensor_item *item = NULL;
    if (rn_pickle_number(name, &wanted.key) && in->tensor_count)
        item = bsearch(&wanted, in->tensor, (size_t)in->tensor_count, sizeof wanted, by_tensor_key);
    const storage_item *stored = item ? find_storage(in, item->storage, in->storage_count) : NULL;
    if (!stored)
        return bad(in, "a tensor is missing");
    array->type = stored->storage.type;
    array->dims = item->dims;
    memcpy(array->size, item->size, sizeof item->size);
    memcpy(array->stride, item->stride, sizeof item->stride);
    return rn_torch_place(array, &stored->storage, item->offset, in->path);
}

/* Tensors are not rebuilt from storages in this container. */
static rn_status no_storage(const rn_torch_source *source, const rn_py *name, rn_torch_storage *found)
{
    (void)name;
    (void)found;
    return bad(source->container, "a tensor is not described as usual");
}

static rn_status read_archive(archive *in, rn_tensor_file *file)
{
    rn_pickle pickle;
    RN_TRY(find_members(in, file->map.bytes, file->map.size));
    RN_TRY(read_storages(in));
    RN_TRY(read_tensors(in));
    RN_TRY(read_pickle(in, &in->pickle, &pickle));
    rn_torch_source source = { file, &pickle, in->path, in, no_storage, find_tensor };
    rn_status status = rn_torch_collect(&source);
    rn_pickle_close(&pickle);
    return status;
}

rn_status rn_torch_tar_read(rn_tensor_file *file, const char *path)
{
    archive in = { .path = path };
    file->format = "PyTorch (tar)";
    rn_status status = read_archive(&in, file);
    rn_free(in.storage);
    rn_free(in.tensor);
    return status;
}
