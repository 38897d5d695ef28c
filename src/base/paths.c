/* Folders and paths. */
#define _GNU_SOURCE
#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static rn_status make_one(const char *path)
{
    struct stat about;
    if (mkdir(path, 0777) == 0)
        return RN_OK;
    int cause = errno;
    if (stat(path, &about) == 0)
        return S_ISDIR(about.st_mode) ? RN_OK : rn_fail(RN_IO, "%s: exists and is not a folder", path);
    errno = cause;
    return rn_fail_errno(path);
}

rn_status rn_folder_make(const char *path)
{
    char *part;
    RN_TRY(rn_copy_text(&part, path));
    rn_status status = RN_OK;
    for (char *c = part + 1; *part && *c && status == RN_OK; c++)
        if (*c == '/') {
            *c = '\0';
            status = make_one(part);
            *c = '/';
        }
    if (status == RN_OK)
        status = make_one(part);
    rn_free(part);
    return status;
}

rn_status rn_path_join(char *to, size_t size, const char *folder, const char *name)
{
    size_t length = strlen(folder);
    const char *between = length == 0 || folder[length - 1] == '/' ? "" : "/";
    int written = snprintf(to, size, "%s%s%s", folder, between, name);
    if (written < 0 || (size_t)written >= size)
        return rn_fail(RN_BAD_ARGUMENT, "path longer than %zu bytes: %s/%s", size - 1, folder, name);
    return RN_OK;
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

void rn_listing_sort(rn_listing *listing)
{
    if (listing->count)
        qsort(listing->name, (size_t)listing->count, sizeof *listing->name, by_bytes);
}

/* Room doubles wherever the count is a power of two. */
rn_status rn_listing_add(rn_listing *listing, const char *name)
{
    const size_t count = (size_t)listing->count;
    if ((count & (count - 1)) == 0)
        RN_TRY(rn_reallocate((void **)&listing->name, count, count ? 2 * count : 1, sizeof(char *),
                             "file names"));
    RN_TRY(rn_copy_text(&listing->name[count], name));
    listing->count++;
    return RN_OK;
}

static rn_status list(rn_listing *listing, DIR *stream, const char *folder)
{
    struct dirent *entry;
    while (errno = 0, (entry = readdir(stream)))
        if (entry->d_name[0] != '.')
            RN_TRY(rn_listing_add(listing, entry->d_name));
    if (errno)
        return rn_fail_errno(folder);
    rn_listing_sort(listing);
    return RN_OK;
}

rn_status rn_listing_open(rn_listing *listing, const char *folder)
{
    *listing = (rn_listing){ 0 };
    DIR *stream = opendir(folder);
    if (!stream)
        return rn_fail_errno(folder);
    rn_status status = list(listing, stream, folder);
    closedir(stream);
    if (status != RN_OK)
        rn_listing_close(listing);
    return status;
}

void rn_listing_close(rn_listing *listing)
{
    for (int i = 0; i < listing->count; i++)
        rn_free(listing->name[i]);
    rn_free(listing->name);
    *listing = (rn_listing){ 0 };
}

/* Whether the name ends with .tmp.PID of a process that is gone (or of this one, which is just starting). */
static bool is_stale(const char *name)
{
    const char *dot = strrchr(name, '.');
    int64_t process;
    if (!dot || dot - name < 4 || memcmp(dot - 4, ".tmp", 4) != 0 || !rn_read_int(dot + 1, &process))
        return false;
    return process == getpid() || (process > 0 && kill((pid_t)process, 0) != 0 && errno == ESRCH);
}

static rn_status remove_stale(const char *folder, const char *name)
{
    char path[4096];
    RN_TRY(rn_path_join(path, sizeof path, folder, name));
    return unlink(path) == 0 || errno == ENOENT ? RN_OK : rn_fail_errno(path);
}

rn_status rn_folder_remove_stale(const char *path)
{
    rn_listing listing;
    RN_TRY(rn_listing_open(&listing, path));
    rn_status status = RN_OK;
    for (int i = 0; i < listing.count && status == RN_OK; i++)
        if (is_stale(listing.name[i]))
            status = remove_stale(path, listing.name[i]);
    rn_listing_close(&listing);
    return status;
}
