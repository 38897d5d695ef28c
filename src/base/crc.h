/* Two sums that see damage (not malice): CRC-32 of ZIP and PNG, and CRC-32C, which processors compute. */
#ifndef RN_BASE_CRC_H
#define RN_BASE_CRC_H

#include <stddef.h>
#include <stdint.h>

uint32_t rn_crc32(const void *bytes, size_t size);

/* Goes on from `before`, the sum of the bytes in front; 0 at the start. */
uint32_t rn_crc32c(uint32_t before, const void *bytes, size_t size);

#endif
