#include "weights/zip.h"
#include "base/crc.h"
#include "base/memory.h"
#include "base/text.h"
#include "weights/inflate.h"

#include <stdlib.h>
#include <string.h>

enum {
    MOST_ENTRIES = 100000,
    END_SIZE = 22, END64_SIZE = 56, LOCATOR_SIZE = 20, CENTRAL_SIZE = 46, LOCAL_SIZE = 30,
    LONGEST_COMMENT = 65535, DEFLATE_AT_BEST = 1032
};

static uint64_t number(const uint8_t *bytes, int width)
{
    uint64_t value = 0;
    for (int i = width; i-- > 0;)
        value = value << 8 | bytes[i];
    return value;
}

static bool signature(const uint8_t *bytes, char a, char b)
{
    return bytes[0] == 'P' && bytes[1] == 'K' && bytes[2] == a && bytes[3] == b;
}

/* A range of the archive, or NULL when it is not in it. */
static const uint8_t *range(const rn_zip *zip, uint64_t begin, uint64_t length)
{
    return begin <= zip->size && length <= zip->size - begin ? zip->bytes + begin : NULL;
}

static rn_status damaged(const rn_zip *zip, const char *what)
{
    return rn_fail(RN_BAD_FILE, "%s: zip archive is damaged: %s", zip->path, what);
}

static rn_status find_end(const rn_zip *zip, uint64_t *place)
{
    size_t least = zip->size > END_SIZE + LONGEST_COMMENT ? zip->size - END_SIZE - LONGEST_COMMENT : 0;
    for (size_t at = zip->size; at-- > least;)
        if (zip->size - at >= END_SIZE && signature(zip->bytes + at, 5, 6)) {
            *place = at;
            return RN_OK;
        }
    char got[32];
    return rn_fail(RN_BAD_FILE, "%s: zip archive is cut short (no end record), got %s", zip->path,
                   rn_text_bytes(got, sizeof got, (double)zip->size));
}

typedef struct { uint64_t begin, size, entries; } directory;

/* The end record, or its 64-bit form where a locator before it points to one. */
static rn_status find_directory(const rn_zip *zip, directory *found)
{
    uint64_t place = 0;
    RN_TRY(find_end(zip, &place));
    const uint8_t *end = zip->bytes + place;
    const uint8_t *locator = place >= LOCATOR_SIZE ? range(zip, place - LOCATOR_SIZE, LOCATOR_SIZE) : NULL;
    *found = (directory){ number(end + 16, 4), number(end + 12, 4), number(end + 10, 2) };
    if (locator && signature(locator, 6, 7)) {
        const uint8_t *end64 = range(zip, number(locator + 8, 8), END64_SIZE);
        if (!end64 || !signature(end64, 6, 6))
            return damaged(zip, "its 64-bit end record is not there");
        *found = (directory){ number(end64 + 48, 8), number(end64 + 40, 8), number(end64 + 32, 8) };
    }
    if (found->entries > MOST_ENTRIES)
        return damaged(zip, "more entries than any model has");
    return range(zip, found->begin, found->size) ? RN_OK : damaged(zip, "its directory is not in the file");
}

/* Fields of 32 bits that are full continue in the extra field of kind 1, in this order. */
static void widen(rn_zip_entry *entry, const uint8_t *extra, size_t length)
{
    while (length >= 4) {
        size_t kind = number(extra, 2), size = number(extra + 2, 2);
        extra += 4;
        length -= 4;
        if (size > length)
            return;
        const uint8_t *next = extra, *end = extra + size;
        uint64_t *field[] = { &entry->size, &entry->packed, &entry->header };
        for (int i = 0; i < 3 && kind == 1; i++)
            if (*field[i] == UINT32_MAX && end - next >= 8) {
                *field[i] = number(next, 8);
                next += 8;
            }
        extra += size;
        length -= size;
    }
}

