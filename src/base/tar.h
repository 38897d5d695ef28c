/*
 * Tar archives, member by member: POSIX's (ustar, with pax's long names) and GNU's, plain, not compressed.
 *
 *     rn_tar tar = { path, map.bytes, map.size };
 *     rn_tar_member member;
 *     while ((status = rn_tar_next(&tar, &member)) == RN_OK && member.name[0])
 *         ... member.bytes, member.size ...
 */
#ifndef RN_BASE_TAR_H
#define RN_BASE_TAR_H

#include "base/error.h"

enum { RN_TAR_BLOCK = 512, RN_TAR_NAME = 4096 };

typedef enum {
    RN_TAR_FILE,
    RN_TAR_FOLDER,
    RN_TAR_OTHER            /* no plain file: a link, a device, a folder's listing */
} rn_tar_kind;

typedef struct {
    const char *path;       /* of the archive, for messages */
    const uint8_t *bytes;
    size_t size, at;
} rn_tar;

typedef struct {
    rn_tar_kind kind;
    char name[RN_TAR_NAME];     /* "train/cat/1.jpg", without "." and ".." in it; "" after the last member */
    const uint8_t *bytes;       /* inside the archive */
    size_t size;
} rn_tar_member;

/* Whether an archive begins here: "ustar", or a header's sum. */
bool rn_tar_recognises(const uint8_t *bytes, size_t size);

/* The next member.  RN_BAD_FILE where the archive is damaged or cut short, where a name in it leads out of it
 * ("../x"), where it lacks the empty block at its end, and where anything but zeros stands behind that. */
rn_status rn_tar_next(rn_tar *tar, rn_tar_member *member);

/* The bytes that begin a member: `header` has room for them, and a member's own bytes are padded to whole
 * blocks.  Equal names and sizes give equal headers: there is no time and no owner. */
enum { RN_TAR_MOST_HEADER = RN_TAR_NAME + 3 * RN_TAR_BLOCK };
#define RN_TAR_MOST ((UINT64_C(1) << 33) - 1)       /* bytes of a member */
size_t rn_tar_write_header(uint8_t header[RN_TAR_MOST_HEADER], const char *name, rn_tar_kind kind,
                           uint64_t size);

#endif
