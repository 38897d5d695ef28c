/*
 * PNG through libpng, read and written.  libpng leaves its functions by longjmp when something is wrong; each
 * such stretch is one small function below that keeps everything it needs in its context.  Its memory is ours
 * (base/memory.h), its warnings are dropped, and chunks that do not concern the pixels are not even unpacked.
 */
#include "image/codec.h"
#include "base/file.h"
#include "base/memory.h"

#include <png.h>
#include <stdio.h>
#include <string.h>

enum { SIGNATURE = 8, HEADER_END = 33, CHUNK_FRAME = 12, DEFLATE_AT_BEST = 1032 };

static bool recognises(rn_span data)
{
    return rn_span_starts(data, "\x89PNG\r\n\x1a\n", SIGNATURE);
}

static rn_span exif(rn_span data)
{
    for (size_t at = SIGNATURE; data.size >= CHUNK_FRAME && at <= data.size - CHUNK_FRAME;) {
        size_t size = rn_big32(data.bytes + at);
        if (size > data.size - at - CHUNK_FRAME)
            break;
        if (memcmp(data.bytes + at + 4, "eXIf", 4) == 0)
            return (rn_span){ data.bytes + at + 8, size };
        at += CHUNK_FRAME + size;
    }
    return (rn_span){ 0 };
}

static rn_status ends_early(const rn_picture *picture)
{
    return rn_fail(RN_BAD_FILE, "%s: PNG data ends early", picture->name);
}

static rn_status header(const rn_picture *picture, int64_t *width, int64_t *height)
{
    const uint8_t *b = picture->data.bytes;
    if (picture->data.size < HEADER_END)
        return ends_early(picture);
    if (memcmp(b + SIGNATURE, "\0\0\0\rIHDR", 8) != 0)
        return rn_fail(RN_BAD_FILE, "%s: damaged PNG (no header)", picture->name);
    *width = rn_big32(b + 16);
    *height = rn_big32(b + 20);
    return RN_OK;
}

/* What libpng's functions carry about. */
typedef struct {
    png_structp png;
    png_infop info;
    rn_span rest;               /* reading: bytes not yet taken */
    rn_text *written;           /* writing */
    rn_status status;           /* what a function of ours ran into */
    bool ended;
    char trouble[128];          /* libpng's words */
} work;

static void on_error(png_structp png, png_const_charp text)
{
    work *w = png_get_error_ptr(png);
    snprintf(w->trouble, sizeof w->trouble, "%s", text);
    png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp text)
{
    (void)png, (void)text;
}

static png_voidp take_memory(png_structp png, png_alloc_size_t size)
{
    void *memory;
    work *w = png_get_mem_ptr(png);
    if (rn_allocate(&memory, size, 1, "a PNG picture") != RN_OK)
        w->status = RN_NO_MEMORY;
    return memory;
}

static void give_memory(png_structp png, png_voidp memory)
{
    (void)png;
    rn_free(memory);
}

static void read_bytes(png_structp png, png_bytep to, size_t size)
{
    work *w = png_get_io_ptr(png);
    if (size > w->rest.size) {
        w->ended = true;
        png_error(png, "end of data");
    }
    memcpy(to, w->rest.bytes, size);
    w->rest = (rn_span){ w->rest.bytes + size, w->rest.size - size };
}

/* Any kind of pixels becomes 8-bit RGB, but 16-bit grey stays as it is for clip_row. */
static void want_rgb(png_structp png, bool grey16)
{
    png_set_expand(png);
    png_set_strip_alpha(png);
    if (grey16)
        return;
    png_set_strip_16(png);
    png_set_gray_to_rgb(png);
}

/* 16-bit grey as Pillow makes it RGB: all above 255 is white.  In place, from the end. */
static void clip_row(uint8_t *row, size_t width)
{
    for (size_t x = width; x-- > 0;) {
        uint8_t grey = row[2 * x] ? 255 : row[2 * x + 1];
        memset(row + 3 * x, grey, 3);
    }
}

/* Pixels that deflate can hold in this file at best. */
static bool can_hold(const work *w, const rn_image *image)
{
    uint64_t row = png_get_rowbytes(w->png, w->info);
    return row * (uint64_t)image->height / DEFLATE_AT_BEST <= w->rest.size;
}

