/*
 * Text that grows, for messages, tables, SVG and HTML.
 *
 *     rn_text text = { 0 };
 *     rn_text_add(&text, "%d pictures", n);       failures are remembered ...
 *     RN_TRY(rn_text_finish(&text));              ... and told once, at the end
 *     ... text.bytes, text.length ...
 *     rn_text_free(&text);
 *
 * Numbers are written as in the C locale whatever the program's locale is.
 */
#ifndef RN_BASE_TEXT_H
#define RN_BASE_TEXT_H

#include "base/error.h"

typedef struct {
    char *bytes;            /* always ends with a zero byte after the first addition */
    size_t length, room;
    bool failed;
} rn_text;

void rn_text_add(rn_text *text, const char *format, ...) RN_FORMAT(2, 3);
void rn_text_add_bytes(rn_text *text, const void *bytes, size_t length);
void rn_text_add_escaped(rn_text *text, const char *plain);     /* for HTML and SVG: < > & " */
void rn_text_add_csv(rn_text *text, const char *field);         /* quoted where it must be */
rn_status rn_text_finish(rn_text *text);                        /* after success `bytes` is not NULL */
void rn_text_free(rn_text *text);

/* snprintf as in the C locale; returns `to`, cut where it does not fit. */
const char *rn_text_print(char *to, size_t size, const char *format, ...) RN_FORMAT(3, 4);

/* "12.3 MiB", "999 KiB", "17 bytes" into `to`. */
const char *rn_text_bytes(char *to, size_t size, double bytes);

bool rn_ends_with(const char *text, const char *end);

/* Locale-free decimal numbers; false when the whole of `text` is not one finite number in range. */
bool rn_read_real(const char *text, double *number);
bool rn_read_int(const char *text, int64_t *number);

#endif
