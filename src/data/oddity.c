/*
 * Pictures that can be read and still deserve a look: a name that tells another kind than the bytes, four
 * colour channels, 16-bit grey, sides too short or too unequal to show anything.
 */
#include "data/findings.h"

#include <string.h>
#include <strings.h>

enum { TINY = 8, UNEQUAL = 8 };

static const struct {
    const char *endings[2];
    size_t at;                      /* where the signature is */
    const char *signature, *finding;
} kinds[] = {
    { { ".jpg", ".jpeg" }, 0, "\xff\xd8\xff", "is a JPEG file by its content, not by its name" },
    { { ".png", ".png" }, 0, "\x89PNG", "is a PNG file by its content, not by its name" },
    { { ".webp", ".webp" }, 8, "WEBP", "is a WebP file by its content, not by its name" },
};

static const char *misnamed(const uint8_t *bytes, size_t size, const char *name)
{
    const char *dot = strrchr(name, '.');
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        size_t length = strlen(kinds[i].signature), at = kinds[i].at;
        if (size < at + length || memcmp(bytes + at, kinds[i].signature, length) != 0)
            continue;
        bool named =
            dot && (strcasecmp(dot, kinds[i].endings[0]) == 0 || strcasecmp(dot, kinds[i].endings[1]) == 0);
        return named ? NULL : kinds[i].finding;
    }
    return NULL;
}

/* Components of a JPEG file: in its frame header, which is the first marker C0 to CF but C4, C8 and CC. */
static int jpeg_components(const uint8_t *bytes, size_t size)
{
    if (size < 2 || bytes[0] != 0xff || bytes[1] != 0xd8)
        return 0;
    for (size_t at = 2; at + 10 <= size && bytes[at] == 0xff;) {
        int marker = bytes[at + 1];
        if (marker == 0xff) {
            at++;
            continue;
        }
        if (marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc)
            return bytes[at + 9];
        at += 2 + ((size_t)bytes[at + 2] << 8 | bytes[at + 3]);
    }
    return 0;
}

/* In the header that a PNG file begins with: depth 16, colour type 0. */
static bool is_grey16(const uint8_t *bytes, size_t size)
{
    return size > 25 && memcmp(bytes, "\x89PNG", 4) == 0 && bytes[24] == 16 && bytes[25] == 0;
}

const char *rn_oddity(const rn_image *image, const uint8_t *bytes, size_t size, const char *name)
{
    int shorter = image->width < image->height ? image->width : image->height;
    int longer = image->width < image->height ? image->height : image->width;
    const char *wrong_name = bytes ? misnamed(bytes, size, name) : NULL;
    if (wrong_name)
        return wrong_name;
    if (bytes && jpeg_components(bytes, size) == 4)
        return "has the four colours of a printer (CMYK)";
    if (bytes && is_grey16(bytes, size))
        return "is 16-bit grey, of which all above 255 becomes white, as in Pillow";
    if (shorter < TINY)
        return "is very small: a side is under 8 pixels";
    if (longer / UNEQUAL >= shorter)
        return "is very long: one side is 8 times the other or more";
    return NULL;
}
