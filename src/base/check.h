/*
 * For tests: a test is a program beside its source, named *_test.c.
 *
 *     CHECK(error < 1e-6, "conv2d %lld filters: error %g", (long long)filters, error);
 *     return check_result();              0, or 1 when something failed
 *     return check_skip("no RESNET_TEST_DATA");       reported as skipped
 */
#ifndef RN_BASE_CHECK_H
#define RN_BASE_CHECK_H

#include <stdio.h>
#include <stdlib.h>

static int check_failures, check_count;

#define CHECK(condition, ...)                                               \
    do {                                                                    \
        check_count++;                                                      \
        if (!(condition)) {                                                 \
            check_failures++;                                               \
            printf("FAIL %s:%d: %s: ", __FILE__, __LINE__, #condition);     \
            printf(__VA_ARGS__);                                            \
            printf("\n");                                                   \
            fflush(stdout);                                                 \
        }                                                                   \
    } while (0)

/* A call that must succeed. */
#define CHECK_OK(call) CHECK((call) == RN_OK, "%s", rn_error_text())

static inline int check_result(void)
{
    printf("%d checks, %d failures\n", check_count, check_failures);
    return check_failures != 0;
}

enum { CHECK_SKIPPED = 77 };    /* told to ctest as SKIP_RETURN_CODE */

static inline int check_skip(const char *why)
{
    printf("skipped: %s\n", why);
    return CHECK_SKIPPED;
}

/* The folder of real data, or NULL. */
static inline const char *check_data(void)
{
    const char *folder = getenv("RESNET_TEST_DATA");
    return folder && *folder ? folder : NULL;
}

#endif
