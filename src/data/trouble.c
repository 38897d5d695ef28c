/* One pointer for each picture: NULL, or the reason why it cannot be read.  It is set once and never
 * changed. */
#include "data/trouble.h"
#include "base/memory.h"

#include <stdatomic.h>
#include <string.h>

struct rn_trouble {
    int64_t pictures;
    _Atomic(char *) *reason;
};

rn_status rn_trouble_open(rn_trouble **opened, int64_t pictures)
{
    rn_trouble *trouble;
    *opened = NULL;
    RN_TRY(rn_new(&trouble, 1));
    trouble->pictures = pictures;
    rn_status status = rn_new(&trouble->reason, pictures);
    if (status != RN_OK) {
        rn_free(trouble);
        return status;
    }
    *opened = trouble;
    return RN_OK;
}

void rn_trouble_close(rn_trouble *trouble)
{
    if (!trouble)
        return;
    for (int64_t i = 0; i < trouble->pictures; i++)
        rn_free(atomic_load(&trouble->reason[i]));
    rn_free(trouble->reason);
    rn_free(trouble);
}

const char *rn_trouble_of(const rn_trouble *trouble, int64_t picture)
{
    return atomic_load(&trouble->reason[picture]);
}

rn_status rn_trouble_add(rn_trouble *trouble, int64_t picture, bool *first)
{
    char *reason, *none = NULL;
    *first = false;
    RN_TRY(rn_copy_text(&reason, rn_error_text()));
    rn_make_printable(reason);
    *first = atomic_compare_exchange_strong(&trouble->reason[picture], &none, reason);
    if (!*first)
        rn_free(reason);
    return RN_OK;
}

/* A picture above the size limit fails with RN_NO_MEMORY as well, but in other words. */
bool rn_picture_at_fault(rn_status status)
{
    return status != RN_NO_MEMORY || !strstr(rn_error_text(), "out of memory");
}

/* The length of the UTF-8 character that begins here, 0 when it is broken or a control character. */
static size_t printable_length(const unsigned char *c)
{
    static const struct { unsigned char mask, start; uint32_t least; } forms[] = {
        { 0x80, 0x00, 0x20 }, { 0xe0, 0xc0, 0xa0 }, { 0xf0, 0xe0, 0x800 }, { 0xf8, 0xf0, 0x10000 },
    };
    size_t more = 0;
    while (more < 4 && (c[0] & forms[more].mask) != forms[more].start)
        more++;
    if (more == 4)
        return 0;
    uint32_t code = c[0] & (unsigned char)~forms[more].mask;
    for (size_t i = 1; i <= more; i++) {
        if ((c[i] & 0xc0) != 0x80)
            return 0;
        code = code << 6 | (c[i] & 0x3f);
    }
    bool surrogate = code >= 0xd800 && code <= 0xdfff;
    return code >= forms[more].least && code != 0x7f && !surrogate && code <= 0x10ffff ? more + 1 : 0;
}

void rn_make_printable(char *text)
{
    for (size_t at = 0; text[at];) {
        size_t length = printable_length((const unsigned char *)text + at);
        if (length == 0)
            text[at] = '?';
        at += length ? length : 1;
    }
}
