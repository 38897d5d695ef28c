#include "base/json.h"
#include "base/memory.h"

#include <math.h>

enum { DEEPEST = 64, MOST_VALUES = 1000000 };

/* jansson 2.14 tells a failed allocation as a syntax error, or loses a character and goes on. */
static _Thread_local bool ran_out;

static void *allocate(size_t size)
{
    void *memory;
    ran_out |= rn_allocate(&memory, size, 1, "JSON") != RN_OK;
    return memory;
}

__attribute__((constructor)) static void use_our_memory(void)
{
    json_set_alloc_funcs(allocate, rn_free);
}

/* The parser is recursive, and a value takes more memory than its text: both are bounded before it starts. */
static rn_status check_size(const char *text, size_t length, const char *name)
{
    int depth = 0, values = 0;
    bool quoted = false;
    for (size_t i = 0; i < length; i++) {
        if (quoted && text[i] == '\\')
            i++;
        else if (text[i] == '"')
            quoted = !quoted;
        if (quoted)
            continue;
        bool opens = text[i] == '{' || text[i] == '[', closes = text[i] == '}' || text[i] == ']';
        depth += opens - closes;
        values += opens || text[i] == ',';
        if (depth > DEEPEST)
            return rn_fail(RN_BAD_FILE, "%s: JSON is nested more than %d deep", name, DEEPEST);
        if (values > MOST_VALUES)
            return rn_fail(RN_BAD_FILE, "%s: JSON holds more than %d values", name, MOST_VALUES);
    }
    return RN_OK;
}

rn_status rn_json_parse(json_t **value, const char *text, size_t length, const char *name)
{
    json_error_t error;
    *value = NULL;
    RN_TRY(check_size(text, length, name));
    ran_out = false;
    *value = json_loadb(text, length, JSON_REJECT_DUPLICATES, &error);
    if (ran_out) {
        json_decref(*value);
        *value = NULL;
        return rn_while(RN_NO_MEMORY, "%s", name);
    }
    if (*value)
        return RN_OK;
    return rn_fail(RN_BAD_FILE, "%s: not valid JSON at line %d column %d: %s", name, error.line, error.column,
                   error.text);
}

json_t *rn_json_real(double number)
{
    return isfinite(number) ? json_real(number) : json_null();
}

static json_t *latin_text(const char *text)
{
    rn_text utf8 = { 0 };
    for (const char *c = text; *c; c++)
        if ((unsigned char)*c < 0x80)
            rn_text_add_bytes(&utf8, c, 1);
        else
            rn_text_add(&utf8, "%c%c", 0xc0 | (unsigned char)*c >> 6, 0x80 | (*c & 0x3f));
    json_t *value = rn_text_finish(&utf8) == RN_OK ? json_string(utf8.bytes) : NULL;
    rn_text_free(&utf8);
    return value;
}

json_t *rn_json_text(const char *text)
{
    json_t *value = json_string(text);
    return value ? value : latin_text(text);
}

static rn_status done(int result)
{
    return result == 0 ? RN_OK : rn_fail(RN_NO_MEMORY, "out of memory for JSON");
}

rn_status rn_json_set(json_t *object, const char *key, json_t *value)
{
    return done(json_object_set_new(object, key, value));
}

rn_status rn_json_add(json_t *array, json_t *value)
{
    return done(json_array_append_new(array, value));
}

static int add(const char *bytes, size_t length, void *text)
{
    rn_text_add_bytes(text, bytes, length);
    return ((rn_text *)text)->failed ? -1 : 0;
}

rn_status rn_json_write(rn_text *text, const json_t *value, int indent)
{
    size_t layout = indent ? JSON_INDENT((size_t)indent) : JSON_COMPACT;
    size_t flags = layout | JSON_ENCODE_ANY | JSON_REAL_PRECISION(15);
    if (!value || json_dump_callback(value, add, text, flags) != 0)
        text->failed = true;
    return rn_text_finish(text);
}
