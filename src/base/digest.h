/* SHA-256 of bytes, as 64 lower-case hexadecimal digits. */
#ifndef RN_BASE_DIGEST_H
#define RN_BASE_DIGEST_H

#include "base/error.h"

typedef struct rn_digest rn_digest;
rn_status rn_digest_open(rn_digest **digest);
void rn_digest_add(rn_digest *digest, const void *bytes, size_t size);
void rn_digest_close(rn_digest *digest, char hex[65]);      /* gives the sum and frees; accepts NULL */

void rn_digest_of(const void *bytes, size_t size, char hex[65]);

#endif
