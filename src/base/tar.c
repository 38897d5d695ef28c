/*
 * A member is a block of 512 bytes that describes it and its own bytes, padded to whole blocks:
 *
 *     0 name  100 mode  108 owner  116 group  124 size  136 time  148 sum  156 kind  157 linked name
 *     257 "ustar"  345 what stands before the name
 *
 * Numbers are octal digits, or, where the first bit is set, big-endian.  A name that does not fit stands in a
 * member before it: of kind 'L' (GNU), or in a list of "LENGTH path=NAME\n" of kind 'x' (pax).  A block of
 * zeros ends the archive; nothing but zeros may follow.  Archives before POSIX have no "ustar", nor has a
 * volume's label ('V'), so it is the sum that tells a header.
 */
#define _GNU_SOURCE
#include "base/tar.h"
#include "base/text.h"

#include <assert.h>
#include <string.h>

enum { NAME = 0, MODE = 100, OWNER = 108, GROUP = 116, SIZE = 124, TIME = 136, SUM = 148, KIND = 156,
       MAGIC = 257, BEFORE = 345 };
enum { SHORT_NAME = 100, LONG_NUMBER = 12, SHORT_NUMBER = 8, LONGEST_BEFORE = 155 };
enum { MOST_DIGITS = 20 };      /* of a length in a pax list */

static rn_status bad(const rn_tar *tar, const char *what)
{
    return rn_fail(RN_BAD_FILE, "%s: tar archive is damaged at byte %zu of %zu: %s", tar->path, tar->at,
                   tar->size, what);
}

static rn_status bad_member(const rn_tar *tar, const rn_tar_member *member, const char *what)
{
    return rn_fail(RN_BAD_FILE, "%s: tar archive with '%.200s': %s", tar->path, member->name, what);
}

static size_t whole_blocks(size_t size)
{
    return (size + RN_TAR_BLOCK - 1) / RN_TAR_BLOCK * RN_TAR_BLOCK;
}

/* ---- Numbers --------------------------------------------------------------------------------- */

static bool read_binary(const uint8_t *digits, int length, uint64_t *number)
{
    for (int i = 0; i < length; i++) {
        if (*number >> 55)
            return false;
        *number = *number << 8 | (i ? digits[i] : digits[i] & 0x7f);
    }
    return true;
}

static bool read_number(const uint8_t *digits, int length, uint64_t *number)
{
    int i = 0;
    *number = 0;
    if (digits[0] & 0x80)
        return read_binary(digits, length, number);
    while (i < length && digits[i] == ' ')
        i++;
    for (; i < length && digits[i] && digits[i] != ' '; i++) {
        if (digits[i] < '0' || digits[i] > '7')
            return false;
        *number = *number << 3 | (uint64_t)(digits[i] - '0');
    }
    return true;
}

static bool read_decimal(const char *digits, size_t length, uint64_t *number)
{
    *number = 0;
    for (size_t i = 0; i < length; i++) {
        if (digits[i] < '0' || digits[i] > '9' || *number > UINT64_MAX / 16)
            return false;
        *number = *number * 10 + (uint64_t)(digits[i] - '0');
    }
    return length > 0;
}

/* The sum of a header's bytes, those of the sum itself counted as spaces. */
static uint64_t sum_of(const uint8_t *header)
{
    uint64_t sum = 0;
    for (int i = 0; i < RN_TAR_BLOCK; i++)
        sum += i >= SUM && i < SUM + SHORT_NUMBER ? ' ' : header[i];
    return sum;
}

static bool has_sum(const uint8_t *header)
{
    uint64_t sum;
    return read_number(header + SUM, SHORT_NUMBER, &sum) && sum == sum_of(header);
}

/* Every byte is the one before it. */
static bool are_zeros(const uint8_t *bytes, size_t size)
{
    return bytes[0] == 0 && memcmp(bytes, bytes + 1, size - 1) == 0;
}

/* ---- Reading --------------------------------------------------------------------------------- */

/* What the members before one say of it. */
typedef struct {
    const char *name;
    size_t name_length;
    uint64_t size;
    bool has_size, sparse;
} extension;

bool rn_tar_recognises(const uint8_t *bytes, size_t size)
{
    return size >= RN_TAR_BLOCK && (memcmp(bytes + MAGIC, "ustar", 5) == 0 || has_sum(bytes));
}

