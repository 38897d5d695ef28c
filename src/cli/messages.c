#define _GNU_SOURCE
#include "cli/messages.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static bool quiet, verbose, terminal, color, told;
static bool line_drawn;

/* Everything told, or NULL: in memory until there is a file for it. */
static FILE *kept;
static bool kept_in_file;
static char *kept_text;
static size_t kept_size;

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

static void keep(const char *label, const char *format, va_list args)
{
    char when[32];
    time_t now = time(NULL);
    struct tm parts;
    if (!kept)
        return;
    strftime(when, sizeof when, "%Y-%m-%d %H:%M:%S", localtime_r(&now, &parts));
    fprintf(kept, "%s %s%s", when, label ? label : "", label ? ": " : "");
    vfprintf(kept, format, args);
    putc('\n', kept);
    fflush(kept);
}

/* A line, shown or not. */
static void tell(bool shown, const char *label, const char *paint, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    flockfile(stderr);
    keep(label, format, again);
    if (shown) {
        start(label, paint);
        vfprintf(stderr, format, args);
        putc('\n', stderr);
    }
    funlockfile(stderr);
    va_end(again);
}

static void tell_text(bool shown, const char *label, const char *format, ...) LIKE_PRINTF(3, 4);
static void tell_text(bool shown, const char *label, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    tell(shown, label, "33", format, args);
    va_end(args);
}

static void listen(void *context, rn_log_level level, const char *text)
{
    (void)context;
    if (level != RN_LOG_DETAIL || verbose)
        tell_text(!quiet, level == RN_LOG_WARNING ? "warning" : NULL, "%s", text);
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
    tell(true, "error", "1;31", format, args);
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
    va_list args;
    va_start(args, format);
    tell(!quiet, NULL, "", format, args);
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

void messages_keep(void)
{
    kept = open_memstream(&kept_text, &kept_size);
}

void messages_keep_in(const char *file)
{
    if (!kept || kept_in_file)
        return;
    flockfile(stderr);
    fclose(kept);
    kept = fopen(file, "ae");
    if (kept)
        fputs(kept_text, kept);
    free(kept_text);
    kept_in_file = true;
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
