#include "base/check.h"
#include "base/json.h"
#include "base/memory.h"

#include <math.h>
#include <string.h>

static rn_status parse(const char *text)
{
    json_t *value;
    rn_status status = rn_json_parse(&value, text, strlen(text), "test");
    json_decref(value);
    return status;
}

static void is_strict(void)
{
    static const char *const bad[] = {
        "", "1", "{", "{\"a\":1,\"a\":2}", "{'a':1}", "[1,]", "[01]", "[1e999]", "[NaN]", "{} x",
        "[99999999999999999999]", "[\"\xff\"]", "[\"\\u0000\"]",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK(parse(bad[i]) == RN_BAD_FILE, "%s is taken for JSON", bad[i]);
    CHECK_OK(parse("{\"a\":{\"b\":[1,2.5,\"[[\\\"{{\"]}} "));
    char deep[300] = "";
    memset(deep, '[', 64);
    memset(deep + 64, ']', 64);
    CHECK_OK(parse(deep));
    memset(deep, '[', 65);
    memset(deep + 65, ']', 65);
    CHECK(parse(deep) == RN_BAD_FILE && strstr(rn_error_text(), "deep"), "%s", rn_error_text());
    enum { MANY = 2000004 };
    char *many;
    CHECK_OK(rn_allocate((void **)&many, MANY + 1, 1, "test"));
    for (int i = 0; i < MANY; i++)
        many[i] = i == 0 ? '[' : i == MANY - 1 ? ']' : i % 2 ? '1' : ',';
    CHECK(parse(many) == RN_BAD_FILE && strstr(rn_error_text(), "more than 1000000"), "%s", rn_error_text());
    rn_free(many);
}

static rn_status build(rn_text *text, int indent)
{
    json_t *object = json_object();
    rn_status status = rn_json_set(object, "loss", rn_json_real(0.1));
    if (status == RN_OK)
        status = rn_json_set(object, "bad", rn_json_real(NAN));
    json_t *list = json_array();
    if (status == RN_OK)
        status = rn_json_add(list, rn_json_text("a\"b"));
    if (status == RN_OK)
        status = rn_json_set(object, "list", json_incref(list));
    if (status == RN_OK)
        status = rn_json_write(text, object, indent);
    json_decref(list);
    json_decref(object);
    return status;
}

static void writes(void)
{
    rn_text text = { 0 };
    CHECK_OK(build(&text, 0));
    CHECK(strcmp(text.bytes, "{\"loss\":0.1,\"bad\":null,\"list\":[\"a\\\"b\"]}") == 0, "%s", text.bytes);
    rn_text_free(&text);
    CHECK_OK(build(&text, 2));
    CHECK(strstr(text.bytes, "{\n  \"loss\": 0.1,\n"), "%s", text.bytes);
    rn_text_free(&text);
}

static void takes_any_text(void)
{
    static const struct { const char *text, *utf8; } sample[] = {
        { "chien", "chien" }, { "\xc3\xa9t\xc3\xa9", "\xc3\xa9t\xc3\xa9" },
        { "\xe9t\xe9", "\xc3\xa9t\xc3\xa9" }, { "\xff", "\xc3\xbf" },
    };
    for (size_t i = 0; i < sizeof sample / sizeof *sample; i++) {
        json_t *text = rn_json_text(sample[i].text);
        CHECK(text && strcmp(json_string_value(text), sample[i].utf8) == 0, "sample %zu", i);
        json_decref(text);
    }
}

static void survives_failed_allocations(void)
{
    rn_status status = RN_NO_MEMORY;
    long k = 0;
    while (status == RN_NO_MEMORY && k < 1000) {
        rn_text text = { 0 };
        rn_memory_fail_at(++k, false);
        status = build(&text, 0);
        rn_memory_fail_at(0, false);
        rn_text_free(&text);
    }
    CHECK(status == RN_OK && k > 5, "after %ld failures: %s", k - 1, rn_error_text());
    for (status = RN_NO_MEMORY, k = 0; status == RN_NO_MEMORY && k < 1000;) {
        rn_memory_fail_at(++k, false);
        status = parse("{\"a\":{\"b\":[1,2.5,\"a text of more th\\u00e4n sixteen \\\"bytes\\\\\\n\"]}}");
        rn_memory_fail_at(0, false);
    }
    CHECK(status == RN_OK && k > 12, "after %ld failures: %s", k - 1, rn_error_text());
}

int main(void)
{
    is_strict();
    writes();
    takes_any_text();
    survives_failed_allocations();
    return check_result();
}
