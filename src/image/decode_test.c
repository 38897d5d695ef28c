/* Pictures of every kind against Pillow; limits; cut short, damaged and with memory running out. */
#define _GNU_SOURCE
#include "base/memory.h"
#include "image/golden.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct {
    char file[64], path[128];
    int width[2], height[2];            /* as stored, upright */
    char digest[2][DIGEST_SIZE];
} golden;

static bool next_golden(FILE *table, golden *g)
{
    if (fscanf(table, "%63s %d %d %16s %d %d %16s", g->file, &g->width[0], &g->height[0], g->digest[0],
               &g->width[1], &g->height[1], g->digest[1]) != 7)
        return false;
    snprintf(g->path, sizeof g->path, GOLDEN "%s", g->file);
    return true;
}

static void for_each_picture(void (*test)(const golden *))
{
    golden g;
    FILE *table = golden_open(GOLDEN "pictures.txt");
    while (table && next_golden(table, &g))
        test(&g);
    if (table)
        fclose(table);
}

static void compare_with_pillow(const golden *g)
{
    for (int upright = 0; upright < 2; upright++) {
        rn_image image;
        char digest[DIGEST_SIZE] = "";
        CHECK_OK(rn_image_read(&image, g->path, &(rn_image_options){ .exif_rotate = upright }));
        CHECK(image.width == g->width[upright] && image.height == g->height[upright], "%s upright %d: %dx%d",
              g->file, upright, image.width, image.height);
        if (image.pixels)
            golden_digest(&image, digest);
        CHECK(strcmp(digest, g->digest[upright]) == 0, "%s upright %d: %s", g->file, upright, digest);
        rn_image_free(&image);
    }
}

/* The file's bytes in a block of exactly their size, so that a sanitizer sees every step beyond. */
static uint8_t *load(const char *path, size_t *size)
{
    static uint8_t buffer[1 << 16];
    FILE *file = fopen(path, "rb");
    *size = file ? fread(buffer, 1, sizeof buffer, file) : 0;
    if (file)
        fclose(file);
    uint8_t *bytes = malloc(*size + 1);
    return bytes ? memcpy(bytes, buffer, *size) : NULL;
}

static rn_status try_copy(const uint8_t *bytes, size_t size, const char *name)
{
    rn_image image;
    uint8_t *copy = malloc(size ? size : 1);
    memcpy(copy, bytes, size);
    rn_status status = rn_image_decode(&image, copy, size, name, &(rn_image_options){ .max_pixels = 1000000,
                                                                                      .exif_rotate = true });
    CHECK((status == RN_OK) == (image.pixels != NULL), "%s, %zu bytes: status %d", name, size, status);
    CHECK(status == RN_OK || strstr(rn_error_text(), name), "%s: %s", name, rn_error_text());
    rn_image_free(&image);
    free(copy);
    return status;
}

static void cut_short(const golden *g)
{
    size_t size;
    uint8_t *bytes = load(g->path, &size);
    bool png = strstr(g->file, ".png") != NULL;
    for (size_t kept = 0; kept < size; kept += kept < 64 ? 1 : 7) {
        rn_status status = try_copy(bytes, kept, g->file);
        CHECK(status == RN_BAD_FILE || (png && kept > size - 17), "%s cut to %zu of %zu: %d", g->file, kept,
              size, status);
        CHECK(kept < 40 || status == RN_OK || strstr(rn_error_text(), "ends early"), "%zu bytes: %s", kept,
              rn_error_text());
    }
    free(bytes);
}

static void damage(const golden *g)
{
    size_t size;
    uint8_t *bytes = load(g->path, &size);
    for (size_t i = 0; i < size; i += i < 64 ? 1 : 5) {
        uint8_t kept = bytes[i];
        bytes[i] ^= (uint8_t)(1 << i % 8);
        rn_status status = try_copy(bytes, size, g->file);
        CHECK(status == RN_OK || status == RN_BAD_FILE || status == RN_NO_MEMORY, "%s byte %zu: %d", g->file,
              i, status);
        bytes[i] = kept;
    }
    free(bytes);
}

static void run_out_of_memory(const golden *g)
{
    for (int k = 1;; k++) {
        rn_image image;
        long before = rn_memory_count();
        rn_memory_fail_at(k, k % 2);
        rn_status status = rn_image_read(&image, g->path, &(rn_image_options){ .exif_rotate = true });
        rn_memory_fail_at(0, false);
        if (rn_memory_count() - before < k) {
            CHECK(status == RN_OK, "%s: %s", g->file, rn_error_text());
            rn_image_free(&image);
            return;
        }
        CHECK(status == RN_NO_MEMORY && !image.pixels && strstr(rn_error_text(), g->file),
              "%s allocation %d: %d %s", g->file, k, status, rn_error_text());
    }
}

static void refused(const char *path, rn_status status, const char *text)
{
    rn_image image;
    rn_status got = rn_image_read(&image, path, NULL);
    CHECK(got == status && !image.pixels, "%s: %d, wanted %d", path, got, status);
    CHECK(strcmp(rn_error_text(), text) == 0, "%s: %s", path, rn_error_text());
}

static void refused_bytes(const void *bytes, size_t size, rn_status status, const char *text)
{
    rn_image image;
    rn_status got = rn_image_decode(&image, bytes, size, "a", NULL);
    CHECK(got == status && strcmp(rn_error_text(), text) == 0, "%d %s, wanted %s", got, rn_error_text(),
          text);
}