static rn_status read_entries(rn_zip *zip, const directory *from)
{
    const uint8_t *at = zip->bytes + from->begin;
    uint64_t left = from->size;
    for (uint64_t i = 0; i < from->entries; i++) {
        if (left < CENTRAL_SIZE || !signature(at, 1, 2))
            return damaged(zip, "its directory is cut short");
        uint64_t name = number(at + 28, 2), extra = number(at + 30, 2), comment = number(at + 32, 2);
        if (left - CENTRAL_SIZE < name + extra + comment)
            return damaged(zip, "its directory is cut short");
        rn_zip_entry *entry = &zip->entry[zip->entries++];
        *entry = (rn_zip_entry){ .name = (const char *)at + CENTRAL_SIZE, .name_length = name,
                                 .flags = (unsigned)number(at + 8, 2), .method = (unsigned)number(at + 10, 2),
                                 .crc = (uint32_t)number(at + 16, 4), .packed = number(at + 20, 4),
                                 .size = number(at + 24, 4), .header = number(at + 42, 4) };
        widen(entry, at + CENTRAL_SIZE + name, extra);
        at += CENTRAL_SIZE + name + extra + comment;
        left -= CENTRAL_SIZE + name + extra + comment;
    }
    return RN_OK;
}

static int compare(const char *a, size_t a_length, const char *b, size_t b_length)
{
    int order = memcmp(a, b, a_length < b_length ? a_length : b_length);
    return order ? order : (a_length > b_length) - (a_length < b_length);
}

static int by_name(const void *a, const void *b)
{
    const rn_zip_entry *x = a, *y = b;
    return compare(x->name, x->name_length, y->name, y->name_length);
}

rn_status rn_zip_open(rn_zip *zip, const uint8_t *bytes, size_t size, const char *path)
{
    directory found;
    *zip = (rn_zip){ .bytes = bytes, .size = size, .path = path };
    RN_TRY(find_directory(zip, &found));
    RN_TRY(rn_new(&zip->entry, found.entries));
    rn_status status = read_entries(zip, &found);
    if (status == RN_OK)
        qsort(zip->entry, (size_t)zip->entries, sizeof *zip->entry, by_name);
    else
        rn_zip_close(zip);
    return status;
}

void rn_zip_close(rn_zip *zip)
{
    rn_free(zip->entry);
    *zip = (rn_zip){ 0 };
}

rn_zip_entry *rn_zip_find(const rn_zip *zip, const char *name, size_t length)
{
    int low = 0, high = zip->entries;
    while (low < high) {
        int middle = low + (high - low) / 2;
        const rn_zip_entry *entry = &zip->entry[middle];
        int order = compare(name, length, entry->name, entry->name_length);
        if (order == 0)
            return &zip->entry[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

/* Weights shrink by little, whatever deflate can do: all entries together may grow to 16 times the file. */
static rn_status unpack(rn_zip *zip, rn_zip_entry *entry, const uint8_t *packed, rn_tensor_file *owner)
{
    uint8_t *data;
    if (entry->size > 16 * (uint64_t)zip->size + (64 << 20) - zip->unpacked)
        return damaged(zip, "it would unpack to more than any model needs");
    if (entry->size / DEFLATE_AT_BEST > entry->packed)
        return damaged(zip, "an entry claims more than its bytes can hold");
    RN_TRY(rn_allocate((void **)&data, entry->size, 1, "an unpacked file"));
    RN_TRY(rn_tensor_file_own(owner, data));
    zip->unpacked += entry->size;
    if (!rn_inflate(data, entry->size, packed, entry->packed))
        return damaged(zip, "a deflated entry does not unpack");
    entry->data = data;
    return RN_OK;
}

/* The local header is only asked how long it is. */
rn_status rn_zip_read(rn_zip *zip, rn_zip_entry *entry, rn_tensor_file *owner)
{
    if (entry->data)
        return RN_OK;
    const uint8_t *local = range(zip, entry->header, LOCAL_SIZE);
    if (!local || !signature(local, 3, 4))
        return damaged(zip, "an entry is not where the directory says");
    uint64_t begin = entry->header + LOCAL_SIZE + number(local + 26, 2) + number(local + 28, 2);
    const uint8_t *packed = range(zip, begin, entry->packed);
    if (!packed)
        return damaged(zip, "an entry goes beyond the end");
    if (entry->flags & 1)
        return rn_fail(RN_BAD_FILE, "%s: zip archive is encrypted", zip->path);
    if (entry->method == 8)
        RN_TRY(unpack(zip, entry, packed, owner));
    else if (entry->method == 0 && entry->packed == entry->size)
        entry->data = packed;
    else
        return damaged(zip, "an entry is compressed by an unknown method");
    if (entry->crc && rn_crc32(entry->data, entry->size) != entry->crc)     /* 0: written without */
        return damaged(zip, "a CRC differs");
    return RN_OK;
}
