/* Deflate (RFC 1951). */
#ifndef RN_WEIGHTS_INFLATE_H
#define RN_WEIGHTS_INFLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Unpack exactly `size` bytes; false when the packed bytes are damaged or give another number of bytes. */
bool rn_inflate(uint8_t *to, size_t size, const uint8_t *packed, size_t packed_size);

#endif
