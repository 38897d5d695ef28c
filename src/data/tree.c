/*
 * A tree is a root, where every name begins, on disk or in archives.  What people pack lies somewhere in each
 * archive, and is looked for in each by itself: folders that stand alone are passed through; an archive that
 * then has folders "train" and the like with folders in them says itself where things lie, and what lies in
 * another belongs to the part that the archive's name begins with.
 */
#include "data/tree.h"
#include "base/memory.h"
#include "base/text.h"
#include "data/kinds.h"
#include "data/packed.h"

#include <assert.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

struct rn_tree {
    rn_packed *packed;          /* archives; NULL: on disk */
    char root[RN_PATH_SIZE];    /* a folder on disk, or a folder inside the archives */
    char *where;                /* what was opened, */
    int users;                  /* and by how many */
};

bool rn_is_folder(const char *path)
{
    struct stat about;
    return stat(path, &about) == 0 && S_ISDIR(about.st_mode);
}

/* ---- What there is ---------------------------------------------------------------------------- */

static rn_status list_on_disk(rn_listing *listing, const char *folder, rn_listed what)
{
    int kept = 0;
    rn_status status = rn_listing_open(listing, folder);
    if (what == RN_ALL)
        return status;
    for (int i = 0; i < listing->count; i++) {
        char path[RN_PATH_SIZE];
        if (status == RN_OK)
            status = rn_path_join(path, sizeof path, folder, listing->name[i]);
        if (status == RN_OK && rn_is_folder(path) == (what == RN_FOLDERS))
            listing->name[kept++] = listing->name[i];
        else
            rn_free(listing->name[i]);
    }
    listing->count = kept;
    if (status != RN_OK)
        rn_listing_close(listing);
    return status;
}

bool rn_tree_has_folder(const rn_tree *tree, const char *folder)
{
    char path[RN_PATH_SIZE];
    if (rn_path_join(path, sizeof path, tree->root, folder) != RN_OK)
        return false;
    return tree->packed ? rn_packed_has_folder(tree->packed, path) : rn_is_folder(path);
}

rn_status rn_tree_list(const rn_tree *tree, rn_listing *listing, const char *folder, rn_listed what)
{
    char path[RN_PATH_SIZE];
    *listing = (rn_listing){ 0 };
    RN_TRY(rn_path_join(path, sizeof path, tree->root, folder));
    return tree->packed ? rn_packed_list(tree->packed, listing, path, what)
                        : list_on_disk(listing, path, what);
}

rn_status rn_tree_read(const rn_tree *tree, rn_map *map, const char *name)
{
    char path[RN_PATH_SIZE];
    *map = (rn_map){ 0 };
    RN_TRY(rn_path_join(path, sizeof path, tree->root, name));
    return tree->packed ? rn_packed_read(tree->packed, map, path) : rn_map_open(map, path);
}

/* ---- Archives ---------------------------------------------------------------------------------- */

static rn_status holds_folders_only(bool *only, const rn_tree *tree, const char *folder)
{
    rn_listing inside;
    RN_TRY(rn_tree_list(tree, &inside, folder, RN_FOLDERS));
    *only = inside.count > 0;
    rn_listing_close(&inside);
    RN_TRY(rn_tree_list(tree, &inside, folder, RN_FILES));
    for (int i = 0; i < inside.count; i++)
        *only = *only && !rn_image_name(inside.name[i]);
    rn_listing_close(&inside);
    return RN_OK;
}

/* Goes into the only folder, where that is neither a class nor a part. */
static rn_status enter(rn_tree *tree, bool *entered)
{
    rn_listing folders;
    RN_TRY(rn_tree_list(tree, &folders, "", RN_FOLDERS));
    rn_status status = RN_OK;
    *entered = folders.count == 1 && strcmp(rn_part_of(folders.name[0]), folders.name[0]) != 0;
    if (*entered)
        status = holds_folders_only(entered, tree, folders.name[0]);
    if (status == RN_OK && *entered) {
        const size_t used = strlen(tree->root);
        assert(used + 1 + strlen(folders.name[0]) < sizeof tree->root);
        snprintf(tree->root + used, sizeof tree->root - used, "%s%s", used ? "/" : "", folders.name[0]);
    }
    rn_listing_close(&folders);
    return status;
}

