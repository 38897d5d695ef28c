/* For tests of SVG and HTML: a small judge of whether the text is well-formed. */
#ifndef RN_IMAGE_CHECK_MARKUP_H
#define RN_IMAGE_CHECK_MARKUP_H

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* "&lt;", "&amp;", ... and no lone '&'. */
static inline bool markup_is_escape(const char *text)
{
    static const char *const known[] = { "&lt;", "&gt;", "&amp;", "&quot;", "&#39;" };
    for (int i = 0; i < 5; i++)
        if (strncmp(text, known[i], strlen(known[i])) == 0)
            return true;
    return false;
}

/* HTML's elements without an end. */
static inline bool markup_is_alone(const char *name, size_t length)
{
    static const char *const known[] = { "!DOCTYPE", "meta", "br", "img" };
    for (int i = 0; i < 4; i++)
        if (length == strlen(known[i]) && memcmp(name, known[i], length) == 0)
            return true;
    return false;
}

/* Whether every tag is closed in order, and no '<' or lone '&' stands in text or attributes. */
static inline bool markup_is_good(const char *text)
{
    enum { DEPTH = 32, NAME = 32 };
    char open[DEPTH][NAME];
    int depth = 0;
    while (*text) {
        if (*text == '&' && !markup_is_escape(text))
            return false;
        if (*text++ != '<')
            continue;
        bool closing = *text == '/';
        const char *end = strchr(text, '>'), *name = text + closing;
        size_t length = strcspn(name, " />");
        if (!end || length == 0 || length >= NAME || memchr(text, '<', (size_t)(end - text)))
            return false;
        if (closing && (depth == 0 || strlen(open[--depth]) != length || memcmp(open[depth], name, length)))
            return false;
        if (!closing && end[-1] != '/' && !markup_is_alone(name, length)) {
            if (depth == DEPTH)
                return false;
            snprintf(open[depth++], NAME, "%.*s", (int)length, name);
        }
        text = end + 1;
    }
    return depth == 0;
}

static inline int markup_count(const char *text, const char *part)
{
    int count = 0;
    for (; (text = strstr(text, part)); text += strlen(part))
        count++;
    return count;
}

#endif
