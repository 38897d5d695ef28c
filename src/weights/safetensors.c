/*
 * Reading safetensors:
 *
 *     u64 N | N bytes of JSON | buffer
 *
 * The JSON maps a tensor's name to its type, shape and [begin, end) in the buffer.  Sorted by place, tensors
 * touch: the first begins at 0, each begins where the one before ends, the last ends with the file.
 * "__metadata__" maps text to text.
 */
#include "weights/safetensors.h"
#include "base/crc.h"
#include "base/digest.h"
#include "base/json.h"
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

#define HEADER_LIMIT 100000000

/* Types that are known by their width only. */
static const struct { const char *name; unsigned bits; } other[] = {
    { "C64", 64 }, { "F8_E5M2", 8 }, { "F8_E4M3", 8 }, { "F8_E8M0", 8 },
    { "F8_E5M2FNUZ", 8 }, { "F8_E4M3FNUZ", 8 }, { "F6_E2M3", 6 }, { "F6_E3M2", 6 }, { "F4", 4 },
};

typedef struct { uint64_t begin, end; } span;

typedef struct {
    rn_tensor_file *file;
    const char *path;
    const uint8_t *buffer;
    size_t size;                /* of the buffer */
    span *place;                /* of each array */
} reader;

#define ENTRY_FAILS(name, ...) \
    rn_while(rn_fail(RN_BAD_FILE, __VA_ARGS__), "%s: tensor '%.100s'", r->path, name)

static bool read_whole(const json_t *value, uint64_t *number)
{
    if (!json_is_integer(value) || json_integer_value(value) < 0)
        return false;
    *number = (uint64_t)json_integer_value(value);
    return true;
}

/* Sizes and their product; in the check an empty dimension counts as one, so that strides fit too. */
static bool read_shape(const json_t *shape, int64_t *size, uint64_t *count)
{
    uint64_t side, bound = 1;
    *count = 1;
    for (size_t d = 0; d < json_array_size(shape); d++) {
        if (!read_whole(json_array_get(shape, d), &side)
            || __builtin_mul_overflow(bound, side ? side : 1, &bound))
            return false;
        *count *= side;
        size[d] = (int64_t)side;
    }
    return bound <= INT64_MAX / 64;
}

/* The type of that name and its width in bits, 0 when it is unknown. */
static rn_number_type find_type(const char *name, uint64_t *bits)
{
    rn_number_type type = 0;
    while (type != RN_OTHER && strcmp(rn_number_name(type), name) != 0)
        type++;
    *bits = 8 * rn_number_bytes(type);
    for (size_t i = 0; i < sizeof other / sizeof *other; i++)
        if (strcmp(other[i].name, name) == 0)
            *bits = other[i].bits;
    return type;
}

static rn_status read_entry(reader *r, const char *name, const json_t *entry)
{
    const char *dtype = json_string_value(json_object_get(entry, "dtype"));
    const json_t *shape = json_object_get(entry, "shape"), *offsets = json_object_get(entry, "data_offsets");
    span *place = &r->place[r->file->arrays];
    int64_t size[RN_MAX_DIMS];
    uint64_t count, bits;
    if (!dtype || !json_is_array(shape) || json_array_size(offsets) != 2)
        return ENTRY_FAILS(name, "its entry is not {dtype, shape, data_offsets}");
    if (json_array_size(shape) > RN_MAX_DIMS)
        return ENTRY_FAILS(name, "has %zu dimensions, the limit is %d", json_array_size(shape), RN_MAX_DIMS);
    if (!read_shape(shape, size, &count))
        return ENTRY_FAILS(name, "its shape is not possible");
    if (!read_whole(json_array_get(offsets, 0), &place->begin)
        || !read_whole(json_array_get(offsets, 1), &place->end)
        || place->begin > place->end || place->end > r->size)
        return ENTRY_FAILS(name, "its data do not lie in the file; is it cut short?");
    rn_number_type type = find_type(dtype, &bits);
    if (bits && (count * bits % 8 || count * bits / 8 != place->end - place->begin))
        return ENTRY_FAILS(name, "%llu numbers of type %s do not fill %llu bytes", (unsigned long long)count,
                           dtype, (unsigned long long)(place->end - place->begin));
    int dims = (int)json_array_size(shape);
    return rn_tensor_file_add(r->file, name, type, dims, size, r->buffer + place->begin);
}

