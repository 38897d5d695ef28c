/* Tar archives: every member lies inside, and a copy made of them is read as the same members and no more. */
#include "base/tar.h"
#include "base/text.h"
#include "fuzz/fuzz.h"

#include <string.h>

/* The next member, refused or not. */
static bool next(rn_tar *tar, rn_tar_member *member)
{
    rn_status status = rn_tar_next(tar, member);
    fuzz_check_refusal(status);
    return status == RN_OK && member->name[0];
}

static void add(rn_text *copy, const rn_tar_member *member)
{
    uint8_t header[RN_TAR_MOST_HEADER];
    rn_text_add_bytes(copy, header, rn_tar_write_header(header, member->name, member->kind, member->size));
    rn_text_add_bytes(copy, member->bytes, member->size);
    while (copy->length % RN_TAR_BLOCK)
        rn_text_add_bytes(copy, "", 1);
}

static void check_copy(const uint8_t *data, size_t size, rn_text *copy)
{
    static rn_tar_member member, again;
    rn_text_add_bytes(copy, (char[RN_TAR_BLOCK]){ 0 }, RN_TAR_BLOCK);
    MUST_OK(rn_text_finish(copy));
    rn_tar tar = { FUZZ_NAME, data, size, 0 };
    rn_tar other = { FUZZ_NAME, (const uint8_t *)copy->bytes, copy->length, 0 };
    while (next(&tar, &member)) {
        if (member.kind == RN_TAR_OTHER)
            continue;
        MUST_OK(rn_tar_next(&other, &again));
        MUST(strcmp(member.name, again.name) == 0 && member.kind == again.kind, "'%s' became '%s'",
             member.name, again.name);
        MUST(member.size == again.size && memcmp(member.bytes, again.bytes, member.size) == 0, "other bytes");
    }
    MUST_OK(rn_tar_next(&other, &again));
    MUST(!again.name[0], "'%s' behind the last", again.name);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static rn_tar_member member;
    rn_text copy = { 0 };
    rn_tar tar = { FUZZ_NAME, data, size, 0 };
    while (next(&tar, &member)) {
        MUST(member.bytes >= data && member.bytes <= data + size, "begins outside");
        MUST(member.size <= (size_t)(data + size - member.bytes), "ends outside");
        if (member.kind != RN_TAR_OTHER)
            add(&copy, &member);
    }
    check_copy(data, size, &copy);
    rn_text_free(&copy);
    return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
    size = LLVMFuzzerMutate(data, size, max_size);
    if (seed % 4)
        fuzz_mend_tar(data, size);
    return size;
}
