#include "base/check.h"
#include "base/memory.h"
#include "base/text.h"

#include <locale.h>
#include <math.h>
#include <string.h>

static void grows(void)
{
    rn_text text = { 0 };
    for (int i = 0; i < 1000; i++)
        rn_text_add(&text, "%d,", i);
    rn_text_add_escaped(&text, "<a href=\"x&y\">");
    CHECK_OK(rn_text_finish(&text));
    CHECK(text.length == 3890 + 34, "length %zu", text.length);
    CHECK(text.length == strlen(text.bytes), "length %zu", text.length);
    CHECK(strcmp(text.bytes + 3890, "&lt;a href=&quot;x&amp;y&quot;&gt;") == 0, "%s", text.bytes + 3890);
    rn_text_free(&text);
    CHECK_OK(rn_text_finish(&text));
    CHECK(text.bytes && text.bytes[0] == '\0', "an empty text");
    rn_text_free(&text);
}

static void fails_once_and_for_all(void)
{
    rn_text text = { 0 };
    rn_text_add(&text, "before");
    rn_memory_fail_at(1, false);
    rn_text_add(&text, "%200d", 1);
    rn_memory_fail_at(0, false);
    rn_text_add(&text, "after");
    CHECK(rn_text_finish(&text) == RN_NO_MEMORY, "%s", rn_error_text());
    CHECK(strcmp(text.bytes, "before") == 0, "%s", text.bytes);
    rn_text_free(&text);
}

static void tells_bytes(void)
{
    static const struct { double bytes; const char *told; } sample[] = {
        { 0, "0 bytes" }, { 1, "1 byte" }, { 1023, "1023 bytes" }, { 1024, "1.0 KiB" }, { 102400, "100 KiB" },
        { 1023.6 * 1024, "1.0 MiB" }, { 12.34 * 1048576, "12.3 MiB" }, { 1.6 * 1073741824, "1.6 GiB" },
        { 4.0 * 1152921504606846976, "4.0 EiB" }, { 3e22, "26021 EiB" },
    };
    for (size_t i = 0; i < sizeof sample / sizeof *sample; i++) {
        char told[32];
        rn_text_bytes(told, sizeof told, sample[i].bytes);
        CHECK(strcmp(told, sample[i].told) == 0, "%g: %s, not %s", sample[i].bytes, told, sample[i].told);
    }
}

#define NO(text) { text, false, false, 0 }

static void reads_numbers(void)
{
    static const struct sample { const char *text; bool is_real, is_int; double real; } sample[] = {
        { "0.5", true, false, 0.5 }, { "-1e-3", true, false, -1e-3 }, { "42", true, true, 42 },
        { "+7", true, true, 7 }, { "-9223372036854775808", true, true, -0x1p63 },
        { "9223372036854775808", true, false, 0x1p63 }, { "1e-999", true, false, 0 },
        NO("1e999"), NO(""), NO(" 1"), NO("1 "), NO("1,5"), NO("nan"), NO("inf"), NO("0x10"), NO("1.2.3"),
        NO("--1"), NO("e"),
    };
    for (size_t i = 0; i < sizeof sample / sizeof *sample; i++) {
        const struct sample *s = &sample[i];
        double real = -77;
        int64_t whole = -77;
        CHECK(rn_read_real(s->text, &real) == s->is_real, "\"%s\" as a real", s->text);
        CHECK(real == (s->is_real ? s->real : -77), "\"%s\" is read as %g", s->text, real);
        CHECK(rn_read_int(s->text, &whole) == s->is_int, "\"%s\" as an integer", s->text);
        CHECK((double)whole == (s->is_int ? s->real : -77), "\"%s\" as an integer", s->text);
    }
}

/* Where the system has a locale with a decimal comma, it must make no difference. */
static void keeps_the_point(void)
{
    static const char *const comma[] = { "de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "de_DE" };
    for (size_t i = 0; i < sizeof comma / sizeof *comma; i++)
        if (setlocale(LC_ALL, comma[i]))
            break;
    char told[32];
    double real = 0;
    rn_text_print(told, sizeof told, "%.2f", 1.25);
    CHECK(strcmp(told, "1.25") == 0, "%s", told);
    CHECK(rn_read_real("1.25", &real) && real == 1.25, "%g", real);
    setlocale(LC_ALL, "C");
}

static void finds_endings(void)
{
    CHECK(rn_ends_with("a.md", ".md") && rn_ends_with(".md", ".md") && rn_ends_with("a", ""), "endings");
    CHECK(!rn_ends_with("md", ".md") && !rn_ends_with("a.md ", ".md") && !rn_ends_with("", "a"),
          "no endings");
}

int main(void)
{
    grows();
    fails_once_and_for_all();
    tells_bytes();
    reads_numbers();
    keeps_the_point();
    finds_endings();
    return check_result();
}
