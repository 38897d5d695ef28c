/*
 * A data set of many files as few tar archives ("shards"): FOLDER/train-00000.tar and so on, which are read
 * as they are, and which tar unpacks into the same folders.  Each part's pictures are mixed, so that a part
 * of the shards is a fair part of the pictures.  Equal pictures make equal bytes.
 */
#include "base/log.h"
#include "base/memory.h"
#include "base/random.h"
#include "base/tar.h"
#include "base/text.h"
#include "data/kinds.h"
#include "data/trouble.h"

#include <string.h>

typedef struct {
    const char *folder, *name;      /* where the shards go, and what their names begin with */
    uint64_t limit;                 /* bytes of one */
    rn_output *output;              /* the shard being written */
    uint64_t written;               /* of it */
    int64_t members;
    int shards;
} writer;

/* ---- Shards ------------------------------------------------------------------------------------ */

static rn_status put(writer *w, const void *bytes, size_t size)
{
    w->written += size;
    return rn_output_write(w->output, bytes, size);
}

static rn_status begin_shard(writer *w)
{
    char path[RN_PATH_SIZE], name[64];
    snprintf(name, sizeof name, "%s-%05d.tar", w->name, w->shards);
    RN_TRY(rn_path_join(path, sizeof path, w->folder, name));
    w->written = 0;
    w->members = 0;
    return rn_output_open(&w->output, path);
}

static rn_status end_shard(writer *w)
{
    static const uint8_t end[2 * RN_TAR_BLOCK];
    char bytes[32];
    rn_output *output = w->output;
    RN_TRY(put(w, end, sizeof end));
    w->output = NULL;
    RN_TRY(rn_output_commit(output, NULL));
    rn_note("%s-%05d.tar: %lld members, %s", w->name, w->shards, (long long)w->members,
            rn_text_bytes(bytes, sizeof bytes, (double)w->written));
    w->shards++;
    return RN_OK;
}

static rn_status put_member(writer *w, const char *name, rn_tar_kind kind, const rn_map *file)
{
    static const uint8_t padding[RN_TAR_BLOCK];
    uint8_t header[RN_TAR_MOST_HEADER];
    const size_t length = rn_tar_header(header, name, kind, file->size);
    const size_t rest = (RN_TAR_BLOCK - file->size % RN_TAR_BLOCK) % RN_TAR_BLOCK;
    if (w->output && w->written > 0 && w->written + length + file->size + rest > w->limit)
        RN_TRY(end_shard(w));
    if (!w->output)
        RN_TRY(begin_shard(w));
    w->members++;
    RN_TRY(put(w, header, length));
    RN_TRY(put(w, file->bytes, file->size));
    return put(w, padding, rest);
}

/* ---- Pictures ---------------------------------------------------------------------------------- */

/* A picture that cannot be read stays a member, without bytes, so that all numbers stay as they are. */
static rn_status put_picture(writer *w, const rn_dataset *set, int64_t index)
{
    char name[RN_PATH_SIZE];
    rn_map file;
    RN_TRY(rn_folder_name(set, index, name));
    rn_status status = rn_tree_read(rn_folder_tree(set), &file, name);
    if (status != RN_OK && !rn_picture_at_fault(status))
        return status;
    if (status != RN_OK)
        rn_warn("%s; packed as an empty file", rn_error_text());
    if (file.size > RN_TAR_MOST)
        status = rn_fail(RN_BAD_FILE, "%s: too large to be packed", name);
    else
        status = put_member(w, name, RN_TAR_FILE, &file);
    rn_map_close(&file);
    return status;
}

static rn_status put_pictures(writer *w, const rn_dataset *set)
{
    int64_t *order;
    rn_random chance = rn_random_open(0, 0, 0);
    RN_TRY(rn_new(&order, set->count));
    for (int64_t i = 0; i < set->count; i++)
        order[i] = i;
    rn_random_shuffle(&chance, order, set->count);
    rn_status status = RN_OK;
    for (int64_t i = 0; i < set->count && status == RN_OK; i++)
        status = put_picture(w, set, order[i]);
    rn_free(order);
    return status;
}

/* Classes without pictures are classes, too. */
static rn_status put_classes(writer *w, const rn_tree *tree, const char *part)
{
    rn_listing classes;
    RN_TRY(rn_tree_list(tree, &classes, part, RN_FOLDERS));
    rn_status status = RN_OK;
    for (int i = 0; i < classes.count && status == RN_OK; i++) {
        char name[RN_PATH_SIZE];
        status = rn_path_join(name, sizeof name, part, classes.name[i]);
        if (status == RN_OK)
            status = put_member(w, name, RN_TAR_FOLDER, &(rn_map){ 0 });
    }
    rn_listing_close(&classes);
    return status;
}

/* ---- All of it --------------------------------------------------------------------------------- */

static rn_status put_split(writer *w, const char *data, rn_split split)
{
    rn_dataset *set;
    RN_TRY(rn_dataset_open(&set, data, split, NULL));
    rn_status status = put_pictures(w, set);
    rn_dataset_close(set);
    return status;
}

/* What lies in one folder of class folders: the pictures of a part, or of both where they share it. */
static rn_status put_part(writer *w, const char *data, const rn_tree *tree, const char *part, bool train,
                          bool test)
{
    w->name = part[0] ? part : "pictures";
    RN_TRY(put_classes(w, tree, part));
    if (train)
        RN_TRY(put_split(w, data, RN_SPLIT_TRAIN));
    if (test)
        RN_TRY(put_split(w, data, RN_SPLIT_TEST));
    return w->output ? end_shard(w) : RN_OK;
}

static rn_status put_tree(writer *w, const char *data, const rn_tree *tree)
{
    rn_layout layout;
    RN_TRY(rn_layout_find(&layout, tree));
    if (!layout.test_only)
        RN_TRY(put_part(w, data, tree, layout.train, true, layout.shared));
    w->shards = 0;
    return layout.shared ? RN_OK : put_part(w, data, tree, layout.test, false, true);
}

static rn_status refuse_archives(const char *folder)
{
    rn_listing listing;
    RN_TRY(rn_listing_open(&listing, folder));
    rn_status status = RN_OK;
    for (int i = 0; i < listing.count && status == RN_OK; i++)
        if (rn_ends_with(listing.name[i], ".tar"))
            status = rn_hint(rn_fail(RN_BAD_ARGUMENT, "%s: holds an archive already: %s", folder,
                                     listing.name[i]),
                             "all archives of a folder are one data set: name a new folder");
    rn_listing_close(&listing);
    return status;
}

rn_status rn_data_shard(const char *data, const char *folder, int64_t bytes)
{
    rn_tree *tree;
    writer w = { .folder = folder, .limit = (uint64_t)bytes };
    if (bytes < 1)
        return rn_fail(RN_BAD_ARGUMENT, "shards of %lld bytes, expected 1 or more", (long long)bytes);
    RN_TRY(rn_tree_open(&tree, data));
    rn_status status = rn_folder_make(folder);
    if (status == RN_OK)
        status = refuse_archives(folder);
    if (status == RN_OK)
        status = put_tree(&w, data, tree);
    rn_output_abandon(w.output);
    rn_tree_close(tree);
    return status;
}
