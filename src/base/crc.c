/*
 * The remainder of the bytes, taken as a polynomial over two elements, divided by one of degree 32.  Eight
 * bytes at a time: row k of a table tells what a byte becomes that k more bytes follow.  For CRC-32C x86 has
 * an instruction.
 */
#include "base/crc.h"

#include <pthread.h>
#include <string.h>

typedef struct { uint32_t row[8][256]; } table;

static table zip, castagnoli;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void fill(table *t, uint32_t polynomial)
{
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t sum = i;
        for (int bit = 0; bit < 8; bit++)
            sum = sum >> 1 ^ (sum & 1 ? polynomial : 0);
        t->row[0][i] = sum;
    }
    for (int k = 1; k < 8; k++)
        for (int i = 0; i < 256; i++)
            t->row[k][i] = t->row[k - 1][i] >> 8 ^ t->row[0][t->row[k - 1][i] & 255];
}

static void fill_tables(void)
{
    fill(&zip, 0xedb88320);
    fill(&castagnoli, 0x82f63b78);
}

static uint32_t add(const table *t, uint32_t sum, const uint8_t *bytes, size_t size)
{
    pthread_once(&once, fill_tables);
    for (; size >= 8; bytes += 8, size -= 8) {
        uint32_t low = sum ^ ((uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16
                              | (uint32_t)bytes[3] << 24);
        sum = t->row[7][low & 255] ^ t->row[6][low >> 8 & 255] ^ t->row[5][low >> 16 & 255]
            ^ t->row[4][low >> 24] ^ t->row[3][bytes[4]] ^ t->row[2][bytes[5]] ^ t->row[1][bytes[6]]
            ^ t->row[0][bytes[7]];
    }
    while (size-- > 0)
        sum = sum >> 8 ^ t->row[0][(sum ^ *bytes++) & 255];
    return sum;
}

uint32_t rn_crc32(const void *bytes, size_t size)
{
    return ~add(&zip, UINT32_MAX, bytes, size);
}

#if defined(__x86_64__)
__attribute__((target("sse4.2")))
static uint32_t add_by_instruction(uint32_t before, const uint8_t *bytes, size_t size)
{
    uint64_t sum = before, eight;
    for (; size >= 8; bytes += 8, size -= 8) {
        memcpy(&eight, bytes, 8);
        sum = __builtin_ia32_crc32di(sum, eight);
    }
    while (size-- > 0)
        sum = __builtin_ia32_crc32qi((uint32_t)sum, *bytes++);
    return (uint32_t)sum;
}
#endif

uint32_t rn_crc32c(uint32_t before, const void *bytes, size_t size)
{
#if defined(__x86_64__)
    if (__builtin_cpu_supports("sse4.2"))
        return ~add_by_instruction(~before, bytes, size);
#endif
    return ~add(&castagnoli, ~before, bytes, size);
}
