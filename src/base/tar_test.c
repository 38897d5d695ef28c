/* Tar archives: what is written is read, names of all lengths and kinds, and every kind of damage. */
#define _GNU_SOURCE
#include "base/check.h"
#include "base/tar.h"
#include "base/text.h"

#include <string.h>

static void add(rn_text *to, const char *name, rn_tar_kind kind, const char *bytes)
{
    uint8_t header[RN_TAR_MOST_HEADER];
    const size_t size = strlen(bytes);
    rn_text_add_bytes(to, header, rn_tar_write_header(header, name, kind, size));
    rn_text_add_bytes(to, bytes, size);
    while (to->length % RN_TAR_BLOCK)
        rn_text_add_bytes(to, "", 1);
}

static void end(rn_text *to)
{
    rn_text_add_bytes(to, (char[RN_TAR_BLOCK]){ 0 }, RN_TAR_BLOCK);
}

static void change(rn_text *to, size_t header, int place, const char *bytes, size_t size)
{
    memcpy(to->bytes + header + place, bytes, size);
    unsigned sum = 0;
    memset(to->bytes + header + 148, ' ', 8);
    for (int i = 0; i < RN_TAR_BLOCK; i++)
        sum += (unsigned char)to->bytes[header + (size_t)i];
    snprintf(to->bytes + header + 148, 8, "%06o", sum);
}

static rn_tar_member next(rn_tar *tar)
{
    static rn_tar_member member;
    CHECK_OK(rn_tar_next(tar, &member));
    return member;
}

static void check_next(rn_tar *tar, const char *name, rn_tar_kind kind, const char *bytes)
{
    rn_tar_member m = next(tar);
    CHECK(strcmp(m.name, name) == 0 && m.kind == kind, "'%s' of kind %d, expected '%s'", m.name, m.kind,
          name);
    CHECK(m.size == strlen(bytes) && memcmp(m.bytes, bytes, m.size) == 0, "%s: %zu bytes", name, m.size);
}

static void reads_what_is_written(void)
{
    rn_text text = { 0 };
    char longer[1000];
    memset(longer, 'n', sizeof longer);
    memcpy(longer, "train/", 6);
    const size_t lengths[] = { 99, 100, 101, 511, 512, 999 };
    add(&text, "train/cat", RN_TAR_FOLDER, "");
    add(&text, "train/cat/1.jpg", RN_TAR_FILE, "one");
    add(&text, "./train/cat/2.jpg", RN_TAR_FILE, "");
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        longer[lengths[i]] = '\0';
        add(&text, longer, RN_TAR_FILE, "long");
        longer[lengths[i]] = 'n';
    }
    add(&text, "./", RN_TAR_FOLDER, "");
    end(&text);
    rn_tar tar = { .path = "a.tar", .bytes = (const uint8_t *)text.bytes, .size = text.length };
    CHECK(rn_tar_recognises(tar.bytes, tar.size), "no tar");
    check_next(&tar, "train/cat", RN_TAR_FOLDER, "");
    check_next(&tar, "train/cat/1.jpg", RN_TAR_FILE, "one");
    check_next(&tar, "train/cat/2.jpg", RN_TAR_FILE, "");
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        longer[lengths[i]] = '\0';
        check_next(&tar, longer, RN_TAR_FILE, "long");
        longer[lengths[i]] = 'n';
    }
    for (int i = 0; i < 2; i++)
        CHECK(next(&tar).name[0] == '\0', "something behind the end");
    rn_text_free(&text);
}

