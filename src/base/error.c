/* The record of the latest failure, one for each thread. */
#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

static _Thread_local char text[sizeof(((rn_failure *)0)->text)];
static _Thread_local char hint[sizeof(((rn_failure *)0)->hint)];

void rn_hide_controls(char *message)
{
    for (unsigned char *c = (unsigned char *)message; *c; c++) {
        bool wide = c[0] == 0xc2 && c[1] >= 0x80 && c[1] < 0xa0;
        if (wide)
            *c++ = '?';
        if (wide || *c < ' ' || *c == 0x7f)
            *c = '?';
    }
}

rn_status rn_fail(rn_status status, const char *format, ...)
{
    char fresh[sizeof text];    /* the arguments may point into `text` */
    va_list args;
    va_start(args, format);
    vsnprintf(fresh, sizeof fresh, format, args);
    va_end(args);
    memcpy(text, fresh, sizeof text);
    rn_hide_controls(text);
    hint[0] = '\0';
    return status;
}

rn_status rn_while(rn_status status, const char *format, ...)
{
    if (status == RN_OK)
        return RN_OK;
    char cause[sizeof text], fresh[sizeof text];
    memcpy(cause, text, sizeof text);
    va_list args;
    va_start(args, format);
    int used = vsnprintf(fresh, sizeof fresh, format, args);
    va_end(args);
    memcpy(text, fresh, sizeof text);
    if (used >= 0 && (size_t)used < sizeof text - 3) {
        size_t room = sizeof text - (size_t)used;
        snprintf(text + used, room, ": %.*s", (int)room - 3, cause);
    }
    rn_hide_controls(text);
    return status;
}

rn_status rn_hint(rn_status status, const char *format, ...)
{
    if (status == RN_OK)
        return RN_OK;
    va_list args;
    va_start(args, format);
    vsnprintf(hint, sizeof hint, format, args);
    va_end(args);
    rn_hide_controls(hint);
    return status;
}

rn_status rn_fail_errno(const char *subject)
{
    int cause = errno;
    return rn_fail(cause == ENOMEM ? RN_NO_MEMORY : RN_IO, "%s: %s", subject, strerror(cause));
}

void rn_failure_take(rn_failure *failure, rn_status status)
{
    failure->status = status;
    memcpy(failure->text, text, sizeof text);
    memcpy(failure->hint, hint, sizeof hint);
}

rn_status rn_failure_give(const rn_failure *failure)
{
    if (failure->status != RN_OK) {
        memcpy(text, failure->text, sizeof text);
        memcpy(hint, failure->hint, sizeof hint);
    }
    return failure->status;
}

const char *rn_error_text(void)
{
    return text;
}

const char *rn_error_hint(void)
{
    return hint;
}
