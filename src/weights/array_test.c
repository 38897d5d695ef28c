/* Numbers of every type, strided and unaligned, against values written by hand. */
#include "base/check.h"
#include "weights/tensor_file.h"

#include <math.h>
#include <string.h>

/* Each type's bytes for the numbers beside them, after one byte that spoils the alignment. */
static const struct { rn_number_type type; const char *bytes; int count; float value[4]; } sample[] = {
    { RN_F32, "\0\0\x80\x3f\0\0\0\xc0", 2, { 1, -2 } },
    { RN_F64, "\0\0\0\0\0\0\xf8\x3f", 1, { 1.5f } },
    { RN_F16, "\x00\x3c\x00\xc0\x01\x00\xff\x7b", 4, { 1, -2, 0x1p-24f, 65504 } },
    { RN_F16, "\x00\x7c\x00\xfc\x00\x80\x55\x35", 4, { INFINITY, -INFINITY, 0, 0.333251953125f } },
    { RN_BF16, "\x80\x3f\x49\xc0", 2, { 1, -3.140625f } },
    { RN_I8, "\x80\x7f", 2, { -128, 127 } },
    { RN_U8, "\x80\xff", 2, { 128, 255 } },
    { RN_I16, "\x00\x80\x01\x00", 2, { -32768, 1 } },
    { RN_U16, "\x00\x80\x01\x00", 2, { 32768, 1 } },
    { RN_I32, "\xff\xff\xff\xff", 1, { -1 } },
    { RN_U32, "\xff\xff\xff\xff", 1, { 4294967296.0f } },
    { RN_I64, "\xfe\xff\xff\xff\xff\xff\xff\xff", 1, { -2 } },
    { RN_U64, "\x00\x00\x00\x00\x00\x00\x00\x80", 1, { 0x1p63f } },
    { RN_BOOL, "\x00\x01\x02", 3, { 0, 1, 1 } },
};

static void converts_every_type(void)
{
    for (size_t i = 0; i < sizeof sample / sizeof *sample; i++) {
        char bytes[64];
        float got[4];
        memcpy(bytes + 1, sample[i].bytes, (size_t)sample[i].count * rn_number_bytes(sample[i].type));
        rn_array array = { .type = sample[i].type, .dims = 1, .size = { sample[i].count }, .stride = { 1 },
                           .data = bytes + 1 };
        CHECK_OK(rn_array_floats(&array, got));
        for (int k = 0; k < sample[i].count; k++)
            CHECK(got[k] == sample[i].value[k], "sample %zu: number %d is %g, not %g", i, k, (double)got[k],
                  (double)sample[i].value[k]);
    }
    float nan;
    rn_array array = { .type = RN_F16, .data = "\x01\x7e" };
    CHECK_OK(rn_array_floats(&array, &nan));
    CHECK(isnan(nan), "%g", (double)nan);
    array = (rn_array){ .name = "x", .type = RN_OTHER };
    CHECK(rn_array_floats(&array, &nan) == RN_BAD_FILE, "an unknown type");
}

static void follows_strides(void)
{
    static const float numbers[6] = { 0, 1, 2, 3, 4, 5 }, turned[6] = { 0, 3, 1, 4, 2, 5 };
    rn_array array = { .dims = 2, .size = { 3, 2 }, .stride = { 1, 3 }, .data = numbers };
    float got[6];
    CHECK(!rn_array_is_packed(&array), "a transposed array");
    CHECK_OK(rn_array_floats(&array, got));
    CHECK(memcmp(got, turned, sizeof got) == 0, "%g %g", (double)got[1], (double)got[2]);
    array = (rn_array){ .dims = 3, .size = { 2, 1, 3 }, .stride = { 3, 77, 1 }, .data = numbers };
    CHECK(rn_array_is_packed(&array), "the stride of a single element does not matter");
    CHECK(rn_array_count(&array) == 6 && rn_array_bytes(&array) == 24, "six numbers");
    array = (rn_array){ .dims = 2, .size = { 3, 0 }, .stride = { 0, 1 }, .data = NULL };
    CHECK_OK(rn_array_floats(&array, NULL));
}

static void tells_shapes(void)
{
    char text[32];
    CHECK(strcmp(rn_array_shape_text(text, sizeof text, 0, NULL), "[]") == 0, "%s", text);
    const int64_t size[] = { 64, 3, 7, 7 };
    CHECK(strcmp(rn_array_shape_text(text, sizeof text, 4, size), "[64,3,7,7]") == 0, "%s", text);
    CHECK(strlen(rn_array_shape_text(text, 6, 4, size)) == 5, "%s", text);
}

int main(void)
{
    converts_every_type();
    follows_strides();
    tells_shapes();
    return check_result();
}
