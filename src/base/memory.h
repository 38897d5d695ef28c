/*
 * Memory.  Every allocation of the library goes through here, so that a test can make each one fail
 * in turn (RN_FAIL_ALLOCATION=K in the environment, or rn_memory_fail_at).
 *
 *     rn_status status = rn_new(&table, count);        sizes are checked, memory is zero
 *     rn_free(table);
 *
 * Blocks are aligned to 64 bytes, so any vector load on them is aligned.
 */
#ifndef RN_BASE_MEMORY_H
#define RN_BASE_MEMORY_H

#include "base/error.h"

/* `count` zeroed elements of `size` bytes, or RN_NO_MEMORY with a message naming `what` ("activations").
 * On failure *memory is NULL.  A count of 0 gives a valid block. */
rn_status rn_allocate(void **memory, size_t count, size_t size, const char *what);

/* Change the number of elements; new ones are zero.  On failure the old block stays as it was. */
rn_status rn_reallocate(void **memory, size_t old_count, size_t count, size_t size, const char *what);

void rn_free(void *memory);         /* accepts NULL */

/* A copy of a string, of at most `length` bytes of it. */
rn_status rn_copy_text(char **copy, const char *text);
rn_status rn_copy_text_part(char **copy, const char *text, size_t length);

#define rn_new(pointer, count) rn_allocate((void **)(pointer), (size_t)(count), sizeof **(pointer), #pointer)

/* Checked arithmetic for sizes that come from files: false on overflow. */
static inline bool rn_times(size_t a, size_t b, size_t *product)
{
    return !__builtin_mul_overflow(a, b, product);
}
static inline bool rn_plus(size_t a, size_t b, size_t *sum)
{
    return !__builtin_add_overflow(a, b, sum);
}

/* Make the k-th allocation from now fail (1 = the next), once or from then on; 0 switches it off. */
void rn_memory_fail_at(long k, bool from_then_on);

/* Allocations since the program started. */
long rn_memory_count(void);

#endif
