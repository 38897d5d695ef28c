#include "base/crc.h"
#include "base/check.h"

static const char digits[] = "123456789";

/* Known sums of both kinds; the instruction, which takes whole words, and the table agree on any cut. */
int main(void)
{
    uint8_t bytes[100];
    for (int i = 0; i < 100; i++)
        bytes[i] = (uint8_t)(i * i + 7);
    CHECK(rn_crc32(digits, 9) == 0xcbf43926, "%x", rn_crc32(digits, 9));
    CHECK(rn_crc32(digits, 0) == 0, "%x", rn_crc32(digits, 0));
    CHECK(rn_crc32c(0, digits, 9) == 0xe3069283, "%x", rn_crc32c(0, digits, 9));
    CHECK(rn_crc32c(0, digits, 0) == 0, "%x", rn_crc32c(0, digits, 0));
    uint32_t whole = rn_crc32c(0, bytes, 100), by_bytes = 0;
    for (size_t cut = 0; cut <= 100; cut++) {
        uint32_t sum = rn_crc32c(rn_crc32c(0, bytes, cut), bytes + cut, 100 - cut);
        CHECK(sum == whole, "cut at %zu: %x, not %x", cut, sum, whole);
    }
    for (size_t i = 0; i < 100; i++)
        by_bytes = rn_crc32c(by_bytes, bytes + i, 1);
    CHECK(by_bytes == whole, "%x, not %x", by_bytes, whole);
    return check_result();
}
