/*
 * Deflate against zlib: what zlib unpacks, ours unpacks to the same bytes.  (Codes that leave some patterns
 * unused are refused by zlib alone.)  The first two bytes of the input say how many are wanted.
 */
#include "base/memory.h"
#include "fuzz/fuzz.h"
#include "weights/inflate.h"

#include <string.h>
#include <zlib.h>

/* Whether `packed` gives exactly `size` bytes; there is room for one more. */
static bool unpack(uint8_t *to, size_t size, const uint8_t *packed, size_t packed_size)
{
    z_stream stream = { .next_in = (Bytef *)(uintptr_t)packed, .avail_in = (uInt)packed_size,
                        .next_out = to, .avail_out = (uInt)size + 1 };
    MUST(inflateInit2(&stream, -MAX_WBITS) == Z_OK, "zlib");
    bool ended = inflate(&stream, Z_FINISH) == Z_STREAM_END;
    inflateEnd(&stream);
    return ended && stream.total_out == size;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *ours, *theirs;
    fuzz_source source = { data, size };
    size_t count = fuzz_number(&source, 0, 65535);
    MUST_OK(rn_new(&ours, count));
    MUST_OK(rn_new(&theirs, count + 1));
    bool good = rn_inflate(ours, count, source.bytes, source.size);
    bool wanted = unpack(theirs, count, source.bytes, source.size);
    MUST(good || !wanted, "zlib unpacks the %zu bytes", count);
    MUST(!wanted || memcmp(ours, theirs, count) == 0, "%zu bytes differ from zlib's", count);
    rn_free(ours);
    rn_free(theirs);
    return 0;
}
