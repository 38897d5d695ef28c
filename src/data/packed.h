/* What lies in tar archives, as if they had been unpacked into one folder. */
#ifndef RN_DATA_PACKED_H
#define RN_DATA_PACKED_H

#include "data/tree.h"

typedef struct rn_packed rn_packed;

typedef struct {
    char *path;
    const char *part;       /* "train": its members lie in there, whether their names say so or not; or "" */
} rn_archive;

/* Reads the headers of `count` archives, whose paths are copied.  Of two members of one name the later
 * counts, as with tar. */
rn_status rn_packed_open(rn_packed **packed, const rn_archive *archive, int count);
void rn_packed_close(rn_packed *packed);                    /* accepts NULL */

/* As the functions of tree.h; a folder's name may end with "/". */
bool rn_packed_has_folder(const rn_packed *packed, const char *folder);
rn_status rn_packed_list(const rn_packed *packed, rn_listing *listing, const char *folder, rn_listed what);
rn_status rn_packed_read(const rn_packed *packed, rn_map *map, const char *name);

#endif