/* The header at tar->at, or NULL at the end. */
static rn_status next_header(const rn_tar *tar, const uint8_t **header)
{
    *header = NULL;
    if (tar->at > tar->size || tar->size - tar->at < RN_TAR_BLOCK)
        return rn_fail(RN_BAD_FILE, "%s: cut short: tar archive of %zu bytes without its end", tar->path,
                       tar->size);
    const uint8_t *block = tar->bytes + tar->at;
    if (are_zeros(block, tar->size - tar->at))
        return RN_OK;
    if (are_zeros(block, RN_TAR_BLOCK))
        return rn_hint(bad(tar, "something stands behind the end"),
                       "archives joined by cat are none: put them into a folder; else fetch it again");
    if (!rn_tar_recognises(block, RN_TAR_BLOCK))
        return bad(tar, "no header where one is expected");
    if (!has_sum(block))
        return bad(tar, "a header's sum is wrong");
    *header = block;
    return RN_OK;
}

/* One "LENGTH KEY=VALUE\n" of a pax list; its length counts the digits, too.  What is wrong with it, or
 * NULL. */
static const char *read_record(const char *record, size_t left, size_t *length, extension *told)
{
    static const char sparse[] = "GNU.sparse.";
    const char *space = memchr(record, ' ', left < MOST_DIGITS ? left : MOST_DIGITS);
    uint64_t whole;
    if (!space || !read_decimal(record, (size_t)(space - record), &whole) || whole > left
        || whole <= (size_t)(space - record) + 1 || record[whole - 1] != '\n')
        return "a line of a pax list is not one";
    const char *key = space + 1, *value_end = record + whole - 1;
    const char *equals = memchr(key, '=', (size_t)(value_end - key));
    if (!equals)
        return "a line of a pax list says nothing";
    *length = (size_t)whole;
    const size_t key_length = (size_t)(equals - key), value_length = (size_t)(value_end - equals - 1);
    if (key_length == 4 && memcmp(key, "path", 4) == 0) {
        told->name = equals + 1;
        told->name_length = value_length;
    } else if (key_length == 4 && memcmp(key, "size", 4) == 0) {
        told->has_size = read_decimal(equals + 1, value_length, &told->size);
        if (!told->has_size)
            return "a size is no number";
    }
    told->sparse |= key_length > sizeof sparse - 1 && memcmp(key, sparse, sizeof sparse - 1) == 0;
    return NULL;
}

static rn_status read_records(const rn_tar *tar, const rn_tar_member *list, extension *told)
{
    size_t length = 0;
    for (size_t at = 0; at < list->size; at += length) {
        const char *trouble = read_record((const char *)list->bytes + at, list->size - at, &length, told);
        if (trouble)
            return bad_member(tar, list, trouble);
    }
    return RN_OK;
}

/* Size and bytes of the member of this header; the archive goes on behind them.  A folder or a link has none,
 * whatever its size is said to be. */
static rn_status take_bytes(rn_tar *tar, rn_tar_member *member, const uint8_t *header, const extension *told)
{
    const size_t begin = tar->at + RN_TAR_BLOCK;
    const bool bare = member->kind == RN_TAR_FOLDER || (header[KIND] >= '1' && header[KIND] <= '6');
    uint64_t size = told->size;
    if (!told->has_size && !read_number(header + SIZE, LONG_NUMBER, &size))
        return bad_member(tar, member, "a size is no number");
    if (bare)
        size = 0;
    if (size > tar->size - begin)
        return rn_fail(RN_BAD_FILE, "%s: cut short: '%.200s' in this tar archive ends at byte %llu of %zu",
                       tar->path, member->name, (unsigned long long)(begin + size), tar->size);
    member->bytes = tar->bytes + begin;
    member->size = (size_t)size;
    tar->at = begin + whole_blocks((size_t)size);
    return RN_OK;
}

/* The name as the archive has it. */
static rn_status take_name(const rn_tar *tar, rn_tar_member *member, const uint8_t *header,
                           const extension *told)
{
    const char *before = (const char *)header + BEFORE, *name = (const char *)header + NAME;
    bool posix = memcmp(header + MAGIC, "ustar", 6) == 0;       /* GNU has times there */
    int before_length = posix && !told->name ? (int)strnlen(before, LONGEST_BEFORE) : 0;
    int length = (int)strnlen(name, SHORT_NAME);
    if (told->name && told->name_length >= RN_TAR_NAME)
        return rn_fail(RN_BAD_FILE, "%s: a name in this tar archive is of %zu bytes, at most %d: '%.100s...'",
                       tar->path, told->name_length, RN_TAR_NAME - 1, told->name);
    if (told->name) {
        name = told->name;
        length = (int)told->name_length;
    }
    snprintf(member->name, RN_TAR_NAME, "%.*s%s%.*s", before_length, before, before_length ? "/" : "", length,
             name);
    return RN_OK;
}

