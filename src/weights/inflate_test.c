/* Streams that zlib made: stored, with the fixed code, with codes of their own. */
#include "base/check.h"
#include "weights/inflate.h"

#include <string.h>

/* Seven hundred letters in a mixture that is worth a code. */
static void make_letters(uint8_t *to)
{
    uint32_t state = 3;
    for (int i = 0; i < 700; i++) {
        state = (state * 1103515245u + 12345) & 0x7fffffff;
        to[i] = (uint8_t)"eeeeeeeetttaaoinshrdlu x"[(state >> 16) % 24];
    }
}

static const char stored[] = "\x01\x14\x00\xeb\xff\x61\x65uteeuntee utoslles";
static const char fixed[] =
    "KL--IM-\xcd\x03\x12\x0a\xa5%\xf9\xc5\x39\x39\xa9\xc5\x89\xa9\x39%\x89\x45\x89\xa9\xa5\x89"
    "\x15\xa5\xa9%\xa9\x0a\x89%\x89\x39\xa9\xa5\x39\x19\xa9\x19\xf9\xa5y\xa9%\xc5\xa9\xa9\xa9"
    "\x89\xa9\xc5 \x82|\xbdU\xa3\x80h\x00\x00";
static const char dynamic[] =
    "%\x92\x01\x0a\x43\x31\x08\x43\xaf\xe2\xd5\x84\x06Z\x90\x0aV\xc1\xe3/\xfe\x0d\xf6;\xfa\xd5"
    "$\xcf)*\x81\xba|H\xa5?3<\x85\xa5\x86\xa2\xb4\x0b\x09\xd1TC\xd9\xc6\xf6\xba\xc8\x07@\xc1"
    "\xe7\xe1\xc1\xcfI,\xb0\x0eG\xf8\x8d\xb9\xda\xd0\x9d\xa2\xd0\x65\xf3\"\xc1\x01x\x19\x0b"
    "\x17Xs\x93^\xcb\xd1\x80\xad\x9a\xcb\xa6\xc6\x99\x03!\xb7\xd7(h\xca\x61k*\xab\xb2\xb7oZ"
    "\xc9=N\xf9\xa6\xcf\xa7]\x19\x10{\xea\xec\x10zZ\xf1\x46n\xebX\xeak/[cY`\xed\xd0\xbd\x64"
    "\xec\xca\x94\xc8\x62\x45\xaa\x30\xec\x94\x46\xe6\x0d\xd5\xad\x96\xa3<\x96\xf2p\x00\x1c"
    "\x1eRo\xa9\xb3Sy<\xf2\x08\xceQ\x95\xc4\xb1\xe1\x16Hg\xe4\xfbq\xf1\x9a\x09X\x96\xa9\xa0"
    "\x38\xee\xf8'\x90\x46\x90+\x7fS2]F6\xf4\xea\xdaT\xefs\x0e\x05\x06\x12\xa5\x37\x8d}\xe1"
    "\xaeI\xfa\x80\x65\x1cv\xda\x08\xb0\\\xc9\x80>\xc6\xf7&U\xa6\x63\xcdu\xc2x\x1c\xc7U\xe5"
    "\x8a(\xee\xef\xce\xd4\x63\x93\x85\xb5\xec\xa8\x99\x31\xfevrAA\xb8{r\x12\xd8\xe8\x11\xd2"
    "\xe8r8I\x93\xa6\x31\xa4~^\xb2\x8a\x1d\x0c\x9c_mX\xbb\x9a\x66\x19\xcc\xc9\x92\x13\x93\xbb"
    "\x14i}>Bzk&U\x8f\x31\xb6\xbc\\\x1d\xe3\x16&\x03\x8b\x84\xfbu=o\xa2\xec\xff_\x84\x88\xb8"
    "\x66V\xd9$=u\xbb\x18\xb4\x41T\x1e\xbe\xc2\xde\xa2m\xbb\xfe\x31\x7f\x02\xfd\x01";

static uint8_t letters[700], twice[420];

static const struct {
    const char *packed;
    size_t packed_size;
    const uint8_t *plain;
    size_t size;
} sample[] = {
    { stored, sizeof stored - 1, letters, 20 },
    { fixed, sizeof fixed - 1, twice, sizeof twice },
    { dynamic, sizeof dynamic - 1, letters, sizeof letters },
};

static void unpacks(void)
{
    for (size_t i = 0; i < sizeof sample / sizeof *sample; i++) {
        const uint8_t *packed = (const uint8_t *)sample[i].packed;
        uint8_t got[800];
        CHECK(rn_inflate(got, sample[i].size, packed, sample[i].packed_size), "sample %zu", i);
        CHECK(memcmp(got, sample[i].plain, sample[i].size) == 0, "sample %zu", i);
        CHECK(!rn_inflate(got, sample[i].size - 1, packed, sample[i].packed_size), "sample %zu: more", i);
        CHECK(!rn_inflate(got, sample[i].size + 1, packed, sample[i].packed_size), "sample %zu: less", i);
        for (size_t cut = 0; cut < sample[i].packed_size; cut++)
            CHECK(!rn_inflate(got, sample[i].size, packed, cut), "sample %zu: %zu bytes", i, cut);
    }
}

/* Nothing is promised about the result but that it stays in its place: the sanitizers watch. */
static void survives_every_flipped_bit(void)
{
    for (size_t i = 0; i < sizeof sample / sizeof *sample; i++) {
        uint8_t packed[600], got[700];
        memcpy(packed, sample[i].packed, sample[i].packed_size);
        for (size_t bit = 0; bit < 8 * sample[i].packed_size; bit++) {
            packed[bit / 8] ^= (uint8_t)(1 << bit % 8);
            rn_inflate(got, sample[i].size, packed, sample[i].packed_size);
            packed[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
    }
}

int main(void)
{
    make_letters(letters);
    memcpy(twice, letters, 60);
    memcpy(twice + 60, letters, 60);
    memset(twice + 120, 'z', 300);
    unpacks();
    survives_every_flipped_bit();
    return check_result();
}
