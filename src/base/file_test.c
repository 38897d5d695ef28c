#define _GNU_SOURCE
#include "base/check_files.h"
#include "base/file.h"
#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void holds(const char *path, const char *text)
{
    rn_map map;
    CHECK_OK(rn_map_open(&map, path));
    CHECK(map.size == strlen(text) && memcmp(map.bytes, text, map.size) == 0, "%s holds %.*s, not %s", path,
          (int)map.size, (const char *)map.bytes, text);
    rn_map_close(&map);
}

static int files(void)
{
    rn_listing listing;
    CHECK_OK(rn_listing_open(&listing, check_folder));
    int count = listing.count;
    rn_listing_close(&listing);
    return count;
}

static void replaces_whole_files(void)
{
    const char *last = check_path("last"), *prev = check_path("prev");
    rn_output *output;
    CHECK_OK(rn_file_replace(last, "one", 3));
    holds(last, "one");
    CHECK_OK(rn_output_open(&output, last));
    CHECK_OK(rn_output_write(output, "t", 1));
    holds(last, "one");
    CHECK_OK(rn_output_write(output, "wo", 2));
    CHECK_OK(rn_output_commit(output, prev));
    holds(last, "two");
    holds(prev, "one");
    CHECK_OK(rn_output_open(&output, last));
    CHECK_OK(rn_output_write(output, "three", 5));
    rn_output_abandon(output);
    rn_output_abandon(NULL);
    holds(last, "two");
    for (int i = 0; i < 2; i++) {       /* also when both names are one file */
        unlink(prev);
        CHECK(link(last, prev) == 0, "%s", strerror(errno));
        CHECK_OK(rn_output_open(&output, last));
        CHECK_OK(rn_output_write(output, "four", 4));
        CHECK_OK(rn_output_commit(output, prev));
        holds(last, "four");
    }
    CHECK(files() == 2, "%d files", files());
}

static void leaves_devices_in_place(void)
{
    CHECK_OK(rn_file_replace("/dev/null", "x", 1));
    struct stat about;
    CHECK(stat("/dev/null", &about) == 0 && S_ISCHR(about.st_mode), "/dev/null is gone");
    CHECK(rn_file_replace("/dev/full", "x", 1) == RN_IO, "/dev/full is full");
    CHECK(strstr(rn_error_text(), "/dev/full: No space left on device"), "%s", rn_error_text());
    CHECK(rn_file_replace(check_folder, "x", 1) == RN_IO, "a folder");
    CHECK(strstr(rn_error_text(), "is a folder"), "%s", rn_error_text());
    CHECK(rn_file_replace(check_path("no/file"), "x", 1) == RN_IO, "a folder that is not there");
    CHECK(strstr(rn_error_text(), "no/file: No such file"), "%s", rn_error_text());
}

/* A limit on the file size stands for a full disk. */
static void keeps_the_old_file_on_failure(void)
{
    const char *path = check_path("kept");
    static char large[100000];
    CHECK_OK(rn_file_replace(path, "old", 3));
    struct rlimit before, small = { 50000, RLIM_INFINITY };
    getrlimit(RLIMIT_FSIZE, &before);
    small.rlim_max = before.rlim_max;
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &small);
    int count = files();
    CHECK(rn_file_replace(path, large, sizeof large) == RN_IO, "more than the limit");
    setrlimit(RLIMIT_FSIZE, &before);
    CHECK(strstr(rn_error_text(), "kept: File too large; previous file kept"), "%s", rn_error_text());
    holds(path, "old");
    CHECK(files() == count, "%d files, %d before", files(), count);
}

static void survives_failed_allocations(void)
{
    const char *path = check_path("kept"), *before = check_path("kept.before");
    rn_status status = RN_NO_MEMORY;
    long k = 0;
    int count = files();
    while (status == RN_NO_MEMORY && k < 50) {
        rn_output *output;
        holds(path, "old");
        rn_memory_fail_at(++k, false);
        status = rn_output_open(&output, path);
        if (status == RN_OK)
            status = rn_output_commit(output, before);
        rn_memory_fail_at(0, false);
    }
    CHECK(status == RN_OK && k > 3, "%ld: %s", k, rn_error_text());
    CHECK(files() == count + 1, "%d files, %d before", files(), count);
}

static void maps_regular_files_only(void)
{
    static const struct { const char *name; rn_status status; const char *text; } sample[] = {
        { "absent", RN_IO, "absent: No such file or directory" },
        { "empty", RN_BAD_FILE, "empty: empty file" },
        { "pipe", RN_IO, "pipe: is a device or pipe, not a regular file" },
        { ".", RN_IO, ".: is a folder, not a file" },
    };
    CHECK_OK(rn_file_replace(check_path("empty"), "", 0));
    CHECK(mkfifo(check_path("pipe"), 0600) == 0, "%s", strerror(errno));
    for (size_t i = 0; i < sizeof sample / sizeof *sample; i++) {
        rn_map map;
        CHECK(rn_map_open(&map, check_path(sample[i].name)) == sample[i].status, "%s", rn_error_text());
        CHECK(strstr(rn_error_text(), sample[i].text), "%s", rn_error_text());
        rn_map_close(&map);
    }
}

/* Whether nothing is mapped there. */
static bool is_free(const char *bytes)
{
    const uintptr_t page = (uintptr_t)bytes & ~((uintptr_t)sysconf(_SC_PAGESIZE) - 1);
    return msync((void *)page, 1, MS_ASYNC) != 0 && errno == ENOMEM;
}

