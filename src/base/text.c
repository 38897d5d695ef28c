#define _GNU_SOURCE
#include "base/text.h"
#include "base/memory.h"

#include <errno.h>
#include <locale.h>
#include <math.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
static locale_t plain;

static void open_plain(void)
{
    plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
}

static locale_t plain_locale(void)
{
    pthread_once(&once, open_plain);
    return plain;
}

static int print(char *to, size_t size, const char *format, va_list args)
{
    locale_t before = uselocale(plain_locale());
    int length = vsnprintf(to, size, format, args);
    uselocale(before);
    return length;
}

/* Make room for `more` bytes and a final zero. */
static bool grow(rn_text *text, size_t more)
{
    size_t needed;
    if (text->failed || !rn_plus(text->length, more, &needed) || !rn_plus(needed, 1, &needed))
        return text->failed = true, false;
    if (needed <= text->room)
        return true;
    size_t room = needed < 128 ? 128 : needed + needed / 2;
    if (rn_reallocate((void **)&text->bytes, text->length, room, 1, "text") != RN_OK)
        return text->failed = true, false;
    text->room = room;
    return true;
}

void rn_text_add_bytes(rn_text *text, const void *bytes, size_t length)
{
    if (!grow(text, length))
        return;
    if (length)
        memcpy(text->bytes + text->length, bytes, length);
    text->length += length;
    text->bytes[text->length] = '\0';
}

void rn_text_add(rn_text *text, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int length = print(NULL, 0, format, args);
    if (length < 0)
        text->failed = true;
    else if (grow(text, (size_t)length)) {
        print(text->bytes + text->length, (size_t)length + 1, format, again);
        text->length += (size_t)length;
    }
    va_end(again);
    va_end(args);
}

void rn_text_add_escaped(rn_text *text, const char *plain_text)
{
    static const struct { char letter; const char *name; } escape[] = {
        { '<', "&lt;" }, { '>', "&gt;" }, { '&', "&amp;" }, { '"', "&quot;" },
    };
    for (const char *c = plain_text; *c; c++) {
        size_t i = 0, count = sizeof escape / sizeof *escape;
        while (i < count && escape[i].letter != *c)
            i++;
        if (i < count)
            rn_text_add_bytes(text, escape[i].name, strlen(escape[i].name));
        else
            rn_text_add_bytes(text, c, 1);
    }
}

void rn_text_add_csv(rn_text *text, const char *field)
{
    bool quoted = field[strcspn(field, ",\"\r\n")] != '\0';
    rn_text_add(text, quoted ? "\"" : "");
    for (; *field; field++)
        rn_text_add(text, *field == '"' ? "%c\"" : "%c", *field);
    rn_text_add(text, quoted ? "\"" : "");
}

rn_status rn_text_finish(rn_text *text)
{
    rn_text_add_bytes(text, "", 0);
    if (text->failed)
        return rn_fail(RN_NO_MEMORY, "out of memory: no room for a text longer than %zu bytes", text->length);
    return RN_OK;
}

void rn_text_free(rn_text *text)
{
    rn_free(text->bytes);
    *text = (rn_text){ 0 };
}

const char *rn_text_print(char *to, size_t size, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    print(to, size, format, args);
    va_end(args);
    return to;
}

const char *rn_text_bytes(char *to, size_t size, double bytes)
{
    static const char *const unit[] = { "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
    if (bytes < 1024)
        return rn_text_print(to, size, "%.0f byte%s", bytes, bytes == 1 ? "" : "s");
    int i = 0;
    for (bytes /= 1024; bytes >= 1023.5 && i < 5; i++)
        bytes /= 1024;
    return rn_text_print(to, size, "%.*f %s", bytes < 99.95 ? 1 : 0, bytes, unit[i]);
}

bool rn_read_real(const char *text, double *number)
{
    size_t length = strlen(text);
    if (length == 0 || strspn(text, "+-.0123456789eE") != length)
        return false;
    char *end;
    double read = strtod_l(text, &end, plain_locale());
    if (end != text + length || !isfinite(read))
        return false;
    *number = read;
    return true;
}

bool rn_read_int(const char *text, int64_t *number)
{
    size_t length = strlen(text);
    if (length == 0 || strspn(text, "+-0123456789") != length)
        return false;
    char *end;
    errno = 0;
    long long read = strtoll(text, &end, 10);
    if (end != text + length || errno)
        return false;
    *number = read;
    return true;
}

bool rn_ends_with(const char *text, const char *end)
{
    size_t length = strlen(text), tail = strlen(end);
    return length >= tail && strcmp(text + length - tail, end) == 0;
}
