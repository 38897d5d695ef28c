/*
 * Writing a ZIP archive of stored entries.  Each one's data begin at a multiple of 64, filled up by an extra
 * field of kind "FB" as PyTorch writes it, so that numbers can be used where they lie in a map of the file.
 */
#include "base/crc.h"
#include "weights/zip.h"

#include <string.h>

enum { ALIGNMENT = 64, LOCAL_SIZE = 30, EXTRA_SIZE = 4, NEW_YEAR_1980 = 0x21, UTF8_NAMES = 0x800 };

static void add(rn_text *to, uint64_t number, size_t width)
{
    rn_text_add_bytes(to, &number, width);
}

/* The fields that an entry's two headers share: flags to the name's length. */
static void add_common(rn_text *to, const char *name, uint32_t crc, size_t size)
{
    add(to, UTF8_NAMES, 2);
    add(to, 0, 2);              /* stored */
    add(to, 0, 2);
    add(to, NEW_YEAR_1980, 2);
    add(to, crc, 4);
    add(to, size, 4);
    add(to, size, 4);
    add(to, strlen(name), 2);
}

static rn_status put(rn_zip_output *zip, const void *bytes, size_t size)
{
    if (zip->written + size > UINT32_MAX)
        return rn_fail(RN_BAD_ARGUMENT, "more than 4 GiB do not fit in a zip archive");
    zip->written += size;
    return rn_output_write(zip->output, bytes, size);
}

/* Takes the text, as far as it came. */
static rn_status put_text(rn_zip_output *zip, rn_text *text)
{
    rn_status status = rn_text_finish(text);
    if (status == RN_OK)
        status = put(zip, text->bytes, text->length);
    rn_text_free(text);
    return status;
}

rn_status rn_zip_create(rn_zip_output *zip, const char *path)
{
    *zip = (rn_zip_output){ 0 };
    return rn_output_open(&zip->output, path);
}

rn_status rn_zip_add(rn_zip_output *zip, const char *name, const void *bytes, size_t size)
{
    rn_text local = { 0 };
    uint32_t crc = rn_crc32(bytes, size);
    uint64_t begin = zip->written, head = LOCAL_SIZE + strlen(name) + EXTRA_SIZE;
    size_t fill = (size_t)(-(begin + head) % ALIGNMENT);
    rn_text_add(&local, "PK\3\4");
    add(&local, 20, 2);         /* the version of the format that a reader needs, times ten */
    add_common(&local, name, crc, size);
    add(&local, EXTRA_SIZE + fill, 2);
    rn_text_add(&local, "%sFB", name);
    add(&local, fill, 2);
    while (fill-- > 0)
        rn_text_add_bytes(&local, "Z", 1);
    RN_TRY(put_text(zip, &local));
    RN_TRY(put(zip, bytes, size));

    rn_text *central = &zip->directory;
    rn_text_add(central, "PK\1\2");
    add(central, 20, 2);
    add(central, 20, 2);
    add_common(central, name, crc, size);
    add(central, 0, 8);         /* no extra field, no comment, first disk, binary */
    add(central, 0, 4);
    add(central, begin, 4);
    rn_text_add(central, "%s", name);
    zip->entries++;
    return RN_OK;
}

static rn_status finish(rn_zip_output *zip)
{
    rn_text end = { 0 };
    uint64_t begin = zip->written, size = zip->directory.length;
    if (zip->entries > UINT16_MAX)
        return rn_fail(RN_BAD_ARGUMENT, "%d entries do not fit in a zip archive", zip->entries);
    RN_TRY(put_text(zip, &zip->directory));
    rn_text_add(&end, "PK\5\6");
    add(&end, 0, 4);
    add(&end, (uint64_t)zip->entries, 2);
    add(&end, (uint64_t)zip->entries, 2);
    add(&end, size, 4);
    add(&end, begin, 4);
    add(&end, 0, 2);
    return put_text(zip, &end);
}

rn_status rn_zip_commit(rn_zip_output *zip)
{
    rn_status status = finish(zip);
    if (status == RN_OK) {
        status = rn_output_commit(zip->output, NULL);
        zip->output = NULL;
    }
    rn_zip_abandon(zip);
    return status;
}

void rn_zip_abandon(rn_zip_output *zip)
{
    rn_output_abandon(zip->output);
    rn_text_free(&zip->directory);
    *zip = (rn_zip_output){ 0 };
}
