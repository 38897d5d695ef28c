/*
 * The header is a dictionary as Python would print it,
 *
 *     {'descr': '<f4', 'fortran_order': False, 'shape': (10000, 10), }
 *
 * padded with spaces and ended by a newline so that the numbers begin at a multiple of 64.  Only these three
 * keys, in any order, are understood.
 */
#include "weights/npy.h"
#include "base/memory.h"
#include "base/text.h"

#include <assert.h>
#include <string.h>

#define MAGIC "\x93NUMPY"

enum { VERSION_AT = 6, LENGTH_AT = 8, ALIGNMENT = 64, ALL_KEYS = 1 | 2 | 4 };

static const struct { const char *name; rn_number_type type; } types[] = {
    { "'<f4'", RN_F32 }, { "'<f8'", RN_F64 }, { "'<f2'", RN_F16 }, { "'|i1'", RN_I8 }, { "'|u1'", RN_U8 },
    { "'<i2'", RN_I16 }, { "'<u2'", RN_U16 }, { "'<i4'", RN_I32 }, { "'<u4'", RN_U32 }, { "'<i8'", RN_I64 },
    { "'<u8'", RN_U64 }, { "'|b1'", RN_BOOL },
};

/* ---- The header ------------------------------------------------------------------------------ */

typedef struct { const char *at, *end; } cursor;

static bool take(cursor *c, const char *word)
{
    size_t length = strlen(word);
    while (c->at < c->end && *c->at == ' ')
        c->at++;
    if ((size_t)(c->end - c->at) < length || memcmp(c->at, word, length) != 0)
        return false;
    c->at += length;
    return true;
}

static bool take_number(cursor *c, int64_t *number)
{
    take(c, "");
    const char *begin = c->at;
    for (*number = 0; c->at < c->end && *c->at >= '0' && *c->at <= '9'; c->at++)
        if (__builtin_mul_overflow(*number, 10, number)
            || __builtin_add_overflow(*number, *c->at - '0', number))
            return false;
    return c->at > begin;
}

static bool take_type(cursor *c, rn_array *array)
{
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (take(c, types[i].name)) {
            array->type = types[i].type;
            return true;
        }
    return false;
}

/* (), (3,), (3, 4), (3, 4,) */
static bool take_shape(cursor *c, rn_array *array)
{
    bool comma = true;
    if (!take(c, "("))
        return false;
    while (!take(c, ")")) {
        if (!comma || array->dims == RN_MAX_DIMS || !take_number(c, &array->size[array->dims++]))
            return false;
        comma = take(c, ",");
    }
    return array->dims != 1 || comma;
}

static bool take_header(cursor *c, rn_array *array, bool *fortran)
{
    int keys = 0;
    if (!take(c, "{"))
        return false;
    for (bool comma = true; !take(c, "}"); comma = take(c, ",")) {
        int key = take(c, "'descr':") ? 1 : take(c, "'fortran_order':") ? 2 : take(c, "'shape':") ? 4 : 0;
        bool good = key == 1 ? take_type(c, array) : key == 4 ? take_shape(c, array)
                  : (*fortran = take(c, "True")) || take(c, "False");
        if (!comma || !key || keys & key || !good)
            return false;
        keys |= key;
    }
    return keys == ALL_KEYS && take(c, "\n") && c->at == c->end;
}

/* ---- Reading --------------------------------------------------------------------------------- */

/* Strides of either order, and the bytes that such numbers fill; false when they are too many. */
static bool lay_out(rn_array *array, bool fortran, size_t *bytes)
{
    int64_t step = 1;
    for (int i = 0; i < array->dims; i++) {
        int d = fortran ? i : array->dims - 1 - i;
        array->stride[d] = step;
        if (__builtin_mul_overflow(step, array->size[d], &step))
            return false;
    }
    return rn_times((size_t)step, rn_number_bytes(array->type), bytes);
}

