/*
 * A tensor of an ONNX file becomes an array.  Its numbers are told in one of three ways: as raw bytes, one by
 * one in a list of their kind, or as a place in a file beside this one.
 *
 *     tensor  dims 1, type 2, reals 4, 32-bit integers 5, 64-bit integers 7, name 8, raw 9, doubles 10,
 *             unsigned integers 11, place 13 { key 1, text 2 }, where 14 (1: beside)
 */
#include "base/memory.h"
#include "weights/onnx_model.h"

#include <string.h>

typedef struct { int64_t code; rn_number_type type; uint64_t list; rn_wire wire; } kind;

static const kind kinds[] = {
    { 1, RN_F32, 4, RN_WIRE_32 },      { 2, RN_U8, 5, RN_WIRE_VARINT },   { 3, RN_I8, 5, RN_WIRE_VARINT },
    { 4, RN_U16, 5, RN_WIRE_VARINT },  { 5, RN_I16, 5, RN_WIRE_VARINT },  { 6, RN_I32, 5, RN_WIRE_VARINT },
    { 7, RN_I64, 7, RN_WIRE_VARINT },  { 9, RN_BOOL, 5, RN_WIRE_VARINT }, { 10, RN_F16, 5, RN_WIRE_VARINT },
    { 11, RN_F64, 10, RN_WIRE_64 },    { 12, RN_U32, 11, RN_WIRE_VARINT },
    { 13, RN_U64, 11, RN_WIRE_VARINT }, { 16, RN_BF16, 5, RN_WIRE_VARINT },
};
static const kind unknown = { .type = RN_OTHER };

static const kind *find_kind(int64_t code)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (kinds[i].code == code)
            return &kinds[i];
    return &unknown;
}

typedef struct {
    rn_onnx_model *model;
    rn_tensor_file *file;
    const char *path;
    rn_bytes message, name, raw;
    const kind *kind;
    int dims;
    int64_t size[RN_MAX_DIMS], count;
    bool has_raw, beside;
} tensor;

#define TENSOR_FAILS(t, ...) rn_while(rn_fail(RN_BAD_FILE, __VA_ARGS__), "%s: tensor '%.*s'", (t)->path, \
                                      (int)((t)->name.size < 100 ? (t)->name.size : 100),               \
                                      (const char *)(t)->name.at)

static rn_status read_sizes(tensor *t, rn_proto *list)
{
    uint64_t side;
    while (rn_proto_next_number(list, RN_WIRE_VARINT, &side)) {
        int64_t bound;
        if (t->dims == RN_MAX_DIMS)
            return TENSOR_FAILS(t, "has more than %d dimensions", (int)RN_MAX_DIMS);
        if (side > INT64_MAX || __builtin_mul_overflow(t->count ? t->count : 1, (int64_t)side, &bound)
            || bound > INT64_MAX / 64)
            return TENSOR_FAILS(t, "its shape is not possible");
        t->size[t->dims++] = (int64_t)side;
        t->count *= (int64_t)side;
    }
    return rn_proto_end(list, t->path, "a shape");
}

static rn_status read_field(tensor *t, rn_proto *message, const rn_proto_field *field)
{
    rn_proto list;
    switch (field->number) {
    case 1:
        list = rn_proto_numbers(message, field, RN_WIRE_VARINT);
        return read_sizes(t, &list);
    case 2:
        t->kind = find_kind(rn_proto_int(message, field));
        return RN_OK;
    case 3:
        return TENSOR_FAILS(t, "is in several parts, which is not supported");
    case 8:
        t->name = rn_proto_bytes(message, field);
        return RN_OK;
    case 9:
        t->raw = rn_proto_bytes(message, field);
        t->has_raw = true;
        return RN_OK;
    case 14:
        t->beside = rn_proto_int(message, field) == 1;
        return RN_OK;
    }
    return RN_OK;
}

static rn_status read_tensor(tensor *t)
{
    rn_proto message = rn_proto_open(t->message);
    rn_proto_field field;
    while (rn_proto_next(&message, &field))
        RN_TRY(read_field(t, &message, &field));
    return rn_proto_end(&message, t->path, "a tensor");
}

/* ---- One by one ------------------------------------------------------------------------------ */

/* The numbers of the list, each in its own width, one behind another in `to` (NULL: only counted). */
static rn_status read_list(const tensor *t, uint8_t *to, int64_t *count)
{
    size_t width = rn_number_bytes(t->kind->type);
    rn_proto message = rn_proto_open(t->message);
    rn_proto_field field;
    uint64_t bits;
    *count = 0;
    while (rn_proto_next(&message, &field)) {
        if (field.number != t->kind->list)
            continue;
        rn_proto list = rn_proto_numbers(&message, &field, t->kind->wire);
        for (; rn_proto_next_number(&list, t->kind->wire, &bits); ++*count)
            if (to)
                memcpy(to + (size_t)*count * width, &bits, width);
        RN_TRY(rn_proto_end(&list, t->path, "a list of numbers"));
    }
    return rn_proto_end(&message, t->path, "a tensor");
}

