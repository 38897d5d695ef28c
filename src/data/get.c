/*
 * Public data sets, fetched: the program curl loads the archive beside its place as ARCHIVE.part, going on
 * where an earlier try ended; its SHA-256 is compared; it gets its name; the program tar unpacks it; the
 * record files are opened as a data set, which checks their sizes and labels.
 */
#define _GNU_SOURCE
#include "base/digest.h"
#include "base/file.h"
#include "base/log.h"
#include "data/kinds.h"
#include "data/run.h"

#include <string.h>
#include <strings.h>
#include <unistd.h>

typedef struct {
    const char *name, *url, *sha256, *archive;
} source;

static const source sources[] = {
    { "cifar10", "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
      "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd", "cifar-10-binary.tar.gz" },
    { "cifar100", "https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz",
      "58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec", "cifar-100-binary.tar.gz" },
};

static rn_status find_source(source *found, const char *name, const char *url, const char *sha256)
{
    size_t count = sizeof sources / sizeof sources[0], i = 0;
    while (i < count && strcmp(sources[i].name, name) != 0)
        i++;
    if (i == count)
        return rn_fail(RN_BAD_ARGUMENT, "no data set '%s' to download: there are cifar10 and cifar100", name);
    *found = sources[i];
    found->url = url ? url : found->url;
    found->sha256 = sha256 ? sha256 : found->sha256;
    if (strlen(found->sha256) != 64 || strspn(found->sha256, "0123456789abcdefABCDEF") != 64)
        return rn_fail(RN_BAD_ARGUMENT, "'%s' is no SHA-256: 64 hexadecimal digits are wanted",
                       found->sha256);
    return RN_OK;
}

/* Open both parts, which checks sizes and labels. */
static rn_status check_records(const source *from, const char *folder)
{
    char spec[RN_PATH_SIZE];
    if (snprintf(spec, sizeof spec, "%s:%s", from->name, folder) >= (int)sizeof spec)
        return rn_fail(RN_BAD_ARGUMENT, "path too long: %s", folder);
    for (int split = RN_SPLIT_TRAIN; split <= RN_SPLIT_TEST; split++) {
        rn_dataset *set;
        RN_TRY(rn_dataset_open(&set, spec, (rn_split)split, NULL));
        rn_dataset_close(set);
    }
    return RN_OK;
}

/* The file's SHA-256, or "" when there is nothing to sum. */
static void sum_of(const char *path, char sum[65])
{
    rn_map map;
    sum[0] = '\0';
    if (rn_map_open(&map, path) == RN_OK) {
        rn_digest_of(map.bytes, map.size, sum);
        rn_map_close(&map);
    }
}

static bool is_whole(const char *path, const source *from)
{
    char sum[65];
    sum_of(path, sum);
    return strcasecmp(sum, from->sha256) == 0;
}

/* ---- Download ------------------------------------------------------------------------------ */

/* What curl's exit codes mean.  With `again`, the part that is already here may be to blame. */
static const struct {
    int code;
    bool again;
    const char *what;
} reasons[] = {
    { 3, false, "this is no address" },
    { 1, false, "this kind of address is not supported" },
    { 5, false, "the proxy's name is unknown" },
    { 6, false, "the server's name is unknown, or there is no network" },
    { 7, false, "the server refuses the connection, or there is no network" },
    { 18, false, "the connection ended early; the same command goes on from there" },
    { 22, true, "the server does not give the file" },
    { 23, false, "the file cannot be written: is the disk full?" },
    { 28, false, "the server does not answer in time; the same command goes on from there" },
    { 33, true, "the server cannot go on in the middle of the file" },
    { 35, false, "no secure connection with the server" },
    { 36, true, "the server cannot go on in the middle of the file" },
    { 37, false, "there is no such file" },
    { 52, false, "the server answers nothing" },
    { 56, false, "the connection broke; the same command goes on from there" },
    { 60, false, "the server's certificate is not trusted" },
};

