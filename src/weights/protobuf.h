/*
 * Protocol buffers on the wire: a message is a run of fields, each a number, a wire type and a value.
 *
 *     rn_proto message = rn_proto_open(bytes);
 *     rn_proto_field field;
 *     while (rn_proto_next(&message, &field))
 *         if (field.number == 2)
 *             name = rn_proto_bytes(&message, &field);        troubles are remembered ...
 *     RN_TRY(rn_proto_end(&message, path, "a node"));         ... and told once, at the end
 *
 * The reader trusts nothing: no length leads beyond the message, groups are refused, a field of another wire
 * type than is asked for is a trouble.  The writer adds fields to a text.
 */
#ifndef RN_WEIGHTS_PROTOBUF_H
#define RN_WEIGHTS_PROTOBUF_H

#include "base/text.h"

typedef struct { const uint8_t *at; size_t size; } rn_bytes;    /* a part of a file, borrowed */

bool rn_bytes_are(rn_bytes bytes, const char *text);

typedef enum { RN_WIRE_VARINT = 0, RN_WIRE_64 = 1, RN_WIRE_BYTES = 2, RN_WIRE_32 = 5 } rn_wire;

typedef struct {
    rn_bytes rest;
    const char *trouble;        /* NULL: none so far */
} rn_proto;

typedef struct {
    uint64_t number;
    rn_wire wire;
    uint64_t value;             /* of a number: its bits */
    rn_bytes bytes;             /* as they lie in the file */
} rn_proto_field;

rn_proto rn_proto_open(rn_bytes bytes);
bool rn_proto_next(rn_proto *message, rn_proto_field *field);   /* false at the end, and at a trouble */
rn_status rn_proto_end(const rn_proto *message, const char *path, const char *what);

/* The value of a field that is of this kind; anything else is a trouble of the message. */
int64_t rn_proto_int(rn_proto *message, const rn_proto_field *field);
float rn_proto_float(rn_proto *message, const rn_proto_field *field);
rn_bytes rn_proto_bytes(rn_proto *message, const rn_proto_field *field);

/* The numbers of one occurrence of a repeated field, which holds one of them or, packed, many:
 *     rn_proto list = rn_proto_numbers(&message, &field, RN_WIRE_VARINT);
 *     while (rn_proto_next_number(&list, RN_WIRE_VARINT, &bits)) ... */
rn_proto rn_proto_numbers(rn_proto *message, const rn_proto_field *field, rn_wire wire);
bool rn_proto_next_number(rn_proto *list, rn_wire wire, uint64_t *bits);

/* Fields added to a text, whose failures it remembers. */
void rn_proto_add_int(rn_text *to, int number, int64_t value);
void rn_proto_add_float(rn_text *to, int number, float value);
void rn_proto_add_double(rn_text *to, int number, double value);
void rn_proto_add_text(rn_text *to, int number, const char *value);
void rn_proto_add_message(rn_text *to, int number, const rn_text *message);
void rn_proto_add_head(rn_text *to, int number, uint64_t length);       /* `length` bytes are to follow */

#endif