static rn_status take_list(const tensor *t, const void **data)
{
    int64_t count;
    void *block;
    RN_TRY(read_list(t, NULL, &count));
    if (count != t->count)
        return TENSOR_FAILS(t, "holds %lld numbers, its shape says %lld", (long long)count,
                            (long long)t->count);
    size_t bytes = (size_t)count * rn_number_bytes(t->kind->type);
    if (bytes > t->model->room)
        return TENSOR_FAILS(t, "its numbers take far more memory than the file");
    t->model->room -= bytes;
    RN_TRY(rn_allocate(&block, bytes, 1, "a tensor"));
    RN_TRY(rn_tensor_file_own(t->file, block));
    *data = block;
    return read_list(t, block, &count);
}

/* ---- In a file beside ------------------------------------------------------------------------ */

typedef struct { rn_bytes location; uint64_t offset, length; } place;

static rn_status read_whole(const tensor *t, rn_bytes text, uint64_t *number)
{
    char digits[24] = "";
    int64_t value = -1;
    if (text.size < sizeof digits)
        memcpy(digits, text.at, text.size);
    if (!rn_read_int(digits, &value) || value < 0)
        return TENSOR_FAILS(t, "the place of its data is not a number");
    *number = (uint64_t)value;
    return RN_OK;
}

static rn_status read_place(const tensor *t, place *at)
{
    rn_proto message = rn_proto_open(t->message);
    rn_proto_field field;
    rn_bytes key, text;
    while (rn_proto_next(&message, &field)) {
        if (field.number != 13)
            continue;
        RN_TRY(rn_onnx_entry(rn_proto_bytes(&message, &field), t->path, &key, &text));
        if (rn_bytes_are(key, "location"))
            at->location = text;
        else if (rn_bytes_are(key, "offset"))
            RN_TRY(read_whole(t, text, &at->offset));
        else if (rn_bytes_are(key, "length"))
            RN_TRY(read_whole(t, text, &at->length));
    }
    return rn_proto_end(&message, t->path, "a tensor");
}

static rn_status take_beside(const tensor *t, const void **data)
{
    uint64_t bytes = (uint64_t)t->count * rn_number_bytes(t->kind->type);
    place at = { .location = { t->message.at, 0 }, .length = bytes };
    const rn_map *map;
    RN_TRY(read_place(t, &at));
    RN_TRY(rn_tensor_file_beside(t->file, t->path, (const char *)at.location.at, at.location.size, &map));
    if (at.length != bytes)
        return TENSOR_FAILS(t, "has %llu bytes of data, its shape says %llu", (unsigned long long)at.length,
                            (unsigned long long)bytes);
    if (at.offset > map->size || bytes > map->size - at.offset)
        return TENSOR_FAILS(t, "its data do not lie in the file '%.*s'", (int)at.location.size,
                            (const char *)at.location.at);
    *data = map->bytes + at.offset;
    return RN_OK;
}

/* ---- Any of them ----------------------------------------------------------------------------- */

static rn_status take_raw(const tensor *t, const void **data)
{
    uint64_t bytes = (uint64_t)t->count * rn_number_bytes(t->kind->type);
    if (t->raw.size != bytes)
        return TENSOR_FAILS(t, "has %zu bytes of data, its shape says %llu", t->raw.size,
                            (unsigned long long)bytes);
    *data = t->raw.at;
    return RN_OK;
}

static rn_status take_data(const tensor *t, const void **data)
{
    *data = t->message.at;
    if (t->kind->type == RN_OTHER)
        return RN_OK;
    if (t->beside)
        return take_beside(t, data);
    return t->has_raw ? take_raw(t, data) : take_list(t, data);
}

static rn_status add(const tensor *t)
{
    const void *data;
    char *name;
    if (t->file->arrays == RN_MAX_ARRAYS)
        return rn_fail(RN_BAD_FILE, "%s: more than %d tensors", t->path, (int)RN_MAX_ARRAYS);
    if (memchr(t->name.at, 0, t->name.size))
        return rn_fail(RN_BAD_FILE, "%s: the name of a tensor holds a zero byte", t->path);
    RN_TRY(take_data(t, &data));
    RN_TRY(rn_copy_text_part(&name, (const char *)t->name.at, t->name.size));
    rn_status status = rn_tensor_file_add(t->file, name, t->kind->type, t->dims, t->size, data);
    rn_free(name);
    return status;
}

rn_status rn_onnx_add_array(rn_onnx_model *model, rn_bytes message, rn_tensor_file *file)
{
    tensor t = { .model = model, .file = file, .path = model->path, .message = message,
                 .name = { message.at, 0 }, .kind = &unknown, .count = 1 };
    RN_TRY(read_tensor(&t));
    return add(&t);
}
