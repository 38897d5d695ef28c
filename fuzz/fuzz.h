/*
 * Fuzz targets.  NAME_fuzz.c defines LLVMFuzzerTestOneInput, which gives any bytes to one reader and
 * holds it to what it promises, and perhaps LLVMFuzzerCustomMutator, which changes an input and mends its
 * sums and lengths, so that the change is not refused at the door.
 *
 * With libFuzzer the targets search for inputs that break a promise (make fuzz-quick); with replay.c they
 * are tests that read fuzz/corpus/NAME.
 */
#ifndef RN_FUZZ_FUZZ_H
#define RN_FUZZ_FUZZ_H

#include "base/error.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);

/* Of libFuzzer, or of replay.c: change the bytes at random; returns their new size. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);

#define MUST(condition, ...)                                                        \
    do {                                                                            \
        if (!(condition)) {                                                         \
            fprintf(stderr, "%s:%d: broken: %s: ", __FILE__, __LINE__, #condition); \
            fprintf(stderr, __VA_ARGS__);                                           \
            fputc('\n', stderr);                                                    \
            abort();                                                                \
        }                                                                           \
    } while (0)

#define MUST_OK(call) MUST((call) == RN_OK, "%s", rn_error_text())

/* The name that readers are told, and that must stand at the beginning of their refusals. */
#define FUZZ_NAME "fuzzed"

/* A reader's outcome is success, or a refusal that names the file. */
void fuzz_check_refusal(rn_status status);

/* Numbers taken from an input one after another; zeros after its end. */
typedef struct {
    const uint8_t *bytes;
    size_t size;
} fuzz_source;
uint32_t fuzz_number(fuzz_source *from, uint32_t least, uint32_t most);

/* Give the headers of a tar archive their sums. */
void fuzz_mend_tar(uint8_t *bytes, size_t size);

/* A file in a folder of this process, in memory where the system has such a place.  The latest four stay. */
const char *fuzz_path(const char *name);
const char *fuzz_write(const char *name, const void *bytes, size_t size);

#endif