static rn_status read_facts(reader *r, json_t *metadata)
{
    const char *key;
    json_t *value;
    if (!json_is_object(metadata))
        return rn_fail(RN_BAD_FILE, "%s: its metadata is not a JSON object", r->path);
    json_object_foreach(metadata, key, value) {
        if (!json_is_string(value))
            return rn_fail(RN_BAD_FILE, "%s: metadata '%.100s' is not a text", r->path, key);
        RN_TRY(rn_tensor_file_add_fact(r->file, key, json_string_value(value)));
    }
    return RN_OK;
}

static int by_place(const void *a, const void *b)
{
    const span *x = a, *y = b;
    if (x->begin != y->begin)
        return x->begin < y->begin ? -1 : 1;
    return (x->end > y->end) - (x->end < y->end);
}

static rn_status check_places(reader *r)
{
    uint64_t end = 0;
    qsort(r->place, (size_t)r->file->arrays, sizeof *r->place, by_place);
    for (int i = 0; i < r->file->arrays; i++) {
        if (r->place[i].begin != end)
            return rn_fail(RN_BAD_FILE, "%s: its tensors %s at byte %llu of the data", r->path,
                           r->place[i].begin < end ? "overlap" : "leave a hole", (unsigned long long)end);
        end = r->place[i].end;
    }
    if (end != r->size)
        return rn_fail(RN_BAD_FILE, "%s: its tensors end at byte %llu of %zu bytes of data", r->path,
                       (unsigned long long)end, r->size);
    return RN_OK;
}

static rn_status compare(const reader *r, const char *said, const char *found, const char *kind)
{
    if (said && strcmp(said, found) != 0)
        return rn_fail(RN_BAD_FILE, "%s: damaged (%s differs)", r->path, kind);
    return RN_OK;
}

/* The sums of our writer, where they are. */
static rn_status check_sums(reader *r)
{
    const char *crc = rn_tensor_file_fact(r->file, RN_BUFFER_CRC);
    const char *buffer_sum = rn_tensor_file_fact(r->file, RN_BUFFER_SUM);
    const char *facts_sum = rn_tensor_file_fact(r->file, RN_FACTS_SUM);
    char hex[65] = "";
    if (facts_sum)
        RN_TRY(rn_tensor_file_hash_facts(r->file, hex));
    RN_TRY(compare(r, facts_sum, hex, "SHA-256"));
    if (crc) {
        rn_text_print(hex, sizeof hex, "%08x", rn_crc32c(0, r->buffer, r->size));
        RN_TRY(compare(r, crc, hex, "CRC-32C"));
    } else if (buffer_sum) {
        rn_digest_of(r->buffer, r->size, hex);
        RN_TRY(compare(r, buffer_sum, hex, "SHA-256"));
    }
    r->file->checksum = crc || buffer_sum ? "good" : "none";
    return RN_OK;
}

static rn_status read_tree(reader *r, json_t *header)
{
    const char *name;
    json_t *entry;
    size_t entries = json_object_size(header);
    if (entries > RN_MAX_ARRAYS)
        return rn_fail(RN_BAD_FILE, "%s: %zu tensors, the limit is %d", r->path, entries, RN_MAX_ARRAYS);
    RN_TRY(rn_allocate((void **)&r->place, entries, sizeof *r->place, "a list of tensors"));
    json_object_foreach(header, name, entry) {
        bool facts = strcmp(name, "__metadata__") == 0;
        RN_TRY(facts ? read_facts(r, entry) : read_entry(r, name, entry));
    }
    RN_TRY(check_places(r));
    return check_sums(r);
}

static uint64_t header_length(const uint8_t *bytes)
{
    uint64_t length;
    memcpy(&length, bytes, sizeof length);
    return length;
}

bool rn_safetensors_recognises(const uint8_t *bytes, size_t size)
{
    return size > 8 && bytes[8] == '{';
}

rn_status rn_safetensors_read(rn_tensor_file *file, const char *path)
{
    const uint8_t *bytes = file->map.bytes;
    uint64_t length = header_length(bytes), rest = file->map.size - 8;
    char claim[32], got[32];
    rn_text_bytes(claim, sizeof claim, (double)length);
    rn_text_bytes(got, sizeof got, (double)file->map.size);
    if (length > HEADER_LIMIT)
        return rn_fail(RN_BAD_FILE, "%s: header claims %s, limit is 100 MB", path, claim);
    if (length > rest)
        return rn_fail(RN_BAD_FILE, "%s: cut short: header claims %s, the file has %s", path, claim, got);
    reader r = { file, path, bytes + 8 + length, (size_t)(rest - length), NULL };
    file->format = "safetensors";
    json_t *header;
    RN_TRY(rn_json_parse(&header, (const char *)bytes + 8, (size_t)length, path));
    rn_status status = read_tree(&r, header);
    json_decref(header);
    rn_free(r.place);
    return status;
}