static rn_status open_archive(rn_tree *tree, const char *path)
{
    bool entered;
    tree->root[0] = '\0';
    RN_TRY(rn_packed_open(&tree->packed, path));
    do
        RN_TRY(enter(tree, &entered));
    while (entered);
    return RN_OK;
}

static rn_status add_archive(rn_tree *tree, const char *folder, const char *name)
{
    char path[RN_PATH_SIZE];
    rn_tree one = { 0 };
    rn_layout layout;
    RN_TRY(rn_path_join(path, sizeof path, folder, name));
    rn_status status = open_archive(&one, path);
    if (status == RN_OK)
        status = rn_layout_find(&layout, &one);
    if (status == RN_OK)
        status = rn_packed_add(tree->packed, one.packed, one.root, layout.train[0] ? "" : rn_part_of(name));
    rn_packed_close(one.packed);
    return status;
}

static rn_status add_archives(rn_tree *tree, const char *folder, const rn_listing *archives)
{
    tree->root[0] = '\0';
    RN_TRY(rn_packed_new(&tree->packed));
    for (int i = 0; i < archives->count; i++)
        RN_TRY(add_archive(tree, folder, archives->name[i]));
    return rn_packed_sort(tree->packed);
}

static rn_status refuse_compressed(const char *folder, const char *name)
{
    static const char *const endings[] = { ".tar.gz", ".tgz", ".tar.xz", ".txz", ".tar.bz2", ".tbz2",
                                           ".tar.zst", ".tzst", ".tar.lz4", ".zip", ".7z" };
    const size_t length = strlen(name);
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        const size_t end = strlen(endings[i]);
        if (length > end && strcasecmp(name + length - end, endings[i]) == 0)
            return rn_hint(rn_fail(RN_BAD_FILE, "%s: holds a compressed archive: %s", folder, name),
                           "unpack it, or move it away: only plain tar archives are read as they are");
    }
    return RN_OK;
}

/* A folder with archives and without folders holds parts of one tree. */
static rn_status open_shards(rn_tree *tree, const char *folder, const rn_listing *files)
{
    rn_listing archives = { 0 };
    rn_status status = RN_OK;
    for (int i = 0; i < files->count && status == RN_OK; i++)
        status = rn_ends_with(files->name[i], ".tar") ? rn_listing_add(&archives, files->name[i])
                                                      : refuse_compressed(folder, files->name[i]);
    if (status == RN_OK && archives.count > 0)
        status = add_archives(tree, folder, &archives);
    rn_listing_close(&archives);
    return status;
}

/* ---- Opening ----------------------------------------------------------------------------------- */

static rn_status open_folder(rn_tree *tree, const char *folder)
{
    rn_listing listing;
    RN_TRY(rn_path_join(tree->root, sizeof tree->root, folder, ""));
    RN_TRY(list_on_disk(&listing, folder, RN_FOLDERS));
    bool has_folders = listing.count > 0;
    rn_listing_close(&listing);
    if (has_folders)
        return RN_OK;
    RN_TRY(list_on_disk(&listing, folder, RN_FILES));
    rn_status status = open_shards(tree, folder, &listing);
    rn_listing_close(&listing);
    return status;
}

static rn_status open_root(rn_tree *tree, const char *where)
{
    struct stat about;
    if (stat(where, &about) != 0)
        return rn_hint(rn_fail_errno(where), "data is 'builtin', 'cifar10:FOLDER', 'cifar100:FOLDER' or a "
                                             "folder of pictures, one folder a class");
    RN_TRY(rn_copy_text(&tree->where, where));
    return S_ISDIR(about.st_mode) ? open_folder(tree, where) : open_archive(tree, where);
}

rn_status rn_tree_open(rn_tree **opened, const char *where)
{
    rn_tree *tree;
    *opened = NULL;
    RN_TRY(rn_new(&tree, 1));
    tree->users = 1;
    rn_status status = open_root(tree, where);
    if (status != RN_OK)
        rn_tree_close(tree);
    else
        *opened = tree;
    return status;
}

rn_tree *rn_tree_share(rn_tree *tree, const char *where)
{
    const bool same = tree && strcmp(tree->where, where) == 0;
    if (same)
        tree->users++;
    return same ? tree : NULL;
}

void rn_tree_close(rn_tree *tree)
{
    if (!tree || --tree->users > 0)
        return;
    rn_packed_close(tree->packed);
    rn_free(tree->where);
    rn_free(tree);
}
