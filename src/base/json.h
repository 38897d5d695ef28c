/*
 * JSON by jansson, with this library's errors and memory.
 *
 *     json_t *value;
 *     RN_TRY(rn_json_parse(&value, text, length, "config.json"));
 *     const char *model = json_string_value(json_object_get(value, "model"));     NULL when absent or no text
 *     json_decref(value);
 *
 *     json_t *object = json_object();
 *     rn_status status = rn_json_set(object, "loss", rn_json_real(loss));     takes the value, good or NULL
 *     if (status == RN_OK)
 *         status = rn_json_write(&text, object, 2);
 *     json_decref(object);
 */
#ifndef RN_BASE_JSON_H
#define RN_BASE_JSON_H

#include "base/text.h"

#include <jansson.h>

/* Strict: one object or array, UTF-8, no repeated keys, at most 64 deep, at most a million values.
 * `name` begins the message. */
rn_status rn_json_parse(json_t **value, const char *text, size_t length, const char *name);

/* A finite number, or JSON's null. */
json_t *rn_json_real(double number);

/* A text; bytes that are not UTF-8 are taken for Latin-1. */
json_t *rn_json_text(const char *text);

/* Set a key, or add to the end of an array.  Takes `value`; NULL, which every maker of jansson returns when
 * memory runs out, is RN_NO_MEMORY, also as object or array. */
rn_status rn_json_set(json_t *object, const char *key, json_t *value);
rn_status rn_json_add(json_t *array, json_t *value);

/* Add to `text`: on one line when indent is 0.  Reals have 15 digits; keys keep their order. */
rn_status rn_json_write(rn_text *text, const json_t *value, int indent);

#endif
