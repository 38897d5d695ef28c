#include "cli/messages.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool quiet, verbose, terminal, color, told;
static bool line_drawn;

/* NO_COLOR and CLICOLOR_FORCE are the two conventions that other programs follow. */
static bool wants_color(const char *choice, bool *known)
{
    const char *no = getenv("NO_COLOR"), *force = getenv("CLICOLOR_FORCE");
    *known = true;
    if (strcmp(choice, "always") == 0)
        return true;
    if (strcmp(choice, "never") == 0)
        return false;
    *known = choice[0] == '\0' || strcmp(choice, "auto") == 0;
    if (no && no[0])
        return false;
    return terminal || (force && force[0] && strcmp(force, "0") != 0);
}

static void start(const char *label, const char *paint)
{
    if (line_drawn)
        fputs("\r\033[K", stderr);
    line_drawn = false;
    if (!label)
        return;
    if (color)
        fprintf(stderr, "resnet: \033[%sm%s:\033[0m ", paint, label);
    else
        fprintf(stderr, "resnet: %s: ", label);
}

static void listen(void *context, rn_log_level level, const char *text)
{
    (void)context;
    if (quiet || (level == RN_LOG_DETAIL && !verbose))
        return;
    flockfile(stderr);
    start(level == RN_LOG_WARNING ? "warning" : NULL, "33");
    fprintf(stderr, "%s\n", text);
    funlockfile(stderr);
}

rn_status messages_open(bool be_quiet, bool be_verbose, const char *color_choice)
{
    bool known;
    const char *term = getenv("TERM");
    quiet = be_quiet;
    verbose = be_verbose;
    terminal = isatty(STDERR_FILENO) && term && strcmp(term, "dumb") != 0;
    color = wants_color(color_choice, &known);
    rn_log_listen(listen, NULL);
    if (!known)
        return complain(RN_BAD_ARGUMENT, "--color: \"%s\" is none of auto, always, never", color_choice);
    return RN_OK;
}

rn_status complain(rn_status status, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    flockfile(stderr);
    start("error", "1;31");
    vfprintf(stderr, format, args);
    putc('\n', stderr);
    funlockfile(stderr);
    va_end(args);
    told = true;
    return status;
}

void hint(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    flockfile(stderr);
    fputs("  hint: ", stderr);
    vfprintf(stderr, format, args);
    putc('\n', stderr);
    funlockfile(stderr);
    va_end(args);
}

void tell_failure(rn_status status)
{
    const char *text = rn_error_text();
    complain(status, "%s", text[0] ? text : "it failed, and nothing says why");
    if (rn_error_hint()[0])
        hint("%s", rn_error_hint());
}

void tell_once(rn_status status)
{
    if (status != RN_OK && status != RN_INTERRUPTED && !told)
        tell_failure(status);
}

void say(const char *format, ...)
{
    if (quiet)
        return;
    va_list args;
    va_start(args, format);
    flockfile(stderr);
    start(NULL, "");
    vfprintf(stderr, format, args);
    putc('\n', stderr);
    funlockfile(stderr);
    va_end(args);
}

void redraw(const char *line)
{
    if (quiet || !terminal)
        return;
    flockfile(stderr);
    start(NULL, "");
    fputs(line, stderr);
    line_drawn = line[0] != '\0';
    fflush(stderr);
    funlockfile(stderr);
}

bool messages_on_terminal(void)
{
    return terminal;
}

bool messages_are_quiet(void)
{
    return quiet;
}
