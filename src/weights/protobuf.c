/*
 * A varint has seven bits in each byte, the low ones first; the top bit says that more follow.  A field
 * begins with the varint of number * 8 + wire type.
 */
#include "weights/protobuf.h"

#include <string.h>

enum { LONGEST_VARINT = 10, LARGEST_NUMBER = (1 << 29) - 1 };

bool rn_bytes_are(rn_bytes bytes, const char *text)
{
    return bytes.size == strlen(text) && memcmp(bytes.at, text, bytes.size) == 0;
}

/* ---- Reading --------------------------------------------------------------------------------- */

rn_proto rn_proto_open(rn_bytes bytes)
{
    return (rn_proto){ .rest = bytes };
}

static bool fail(rn_proto *message, const char *trouble)
{
    message->trouble = trouble;
    message->rest.size = 0;
    return false;
}

static bool take(rn_proto *message, uint64_t size, rn_bytes *bytes)
{
    if (size > message->rest.size)
        return fail(message, "is cut short");
    *bytes = (rn_bytes){ message->rest.at, (size_t)size };
    message->rest.at += size;
    message->rest.size -= (size_t)size;
    return true;
}

static bool take_varint(rn_proto *message, uint64_t *value)
{
    rn_bytes byte;
    *value = 0;
    for (int i = 0; i < LONGEST_VARINT; i++) {
        if (!take(message, 1, &byte))
            return false;
        if (i == LONGEST_VARINT - 1 && *byte.at > 1)
            break;
        *value |= (uint64_t)(*byte.at & 0x7f) << 7 * i;
        if (*byte.at < 0x80)
            return true;
    }
    return fail(message, "holds a number of more than 64 bits");
}

static bool take_fixed(rn_proto *message, size_t size, uint64_t *value)
{
    rn_bytes bytes;
    *value = 0;
    if (!take(message, size, &bytes))
        return false;
    memcpy(value, bytes.at, size);
    return true;
}

static bool take_number(rn_proto *message, rn_wire wire, uint64_t *value)
{
    if (wire == RN_WIRE_VARINT)
        return take_varint(message, value);
    return take_fixed(message, wire == RN_WIRE_64 ? 8 : 4, value);
}

bool rn_proto_next(rn_proto *message, rn_proto_field *field)
{
    uint64_t tag;
    *field = (rn_proto_field){ 0 };
    if (message->rest.size == 0 || !take_varint(message, &tag))
        return false;
    field->number = tag >> 3;
    field->wire = (rn_wire)(tag & 7);
    if (field->number < 1 || field->number > LARGEST_NUMBER)
        return fail(message, "holds a field whose number is not possible");
    field->bytes.at = message->rest.at;
    switch (field->wire) {
    case RN_WIRE_BYTES:
        return take_varint(message, &field->value) && take(message, field->value, &field->bytes);
    case RN_WIRE_VARINT: case RN_WIRE_64: case RN_WIRE_32:
        if (!take_number(message, field->wire, &field->value))
            return false;
        field->bytes.size = (size_t)(message->rest.at - field->bytes.at);
        return true;
    }
    return fail(message, "holds a field of an unknown kind");
}

rn_status rn_proto_end(const rn_proto *message, const char *path, const char *what)
{
    if (message->trouble)
        return rn_fail(RN_BAD_FILE, "%s: damaged: %s %s", path, what, message->trouble);
    return RN_OK;
}

static bool is(rn_proto *message, const rn_proto_field *field, rn_wire wire)
{
    return field->wire == wire || fail(message, "holds a field of another kind than it should");
}

int64_t rn_proto_int(rn_proto *message, const rn_proto_field *field)
{
    return is(message, field, RN_WIRE_VARINT) ? (int64_t)field->value : 0;
}

float rn_proto_float(rn_proto *message, const rn_proto_field *field)
{
    float value = 0;
    if (is(message, field, RN_WIRE_32))
        memcpy(&value, &field->value, sizeof value);
    return value;
}

rn_bytes rn_proto_bytes(rn_proto *message, const rn_proto_field *field)
{
    return is(message, field, RN_WIRE_BYTES) ? field->bytes : (rn_bytes){ message->rest.at, 0 };
}

rn_proto rn_proto_numbers(rn_proto *message, const rn_proto_field *field, rn_wire wire)
{
    bool fits = field->wire == RN_WIRE_BYTES || is(message, field, wire);
    return rn_proto_open((rn_bytes){ field->bytes.at, fits ? field->bytes.size : 0 });
}

bool rn_proto_next_number(rn_proto *list, rn_wire wire, uint64_t *bits)
{
    return list->rest.size > 0 && take_number(list, wire, bits);
}

/* ---- Writing --------------------------------------------------------------------------------- */

static void add_varint(rn_text *to, uint64_t value)
{
    uint8_t bytes[LONGEST_VARINT];
    size_t size = 0;
    for (; value >= 0x80; value >>= 7)
        bytes[size++] = (uint8_t)(value | 0x80);
    bytes[size++] = (uint8_t)value;
    rn_text_add_bytes(to, bytes, size);
}

static void add_tag(rn_text *to, int number, rn_wire wire)
{
    add_varint(to, (uint64_t)number << 3 | wire);
}

void rn_proto_add_int(rn_text *to, int number, int64_t value)
{
    add_tag(to, number, RN_WIRE_VARINT);
    add_varint(to, (uint64_t)value);
}

void rn_proto_add_float(rn_text *to, int number, float value)
{
    add_tag(to, number, RN_WIRE_32);
    rn_text_add_bytes(to, &value, sizeof value);
}

void rn_proto_add_double(rn_text *to, int number, double value)
{
    add_tag(to, number, RN_WIRE_64);
    rn_text_add_bytes(to, &value, sizeof value);
}

void rn_proto_add_head(rn_text *to, int number, uint64_t length)
{
    add_tag(to, number, RN_WIRE_BYTES);
    add_varint(to, length);
}

void rn_proto_add_text(rn_text *to, int number, const char *value)
{
    rn_proto_add_head(to, number, strlen(value));
    rn_text_add_bytes(to, value, strlen(value));
}

void rn_proto_add_message(rn_text *to, int number, const rn_text *message)
{
    rn_proto_add_head(to, number, message->length);
    rn_text_add_bytes(to, message->bytes, message->length);
    to->failed |= message->failed;
}