/* Parts begin anywhere, not only where a page does. */
static void maps_parts(void)
{
    static char bytes[20000];
    const size_t all = sizeof bytes;
    const struct { uint64_t at; size_t size; rn_status status; } part[] = {
        { 0, all, RN_OK },          { 0, 1, RN_OK },                { 1, 3, RN_OK },
        { 4095, 2, RN_OK },         { 4096, 4096, RN_OK },          { 4097, 9000, RN_OK },
        { all - 1, 1, RN_OK },      { 5, all - 5, RN_OK },          { 5, all - 4, RN_BAD_FILE },
        { all, 0, RN_BAD_FILE },    { 7, 0, RN_BAD_FILE },          { all, 1, RN_BAD_FILE },
        { all + 1, 0, RN_BAD_FILE }, { UINT64_MAX, 2, RN_BAD_FILE }, { 2, SIZE_MAX, RN_BAD_FILE },
    };
    for (size_t i = 0; i < all; i++)
        bytes[i] = (char)(i % 251);
    const char *path = check_write("parts", bytes, all);
    for (size_t i = 0; i < sizeof part / sizeof *part; i++) {
        rn_map map;
        rn_status status = rn_map_open_part(&map, path, part[i].at, part[i].size);
        CHECK(status == part[i].status, "case %zu: %s", i, rn_error_text());
        const char *mapped = (const char *)map.bytes;
        const size_t size = status == RN_OK ? part[i].size : 0;
        CHECK(map.size == size && !mapped == !size, "case %zu: %zu bytes", i, map.size);
        CHECK(!mapped || memcmp(mapped, bytes + part[i].at, size) == 0, "case %zu: other bytes", i);
        rn_map_close(&map);
        CHECK(!map.bytes && !map.size, "case %zu", i);
        CHECK(!mapped || (is_free(mapped) && is_free(mapped + size - 1)), "case %zu stays mapped", i);
    }
    CHECK(rn_map_open_part(&(rn_map){ 0 }, path, all, 1) == RN_BAD_FILE, "behind the end");
    CHECK(strstr(rn_error_text(), "cut short: 20000 bytes, wanted are 1 from byte 20000 on"), "%s",
          rn_error_text());
    CHECK(rn_map_open_part(&(rn_map){ 0 }, check_path("absent"), 0, 1) == RN_IO, "%s", rn_error_text());
    CHECK(rn_map_open_part(&(rn_map){ 0 }, check_folder, 0, 1) == RN_IO, "%s", rn_error_text());
    remove(path);
}

static void appends(void)
{
    const char *path = check_path("log");
    CHECK_OK(rn_file_append(path, "one\n", 4));
    CHECK_OK(rn_file_append(path, "two\n", 4));
    holds(path, "one\ntwo\n");
    CHECK(rn_file_append("/dev/full", "x\n", 2) == RN_IO, "/dev/full is full");
}

static void walks_folders(void)
{
    char path[32];
    CHECK_OK(rn_folder_make(check_path("a/b//c/")));
    CHECK_OK(rn_folder_make(check_path("a/b")));
    CHECK(rn_file_exists(check_path("a/b/c")) && !rn_file_exists(check_path("a/c")), "a/b/c");
    CHECK(rn_folder_make(check_path("log/x")) == RN_IO, "a folder below a file");
    CHECK(strstr(rn_error_text(), "log: exists and is not a folder"), "%s", rn_error_text());
    CHECK_OK(rn_file_replace(check_path("a/z"), "", 0));
    CHECK_OK(rn_file_replace(check_path("a/Z"), "", 0));
    CHECK_OK(rn_file_replace(check_path("a/.hidden"), "", 0));
    rn_listing listing;
    CHECK_OK(rn_listing_open(&listing, check_path("a")));
    CHECK(listing.count == 3 && strcmp(listing.name[0], "Z") == 0 && strcmp(listing.name[2], "z") == 0,
          "%d names", listing.count);
    rn_listing_close(&listing);
    CHECK(rn_listing_open(&listing, check_path("none")) == RN_IO, "%s", rn_error_text());
    CHECK(listing.count == 0, "%d names", listing.count);
    CHECK_OK(rn_path_join(path, sizeof path, "a/", "b"));
    CHECK(strcmp(path, "a/b") == 0, "%s", path);
    CHECK_OK(rn_path_join(path, sizeof path, "a", "b"));
    CHECK(strcmp(path, "a/b") == 0, "%s", path);
    CHECK(rn_path_join(path, 3, "a", "b") == RN_BAD_ARGUMENT, "three bytes are too few for a/b");
}

static void removes_what_the_dead_left(void)
{
    char name[64];
    pid_t dead = fork();
    if (dead == 0)
        _exit(0);
    waitpid(dead, NULL, 0);
    snprintf(name, sizeof name, "a/last.tmp.%ld", (long)dead);
    CHECK_OK(rn_file_replace(check_path(name), "", 0));
    snprintf(name, sizeof name, "a/last.tmp.%ld", (long)getppid());
    CHECK_OK(rn_file_replace(check_path(name), "", 0));
    CHECK_OK(rn_file_replace(check_path("a/tmp.x"), "", 0));
    CHECK_OK(rn_folder_remove_stale(check_path("a")));
    rn_listing listing;
    CHECK_OK(rn_listing_open(&listing, check_path("a")));
    CHECK(listing.count == 5, "%d are left, not Z, b, z, tmp.x and that of a living process", listing.count);
    rn_listing_close(&listing);
}

int main(void)
{
    check_folder_open();
    replaces_whole_files();
    leaves_devices_in_place();
    keeps_the_old_file_on_failure();
    survives_failed_allocations();
    maps_regular_files_only();
    maps_parts();
    appends();
    walks_folders();
    removes_what_the_dead_left();
    check_folder_close();
    return check_result();
}