/* What other programs write: ustar's two fields, pax lists, links, folders with a slash, sizes in binary. */
static void reads_others(void)
{
    rn_text text = { 0 };
    add(&text, "1.jpg", RN_TAR_FILE, "one");
    change(&text, 0, 257, "ustar\00000", 8);
    change(&text, 0, 345, "train/cat", 9);
    size_t at = text.length;
    add(&text, "pax", RN_TAR_FILE, "21 path=train/p=2.jpg\n9 size=2\n11 mtime=1\n");
    text.bytes[at + RN_TAR_BLOCK + 1] = '2';       /* 22 path= */
    change(&text, at, 156, "x", 1);
    add(&text, "short", RN_TAR_FILE, "four");
    at = text.length;
    add(&text, "link", RN_TAR_FILE, "");
    change(&text, at, 156, "2", 1);
    at = text.length;
    add(&text, "old/", RN_TAR_FILE, "");
    change(&text, at, 156, "", 1);
    at = text.length;
    add(&text, "binary", RN_TAR_FILE, "seven..");
    change(&text, at, 124, "\x80\0\0\0\0\0\0\0\0\0\0\7", 12);
    end(&text);
    rn_tar tar = { .path = "a.tar", .bytes = (const uint8_t *)text.bytes, .size = text.length };
    check_next(&tar, "train/cat/1.jpg", RN_TAR_FILE, "one");
    check_next(&tar, "train/p=2.jpg", RN_TAR_FILE, "fo");
    check_next(&tar, "link", RN_TAR_OTHER, "");
    check_next(&tar, "old", RN_TAR_FOLDER, "");
    check_next(&tar, "binary", RN_TAR_FILE, "seven..");
    CHECK(next(&tar).name[0] == '\0', "something behind the end");
    rn_text_free(&text);
}

/* Archives before POSIX, and what stands before a volume, have no "ustar". */
static void reads_the_old(void)
{
    rn_text text = { 0 };
    add(&text, "label", RN_TAR_FILE, "");
    change(&text, 0, 156, "V", 1);
    size_t at = text.length;
    add(&text, "old/1.jpg", RN_TAR_FILE, "one");
    for (int i = 0; i < 2; i++)
        change(&text, i ? at : 0, 257, "\0\0\0\0\0\0\0", 8);
    end(&text);
    rn_tar tar = { .path = "a.tar", .bytes = (const uint8_t *)text.bytes, .size = text.length };
    CHECK(rn_tar_recognises(tar.bytes, tar.size), "no tar");
    check_next(&tar, "old/1.jpg", RN_TAR_FILE, "one");
    CHECK(next(&tar).name[0] == '\0', "something behind the end");
    rn_text_free(&text);
    CHECK(!rn_tar_recognises((uint8_t[RN_TAR_BLOCK]){ 0 }, RN_TAR_BLOCK), "zeros are a tar");
    CHECK(!rn_tar_recognises((uint8_t[RN_TAR_BLOCK]){ "x" }, RN_TAR_BLOCK), "text is a tar");
}

static void tidies_names(void)
{
    static const struct { const char *name, *tidy; } cases[] = {
        { "./a", "a" }, { "a/./b", "a/b" }, { "a//b", "a/b" }, { "/a/b", "a/b" }, { ".//./a", "a" },
        { "a/b/.", "a/b" }, { "..a/b..", "..a/b.." }, { ".../a", ".../a" }, { "/a/.b/", "a/.b" },
    };
    rn_text text = { 0 };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        add(&text, cases[i].name, RN_TAR_FOLDER, "");
    add(&text, ".", RN_TAR_FOLDER, "");
    end(&text);
    rn_tar tar = { .path = "a.tar", .bytes = (const uint8_t *)text.bytes, .size = text.length };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check_next(&tar, cases[i].tidy, RN_TAR_FOLDER, "");
    CHECK(next(&tar).name[0] == '\0', "something behind the end");
    rn_text_free(&text);
}

/* Folders, links and devices have no bytes, whatever their size. */
static void skips_no_bytes_of_links(void)
{
    for (char kind = '1'; kind <= '6'; kind++) {
        rn_text text = { 0 };
        add(&text, "1", RN_TAR_FILE, "");
        change(&text, 0, 124, "00000007777", 12);
        change(&text, 0, 156, &kind, 1);
        add(&text, "2", RN_TAR_FILE, "two");
        end(&text);
        rn_tar tar = { .path = "a.tar", .bytes = (const uint8_t *)text.bytes, .size = text.length };
        check_next(&tar, "1", kind == '5' ? RN_TAR_FOLDER : RN_TAR_OTHER, "");
        check_next(&tar, "2", RN_TAR_FILE, "two");
        CHECK(next(&tar).name[0] == '\0', "something behind the end");
        rn_text_free(&text);
    }
}