/* "./train//cat/" is "train/cat": as it lies below the place where the archive is unpacked. */
static rn_status tidy_name(const rn_tar *tar, rn_tar_member *member)
{
    char *to = member->name;
    for (const char *part = to, *next; *part; part = next) {
        const size_t length = strcspn(part, "/");
        next = part + length + (part[length] == '/');
        if (length == 2 && memcmp(part, "..", 2) == 0)
            return rn_fail(RN_BAD_FILE, "%s: a name in this tar archive leads out of it: '%.200s'", tar->path,
                           part);
        if (length == 0 || (length == 1 && *part == '.'))
            continue;
        if (to > member->name)
            *to++ = '/';
        memmove(to, part, length);
        to += length;
    }
    *to = '\0';
    return RN_OK;
}

static rn_tar_kind kind_of(uint8_t letter, const char *name)
{
    bool plain = letter == '\0' || letter == '0' || letter == '7';
    if (letter == '5' || (plain && rn_ends_with(name, "/")))    /* the slash: before POSIX */
        return RN_TAR_FOLDER;
    return plain ? RN_TAR_FILE : RN_TAR_OTHER;
}

/* Members that tell of the next one, or of all: long names and links, pax lists, the archive's label. */
static bool is_extension(uint8_t letter) { return letter && strchr("LKxgV", letter); }

static rn_status read_extension(const rn_tar *tar, const rn_tar_member *member, uint8_t letter,
                                extension *told)
{
    if (letter == 'x')
        return read_records(tar, member, told);
    if (letter == 'L') {
        told->name = (const char *)member->bytes;
        told->name_length = strnlen(told->name, member->size);
    }
    return RN_OK;
}

/* The header and the bytes of a member, of which `told` is known already. */
static rn_status take(rn_tar *tar, rn_tar_member *member, const uint8_t *header, const extension *told)
{
    RN_TRY(take_name(tar, member, header, told));
    member->kind = kind_of(header[KIND], member->name);
    if (header[KIND] == 'S' || told->sparse)
        return rn_hint(bad_member(tar, member, "a sparse file"), "pack it again without --sparse");
    return take_bytes(tar, member, header, told);
}

/* The next member but the archive's own root, whose name is "". */
static rn_status read_member(rn_tar *tar, rn_tar_member *member, bool *found)
{
    extension told = { 0 };
    const uint8_t *header;
    for (;;) {
        RN_TRY(next_header(tar, &header));
        *found = header;
        if (!header)
            return RN_OK;
        if (!is_extension(header[KIND]))
            break;
        RN_TRY(take(tar, member, header, &(extension){ 0 }));
        RN_TRY(read_extension(tar, member, header[KIND], &told));
    }
    RN_TRY(take(tar, member, header, &told));
    return tidy_name(tar, member);
}

rn_status rn_tar_next(rn_tar *tar, rn_tar_member *member)
{
    bool found;
    do
        RN_TRY(read_member(tar, member, &found));
    while (found && !member->name[0]);
    if (!found)
        member->name[0] = '\0';
    return RN_OK;
}

/* ---- Writing --------------------------------------------------------------------------------- */

static void write_number(uint8_t *to, int length, uint64_t number)
{
    for (int i = length - 2; i >= 0; i--, number >>= 3)
        to[i] = (uint8_t)('0' + (number & 7));
}

static void write_block(uint8_t *header, const char *name, uint8_t kind, uint64_t size)
{
    size_t length = strnlen(name, SHORT_NAME);
    memset(header, 0, RN_TAR_BLOCK);
    memcpy(header + NAME, name, length);
    write_number(header + MODE, SHORT_NUMBER, kind == '5' ? 0755 : 0644);
    write_number(header + OWNER, SHORT_NUMBER, 0);
    write_number(header + GROUP, SHORT_NUMBER, 0);
    write_number(header + SIZE, LONG_NUMBER, size);
    write_number(header + TIME, LONG_NUMBER, 0);
    header[KIND] = kind;
    memcpy(header + MAGIC, "ustar  ", 8);
    write_number(header + SUM, SHORT_NUMBER - 1, sum_of(header));
    header[SUM + SHORT_NUMBER - 1] = ' ';
}

size_t rn_tar_write_header(uint8_t header[RN_TAR_MOST_HEADER], const char *name, rn_tar_kind kind,
                           uint64_t size)
{
    const size_t length = strlen(name);
    size_t at = 0;
    assert(length < RN_TAR_NAME && size <= RN_TAR_MOST && kind != RN_TAR_OTHER);
    if (length > SHORT_NAME) {
        write_block(header, "././@LongLink", 'L', length + 1);
        memset(header + RN_TAR_BLOCK, 0, whole_blocks(length + 1));
        memcpy(header + RN_TAR_BLOCK, name, length);
        at = RN_TAR_BLOCK + whole_blocks(length + 1);
    }
    write_block(header + at, name, kind == RN_TAR_FOLDER ? '5' : '0', size);
    return at + RN_TAR_BLOCK;
}
