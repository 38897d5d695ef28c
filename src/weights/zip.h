/*
 * Reading ZIP archives (also ZIP64) from memory, and writing them.  When reading, sizes come from the central
 * directory alone; every range is checked to lie in the archive.
 */
#ifndef RN_WEIGHTS_ZIP_H
#define RN_WEIGHTS_ZIP_H

#include "base/text.h"
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

/* An archive of stored entries, written atomically.  A failed commit abandons it. */
typedef struct {
    rn_output *output;
    uint64_t written;
    rn_text directory;
    int entries;
} rn_zip_output;

rn_status rn_zip_create(rn_zip_output *zip, const char *path);
rn_status rn_zip_add(rn_zip_output *zip, const char *name, const void *bytes, size_t size);
rn_status rn_zip_commit(rn_zip_output *zip);
void rn_zip_abandon(rn_zip_output *zip);

#endif
