/*
 * A table of all members, sorted by their names; what lies in a folder stands in one piece of it, behind
 * "FOLDER/".  Archives are opened for every read anew: there may be more of them than open files are allowed.
 */
#include "data/packed.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/tar.h"
#include "base/text.h"

#include <assert.h>
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
    rn_listing archives;        /* their paths */
    rn_text names;              /* each ended by a zero byte */
    member *member;
    int64_t members, room;
};

/* ---- Reading headers --------------------------------------------------------------------------- */

/* A member of the latest archive; its name is in pieces. */
static rn_status add_member(rn_packed *p, member m, const char *part, const char *name, const char *slash)
{
    if (p->members == p->room) {
        const int64_t room = p->room ? 2 * p->room : 1024;
        RN_TRY(rn_reallocate((void **)&p->member, (size_t)p->room, (size_t)room, sizeof *p->member,
                             "members of archives"));
        p->room = room;
    }
    m.place = p->names.length;
    m.archive = p->archives.count - 1;
    p->member[p->members++] = m;
    rn_text_add(&p->names, "%s%s%s%s", part, part[0] ? "/" : "", name, slash);
    rn_text_add_bytes(&p->names, "", 1);
    return RN_OK;
}

static rn_status add_members(rn_packed *p, rn_tar *tar)
{
    rn_tar_member found;
    int64_t others = 0;
    for (;;) {
        RN_TRY(rn_tar_next(tar, &found));
        if (!found.name[0])
            break;
        const member m = { .at = (uint64_t)(found.bytes - tar->bytes), .size = found.size };
        if (found.kind == RN_TAR_OTHER)
            others++;
        else
            RN_TRY(add_member(p, m, "", found.name, found.kind == RN_TAR_FOLDER ? "/" : ""));
    }
    if (others)
        rn_warn("%s: %lld members that are no plain files left out (for links: tar --dereference, "
                "--hard-dereference)",
                tar->path, (long long)others);
    return RN_OK;
}

/* Where a file is no archive: what it is.  Zeros may be an archive of nothing. */
static rn_status refuse_others(const char *path, const rn_map *file)
{
    static const struct { const char *kind, *begin; } compressed[] = {
        { "gzip", "\x1f\x8b" }, { "bzip2", "BZh" }, { "xz", "\xfd" "7zXZ" }, { "zstd", "\x28\xb5\x2f\xfd" },
        { "lz4", "\x04\x22\x4d\x18" }, { "zip", "PK\3\4" }, { "7z", "7z\xbc\xaf" }, { "rar", "Rar!" },
    };
    if (file->bytes[0] == 0 || rn_tar_recognises(file->bytes, file->size))
        return RN_OK;
    for (size_t i = 0; i < sizeof compressed / sizeof *compressed; i++) {
        const size_t length = strlen(compressed[i].begin);
        if (file->size >= length && memcmp(file->bytes, compressed[i].begin, length) == 0)
            return rn_hint(rn_fail(RN_BAD_FILE, "%s: is compressed (%s)", path, compressed[i].kind),
                           "unpack it first: only plain tar archives, not compressed, are read as they are");
    }
    return rn_hint(rn_fail(RN_BAD_FILE, "%s: is a file and no tar archive", path),
                   "data is a folder of pictures, one folder a class, or a tar archive of it");
}

static rn_status add_archive(rn_packed *p, const char *path)
{
    rn_map map;
    RN_TRY(rn_listing_add(&p->archives, path));
    RN_TRY(rn_map_open(&map, path));
    rn_tar tar = { .path = path, .bytes = map.bytes, .size = map.size };
    rn_status status = refuse_others(path, &map);
    if (status == RN_OK)
        status = add_members(p, &tar);
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

rn_status rn_packed_sort(rn_packed *p)
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

rn_status rn_packed_new(rn_packed **packed)
{
    return rn_new(packed, 1);
}

rn_status rn_packed_open(rn_packed **packed, const char *path)
{
    RN_TRY(rn_packed_new(packed));
    rn_status status = add_archive(*packed, path);
    if (status == RN_OK)
        status = rn_packed_sort(*packed);
    if (status != RN_OK) {
        rn_packed_close(*packed);
        *packed = NULL;
    }
    return status;
}

void rn_packed_close(rn_packed *p)
{
    if (!p)
        return;
    rn_listing_close(&p->archives);
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

rn_status rn_packed_add(rn_packed *p, const rn_packed *one, const char *root, const char *part)
{
    char begin[RN_TAR_NAME + 1];
    const char *rest, *path = one->archives.name[0];
    assert(one->archives.count == 1);
    RN_TRY(with_slash(begin, root));
    RN_TRY(rn_listing_add(&p->archives, path));
    for (int64_t i = find(one, begin); (rest = inside(one, i, begin)); i++) {
        if (part[0] && strlen(part) + 1 + strlen(rest) >= RN_TAR_NAME)
            return rn_fail(RN_BAD_FILE, "%s: a name in this tar archive is too long within %s/: '%.100s...'",
                           path, part, rest);
        if (rest[0])
            RN_TRY(add_member(p, one->member[i], part, rest, ""));
    }
    return RN_OK;
}

/* What is a file as well as a folder stands there twice. */
static void drop_twins(rn_listing *listing)
{
    int kept = 0;
    rn_listing_sort(listing);
    for (int i = 0; i < listing->count; i++)
        if (kept > 0 && strcmp(listing->name[kept - 1], listing->name[i]) == 0)
            rn_free(listing->name[i]);
        else
            listing->name[kept++] = listing->name[i];
    listing->count = kept;
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
    drop_twins(listing);
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
    const char *archive = p->archives.name[m->archive];
    if (m->size == 0)
        return rn_fail(RN_BAD_FILE, "%s: empty file in %s", name, archive);
    return rn_while(rn_map_open_part(map, archive, m->at, m->size), "%s", name);
}
