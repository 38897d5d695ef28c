#define _GNU_SOURCE
#include "base/memory.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* Large blocks ask for huge pages: one fault where there were 512, and fewer addresses to translate.  Their
 * pages come, full of zeros, when a thread first touches them: near to its processor, or never.  PAGES is a
 * multiple of the size of any page. */
enum { HUGE_PAGE = 2 << 20, LARGE = 2 * HUGE_PAGE, PAGES = 64 << 10, LINE = 64 };

static atomic_long allocations;
static atomic_long fail_at;         /* the count at which to fail; 0: never */
static atomic_bool fail_on;
static pthread_once_t environment = PTHREAD_ONCE_INIT;

void rn_memory_fail_at(long k, bool from_then_on)
{
    atomic_store(&fail_on, from_then_on);
    atomic_store(&fail_at, k ? atomic_load(&allocations) + k : 0);
}

long rn_memory_count(void)
{
    return atomic_load(&allocations);
}

static void read_environment(void)
{
    const char *text = getenv("RN_FAIL_ALLOCATION");
    if (text)
        rn_memory_fail_at(strtol(text, NULL, 10), strchr(text, '+') != NULL);
}

static bool must_fail(void)
{
    pthread_once(&environment, read_environment);
    long number = atomic_fetch_add(&allocations, 1) + 1, at = atomic_load(&fail_at);
    return at && (number == at || (number > at && atomic_load(&fail_on)));
}

static rn_status none(size_t count, size_t size, const char *what)
{
    while (*what == '&' || *what == '(')
        what++;
    double bytes = (double)count * (double)size;
    const char *unit = "bytes";
    if (bytes >= 1 << 20)
        bytes /= 1 << 20, unit = "MiB";
    return rn_fail(RN_NO_MEMORY, "out of memory: %.*f %s for %s", bytes < 10 && unit[0] == 'M', bytes, unit,
                   what);
}

static void zero(void *memory, size_t bytes)
{
    size_t emptied = bytes < LARGE ? 0 : bytes & ~(size_t)(PAGES - 1);
    if (emptied && madvise(memory, emptied, MADV_DONTNEED) != 0)
        emptied = 0;
    if (bytes >= LARGE)
        madvise(memory, bytes, MADV_HUGEPAGE);
    memset((char *)memory + emptied, 0, bytes - emptied);
}

rn_status rn_allocate(void **memory, size_t count, size_t size, const char *what)
{
    size_t bytes;
    *memory = NULL;
    if (!rn_times(count, size, &bytes) || !rn_plus(bytes, 2 * LINE - 1, &bytes))
        return none(count, size, what);
    bytes &= ~(size_t)(LINE - 1);
    if (must_fail() || posix_memalign(memory, bytes < LARGE ? LINE : HUGE_PAGE, bytes) != 0) {
        *memory = NULL;
        return none(count, size, what);
    }
    zero(*memory, bytes);
    return RN_OK;
}

rn_status rn_reallocate(void **memory, size_t old_count, size_t count, size_t size, const char *what)
{
    void *grown;
    RN_TRY(rn_allocate(&grown, count, size, what));
    if (*memory)
        memcpy(grown, *memory, (old_count < count ? old_count : count) * size);
    rn_free(*memory);
    *memory = grown;
    return RN_OK;
}

void rn_free(void *memory)
{
    free(memory);
}

rn_status rn_copy_text_part(char **copy, const char *text, size_t length)
{
    length = strnlen(text, length);
    RN_TRY(rn_allocate((void **)copy, length + 1, 1, "text"));
    memcpy(*copy, text, length);
    return RN_OK;
}

rn_status rn_copy_text(char **copy, const char *text)
{
    return rn_copy_text_part(copy, text, strlen(text));
}
