#include "base/json.h"
#include "base/memory.h"

#include <math.h>
#include <setjmp.h>

enum { DEEPEST = 64, MOST_VALUES = 1000000 };

/*
 * While jansson 2.14 parses, an allocation may not fail: it would tell a syntax error, or lose a
 * character and go on, or trip over an assertion of its own.  So the parsing is left by longjmp, and the
 * blocks that it had are freed from a list.  Blocks that outlive a parsing are on no list.
 */
typedef struct block block;
struct block {
    block *before, *after;
};

static _Thread_local bool ran_out;      /* since it was last set to false */
static _Thread_local struct {
    bool on;
    block list;
    jmp_buf out;
} parsing;

static void *allocate(size_t size)
{
    block *b;
    size_t whole = 0;
    if (!rn_plus(size, sizeof *b, &whole) || rn_allocate((void **)&b, whole, 1, "JSON") != RN_OK) {
        if (parsing.on)
            longjmp(parsing.out, 1);
        ran_out = true;
        return NULL;
    }
    if (parsing.on) {
        *b = (block){ &parsing.list, parsing.list.after };
        b->before->after = b->after->before = b;
    }
    return b + 1;
}

static void release(void *memory)
{
    block *b = memory ? (block *)memory - 1 : NULL;
    if (b && parsing.on) {
        b->before->after = b->after;
        b->after->before = b->before;
    }
    rn_free(b);
}

__attribute__((constructor)) static void use_our_memory(void)
{
    json_set_alloc_funcs(allocate, release);
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

/* False when memory ran out; the value is NULL when the text is no JSON. */
static bool load(json_t **value, const char *text, size_t length, json_error_t *error)
{
    parsing.list = (block){ &parsing.list, &parsing.list };
    bool finished = setjmp(parsing.out) == 0;
    parsing.on = finished;
    if (finished)
        *value = json_loadb(text, length, JSON_REJECT_DUPLICATES, error);
    parsing.on = false;
    for (block *b = parsing.list.after, *next; !finished && b != &parsing.list; b = next) {
        next = b->after;
        rn_free(b);
    }
    return finished;
}

rn_status rn_json_parse(json_t **value, const char *text, size_t length, const char *name)
{
    json_error_t error;
    *value = NULL;
    RN_TRY(check_size(text, length, name));
    if (!load(value, text, length, &error))
        return rn_while(RN_NO_MEMORY, "%s", name);
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
    ran_out = false;
    json_t *value = json_string(text);
    return value || ran_out ? value : latin_text(text);
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
