/* For the tests of this folder: files and pictures in a temporary folder, and what is said meanwhile. */
#ifndef RN_DATA_FIXTURE_H
#define RN_DATA_FIXTURE_H

#include "base/check_files.h"
#include "base/file.h"
#include "base/log.h"
#include "data/kinds.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A path inside the temporary folder; good until eight more were asked for. */
static inline const char *at(const char *format, ...) RN_FORMAT(1, 2);
static inline const char *at(const char *format, ...)
{
    static char ring[8][RN_PATH_SIZE];
    static int turn;
    char *path = ring[turn++ % 8];
    int used = snprintf(path, RN_PATH_SIZE, "%s/", check_folder);
    va_list args;
    va_start(args, format);
    vsnprintf(path + used, (size_t)(RN_PATH_SIZE - used), format, args);
    va_end(args);
    return path;
}

static inline void put_file(const char *path, const void *bytes, size_t size)
{
    char folder[RN_PATH_SIZE];
    snprintf(folder, sizeof folder, "%.*s", (int)(strrchr(path, '/') - path), path);
    CHECK_OK(rn_folder_make(folder));
    FILE *file = fopen(path, "wb");
    CHECK(file && fwrite(bytes, 1, size, file) == size, "%s", path);
    if (file)
        fclose(file);
}

static inline void put_text(const char *path, const char *text)
{
    put_file(path, text, strlen(text));
}

/* A built-in picture of that number. */
static inline void put_picture(const char *path, int number)
{
    rn_image image;
    char folder[RN_PATH_SIZE];
    snprintf(folder, sizeof folder, "%.*s", (int)(strrchr(path, '/') - path), path);
    CHECK_OK(rn_folder_make(folder));
    CHECK_OK(rn_builtin_draw(&image, 1, RN_STREAM_FRESH, number));
    CHECK_OK(rn_image_write_png(&image, path));
    rn_image_free(&image);
}

/* Zeros, as a file with a hole; a record file of zeros is good, all its labels being 0. */
static inline void put_zeros(const char *path, off_t size)
{
    put_text(path, "");
    CHECK(truncate(path, size) == 0, "%s", path);
}

static inline void put_bytes_at(const char *path, off_t place, const void *bytes, size_t size)
{
    FILE *file = fopen(path, "r+b");
    CHECK(file && fseeko(file, place, SEEK_SET) == 0 && fwrite(bytes, 1, size, file) == size, "%s", path);
    if (file)
        fclose(file);
}

static inline void put_cifar10(const char *folder)
{
    char path[RN_PATH_SIZE];
    for (int i = 0; i < 6; i++) {
        if (i < 5)
            snprintf(path, sizeof path, "%s/data_batch_%d.bin", folder, i + 1);
        else
            snprintf(path, sizeof path, "%s/test_batch.bin", folder);
        put_zeros(path, 30730000);
    }
}

/* Messages, counted. */
static atomic_int heard[3];
static char heard_last[1024];

static inline void hear(void *context, rn_log_level level, const char *text)
{
    (void)context;
    atomic_fetch_add(&heard[level], 1);
    snprintf(heard_last, sizeof heard_last, "%s", text);
}

static inline void listen_now(void)
{
    atomic_store(&heard[RN_LOG_WARNING], 0);
    rn_log_listen(hear, NULL);
}

static inline int warnings(void)
{
    return atomic_load(&heard[RN_LOG_WARNING]);
}

/* Whether the latest message holds this. */
static inline bool said(const char *part)
{
    return strstr(rn_error_text(), part) != NULL;
}

#endif
