#include "cli/document.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* How many bytes the UTF-8 character at `s` has, 0 when it is none. */
static int character_length(const unsigned char *s)
{
    static const struct { unsigned char mask, lead; int length; unsigned least; } forms[] = {
        { 0x80, 0x00, 1, 0 }, { 0xe0, 0xc0, 2, 0x80 }, { 0xf0, 0xe0, 3, 0x800 }, { 0xf8, 0xf0, 4, 0x10000 },
    };
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        if ((s[0] & forms[i].mask) != forms[i].lead)
            continue;
        unsigned code = s[0] & (unsigned char)~forms[i].mask;
        for (int k = 1; k < forms[i].length; k++) {
            if ((s[k] & 0xc0) != 0x80)
                return 0;
            code = code << 6 | (s[k] & 0x3f);
        }
        bool surrogate = code >= 0xd800 && code < 0xe000;
        return code >= forms[i].least && code < 0x110000 && !surrogate ? forms[i].length : 0;
    }
    return 0;
}

static void quote(const char *text)
{
    putchar('"');
    for (const unsigned char *s = (const unsigned char *)text; *s;) {
        int length = character_length(s);
        if (length == 0)
            fputs("\\ufffd", stdout);
        else if (*s == '"' || *s == '\\')
            printf("\\%c", *s);
        else if (*s < 0x20 || *s == 0x7f)
            printf("\\u%04x", *s);
        else
            fwrite(s, 1, (size_t)length, stdout);
        s += length ? length : 1;
    }
    putchar('"');
}

static void item(document *doc, const char *key)
{
    if (doc->follows)
        putchar(',');
    if (doc->depth == 1 || doc->depth == 2)
        printf("\n%*s", 2 * doc->depth, "");
    else if (doc->follows)
        putchar(' ');
    if (key) {
        quote(key);
        fputs(": ", stdout);
    }
    doc->follows = true;
}

static void open_level(document *doc, const char *key, char opening, char closing)
{
    item(doc, key);
    assert(doc->depth < (int)sizeof doc->closing);
    putchar(opening);
    doc->closing[doc->depth++] = closing;
    doc->follows = false;
}

void put_object(document *doc, const char *key)
{
    open_level(doc, key, '{', '}');
}

void put_array(document *doc, const char *key)
{
    open_level(doc, key, '[', ']');
}

void put_end(document *doc)
{
    assert(doc->depth > 0);
    if (doc->depth <= 2 && doc->follows)
        printf("\n%*s", 2 * (doc->depth - 1), "");
    putchar(doc->closing[--doc->depth]);
    doc->follows = true;
    if (doc->depth == 0)
        putchar('\n');
}

void put_text(document *doc, const char *key, const char *text)
{
    item(doc, key);
    if (text)
        quote(text);
    else
        fputs("null", stdout);
}

void put_int(document *doc, const char *key, int64_t number)
{
    item(doc, key);
    printf("%lld", (long long)number);
}

/* The command never leaves the C locale, so the decimal point is a point. */
static void write_number(double number, bool single)
{
    char text[40] = "null";
    for (int digits = 6; isfinite(number) && digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, number);
        if (single ? strtof(text, NULL) == (float)number : strtod(text, NULL) == number)
            break;
    }
    fputs(text, stdout);
}

void put_real(document *doc, const char *key, double number)
{
    item(doc, key);
    write_number(number, false);
}

void put_single(document *doc, const char *key, float number)
{
    item(doc, key);
    write_number((double)number, true);
}

void put_raw(document *doc, const char *key, const char *text)
{
    item(doc, key);
    fputs(text, stdout);
}
