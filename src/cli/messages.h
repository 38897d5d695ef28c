/*
 * Everything that the command says on standard error:
 *
 *     resnet: error: a.safetensors: empty file
 *       hint: download it again
 *     resnet: warning: ...
 *
 * Messages and the progress line share one lock, so that neither breaks the other.
 */
#ifndef RN_CLI_MESSAGES_H
#define RN_CLI_MESSAGES_H

#include <resnet.h>

#if defined(__GNUC__)
#define LIKE_PRINTF(text, first) __attribute__((format(printf, text, first)))
#else
#define LIKE_PRINTF(text, first)
#endif

/* `color`: "auto", "always", "never", or "" for what the environment says. */
rn_status messages_open(bool quiet, bool verbose, const char *color);

/* An error of the command itself; returns `status`. */
rn_status complain(rn_status status, const char *format, ...) LIKE_PRINTF(2, 3);
void hint(const char *format, ...) LIKE_PRINTF(1, 2);

/* The library's latest failure. */
void tell_failure(rn_status status);
/* The same, unless something has been told already; a training that was interrupted has said so itself. */
void tell_once(rn_status status);

/* A plain line; silent with --quiet. */
void say(const char *format, ...) LIKE_PRINTF(1, 2);

/* Draw `line` in place of the latest one (terminals only); an empty line removes it. */
void redraw(const char *line);

/* Keep everything told from now on, --quiet or not, with the time: first in memory, then in a file. */
void messages_keep(void);
void messages_keep_in(const char *file);

bool messages_on_terminal(void);        /* whether `redraw` works */
bool messages_are_quiet(void);

#endif
