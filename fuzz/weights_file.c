#include "fuzz/weights_file.h"
#include "base/crc.h"
#include "base/memory.h"
#include "weights/safetensors.h"
#include "weights/zip.h"

#include <string.h>

/* ---- What readers promise -------------------------------------------------------------------- */

/* An array that begins in the input ends in it; in blocks of the file's own, a sanitizer watches. */
static void check_place(const rn_array *array, const uint8_t *bytes, size_t size)
{
    const uint8_t *data = array->data;
    int64_t count = rn_array_count(array), last = 0;
    MUST(array->dims >= 0 && array->dims <= RN_MAX_DIMS && count >= 0, "%d dimensions", array->dims);
    if (count == 0 || data < bytes || data >= bytes + size)
        return;
    for (int d = 0; d < array->dims; d++)
        last += (array->size[d] - 1) * array->stride[d];
    size_t end = (size_t)(data - bytes) + (size_t)(last + 1) * rn_number_bytes(array->type);
    MUST(last >= 0 && end <= size, "'%s' ends at byte %zu of %zu", array->name, end, size);
}

/* safetensors holds packed arrays of known types. */
static bool can_be_written(const rn_tensor_file *file)
{
    for (int i = 0; i < file->arrays; i++)
        if (file->array[i].type == RN_OTHER || !rn_array_is_packed(&file->array[i]))
            return false;
    return true;
}

static void check_copy(rn_tensor_file *file, const char *hash)
{
    rn_tensor_file copy;
    char again[65], facts[65], facts_again[65];
    const char *path = fuzz_path("copy.safetensors");
    MUST_OK(rn_tensor_file_hash_facts(file, facts));
    MUST_OK(rn_safetensors_write(file, path, NULL));
    MUST_OK(rn_tensor_file_open(&copy, path));
    MUST_OK(rn_tensor_file_hash(&copy, again));
    MUST_OK(rn_tensor_file_hash_facts(&copy, facts_again));
    MUST(copy.arrays == file->arrays, "%d tensors became %d", file->arrays, copy.arrays);
    MUST(strcmp(hash, again) == 0, "a copy has other tensors");
    MUST(strcmp(facts, facts_again) == 0, "a copy has other facts");
    rn_tensor_file_close(&copy);
}

static void check_file(const fuzz_reader *reader, rn_tensor_file *file, const uint8_t *bytes, size_t size)
{
    char hash[65], again[65];
    for (int i = 0; i < file->arrays; i++)
        check_place(&file->array[i], bytes, size);
    MUST_OK(rn_tensor_file_hash(file, hash));
    MUST_OK(rn_tensor_file_hash(file, again));
    MUST(strcmp(hash, again) == 0, "two hashes of one file");
    if (reader->is_written && can_be_written(file))
        check_copy(file, hash);
}

void fuzz_weights(const fuzz_reader *reader, const uint8_t *bytes, size_t size)
{
    rn_tensor_file file = { .checksum = "none", .map = { bytes, size, .borrowed = true } };
    if (!size || !reader->recognises(bytes, size))
        return;
    rn_status status = reader->read(&file, FUZZ_NAME);
    fuzz_check_refusal(status);
    if (status == RN_OK)
        check_file(reader, &file, bytes, size);
    rn_tensor_file_close(&file);
}

/* ---- Mending --------------------------------------------------------------------------------- */

/* Behind the brace that closes the first one; 0 when there is none. */
static size_t header_end(const uint8_t *bytes, size_t size)
{
    int depth = 0;
    bool quoted = false;
    for (size_t i = 8; i < size; i++) {
        if (quoted && bytes[i] == '\\')
            i++;
        else if (bytes[i] == '"')
            quoted = !quoted;
        else if (!quoted)
            depth += (bytes[i] == '{') - (bytes[i] == '}');
        if (i == 8 && depth == 0)
            return 0;
        if (depth == 0)
            return i + 1;
    }
    return 0;
}

/* Where the last tensor claims to end. */
static size_t buffer_size(const uint8_t *bytes, size_t end)
{
    static const char key[] = "\"data_offsets\":[";
    size_t largest = 0;
    for (size_t i = 8; i + sizeof key < end; i++) {
        char text[40];
        unsigned long long begin, stop;
        if (memcmp(bytes + i, key, sizeof key - 1) != 0)
            continue;
        size_t place = i + sizeof key - 1, rest = end - place;
        snprintf(text, sizeof text, "%.*s", (int)(rest < 39 ? rest : 39), (const char *)bytes + place);
        if (sscanf(text, "%llu,%llu", &begin, &stop) == 2 && stop > largest)
            largest = (size_t)stop;
    }
    return largest;
}

size_t fuzz_mend_safetensors(uint8_t *bytes, size_t size, size_t max_size)
{
    size_t end = size > 8 ? header_end(bytes, size) : 0;
    if (end == 0)
        return size;
    uint64_t length = end - 8;
    memcpy(bytes, &length, sizeof length);
    size_t wanted = buffer_size(bytes, end);
    if (wanted > max_size - end)
        return size;
    if (end + wanted > size)
        memset(bytes + size, 0, end + wanted - size);
    return end + wanted;
}

/* The directory holds a CRC 30 bytes before the entry's name. */
void fuzz_mend_zip(uint8_t *bytes, size_t size)
{
    rn_zip zip;
    rn_tensor_file owner = { 0 };
    if (rn_zip_open(&zip, bytes, size, FUZZ_NAME) != RN_OK)
        return;
    for (int i = 0; i < zip.entries; i++) {
        rn_zip_entry *entry = &zip.entry[i];
        entry->crc = 0;
        uint32_t crc = 0;
        if (rn_zip_read(&zip, entry, &owner) == RN_OK)
            crc = rn_crc32(entry->data, entry->size);
        memcpy(bytes + (entry->name - (const char *)bytes) - 30, &crc, sizeof crc);
    }
    rn_zip_close(&zip);
    rn_tensor_file_close(&owner);
}
