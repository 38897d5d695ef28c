/* Reading files, and appending to logs.  Writing is output.c; folders are paths.c. */
#define _GNU_SOURCE
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static rn_status map_file(rn_map *map, int file, const char *path)
{
    struct stat about;
    if (fstat(file, &about) != 0)
        return rn_fail_errno(path);
    if (S_ISDIR(about.st_mode))
        return rn_fail(RN_IO, "%s: is a folder, not a file", path);
    if (!S_ISREG(about.st_mode))
        return rn_fail(RN_IO, "%s: is a device or pipe, not a regular file", path);
    if (about.st_size == 0)
        return rn_fail(RN_BAD_FILE, "%s: empty file", path);
    if ((uint64_t)about.st_size > SIZE_MAX)
        return rn_fail(RN_NO_MEMORY, "%s: too large for this machine", path);
    void *bytes = mmap(NULL, (size_t)about.st_size, PROT_READ, MAP_PRIVATE, file, 0);
    if (bytes == MAP_FAILED)
        return rn_fail_errno(path);
    *map = (rn_map){ bytes, (size_t)about.st_size, false };
    return RN_OK;
}

rn_status rn_map_open(rn_map *map, const char *path)
{
    *map = (rn_map){ 0 };
    int file = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (file < 0)
        return rn_fail_errno(path);
    rn_status status = map_file(map, file, path);
    close(file);
    return status;
}

void rn_map_close(rn_map *map)
{
    if (map->bytes && !map->borrowed)
        munmap((void *)(uintptr_t)map->bytes, map->size);
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

/* A line that a crash cut short is ended first, so that it spoils no other. */
static rn_status append(int file, const char *path, const char *bytes, size_t size)
{
    struct stat about;
    if (fstat(file, &about) != 0)
        return rn_fail_errno(path);
    char last = '\n';
    if (S_ISREG(about.st_mode) && about.st_size > 0 && pread(file, &last, 1, about.st_size - 1) != 1)
        return rn_fail_errno(path);
    if ((last == '\n' || write_all(file, "\n", 1)) && write_all(file, bytes, size))
        return RN_OK;
    rn_status status = rn_fail_errno(path);
    if (S_ISREG(about.st_mode) && ftruncate(file, about.st_size) != 0)
        status = rn_while(status, "%s: the last line is cut short", path);
    return status;
}

rn_status rn_file_append(const char *path, const void *bytes, size_t size)
{
    int file = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (file < 0)
        return rn_fail_errno(path);
    rn_status status = append(file, path, bytes, size);
    if (close(file) != 0 && status == RN_OK)
        status = rn_fail_errno(path);
    return status;
}
