/*
 * What lies in tar archives, as if they had been unpacked into one folder.
 *
 *     rn_packed_open(&one, "a.tar");              what lies in an archive
 *
 *     rn_packed_new(&all);                        several archives as one
 *     rn_packed_add(all, one, "", "train"); ...
 *     rn_packed_sort(all);
 */
#ifndef RN_DATA_PACKED_H
#define RN_DATA_PACKED_H

#include "data/tree.h"

typedef struct rn_packed rn_packed;

/* Reads an archive's headers.  Of two members of one name the later counts, as with tar. */
rn_status rn_packed_open(rn_packed **packed, const char *path);
void rn_packed_close(rn_packed *packed);                    /* accepts NULL */

/* Adds what lies in `root` of another, an archive that was opened, into the folder `part` ("": the root). */
rn_status rn_packed_new(rn_packed **packed);
rn_status rn_packed_add(rn_packed *packed, const rn_packed *one, const char *root, const char *part);
rn_status rn_packed_sort(rn_packed *packed);

/* As the functions of tree.h; a folder's name may end with "/". */
bool rn_packed_has_folder(const rn_packed *packed, const char *folder);
rn_status rn_packed_list(const rn_packed *packed, rn_listing *listing, const char *folder, rn_listed what);
rn_status rn_packed_read(const rn_packed *packed, rn_map *map, const char *name);

#endif
