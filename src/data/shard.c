/*
 * A data set of many files as few tar archives ("shards"): FOLDER/train-00000.tar and so on, which are read
 * as they are, and which tar unpacks into the same folders.  The pictures of a folder of class folders are
 * mixed, so that a part of its shards is a fair part of the pictures.  Equal pictures make equal bytes.
 *
 * The shards are written into FOLDER.tmp.PID, which becomes FOLDER when all are there: some of them would
 * look like a whole, smaller data set.
 */
#define _GNU_SOURCE
#include "base/log.h"
#include "base/memory.h"
#include "base/random.h"
#include "base/tar.h"
#include "base/text.h"
#include "data/kinds.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct {
    const rn_tree *tree;            /* what is packed */
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
    RN_TRY(put(w, end, sizeof end));
    rn_output *output = w->output;
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
    const size_t length = rn_tar_write_header(header, name, kind, file->size);
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

/* An empty picture stays one, so that all numbers stay as they are.  One that this machine cannot read now
 * may be a good one. */
static rn_status put_picture(writer *w, const char *name)
{
    rn_map file;
    rn_status status = rn_tree_read(w->tree, &file, name);
    if (status != RN_OK && status != RN_BAD_FILE)
        return rn_while(status, "cannot pack all pictures");
    if (status != RN_OK)
        rn_warn("%s; packed as an empty file", rn_error_text());
    if (file.size > RN_TAR_MOST)
        status = rn_fail(RN_BAD_FILE, "%s: %zu bytes, at most %llu can be packed", name, file.size,
                         (unsigned long long)RN_TAR_MOST);
    else
        status = put_member(w, name, RN_TAR_FILE, &file);
    rn_map_close(&file);
    return status;
}

static rn_status put_mixed(writer *w, const rn_listing *pictures)
{
    int64_t *order;
    rn_random chance = rn_random_open(0, 0, 0);
    RN_TRY(rn_new(&order, pictures->count));
    for (int i = 0; i < pictures->count; i++)
        order[i] = i;
    rn_random_shuffle(&chance, order, pictures->count);
    rn_status status = RN_OK;
    for (int i = 0; i < pictures->count && status == RN_OK; i++)
        status = put_picture(w, pictures->name[order[i]]);
    rn_free(order);
    return status;
}

static rn_status add_pictures(rn_listing *pictures, const rn_tree *tree, const char *class)
{
    rn_listing files;
    char name[RN_PATH_SIZE];
    RN_TRY(rn_tree_list(tree, &files, class, RN_ALL));
    rn_status status = RN_OK;
    for (int i = 0; i < files.count && status == RN_OK; i++) {
        if (!rn_image_name(files.name[i]))
            continue;
        status = rn_path_join(name, sizeof name, class, files.name[i]);
        if (status == RN_OK)
            status = rn_listing_add(pictures, name);
    }
    rn_listing_close(&files);
    return status;
}

/* ---- Parts ------------------------------------------------------------------------------------- */

/* A class without pictures is one, too. */
static rn_status put_class(writer *w, const char *class, rn_listing *pictures)
{
    RN_TRY(put_member(w, class, RN_TAR_FOLDER, &(rn_map){ 0 }));
    return add_pictures(pictures, w->tree, class);
}

/* What lies in one folder of class folders. */
static rn_status put_part(writer *w, const char *part)
{
    rn_listing classes, pictures = { 0 };
    char class[RN_PATH_SIZE];
    w->name = part[0] ? part : "pictures";
    w->shards = 0;
    RN_TRY(rn_tree_list(w->tree, &classes, part, RN_FOLDERS));
    rn_status status = RN_OK;
    for (int i = 0; i < classes.count && status == RN_OK; i++) {
        status = rn_path_join(class, sizeof class, part, classes.name[i]);
        if (status == RN_OK)
            status = put_class(w, class, &pictures);
    }
    if (status == RN_OK)
        status = put_mixed(w, &pictures);
    rn_listing_close(&pictures);
    rn_listing_close(&classes);
    return status == RN_OK && w->output ? end_shard(w) : status;
}

static rn_status put_parts(writer *w, const rn_layout *layout)
{
    if (!layout->test_only)
        RN_TRY(put_part(w, layout->train));
    return layout->shared ? RN_OK : put_part(w, layout->test);
}

/* ---- The folder -------------------------------------------------------------------------------- */

