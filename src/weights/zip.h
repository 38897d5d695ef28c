/*
 * Reading ZIP archives (also ZIP64) from memory.  Sizes come from the central directory alone; every range is
 * checked to lie in the archive.
 */
#ifndef RN_WEIGHTS_ZIP_H
#define RN_WEIGHTS_ZIP_H

#include "weights/tensor_file.h"

typedef struct {
    const char *name;           /* not ended by a zero byte */
    size_t name_length;
    unsigned flags, method;     /* method 0: stored, 8: deflated */
    uint32_t crc;
    uint64_t packed, size, header;
    const void *data;           /* after rn_zip_read */
} rn_zip_entry;

typedef struct {
    const uint8_t *bytes;
    size_t size;
    const char *path;
    rn_zip_entry *entry;        /* sorted by name */
    int entries;
    uint64_t unpacked;          /* bytes of deflated entries so far */
} rn_zip;

rn_status rn_zip_open(rn_zip *zip, const uint8_t *bytes, size_t size, const char *path);
void rn_zip_close(rn_zip *zip);
rn_zip_entry *rn_zip_find(const rn_zip *zip, const char *name, size_t length);  /* or NULL */

/* Find an entry's data, checked against its CRC; deflated ones are unpacked into a block of `owner`. */
rn_status rn_zip_read(rn_zip *zip, rn_zip_entry *entry, rn_tensor_file *owner);

#endif
