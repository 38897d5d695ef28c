/*
 * A fuzz target as an ordinary program: each file that is named, or lies in a folder that is named, is
 * given to the target as it is, cut short at many places, and with changes that are the same in every run.
 */
#include "base/file.h"
#include "base/random.h"
#include "fuzz/fuzz.h"

#include <string.h>

enum { CHANGES = 64, GROWTH = 256 };

static rn_random chance;

static size_t below(size_t limit)
{
    return (size_t)rn_random_below(&chance, (int64_t)limit);
}

/* A few small changes: a flipped bit, another byte, a number at its limit, a part moved, lost or repeated. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size)
{
    static const uint8_t limits[] = { 0, 1, 0x7f, 0x80, 0xff };
    for (size_t changes = 1 + below(4); changes > 0 && size > 0; changes--) {
        size_t at = below(size), part = below(size - at < 16 ? size - at : 16), room = max_size - size;
        switch (below(6)) {
        case 0: data[at] ^= (uint8_t)(1 << below(8)); break;
        case 1: data[at] = (uint8_t)below(256); break;
        case 2: memset(data + at, limits[below(sizeof limits)], part); break;
        case 3: memmove(data + below(size - part), data + at, part); break;
        case 4:
            memmove(data + at, data + at + part, size - at - part);
            size -= part;
            break;
        default:
            part = part < room ? part : room;
            memmove(data + at + part, data + at, size - at);
            size += part;
        }
    }
    return size;
}

#pragma weak LLVMFuzzerCustomMutator

static size_t change(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
    if (LLVMFuzzerCustomMutator)
        return LLVMFuzzerCustomMutator(data, size, max_size, seed);
    return LLVMFuzzerMutate(data, size, max_size);
}

/* In a block of exactly its size, so that a sanitizer sees what is read behind it. */
static void give(const uint8_t *bytes, size_t size)
{
    uint8_t *block = malloc(size ? size : 1);
    MUST(block, "out of memory");
    memcpy(block, bytes, size);
    LLVMFuzzerTestOneInput(block, size);
    free(block);
}

static int replay(const char *path)
{
    rn_map map;
    if (rn_map_open(&map, path) != RN_OK) {
        printf("%s\n", rn_error_text());
        return 1;
    }
    size_t room = map.size + GROWTH;
    uint8_t *changed = malloc(room);
    MUST(changed, "out of memory");
    give(map.bytes, map.size);
    for (unsigned i = 0; i < CHANGES; i++) {
        give(map.bytes, map.size * i / CHANGES);
        chance = rn_random_open(i, 0, 0);
        memcpy(changed, map.bytes, map.size);
        give(changed, change(changed, map.size, room, i));
    }
    free(changed);
    rn_map_close(&map);
    return 0;
}

int main(int argc, char **argv)
{
    int failures = 0, files = 0;
    for (int i = 1; i < argc; i++) {
        rn_listing listing = { 0 };
        if (rn_listing_open(&listing, argv[i]) != RN_OK) {
            failures += replay(argv[i]);
            files++;
            continue;
        }
        for (int k = 0; k < listing.count; k++, files++) {
            char path[4096];
            MUST_OK(rn_path_join(path, sizeof path, argv[i], listing.name[k]));
            failures += replay(path);
        }
        rn_listing_close(&listing);
    }
    printf("%d files, each whole, with %d changes and %d times cut short\n", files, CHANGES, CHANGES);
    return failures != 0 || files == 0;
}
