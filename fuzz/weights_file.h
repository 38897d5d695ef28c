/* For the targets that read weights files: one reader, and what all of them promise. */
#ifndef RN_FUZZ_WEIGHTS_FILE_H
#define RN_FUZZ_WEIGHTS_FILE_H

#include "fuzz/fuzz.h"
#include "weights/tensor_file.h"

typedef struct {
    bool (*recognises)(const uint8_t *bytes, size_t size);
    rn_status (*read)(rn_tensor_file *file, const char *path);
    bool is_written;            /* the program writes this format too */
} fuzz_reader;

/* A file that the reader accepts has its arrays inside the bytes or in blocks of its own, and can be hashed;
 * of a format that is written, too, it is the same after it was written and read back. */
void fuzz_weights(const fuzz_reader *reader, const uint8_t *bytes, size_t size);

/* Make the header's length of a safetensors file what its braces say, and the buffer as long as its tensors
 * claim; returns the new size. */
size_t fuzz_mend_safetensors(uint8_t *bytes, size_t size, size_t max_size);

/* Give the entries of a ZIP archive their CRCs. */
void fuzz_mend_zip(uint8_t *bytes, size_t size);

#endif
