/* Arrays of any number type and any strides, read as floats in C order. */
#include "weights/tensor_file.h"
#include "base/text.h"

#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "numbers in files are little endian");

#define DEFINE_READER(name, number)                         \
    static float read_##name(const uint8_t *from)           \
    {                                                       \
        number value;                                       \
        memcpy(&value, from, sizeof value);                 \
        return (float)value;                                \
    }

DEFINE_READER(f32, float)
DEFINE_READER(f64, double)
DEFINE_READER(i8, int8_t)
DEFINE_READER(u8, uint8_t)
DEFINE_READER(i16, int16_t)
DEFINE_READER(u16, uint16_t)
DEFINE_READER(i32, int32_t)
DEFINE_READER(u32, uint32_t)
DEFINE_READER(i64, int64_t)
DEFINE_READER(u64, uint64_t)

static float from_bits(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static uint32_t read_bits16(const uint8_t *from)
{
    return (uint32_t)(from[0] | from[1] << 8);
}

/* Exponent and fraction move to their places in a float, whose exponent counts from 127 instead of 15. */
static float read_f16(const uint8_t *from)
{
    uint32_t half = read_bits16(from), sign = (half & 0x8000) << 16, rest = (half & 0x7fff) << 13;
    if ((half & 0x7c00) == 0x7c00)
        return from_bits(sign | 0x7f800000 | rest);
    float value = from_bits(rest) * 0x1p112f;
    return sign ? -value : value;
}

static float read_bf16(const uint8_t *from)
{
    return from_bits(read_bits16(from) << 16);
}

static float read_bool(const uint8_t *from)
{
    return *from != 0;
}

/* Named as in safetensors. */
static const struct { const char *name; size_t bytes; float (*read)(const uint8_t *from); } number[] = {
    [RN_F32] = { "F32", 4, read_f32 }, [RN_F64] = { "F64", 8, read_f64 }, [RN_F16] = { "F16", 2, read_f16 },
    [RN_BF16] = { "BF16", 2, read_bf16 }, [RN_I8] = { "I8", 1, read_i8 }, [RN_U8] = { "U8", 1, read_u8 },
    [RN_I16] = { "I16", 2, read_i16 }, [RN_U16] = { "U16", 2, read_u16 }, [RN_I32] = { "I32", 4, read_i32 },
    [RN_U32] = { "U32", 4, read_u32 }, [RN_I64] = { "I64", 8, read_i64 }, [RN_U64] = { "U64", 8, read_u64 },
    [RN_BOOL] = { "BOOL", 1, read_bool }, [RN_OTHER] = { "another type", 0, NULL },
};

const char *rn_number_name(rn_number_type type)
{
    return number[type].name;
}

size_t rn_number_bytes(rn_number_type type)
{
    return number[type].bytes;
}

int64_t rn_array_count(const rn_array *array)
{
    int64_t count = 1;
    for (int d = 0; d < array->dims; d++)
        count *= array->size[d];
    return count;
}

size_t rn_array_bytes(const rn_array *array)
{
    return (size_t)rn_array_count(array) * number[array->type].bytes;
}

bool rn_array_is_packed(const rn_array *array)
{
    int64_t step = 1;
    for (int d = array->dims - 1; d >= 0; d--) {
        if (array->stride[d] != step && array->size[d] != 1)
            return false;
        step *= array->size[d];
    }
    return true;
}

/* Read the part of the array below dimension `d`; returns where the next number goes. */
static float *read_part(const rn_array *array, int d, const uint8_t *from, float *to)
{
    int64_t bytes = (int64_t)number[array->type].bytes;
    if (d == array->dims) {
        *to = number[array->type].read(from);
        return to + 1;
    }
    for (int64_t i = 0; i < array->size[d]; i++)
        to = read_part(array, d + 1, from + i * array->stride[d] * bytes, to);
    return to;
}

rn_status rn_array_floats(const rn_array *array, float *to)
{
    if (array->type == RN_OTHER)
        return rn_fail(RN_BAD_FILE, "tensor '%.100s' holds numbers of an unknown type", array->name);
    if (rn_array_count(array) == 0)
        return RN_OK;
    if (array->type == RN_F32 && rn_array_is_packed(array))
        memcpy(to, array->data, (size_t)rn_array_count(array) * sizeof *to);
    else
        read_part(array, 0, array->data, to);
    return RN_OK;
}

const char *rn_array_shape_text(char *to, size_t size, int dims, const int64_t *sizes)
{
    size_t used = 0;
    rn_text_print(to, size, "[]");
    for (int d = 0; d < dims && used < size; d++) {
        rn_text_print(to + used, size - used, "%c%lld]", d ? ',' : '[', (long long)sizes[d]);
        used = strlen(to) - 1;
    }
    return to;
}
