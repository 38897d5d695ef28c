/*
 * Writing a file so that its place holds either the old or the new one at every moment:
 *
 *     NAME.tmp.PID is written, synced and closed; NAME is linked to KEEP; NAME.tmp.PID is renamed to NAME;
 *     the folder is synced.
 *
 * A failed sync is final: the system may have dropped the pages, and a second try would claim success.
 */
#define _GNU_SOURCE
#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

struct rn_output {
    char *path, *folder;        /* the place */
    char *beside;               /* the file being written; equal to `path` for a device or pipe */
    int file;
    uint64_t written, expected;
};

static bool in_place(const rn_output *output)
{
    return output->path == output->beside;
}

static void release(rn_output *output)
{
    if (!output)
        return;
    if (output->file >= 0)
        close(output->file);
    if (!in_place(output))
        rn_free(output->beside);
    rn_free(output->folder);
    rn_free(output->path);
    rn_free(output);
}

/* "DIR" of "DIR/NAME", "." of "NAME". */
static rn_status folder_of(char **folder, const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash)
        return rn_copy_text(folder, ".");
    return rn_copy_text_part(folder, path, slash == path ? 1 : (size_t)(slash - path));
}

static rn_status temporary_name(char **name, const char *path)
{
    rn_text text = { 0 };
    rn_text_add(&text, "%s.tmp.%ld", path, (long)getpid());
    rn_status status = rn_text_finish(&text);
    if (status != RN_OK)
        rn_text_free(&text);
    *name = text.bytes;
    return status;
}

static rn_status open_file(rn_output *output, const char *path)
{
    RN_TRY(rn_copy_text(&output->path, path));
    RN_TRY(folder_of(&output->folder, path));
    struct stat old;
    bool exists = stat(path, &old) == 0;
    if (exists && S_ISDIR(old.st_mode))
        return rn_fail(RN_IO, "%s: is a folder, a file is to be written there", path);
    if (exists && !S_ISREG(old.st_mode)) {
        output->beside = output->path;
        output->file = open(path, O_WRONLY | O_CLOEXEC);
    } else {
        RN_TRY(temporary_name(&output->beside, path));
        unlink(output->beside);     /* left by a killed process of the same number */
        output->file = open(output->beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    }
    return output->file >= 0 ? RN_OK : rn_fail_errno(path);
}

rn_status rn_output_open(rn_output **opened, const char *path)
{
    rn_output *output;
    *opened = NULL;
    RN_TRY(rn_new(&output, 1));
    output->file = -1;
    rn_status status = open_file(output, path);
    if (status != RN_OK) {
        release(output);
        return status;
    }
    *opened = output;
    return RN_OK;
}

void rn_output_expect(rn_output *output, uint64_t size)
{
    output->expected = size;
}

/* From errno: what the system said, for a full disk with both numbers, and that nothing is lost. */
static rn_status fail(const rn_output *output, uint64_t needed)
{
    int cause = errno;
    const char *kept = !in_place(output) && rn_file_exists(output->path) ? "; previous file kept" : "";
    struct statvfs disk;
    if ((cause == ENOSPC || cause == EDQUOT) && fstatvfs(output->file, &disk) == 0) {
        char need[32], left[32];
        rn_text_bytes(need, sizeof need, (double)(needed > output->expected ? needed : output->expected));
        double space = (double)disk.f_bavail * (double)disk.f_frsize;
        rn_text_bytes(left, sizeof left, space + (double)output->written);
        return rn_fail(RN_IO, "%s: %s (need %s, %s free)%s", output->path, strerror(cause), need, left, kept);
    }
    return rn_fail(RN_IO, "%s: %s%s", output->path, strerror(cause), kept);
}

rn_status rn_output_write(rn_output *output, const void *bytes, size_t size)
{
    const char *next = bytes;
    while (size > 0) {
        ssize_t done = write(output->file, next, size < (1u << 30) ? size : 1u << 30);
        if (done == 0)
            errno = EIO;
        if (done <= 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return fail(output, output->written + size);
        next += done;
        size -= (size_t)done;
        output->written += (uint64_t)done;
    }
    return RN_OK;
}

static rn_status sync_and_close(rn_output *output)
{
    bool synced = fsync(output->file) == 0 || (in_place(output) && (errno == EINVAL || errno == EROFS));
    if (!synced)
        return fail(output, output->written);
    int file = output->file;
    output->file = -1;
    return close(file) == 0 ? RN_OK : fail(output, output->written);
}

/* `keep_as` becomes a second name of the old file, so that its first name never is without one. */
static rn_status keep_old(const rn_output *output, const char *keep_as)
{
    if (!rn_file_exists(output->path))
        return RN_OK;
    char *name;
    RN_TRY(temporary_name(&name, keep_as));
    unlink(name);
    bool linked = link(output->path, name) == 0;
    bool kept = rename(linked ? name : output->path, keep_as) == 0;
    rn_status status = kept ? RN_OK : rn_fail_errno(keep_as);
    unlink(name);       /* renaming one name of a file to another of the same file leaves both */
    rn_free(name);
    return status;
}

static rn_status sync_folder(const char *folder)
{
    int file = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool synced = file >= 0 && (fsync(file) == 0 || errno == EINVAL);
    rn_status status = synced ? RN_OK : rn_fail_errno(folder);
    if (file >= 0)
        close(file);
    return status;
}

static rn_status put_into_place(rn_output *output, const char *keep_as)
{
    RN_TRY(sync_and_close(output));
    if (in_place(output))
        return RN_OK;
    if (keep_as)
        RN_TRY(keep_old(output, keep_as));
    if (rename(output->beside, output->path) != 0)
        return fail(output, output->written);
    return sync_folder(output->folder);
}

rn_status rn_output_commit(rn_output *output, const char *keep_as)
{
    rn_status status = put_into_place(output, keep_as);
    if (status != RN_OK)
        rn_output_abandon(output);
    else
        release(output);
    return status;
}

void rn_output_abandon(rn_output *output)
{
    if (output && !in_place(output))
        unlink(output->beside);
    release(output);
}

rn_status rn_file_replace(const char *path, const void *bytes, size_t size)
{
    rn_output *output;
    RN_TRY(rn_output_open(&output, path));
    rn_output_expect(output, size);
    rn_status status = rn_output_write(output, bytes, size);
    if (status == RN_OK)
        return rn_output_commit(output, NULL);
    rn_output_abandon(output);
    return status;
}
