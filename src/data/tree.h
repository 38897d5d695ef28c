/*
 * Files in folders, on disk or packed: a folder, a tar archive, or a folder of tar archives, which hold parts
 * of one tree ("shards").  Names begin at the root: "train/cat/1.jpg"; "" is the root itself.
 */
#ifndef RN_DATA_TREE_H
#define RN_DATA_TREE_H

#include "base/file.h"

typedef struct rn_tree rn_tree;

rn_status rn_tree_open(rn_tree **tree, const char *where);
/* The same tree for a second user, who closes it too; NULL where `tree` is none or lies elsewhere.  One
 * thread at a time opens, shares and closes a tree. */
rn_tree *rn_tree_share(rn_tree *tree, const char *where);
void rn_tree_close(rn_tree *tree);                          /* accepts NULL */

bool rn_is_folder(const char *path);                        /* on disk */

bool rn_tree_has_folder(const rn_tree *tree, const char *folder);

/* What is in a folder, sorted by bytes; hidden names are left out.  The caller closes the listing. */
typedef enum { RN_ALL, RN_FOLDERS, RN_FILES } rn_listed;
rn_status rn_tree_list(const rn_tree *tree, rn_listing *listing, const char *folder, rn_listed what);

/* The bytes of a file; may be called from many threads at once.  The caller closes the map. */
rn_status rn_tree_read(const rn_tree *tree, rn_map *map, const char *name);

#endif