/* Reads all of it. */
static rn_status read_all(const char *bytes, size_t size)
{
    rn_tar tar = { .path = "a.tar", .bytes = (const uint8_t *)bytes, .size = size };
    static rn_tar_member member;
    rn_status status;
    while ((status = rn_tar_next(&tar, &member)) == RN_OK && member.name[0])
        CHECK(member.bytes >= tar.bytes && member.bytes + member.size <= tar.bytes + size, "outside");
    return status;
}

/* A change to a header that another member follows. */
static void refuses(const char *what, int place, const char *bytes, size_t size, const char *message)
{
    rn_text text = { 0 };
    add(&text, "1.jpg", RN_TAR_FILE, what);
    change(&text, 0, place, bytes, size);
    if (*what)
        add(&text, "1.jpg", RN_TAR_FILE, "");
    end(&text);
    CHECK(read_all(text.bytes, text.length) == RN_BAD_FILE && strstr(rn_error_text(), message), "%s: %s",
          message, rn_error_text());
    rn_text_free(&text);
}

static void nothing_follows_the_end(void)
{
    rn_text text = { 0 };
    add(&text, "1.jpg", RN_TAR_FILE, "one");
    end(&text);
    for (int i = 0; i < 1000; i++)
        rn_text_add_bytes(&text, "", 1);
    CHECK_OK(read_all(text.bytes, text.length));
    for (size_t at = 3 * RN_TAR_BLOCK; at < text.length; at++) {
        text.bytes[at] = 1;
        CHECK(read_all(text.bytes, text.length) == RN_BAD_FILE
                  && strstr(rn_error_text(), "at byte 1024 of 2536: something stands behind the end"),
              "%zu: %s", at, rn_error_text());
        text.bytes[at] = 0;
    }
    CHECK(strstr(rn_error_hint(), "joined by cat"), "%s", rn_error_hint());
    rn_text_free(&text);
}

static void refuses_damage(void)
{
    rn_text text = { 0 };
    add(&text, "train/cat/1.jpg", RN_TAR_FILE, "one");
    add(&text, "train/cat/2.jpg", RN_TAR_FILE, "two");
    end(&text);
    CHECK_OK(read_all(text.bytes, text.length));
    for (size_t cut = 0; cut < text.length; cut++)
        CHECK(read_all(text.bytes, cut) == RN_BAD_FILE && strstr(rn_error_text(), "cut short"), "%zu: %s",
              cut, rn_error_text());
    for (size_t bit = 0; bit < 8 * RN_TAR_BLOCK; bit++) {
        text.bytes[bit / 8] = (char)(text.bytes[bit / 8] ^ 1 << bit % 8);
        rn_status status = read_all(text.bytes, text.length);
        bool harmless = bit / 8 >= 148 && bit / 8 < 156;    /* the sum: a space for a leading zero is one */
        CHECK(status == RN_BAD_FILE || harmless, "bit %zu is not noticed", bit);
        text.bytes[bit / 8] = (char)(text.bytes[bit / 8] ^ 1 << bit % 8);
    }
    rn_text_free(&text);
    refuses("", 124, "99999999999", 12, "a size is no number");
    refuses("", 124, "77777777777", 12, "'1.jpg' in this tar archive ends at byte 8589935103 of 1024");
    refuses("", 124, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 12, "a size is no number");
    refuses("", 156, "S", 1, "'1.jpg': a sparse file");
    refuses("22 GNU.sparse.major=1\n", 156, "x", 1, "'1.jpg': a sparse file");
    refuses("", 0, "../1.jpg", 9, "leads out of it: '../1.jpg'");
    refuses("", 0, "a/..", 5, "leads out of it: '..'");
    refuses("x a=b\n", 156, "x", 1, "a line of a pax list");
    refuses("9 a=b\n", 156, "x", 1, "a line of a pax list");
    refuses("6 abc\n", 156, "x", 1, "says nothing");
    refuses("9 size=x\n", 156, "x", 1, "a size is no number");
    refuses("99999999999 a=b\n", 156, "x", 1, "a line of a pax list");
}

int main(void)
{
    reads_what_is_written();
    reads_others();
    reads_the_old();
    tidies_names();
    skips_no_bytes_of_links();
    nothing_follows_the_end();
    refuses_damage();
    return check_result();
}