/* Nothing may be in the way.  The folder is made anew in the end. */
static rn_status make_way(const char *folder)
{
    if (rmdir(folder) == 0 || errno == ENOENT)
        return RN_OK;
    if (errno != ENOTEMPTY && errno != EEXIST && errno != ENOTDIR)
        return rn_fail_errno(folder);
    return rn_hint(rn_fail(RN_BAD_ARGUMENT, "%s: exists and is not an empty folder", folder),
                   "all archives of a folder are one data set: name a new folder");
}

/* A new folder among the classes would be one of them, and archives beside a folder are not read. */
static rn_status refuse_inside(const char *data, const char *folder)
{
    char outer[PATH_MAX], inner[PATH_MAX], near[RN_PATH_SIZE], *slash = near;
    snprintf(near, sizeof near, "%s%s", folder[0] == '/' ? "" : "./", folder);
    while (!realpath(near, inner) && (slash = strrchr(near, '/')))
        *slash = '\0';
    if (!slash || !realpath(data, outer))
        return RN_OK;
    const size_t length = strlen(outer);
    if (strncmp(inner, outer, length) != 0 || (inner[length] != '/' && inner[length] != '\0'))
        return RN_OK;
    return rn_fail(RN_BAD_ARGUMENT, "%s: lies in the data themselves, %s: name another", folder, data);
}

/* Of this process, or of a dead one that had its number. */
static void discard(const char *folder)
{
    rn_listing listing;
    char path[RN_PATH_SIZE];
    if (rn_listing_open(&listing, folder) != RN_OK)
        return;
    for (int i = 0; i < listing.count; i++)
        if (rn_path_join(path, sizeof path, folder, listing.name[i]) == RN_OK)
            unlink(path);
    rn_listing_close(&listing);
    rmdir(folder);
}

static rn_status put_folder(writer *w, const rn_layout *layout, const char *folder)
{
    if (rn_file_exists(w->folder))
        discard(w->folder);
    RN_TRY(rn_folder_make(w->folder));
    RN_TRY(put_parts(w, layout));
    return rename(w->folder, folder) == 0 ? RN_OK : rn_fail_errno(folder);
}

static rn_status shard(const rn_tree *tree, const char *data, const char *folder, uint64_t limit)
{
    char beside[RN_PATH_SIZE];
    rn_layout layout;
    rn_failure failure;
    writer w = { .tree = tree, .folder = beside, .limit = limit };
    if (snprintf(beside, sizeof beside, "%s.tmp.%ld", folder, (long)getpid()) >= RN_PATH_SIZE)
        return rn_fail(RN_BAD_ARGUMENT, "path longer than %d bytes: %s", RN_PATH_SIZE - 16, folder);
    RN_TRY(rn_layout_find(&layout, tree));
    RN_TRY(refuse_inside(data, folder));
    RN_TRY(make_way(folder));
    rn_status status = put_folder(&w, &layout, folder);
    rn_failure_take(&failure, status);
    rn_output_abandon(w.output);
    if (status != RN_OK)
        discard(beside);
    return rn_failure_give(&failure);
}

/* Without a training part there is nothing to open but the test part. */
static rn_status open_parts(rn_dataset *part[2], const char *data)
{
    rn_layout layout;
    RN_TRY(rn_dataset_open(&part[1], data, RN_SPLIT_TEST, NULL));
    if (strcmp(part[1]->kind, "folder") != 0)
        return rn_fail(RN_BAD_ARGUMENT, "%s: only a folder of pictures can be packed", data);
    RN_TRY(rn_layout_find(&layout, rn_folder_tree(part[1])));
    if (layout.test_only)
        return RN_OK;
    return rn_dataset_open(&part[0], data, RN_SPLIT_TRAIN, &(rn_dataset_options){ .beside = part[1] });
}

rn_status rn_data_shard(const char *data, const char *folder, int64_t bytes)
{
    rn_dataset *part[2] = { NULL, NULL };
    char *to;
    if (bytes < 1)
        return rn_fail(RN_BAD_ARGUMENT, "shards of %lld bytes, expected 1 or more", (long long)bytes);
    RN_TRY(rn_copy_text(&to, folder));
    for (size_t length = strlen(to); length > 1 && to[length - 1] == '/'; length--)
        to[length - 1] = '\0';
    rn_status status = open_parts(part, data);
    if (status == RN_OK)
        status = shard(rn_folder_tree(part[1]), data, to, (uint64_t)bytes);
    rn_dataset_close(part[0]);
    rn_dataset_close(part[1]);
    rn_free(to);
    return status;
}