static rn_status read_array(rn_npy *npy, const char *path)
{
    const uint8_t *b = npy->map.bytes;
    size_t size = npy->map.size, begin = LENGTH_AT + 2, length, bytes;
    bool fortran = false;
    if (size < begin + 2 || memcmp(b, MAGIC, VERSION_AT) != 0)
        return rn_fail(RN_BAD_FILE, "%s: not a NumPy array (.npy)", path);
    if (b[VERSION_AT] < 1 || b[VERSION_AT] > 2)
        return rn_fail(RN_BAD_FILE, "%s: version %d of .npy, wanted 1 or 2", path, b[VERSION_AT]);
    length = b[LENGTH_AT] | (size_t)b[LENGTH_AT + 1] << 8;
    if (b[VERSION_AT] == 2) {
        length |= (size_t)b[LENGTH_AT + 2] << 16 | (size_t)b[LENGTH_AT + 3] << 24;
        begin += 2;
    }
    if (length > size - begin)
        return rn_fail(RN_BAD_FILE, "%s: cut short in its header", path);
    cursor c = { (const char *)b + begin, (const char *)b + begin + length };
    if (!take_header(&c, &npy->array, &fortran))
        return rn_fail(RN_BAD_FILE, "%s: its header is not that of a little-endian array of numbers", path);
    if (!lay_out(&npy->array, fortran, &bytes) || bytes != size - begin - length)
        return rn_fail(RN_BAD_FILE, "%s: its shape does not fill the file", path);
    npy->array.data = b + begin + length;
    return RN_OK;
}

rn_status rn_npy_open(rn_npy *npy, const char *path)
{
    *npy = (rn_npy){ 0 };
    RN_TRY(rn_map_open(&npy->map, path));
    rn_status status = read_array(npy, path);
    if (status != RN_OK)
        rn_npy_close(npy);
    return status;
}

void rn_npy_close(rn_npy *npy)
{
    rn_map_close(&npy->map);
    *npy = (rn_npy){ 0 };
}

/* ---- Writing --------------------------------------------------------------------------------- */

static rn_status make_header(rn_text *text, int dims, const int64_t *size)
{
    rn_text_add_bytes(text, MAGIC "\1\0\0\0", LENGTH_AT + 2);
    rn_text_add(text, "{'descr': '<f4', 'fortran_order': False, 'shape': (");
    for (int d = 0; d < dims; d++)
        rn_text_add(text, d + 1 < dims ? "%lld, " : dims == 1 ? "%lld," : "%lld", (long long)size[d]);
    rn_text_add(text, "), }");
    while ((text->length + 1) % ALIGNMENT && !text->failed)
        rn_text_add_bytes(text, " ", 1);
    rn_text_add_bytes(text, "\n", 1);
    RN_TRY(rn_text_finish(text));
    size_t length = text->length - LENGTH_AT - 2;
    text->bytes[LENGTH_AT] = (char)(length & 255);
    text->bytes[LENGTH_AT + 1] = (char)(length >> 8);
    return RN_OK;
}

static rn_status write_parts(rn_output *output, const rn_text *header, const float *values, size_t bytes)
{
    rn_output_expect(output, header->length + bytes);
    RN_TRY(rn_output_write(output, header->bytes, header->length));
    return rn_output_write(output, values, bytes);
}

rn_status rn_npy_write(const char *path, const float *values, int dims, const int64_t *size)
{
    rn_text header = { 0 };
    rn_output *output = NULL;
    size_t bytes = sizeof *values;
    assert(dims >= 0 && dims <= RN_MAX_DIMS);
    for (int d = 0; d < dims; d++)
        bytes *= (size_t)size[d];
    rn_status status = make_header(&header, dims, size);
    if (status == RN_OK)
        status = rn_output_open(&output, path);
    if (status == RN_OK)
        status = write_parts(output, &header, values, bytes);
    if (status == RN_OK)
        status = rn_output_commit(output, NULL);
    else
        rn_output_abandon(output);
    rn_text_free(&header);
    return status;
}
