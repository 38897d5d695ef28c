/*
 * JSON on standard output.  A key is NULL inside an array and at the top.
 *
 *     document doc = { 0 };
 *     put_object(&doc, NULL);
 *     put_int(&doc, "images", 10000);
 *     put_end(&doc);
 *
 * Text is escaped and bytes that are no UTF-8 are replaced; numbers that are not finite become null.  The two
 * outer levels are written on lines of their own, deeper ones within the line.
 */
#ifndef RN_CLI_DOCUMENT_H
#define RN_CLI_DOCUMENT_H

#include <resnet.h>

typedef struct {
    int depth;
    bool follows;           /* a value precedes at this level */
    char closing[16];
} document;

void put_object(document *doc, const char *key);
void put_array(document *doc, const char *key);
void put_end(document *doc);
void put_text(document *doc, const char *key, const char *text);      /* NULL: null */
void put_int(document *doc, const char *key, int64_t number);
void put_real(document *doc, const char *key, double number);
void put_single(document *doc, const char *key, float number);       /* no more digits than a float has */
void put_raw(document *doc, const char *key, const char *text);      /* text that is JSON already */

#endif
