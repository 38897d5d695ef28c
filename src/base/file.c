/* Reading files, and appending to logs.  Writing is output.c; folders are paths.c. */
#define _GNU_SOURCE
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* The page where an address lies. */
static uintptr_t page_of(const void *bytes)
{
    return (uintptr_t)bytes & ~((uintptr_t)sysconf(_SC_PAGESIZE) - 1);
}

static rn_status size_of(uint64_t *size, int file, const char *path)
{
    struct stat about;
    if (fstat(file, &about) != 0)
        return rn_fail_errno(path);
    if (S_ISDIR(about.st_mode))
        return rn_fail(RN_IO, "%s: is a folder, not a file", path);
    if (!S_ISREG(about.st_mode))
        return rn_fail(RN_IO, "%s: is a device or pipe, not a regular file", path);
    *size = (uint64_t)about.st_size;
    return RN_OK;
}

static rn_status map_part(rn_map *map, int file, const char *path, uint64_t at, uint64_t size)
{
    if (size == 0)
        return rn_fail(RN_BAD_FILE, "%s: empty file", path);
    const uint64_t before = at % (uint64_t)sysconf(_SC_PAGESIZE);
    if (size > SIZE_MAX - before)
        return rn_fail(RN_NO_MEMORY, "%s: too large for this machine", path);
    const uint8_t *bytes =
        mmap(NULL, (size_t)(before + size), PROT_READ, MAP_PRIVATE, file, (off_t)(at - before));
    if (bytes == MAP_FAILED)
        return rn_fail_errno(path);
    *map = (rn_map){ bytes + before, (size_t)size, false };
    return RN_OK;
}

static rn_status map_file(rn_map *map, int file, const char *path)
{
    uint64_t size;
    RN_TRY(size_of(&size, file, path));
    return map_part(map, file, path, 0, size);
}

static rn_status open_file(int *file, const char *path)
{
    *file = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    return *file >= 0 ? RN_OK : rn_fail_errno(path);
}

rn_status rn_map_open(rn_map *map, const char *path)
{
    int file;
    *map = (rn_map){ 0 };
    RN_TRY(open_file(&file, path));
    rn_status status = map_file(map, file, path);
    close(file);
    return status;
}

rn_status rn_map_open_part(rn_map *map, const char *path, uint64_t at, size_t size)
{
    int file;
    uint64_t whole;
    *map = (rn_map){ 0 };
    RN_TRY(open_file(&file, path));
    rn_status status = size_of(&whole, file, path);
    if (status == RN_OK && (at > whole || size > whole - at))
        status = rn_fail(RN_BAD_FILE, "%s: cut short: %llu bytes, wanted are %zu from byte %llu on", path,
                         (unsigned long long)whole, size, (unsigned long long)at);
    if (status == RN_OK)
        status = map_part(map, file, path, at, size);
    close(file);
    return status;
}

/* Whether a path leads into the folder where it begins: relative, and no part of it is "..". */
static bool leads_down(const char *name)
{
    if (name[0] == '/' || name[0] == '\0')
        return false;
    for (const char *part = name; part; part = strchr(part, '/')) {
        part += *part == '/';
        if (strncmp(part, "..", 2) == 0 && (part[2] == '/' || part[2] == '\0'))
            return false;
    }
    return true;
}

/* Go down a relative path part by part, so that no symbolic link is followed; closes `folder`. */
static int open_below(int folder, const char *name)
{
    char part[256];
    while (folder >= 0 && *name) {
        size_t length = strcspn(name, "/");
        bool last = name[length] == '\0';
        if (length >= sizeof part) {
            close(folder);
            errno = ENAMETOOLONG;
            return -1;
        }
        memcpy(part, name, length);
        part[length] = '\0';
        int kind = last ? O_NONBLOCK : O_DIRECTORY;
        int next = openat(folder, length ? part : ".", O_RDONLY | O_NOFOLLOW | O_CLOEXEC | kind);
        close(folder);
        folder = next;
        name += length + !last;
    }
    return folder;
}

static int open_folder_of(const char *path)
{
    char folder[PATH_MAX];
    const char *end = strrchr(path, '/');
    if (!end)
        return open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    size_t length = (size_t)(end - path) + 1;
    if (length >= sizeof folder) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(folder, path, length);
    folder[length] = '\0';
    return open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

rn_status rn_map_open_beside(rn_map *map, const char *path, const char *name)
{
    struct stat about;
    *map = (rn_map){ 0 };
    if (!leads_down(name))
        return rn_fail(RN_BAD_FILE, "%s: refused: external data path \"%s\" leaves the model directory", path,
                       name);
    int file = open_below(open_folder_of(path), name);
    if (file < 0 && errno == ELOOP)
        return rn_fail(RN_BAD_FILE, "%s: refused: external data path \"%s\" is a symbolic link", path, name);
    if (file < 0)
        return rn_while(rn_fail_errno(name), "%s: external data", path);
    rn_status status = map_file(map, file, name);
    if (status == RN_OK && fstat(file, &about) == 0 && about.st_nlink > 1)
        status = rn_fail(RN_BAD_FILE, "refused: external data file \"%s\" has other names", name);
    close(file);
    if (status != RN_OK)
        rn_map_close(map);
    return rn_while(status, "%s", path);
}

void rn_map_rest(const void *bytes, size_t size)
{
    const uintptr_t begin = page_of(bytes);
    madvise((void *)begin, (uintptr_t)bytes + size - begin, MADV_DONTNEED);
}

void rn_map_close(rn_map *map)
{
    const uintptr_t begin = page_of(map->bytes);
    if (map->bytes && !map->borrowed)
        munmap((void *)begin, (uintptr_t)map->bytes + map->size - begin);
    *map = (rn_map){ 0 };
}

bool rn_file_exists(const char *path)
{
    struct stat about;
    return stat(path, &about) == 0;
}

/* Everything or, with errno telling why, the beginning of it. */
static bool write_all(int file, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t done = write(file, bytes, size);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return false;
        bytes += done;
        size -= (size_t)done;
    }
    return true;
}

static rn_status append(int file, const char *path, const char *bytes, size_t size)
{
    struct stat about;
    if (fstat(file, &about) != 0)
        return rn_fail_errno(path);
    if (write_all(file, bytes, size))
        return RN_OK;
    rn_status status = rn_fail_errno(path);
    if (S_ISREG(about.st_mode) && ftruncate(file, about.st_size) != 0)
        status = rn_while(status, "%s: its end is cut short", path);
    return status;
}

rn_status rn_file_append(const char *path, const void *bytes, size_t size)
{
    int file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (file < 0)
        return rn_fail_errno(path);
    rn_status status = append(file, path, bytes, size);
    if (close(file) != 0 && status == RN_OK)
        status = rn_fail_errno(path);
    return status;
}