enum { REASONS = sizeof reasons / sizeof reasons[0] };

static int find_reason(int code)
{
    int i = 0;
    while (i < REASONS && reasons[i].code != code)
        i++;
    return i;
}

static rn_status run_curl(const source *from, const char *part, bool resume, int *code)
{
    bool seen = isatty(STDERR_FILENO);
    const char *const command[] = {
        "curl", "--fail", "--location", "--globoff", "--show-error", seen ? "--progress-bar" : "--silent",
        "--connect-timeout", "30", "--speed-time", "60", "--speed-limit", "1", "--output", part,
        "--url", from->url, resume ? "--continue-at" : NULL, "-", NULL,
    };
    return rn_run(command, seen, code);
}

/* Whether going on from the part that was here has led nowhere. */
static bool must_restart(int code, const char *part, const source *from)
{
    int reason = find_reason(code);
    return code == 0 ? !is_whole(part, from) : reason < REASONS && reasons[reason].again;
}

static rn_status fetch(const source *from, const char *part)
{
    int code;
    bool resume = rn_file_exists(part);
    RN_TRY(run_curl(from, part, resume, &code));
    if (resume && must_restart(code, part, from))
        RN_TRY(run_curl(from, part, false, &code));
    if (code == 0)
        return RN_OK;
    int reason = find_reason(code);
    if (reason < REASONS)
        return rn_fail(RN_IO, "cannot download '%s': %s", from->url, reasons[reason].what);
    return rn_fail(RN_IO, "cannot download '%s': curl ended with code %d", from->url, code);
}

/* A file that is not the expected one is removed, lest a later try goes on from it. */
static rn_status check_sum(const source *from, const char *part)
{
    char sum[65];
    sum_of(part, sum);
    if (strcasecmp(sum, from->sha256) == 0)
        return RN_OK;
    if (rn_file_exists(part) && unlink(part) != 0)
        return rn_fail_errno(part);
    return rn_hint(rn_fail(RN_BAD_FILE, "'%s' is not the expected file: SHA-256 %s, expected %s; removed",
                           from->url, sum, from->sha256),
                   "try again, or name another mirror with --url");
}

static rn_status download(const source *from, const char *archive)
{
    char part[RN_PATH_SIZE];
    if (is_whole(archive, from))
        return RN_OK;
    if (snprintf(part, sizeof part, "%s.part", archive) >= (int)sizeof part)
        return rn_fail(RN_BAD_ARGUMENT, "path too long: %s", archive);
    if (!is_whole(part, from)) {
        RN_TRY(fetch(from, part));
        RN_TRY(check_sum(from, part));
    }
    return rename(part, archive) == 0 ? RN_OK : rn_fail_errno(archive);
}

/* ---- All of it ----------------------------------------------------------------------------- */

static rn_status unpack(const char *archive, const char *folder)
{
    const char *const command[] = { "tar", "-x", "-z", "-f", archive, "-C", folder, NULL };
    int code;
    RN_TRY(rn_run(command, false, &code));
    if (code != 0)
        return rn_fail(RN_IO, "cannot unpack '%s': tar ended with code %d", archive, code);
    return RN_OK;
}

rn_status rn_data_get(const char *name, const char *folder, const char *url, const char *sha256)
{
    source from;
    char archive[RN_PATH_SIZE];
    RN_TRY(find_source(&from, name, url, sha256));
    if (check_records(&from, folder) == RN_OK) {
        rn_note("%s is already in %s, and whole", name, folder);
        return RN_OK;
    }
    RN_TRY(rn_folder_make(folder));
    RN_TRY(rn_path_join(archive, sizeof archive, folder, from.archive));
    RN_TRY(download(&from, archive));
    RN_TRY(unpack(archive, folder));
    if (unlink(archive) != 0)
        return rn_fail_errno(archive);
    RN_TRY(rn_while(check_records(&from, folder), "'%s' holds something else than %s", from.url, name));
    rn_note("%s is in %s", name, folder);
    return RN_OK;
}