static void refuse_what_is_no_picture(void)
{
    static const struct { const char *bytes, *text; } strangers[] = {
        { "hello", "a: not a picture (JPEG, PNG or WebP)" },
        { "\r\n <!DOCTYPE html><html>", "a: not a picture (looks like an HTML page)" },
        { "GIF89a", "a: not a picture (looks like a GIF picture)" },
        { "", "a: empty file" },
        { "   ", "a: not a picture (JPEG, PNG or WebP)" },
        { "\xff\xd8\xff", "a: JPEG data ends early" },
        { "\x89PNG\r\n\x1a\n", "a: PNG data ends early" },
        { "RIFF\xff\0\0\0WEBP", "a: not a picture (JPEG, PNG or WebP)" },
    };
    for (size_t i = 0; i < sizeof strangers / sizeof *strangers; i++)
        refused_bytes(strangers[i].bytes, strlen(strangers[i].bytes), RN_BAD_FILE, strangers[i].text);
    refused("LICENSE", RN_BAD_FILE, "LICENSE: not a picture (JPEG, PNG or WebP)");
    refused("no-such.jpg", RN_IO, "no-such.jpg: No such file or directory");
    rn_image image;
    CHECK(rn_image_read(&image, "src", NULL) != RN_OK, "a folder");
}

/* Stray bytes before the pixels, which only earn a warning, and a second frame header behind them. */
static void refuse_an_error_after_a_warning(void)
{
    size_t size;
    uint8_t *bytes = load(GOLDEN "rgb444.jpg", &size), *made = malloc(2 * size + 2);
    const uint8_t *frame = memmem(bytes, size, "\xff\xc0", 2), *scan = memmem(bytes, size, "\xff\xda", 2);
    size_t before = (size_t)(scan - bytes), header = 2 + (size_t)frame[3], after = size - 2 - before;
    uint8_t *to = mempcpy(made, bytes, before);
    to = mempcpy(to, "\0\0", 2);
    to = mempcpy(to, scan, after);
    to = mempcpy(to, frame, header);
    to = mempcpy(to, "\xff\xd9", 2);
    refused_bytes(made, (size_t)(to - made), RN_BAD_FILE,
                  "a: damaged JPEG (Invalid JPEG file structure: two SOF markers)");
    free(bytes);
    free(made);
}

static void refuse_a_pipe(void)
{
    rn_image image;
    char path[64];
    snprintf(path, sizeof path, "/tmp/decode_test.%ld.jpg", (long)getpid());
    CHECK(mkfifo(path, 0600) == 0, "%s: %s", path, strerror(errno));
    alarm(20);
    CHECK(rn_image_read(&image, path, NULL) != RN_OK, "a pipe");
    alarm(0);
    unlink(path);
}

static void keep_limits(void)
{
    static const uint8_t webp[] = "RIFF\x16\0\0\0WEBPVP8L\x0a\0\0\0\x2f\xfe\xbf\xff\x0f\0\0\0\0\0";
    static uint8_t png[] = "\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\1\0\0\0\0\0\1\x08\2\0\0\0....";
    rn_image image;
    refused_bytes(webp, sizeof webp - 1, RN_NO_MEMORY, "a: 16383x16383 is over the limit of 89 Mpixel");
    CHECK(strstr(rn_error_hint(), "--max-pixels"), "%s", rn_error_hint());
    refused_bytes(png, sizeof png - 1, RN_NO_MEMORY, "a: 65536x1: a side is over 65535 pixels");
    memset(png + 16, 0, 8);
    refused_bytes(png, sizeof png - 1, RN_BAD_FILE, "a: damaged picture (0x0 pixels)");
    memcpy(png + 16, "\0\0\x23\x28\0\0\x23\x28", 8);
    refused_bytes(png, sizeof png - 1, RN_BAD_FILE, "a: damaged PNG (IHDR: CRC error)");
    CHECK_OK(rn_image_read(&image, GOLDEN "big.png", &(rn_image_options){ .max_pixels = 61 * 47 }));
    rn_image_free(&image);
    rn_status got = rn_image_read(&image, GOLDEN "big.png", &(rn_image_options){ .max_pixels = 61 * 47 - 1 });
    CHECK(got == RN_NO_MEMORY && strstr(rn_error_text(), "61x47 is over the limit of 2866 pixels"), "%s",
          rn_error_text());
}

static void write_and_read(void)
{
    rn_image image, again;
    char path[64];
    snprintf(path, sizeof path, "/tmp/decode_test.%ld.png", (long)getpid());
    CHECK_OK(rn_image_read(&image, GOLDEN "big.png", NULL));
    for (int k = 0; k < 12; k++) {
        rn_memory_fail_at(k, false);
        rn_status status = rn_image_write_png(&image, path);
        rn_memory_fail_at(0, false);
        CHECK(status == RN_OK || (k && status == RN_NO_MEMORY), "allocation %d: %d", k, status);
    }
    CHECK_OK(rn_image_read(&again, path, NULL));
    CHECK(memcmp(image.pixels, again.pixels, 61 * 47 * 3) == 0, "written and read again");
    CHECK(rn_image_write_png(&image, "no-such-folder/a.png") == RN_IO, "%s", rn_error_text());
    unlink(path);
    rn_image_free(&image);
    rn_image_free(&again);
}

static void know_names(void)
{
    static const char *const pictures[] = { "a/b.JPeG", "x.jpg", ".png", "\xc3\xa9.WebP" };
    static const char *const others[] = { "jpg", "a.jpg.txt", "", "a.gif" };
    for (int i = 0; i < 4; i++)
        CHECK(rn_image_name(pictures[i]) && !rn_image_name(others[i]), "%s, %s", pictures[i], others[i]);
}

int main(void)
{
    for_each_picture(compare_with_pillow);
    for_each_picture(cut_short);
    for_each_picture(damage);
    for_each_picture(run_out_of_memory);
    refuse_what_is_no_picture();
    refuse_an_error_after_a_warning();
    refuse_a_pipe();
    keep_limits();
    write_and_read();
    know_names();
    return check_result();
}
