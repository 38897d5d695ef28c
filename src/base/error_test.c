#include "base/check.h"
#include "base/error.h"
#include "base/log.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>

static void tells(const char *text, const char *hint)
{
    CHECK(strcmp(rn_error_text(), text) == 0, "\"%s\", not \"%s\"", rn_error_text(), text);
    CHECK(strcmp(rn_error_hint(), hint) == 0, "\"%s\", not \"%s\"", rn_error_hint(), hint);
}

static void gathers_context(void)
{
    CHECK(rn_hint(rn_fail(RN_BAD_FILE, "it holds %d", 7), "try %s", "8") == RN_BAD_FILE, "the status stays");
    tells("it holds 7", "try 8");
    CHECK(rn_while(RN_BAD_FILE, "cannot load '%s'", "a") == RN_BAD_FILE, "the status stays");
    tells("cannot load 'a': it holds 7", "try 8");
    CHECK(rn_while(RN_OK, "no") == RN_OK && rn_hint(RN_OK, "no") == RN_OK, "success is left alone");
    tells("cannot load 'a': it holds 7", "try 8");
    rn_fail(RN_FAILED, "(%s)", rn_error_text());
    tells("(cannot load 'a': it holds 7)", "");
    errno = ENOENT;
    CHECK(rn_fail_errno("x") == RN_IO, "a missing file");
    tells("x: No such file or directory", "");
    errno = ENOMEM;
    CHECK(rn_fail_errno("x") == RN_NO_MEMORY, "no memory");
}

static void cuts_what_is_too_long(void)
{
    char endless[5000];
    memset(endless, 'x', sizeof endless - 1);
    endless[sizeof endless - 1] = '\0';
    rn_fail(RN_FAILED, "%s", endless);
    CHECK(strlen(rn_error_text()) == 1023, "%zu bytes", strlen(rn_error_text()));
    rn_while(RN_FAILED, "front");
    CHECK(strncmp(rn_error_text(), "front: xxx", 10) == 0, "%s", rn_error_text());
    CHECK(strlen(rn_error_text()) <= 1023, "%zu bytes", strlen(rn_error_text()));
    rn_while(RN_FAILED, "%s", endless);
    CHECK(strlen(rn_error_text()) == 1023, "%zu bytes", strlen(rn_error_text()));
}

static void hides_control_characters(void)
{
    rn_hint(rn_fail(RN_BAD_FILE, "'%s'", "a\x1b[31mb\n\x7f\xc2\x9b\xc3\xa9"), "try '%s'", "\tc\r");
    tells("'a?[31mb????\xc3\xa9'", "try '?c?'");
    rn_while(RN_BAD_FILE, "cannot load '%s'", "\b");
    tells("cannot load '?': 'a?[31mb????\xc3\xa9'", "try '?c?'");
}

static void *fail_elsewhere(void *failure)
{
    rn_failure_take(failure, rn_hint(rn_fail(RN_IO, "elsewhere"), "look there"));
    return NULL;
}

static void crosses_threads(void)
{
    pthread_t thread;
    rn_failure failure;
    rn_fail(RN_FAILED, "here");
    pthread_create(&thread, NULL, fail_elsewhere, &failure);
    pthread_join(thread, NULL);
    tells("here", "");
    CHECK(rn_failure_give(&failure) == RN_IO, "%d", failure.status);
    tells("elsewhere", "look there");
}

static char heard[100];

static void listen(void *context, rn_log_level level, const char *text)
{
    snprintf(heard, sizeof heard, "%s %d %s", (const char *)context, (int)level, text);
}

static void logs(void)
{
    rn_warn("nobody listens");
    char who[] = "me";
    rn_log_listen(listen, who);
    rn_note("%d pictures", 3);
    CHECK(strcmp(heard, "me 1 3 pictures") == 0, "%s", heard);
    rn_log_listen(NULL, NULL);
    rn_detail("nobody listens");
    CHECK(strcmp(heard, "me 1 3 pictures") == 0, "%s", heard);
}

int main(void)
{
    gathers_context();
    cuts_what_is_too_long();
    hides_control_characters();
    crosses_threads();
    logs();
    return check_result();
}
