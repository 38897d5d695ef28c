#include "base/check.h"
#include "base/digest.h"

#include <string.h>

/* The samples of FIPS 180-4. */
static const struct { const char *bytes, *sum; } sample[] = {
    { "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
    { "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
    { "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
};

int main(void)
{
    for (size_t i = 0; i < sizeof sample / sizeof *sample; i++) {
        char whole[65], parts[65];
        size_t length = strlen(sample[i].bytes);
        rn_digest_of(sample[i].bytes, length, whole);
        rn_digest *digest;
        CHECK_OK(rn_digest_open(&digest));
        for (size_t k = 0; k < length; k++)
            rn_digest_add(digest, sample[i].bytes + k, 1);
        rn_digest_close(digest, parts);
        CHECK(strcmp(whole, sample[i].sum) == 0, "sample %zu at once: %s", i, whole);
        CHECK(strcmp(parts, sample[i].sum) == 0, "sample %zu byte by byte: %s", i, parts);
    }
    return check_result();
}
