/* The directory of a ZIP archive and the entries that it points to. */
#include "base/crc.h"
#include "base/memory.h"
#include "fuzz/weights_file.h"
#include "weights/zip.h"

static void check_entry(rn_zip *zip, rn_zip_entry *entry, const uint8_t *data, size_t size)
{
    rn_tensor_file owner = { 0 };
    const rn_zip_entry *found = rn_zip_find(zip, entry->name, entry->name_length);
    MUST(found && found->name_length == entry->name_length, "an entry is not found by its name");
    rn_status status = rn_zip_read(zip, entry, &owner);
    fuzz_check_refusal(status);
    if (status == RN_OK && entry->method == 0) {
        const uint8_t *begin = entry->data;
        MUST(begin >= data && entry->size <= size && begin + entry->size <= data + size, "outside");
    }
    if (status == RN_OK && entry->crc)
        MUST(rn_crc32(entry->data, entry->size) == entry->crc, "a wrong CRC is accepted");
    rn_tensor_file_close(&owner);
    entry->data = NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { MOST = 50 };
    rn_zip zip;
    rn_status status = rn_zip_open(&zip, data, size, FUZZ_NAME);
    fuzz_check_refusal(status);
    for (int i = 0; status == RN_OK && i < zip.entries && i < MOST; i++)
        check_entry(&zip, &zip.entry[i], data, size);
    rn_zip_close(&zip);
    return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
    size = LLVMFuzzerMutate(data, size, max_size);
    if (seed % 2)
        fuzz_mend_zip(data, size);
    return size;
}