static bool read_pixels(work *w, rn_image *image)
{
    if (setjmp(png_jmpbuf(w->png)))
        return false;
    png_set_read_fn(w->png, w, read_bytes);
    png_set_keep_unknown_chunks(w->png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
    png_set_user_limits(w->png, (png_uint_32)image->width, (png_uint_32)image->height);
    png_read_info(w->png, w->info);
    w->ended = !can_hold(w, image);
    if (w->ended)
        return false;
    bool grey16 = png_get_color_type(w->png, w->info) == PNG_COLOR_TYPE_GRAY
               && png_get_bit_depth(w->png, w->info) == 16;
    want_rgb(w->png, grey16);
    int passes = png_set_interlace_handling(w->png);
    png_read_update_info(w->png, w->info);
    size_t row = (size_t)image->width * 3;
    if (png_get_image_height(w->png, w->info) != (png_uint_32)image->height
        || png_get_rowbytes(w->png, w->info) != (size_t)image->width * (grey16 ? 2 : 3))
        png_error(w->png, "contradictory header");
    for (int pass = 0; pass < passes; pass++)
        for (size_t y = 0; y < (size_t)image->height; y++)
            png_read_row(w->png, image->pixels + y * row, NULL);
    for (size_t y = 0; grey16 && y < (size_t)image->height; y++)
        clip_row(image->pixels + y * row, (size_t)image->width);
    return true;
}

static bool read_png(work *w, rn_image *image)
{
    w->png = png_create_read_struct_2(PNG_LIBPNG_VER_STRING, w, on_error, on_warning,
                                      w, take_memory, give_memory);
    w->info = w->png ? png_create_info_struct(w->png) : NULL;
    bool done = w->info && read_pixels(w, image);
    png_destroy_read_struct(&w->png, &w->info, NULL);
    return done;
}

static rn_status decode(const rn_picture *picture, rn_image *image)
{
    work w = { .rest = picture->data };
    if (read_png(&w, image))
        return RN_OK;
    if (w.status != RN_OK)
        return rn_while(w.status, "%s", picture->name);
    if (w.ended)
        return ends_early(picture);
    return rn_fail(RN_BAD_FILE, "%s: damaged PNG (%s)", picture->name, w.trouble);
}

const rn_codec rn_codec_png = { recognises, header, decode, exif };

static void write_bytes(png_structp png, png_bytep bytes, size_t size)
{
    work *w = png_get_io_ptr(png);
    rn_text_add_bytes(w->written, bytes, size);
}

static void flush(png_structp png)
{
    (void)png;
}

static bool write_pixels(work *w, const rn_image *image)
{
    if (setjmp(png_jmpbuf(w->png)))
        return false;
    png_set_write_fn(w->png, w, write_bytes, flush);
    png_set_IHDR(w->png, w->info, (png_uint_32)image->width, (png_uint_32)image->height, 8,
                 PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_BASE, PNG_FILTER_TYPE_BASE);
    png_write_info(w->png, w->info);
    for (size_t y = 0; y < (size_t)image->height; y++)
        png_write_row(w->png, image->pixels + y * (size_t)image->width * 3);
    png_write_end(w->png, NULL);
    return true;
}

rn_status rn_image_encode_png(const rn_image *image, rn_text *png)
{
    work w = { .written = png };
    w.png = png_create_write_struct_2(PNG_LIBPNG_VER_STRING, &w, on_error, on_warning,
                                      &w, take_memory, give_memory);
    w.info = w.png ? png_create_info_struct(w.png) : NULL;
    bool done = w.info && write_pixels(&w, image);
    png_destroy_write_struct(&w.png, &w.info);
    if (w.status != RN_OK)
        return w.status;
    return done ? rn_text_finish(png) : rn_fail(RN_FAILED, "cannot make a PNG picture: %s", w.trouble);
}

rn_status rn_image_write_png(const rn_image *image, const char *path)
{
    rn_text png = { 0 };
    rn_status status = rn_image_encode_png(image, &png);
    if (status == RN_OK)
        status = rn_file_replace(path, png.bytes, png.length);
    rn_text_free(&png);
    return status;
}
