/*
 * How failures are told.
 *
 * A function that can fail returns rn_status.  The sentence for the person waits in a record private
 * to the thread, filled where the trouble was found and given context on the way up:
 *
 *     return rn_fail(RN_BAD_FILE, "%s: zip archive is cut short", path);
 *     return rn_while(status, "cannot load '%s'", path);
 */
#ifndef RN_BASE_ERROR_H
#define RN_BASE_ERROR_H

#include "resnet.h"

#if defined(__GNUC__)
#define RN_FORMAT(text, first) __attribute__((format(printf, text, first)))
#else
#define RN_FORMAT(text, first)
#endif

/* Record a message, forget the hint, and return the status. */
rn_status rn_fail(rn_status status, const char *format, ...) RN_FORMAT(2, 3);

/* Put the enclosing deed in front: "cannot load 'a.safetensors': ...".  Does nothing for RN_OK. */
rn_status rn_while(rn_status status, const char *format, ...) RN_FORMAT(2, 3);

/* Add what to try and return the status.  Does nothing for RN_OK. */
rn_status rn_hint(rn_status status, const char *format, ...) RN_FORMAT(2, 3);

/* Record "SUBJECT: No such file or directory" from errno, as RN_IO (RN_NO_MEMORY for ENOMEM). */
rn_status rn_fail_errno(const char *subject);

/* Names from files may hold control characters, which a terminal would obey: in a message they become '?'.
 * The three above and those of log.h do it themselves. */
void rn_hide_controls(char *message);

/* Carry a failure from one thread to another: take a copy there, record it here. */
typedef struct {
    rn_status status;
    char text[1024], hint[512];
} rn_failure;
void rn_failure_take(rn_failure *failure, rn_status status);
rn_status rn_failure_give(const rn_failure *failure);

/* Leave the current function at the first failure. */
#define RN_TRY(call)                        \
    do {                                    \
        rn_status try_status_ = (call);     \
        if (try_status_ != RN_OK)           \
            return try_status_;             \
    } while (0)

#endif
