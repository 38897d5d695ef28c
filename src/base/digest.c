#include "base/digest.h"
#include "base/memory.h"

#include <sha256.h>

struct rn_digest {
    SHA256_CTX context;
};

static void finish(SHA256_CTX *context, char hex[65])
{
    static const char digit[] = "0123456789abcdef";
    uint8_t sum[SHA256_DIGEST_LENGTH];
    SHA256_Final(sum, context);
    for (int i = 0; i < SHA256_DIGEST_LENGTH; i++) {
        hex[2 * i] = digit[sum[i] >> 4];
        hex[2 * i + 1] = digit[sum[i] & 15];
    }
    hex[64] = '\0';
}

rn_status rn_digest_open(rn_digest **digest)
{
    RN_TRY(rn_new(digest, 1));
    SHA256_Init(&(*digest)->context);
    return RN_OK;
}

void rn_digest_add(rn_digest *digest, const void *bytes, size_t size)
{
    SHA256_Update(&digest->context, bytes, size);
}

void rn_digest_close(rn_digest *digest, char hex[65])
{
    if (!digest)
        return;
    finish(&digest->context, hex);
    rn_free(digest);
}

void rn_digest_of(const void *bytes, size_t size, char hex[65])
{
    SHA256_CTX context;
    SHA256_Init(&context);
    SHA256_Update(&context, bytes, size);
    finish(&context, hex);
}
