/* For tests: the tables in test/golden/image, which hold short digests of what Pillow made. */
#ifndef RN_IMAGE_GOLDEN_H
#define RN_IMAGE_GOLDEN_H

#include "base/check.h"
#include "base/digest.h"
#include "image/image.h"

#include <string.h>

#define GOLDEN "test/golden/image/"

enum { DIGEST_SIZE = 17 };

/* A table after its heading; NULL, and a failure, when it is not there. */
static inline FILE *golden_open(const char *path)
{
    FILE *table = fopen(path, "r");
    CHECK(table, "%s: cannot be read; tests run in the project's folder", path);
    for (int c = 0; table && c != '\n' && c != EOF;)
        c = fgetc(table);
    return table;
}

static inline void golden_digest(const rn_image *image, char digest[DIGEST_SIZE])
{
    char hex[65];
    rn_digest_of(image->pixels, (size_t)image->width * (size_t)image->height * 3, hex);
    memcpy(digest, hex, DIGEST_SIZE - 1);
    digest[DIGEST_SIZE - 1] = '\0';
}

#endif
