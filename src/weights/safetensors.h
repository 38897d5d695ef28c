/*
 * safetensors: a JSON header and one buffer.  The reader trusts nothing.  The writer adds two sums to the
 * metadata, the CRC-32C of the buffer, which costs next to nothing at each opening, and the SHA-256 of the
 * other metadata; the reader checks them when they are there, and the SHA-256 of the buffer that files have
 * instead of the CRC.
 */
#ifndef RN_WEIGHTS_SAFETENSORS_H
#define RN_WEIGHTS_SAFETENSORS_H

#include "weights/tensor_file.h"

#define RN_BUFFER_CRC "resnet.crc32c_buffer"
#define RN_BUFFER_SUM "resnet.sha256_buffer"
#define RN_FACTS_SUM "resnet.sha256_metadata"

/* For the table in tensor_file.c: read from file->map. */
bool rn_safetensors_recognises(const uint8_t *bytes, size_t size);
rn_status rn_safetensors_read(rn_tensor_file *file, const char *path);

/* Write atomically; the old file becomes `keep_as` when that is not NULL.  Adds the sums to the facts
 * and leaves facts and arrays in the order of the written file. */
rn_status rn_safetensors_write(rn_tensor_file *file, const char *path, const char *keep_as);

/* The bytes of the file that would be written, piece by piece in their order. */
typedef rn_status rn_bytes_taker(void *context, const void *bytes, size_t size);
rn_status rn_safetensors_give(rn_tensor_file *file, rn_bytes_taker *take, void *context);

#endif
