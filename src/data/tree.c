#include "data/tree.h"
#include "base/memory.h"
#include "base/tar.h"
#include "base/text.h"
#include "data/kinds.h"
#include "data/packed.h"

#include <string.h>
#include <sys/stat.h>

const char *const rn_part_names[] = { "train", "val", "validation", "test", NULL };

struct rn_tree {
    rn_packed *packed;          /* archives; NULL: on disk */
    char root[RN_PATH_SIZE];    /* a folder on disk, or a folder inside the archives */
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

/* ---- Opening ----------------------------------------------------------------------------------- */

/* The part that a name begins with: "train" of "train-0003.tar", "" of "trainers.tar". */
static const char *part_of(const char *name)
{
    for (const char *const *part = rn_part_names; *part; part++) {
        const size_t length = strlen(*part);
        if (strncmp(name, *part, length) == 0 && strchr(".-_0123456789", name[length]))
            return *part;
    }
    return "";
}

/* Archives are often made from outside the folder: go in where a lone folder has folders. */
static rn_status enter(rn_tree *tree)
{
    rn_listing folders, inside = { 0 };
    RN_TRY(rn_tree_list(tree, &folders, "", RN_FOLDERS));
    rn_status status = RN_OK;
    bool lone = folders.count == 1 && strcmp(part_of(folders.name[0]), folders.name[0]) != 0;
    if (lone)
        status = rn_tree_list(tree, &inside, folders.name[0], RN_FOLDERS);
    if (status == RN_OK && inside.count > 0)
        status = rn_path_join(tree->root, sizeof tree->root, "", folders.name[0]);
    rn_listing_close(&inside);
    rn_listing_close(&folders);
    return status;
}

static rn_status open_archives(rn_tree *tree, const rn_archive *archive, int count)
{
    tree->root[0] = '\0';
    RN_TRY(rn_packed_open(&tree->packed, archive, count));
    return enter(tree);
}

/* An archive by what it holds. */
static rn_status open_file(rn_tree *tree, const char *path)
{
    rn_map file;
    RN_TRY(rn_map_open(&file, path));
    bool is_tar = rn_tar_recognises(file.bytes, file.size);
    rn_map_close(&file);
    if (is_tar)
        return open_archives(tree, &(rn_archive){ (char *)(uintptr_t)path, "" }, 1);
    return rn_hint(rn_fail(RN_BAD_FILE, "%s: is a file, a folder of pictures is wanted", path),
                   "a tar archive will do as well, not compressed; unpack others first");
}

/* A folder with archives and without folders holds parts of one tree. */
static rn_status open_shards(rn_tree *tree, const char *folder, const rn_listing *files)
{
    rn_archive *archive;
    int count = 0;
    RN_TRY(rn_new(&archive, files->count));
    rn_status status = RN_OK;
    for (int i = 0; i < files->count && status == RN_OK; i++) {
        char path[RN_PATH_SIZE];
        if (!rn_ends_with(files->name[i], ".tar"))
            continue;
        archive[count].part = part_of(files->name[i]);
        status = rn_path_join(path, sizeof path, folder, files->name[i]);
        if (status == RN_OK)
            status = rn_copy_text(&archive[count++].path, path);
    }
    if (status == RN_OK && count > 0)
        status = open_archives(tree, archive, count);
    for (int i = 0; i < count; i++)
        rn_free(archive[i].path);
    rn_free(archive);
    return status;
}

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

rn_status rn_tree_open(rn_tree **opened, const char *where)
{
    rn_tree *tree;
    struct stat about;
    *opened = NULL;
    if (stat(where, &about) != 0)
        return rn_hint(rn_fail_errno(where), "data is 'builtin', 'cifar10:FOLDER', 'cifar100:FOLDER' or a "
                                             "folder of pictures, one folder a class");
    RN_TRY(rn_new(&tree, 1));
    rn_status status = S_ISDIR(about.st_mode) ? open_folder(tree, where) : open_file(tree, where);
    if (status != RN_OK)
        rn_tree_close(tree);
    else
        *opened = tree;
    return status;
}

void rn_tree_close(rn_tree *tree)
{
    if (!tree)
        return;
    rn_packed_close(tree->packed);
    rn_free(tree);
}
