/*
 * A table of all members, sorted by their names; what lies in a folder stands in one piece of it, behind
 * "FOLDER/".  Archives are opened for every read anew: there may be more of them than open files are allowed.
 */
#include "data/packed.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/tar.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

typedef struct {
    const char *name;           /* a folder's ends with "/" */
    size_t place;               /* of the name in rn_packed.names; larger ones were read later */
    uint64_t at;                /* in its archive */
    size_t size;
    int archive;
} member;

struct rn_packed {
    char **path;                /* of the archives */
    int paths;
    rn_text names;              /* each ended by a zero byte */
    member *member;
    int64_t members, room;
};

/* ---- Reading headers --------------------------------------------------------------------------- */

static rn_status add_member(rn_packed *p, const char *part, const rn_tar_member *found, uint64_t at)
{
    if (p->members == p->room) {
        const int64_t room = p->room ? 2 * p->room : 1024;
        RN_TRY(rn_reallocate((void **)&p->member, (size_t)p->room, (size_t)room, sizeof *p->member,
                             "members of archives"));
        p->room = room;
    }
    p->member[p->members++] = (member){ .place = p->names.length, .at = at, .size = found->size,
                                        .archive = p->paths - 1 };
    const size_t length = strlen(part);
    const bool inside = strncmp(found->name, part, length) == 0
                        && (found->name[length] == '/' || found->name[length] == '\0');
    if (length && !inside)
        rn_text_add(&p->names, "%s/", part);
    rn_text_add(&p->names, "%s%s", found->name, found->kind == RN_TAR_FOLDER ? "/" : "");
    rn_text_add_bytes(&p->names, "", 1);
    return RN_OK;
}

static rn_status add_members(rn_packed *p, rn_tar *tar, const char *part)
{
    rn_tar_member found;
    int64_t links = 0;
    for (;;) {
        RN_TRY(rn_tar_next(tar, &found));
        if (!found.name[0])
            break;
        if (found.kind == RN_TAR_OTHER)
            links++;
        else
            RN_TRY(add_member(p, part, &found, (uint64_t)(found.bytes - tar->bytes)));
    }
    if (links)
        rn_warn("%s: %lld links left out; tar's option --dereference packs the files instead", tar->path,
                (long long)links);
    return RN_OK;
}

static rn_status add_archive(rn_packed *p, const rn_archive *archive)
{
    rn_map map;
    const size_t paths = (size_t)p->paths;
    RN_TRY(rn_reallocate((void **)&p->path, paths, paths + 1, sizeof *p->path, "archives"));
    RN_TRY(rn_copy_text(&p->path[paths], archive->path));
    p->paths++;
    RN_TRY(rn_map_open(&map, archive->path));
    rn_tar tar = { .path = archive->path, .bytes = map.bytes, .size = map.size };
    rn_status status = add_members(p, &tar, archive->part);
    rn_map_close(&map);
    return status;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const member *)a)->name, ((const member *)b)->name);
}

static int by_name_and_place(const void *a, const void *b)
{
    const member *x = a, *y = b;
    const int order = by_name(x, y);
    return order ? order : (x->place > y->place) - (x->place < y->place);
}

static rn_status sort_members(rn_packed *p)
{
    int64_t kept = 0;
    RN_TRY(rn_text_finish(&p->names));
    for (int64_t i = 0; i < p->members; i++)
        p->member[i].name = p->names.bytes + p->member[i].place;
    if (p->members)
        qsort(p->member, (size_t)p->members, sizeof *p->member, by_name_and_place);
    for (int64_t i = 0; i < p->members; i++)
        if (i + 1 == p->members || by_name(&p->member[i], &p->member[i + 1]) != 0)
            p->member[kept++] = p->member[i];
    p->members = kept;
    return RN_OK;
}

rn_status rn_packed_open(rn_packed **opened, const rn_archive *archive, int count)
{
    rn_packed *p;
    *opened = NULL;
    RN_TRY(rn_new(&p, 1));
    rn_status status = RN_OK;
    for (int i = 0; i < count && status == RN_OK; i++)
        status = add_archive(p, &archive[i]);
    if (status == RN_OK)
        status = sort_members(p);
    if (status != RN_OK)
        rn_packed_close(p);
    else
        *opened = p;
    return status;
}

void rn_packed_close(rn_packed *p)
{
    if (!p)
        return;
    for (int i = 0; i < p->paths; i++)
        rn_free(p->path[i]);
    rn_free(p->path);
    rn_text_free(&p->names);
    rn_free(p->member);
    rn_free(p);
}

/* ---- Looking up -------------------------------------------------------------------------------- */

/* The first member whose name is not before `name`. */
static int64_t find(const rn_packed *p, const char *name)
{
    int64_t begin = 0, end = p->members;
    while (begin < end) {
        const int64_t middle = begin + (end - begin) / 2;
        if (strcmp(p->member[middle].name, name) < 0)
            begin = middle + 1;
        else
            end = middle;
    }
    return begin;
}

/* What stands behind "FOLDER/" in a member's name, or NULL. */
static const char *inside(const rn_packed *p, int64_t i, const char *folder)
{
    const size_t length = strlen(folder);
    if (i >= p->members || strncmp(p->member[i].name, folder, length) != 0)
        return NULL;
    return p->member[i].name + length;
}

/* "FOLDER/", "" for the root. */
static rn_status with_slash(char to[RN_TAR_NAME + 1], const char *folder)
{
    return rn_path_join(to, RN_TAR_NAME + 1, folder, "");
}

bool rn_packed_has_folder(const rn_packed *p, const char *folder)
{
    char begin[RN_TAR_NAME + 1];
    return with_slash(begin, folder) == RN_OK && inside(p, find(p, begin), begin);
}

rn_status rn_packed_list(const rn_packed *p, rn_listing *listing, const char *folder, rn_listed what)
{
    char begin[RN_TAR_NAME + 1], name[RN_TAR_NAME + 1];
    const char *rest;
    *listing = (rn_listing){ 0 };
    RN_TRY(with_slash(begin, folder));
    rn_status status = RN_OK;
    for (int64_t i = find(p, begin); status == RN_OK && (rest = inside(p, i, begin)); i++) {
        const size_t length = strcspn(rest, "/");
        const bool fits = what == RN_ALL || (what == RN_FOLDERS) == (rest[length] == '/');
        if (!fits || rest[0] == '.' || length == 0)
            continue;
        snprintf(name, sizeof name, "%.*s", (int)length, rest);
        if (listing->count == 0 || strcmp(listing->name[listing->count - 1], name) != 0)
            status = rn_listing_add(listing, name);
    }
    if (status != RN_OK)
        rn_listing_close(listing);
    rn_listing_sort(listing);
    return status;
}

rn_status rn_packed_read(const rn_packed *p, rn_map *map, const char *name)
{
    const int64_t i = find(p, name);
    const char *rest = inside(p, i, name);
    *map = (rn_map){ 0 };
    if (!rest || *rest)
        return rn_fail(RN_IO, "%s: no such file in the archive", name);
    const member *m = &p->member[i];
    if (m->size == 0)
        return rn_fail(RN_BAD_FILE, "%s: empty file", name);
    return rn_map_open_part(map, p->path[m->archive], m->at, m->size);
}
