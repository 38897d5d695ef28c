/* The arguments of a pickle's instructions, never read beyond its end. */
#include "weights/pickle_machine.h"

#include <string.h>

typedef rn_pickle machine;

rn_status rn_pickle_take(machine *m, size_t count, const uint8_t **bytes)
{
    if (count > m->size - m->used)
        return rn_fail(RN_BAD_FILE, "%s: cut short: its pickle ends within an instruction", m->path);
    *bytes = m->bytes + m->used;
    m->used += count;
    return RN_OK;
}

static rn_status read_number(machine *m, size_t width, uint64_t *number)
{
    const uint8_t *bytes = NULL;
    *number = 0;
    RN_TRY(rn_pickle_take(m, width, &bytes));
    for (size_t i = width; i-- > 0;)
        *number = *number << 8 | bytes[i];
    return RN_OK;
}

static rn_status read_real(machine *m)
{
    const uint8_t *bytes = NULL;
    uint64_t bits = 0;
    RN_TRY(rn_pickle_take(m, 8, &bytes));
    for (int i = 0; i < 8; i++)
        bits = bits << 8 | bytes[i];
    memcpy(&m->real, &bits, sizeof bits);
    return RN_OK;
}

static rn_status read_text(machine *m, size_t width)
{
    const uint8_t *bytes = NULL;
    uint64_t length;
    RN_TRY(read_number(m, width, &length));
    RN_TRY(rn_pickle_take(m, length < SIZE_MAX ? (size_t)length : SIZE_MAX, &bytes));
    m->text = (const char *)bytes;
    m->length = (size_t)length;
    return RN_OK;
}

rn_status rn_pickle_line(machine *m)
{
    const uint8_t *bytes = m->bytes + m->used, *end = memchr(bytes, '\n', m->size - m->used);
    if (!end)
        return rn_fail(RN_BAD_FILE, "%s: cut short: its pickle ends within a line", m->path);
    m->text = (const char *)bytes;
    m->length = (size_t)(end - bytes);
    m->used += m->length + 1;
    return RN_OK;
}

rn_status rn_pickle_argument(machine *m, rn_argument what)
{
    static const size_t width[] = {
        [RN_BYTE1] = 1, [RN_BYTE2] = 2, [RN_BYTE4] = 4, [RN_BYTE8] = 8, [RN_SIGNED4] = 4,
        [RN_TEXT1] = 1, [RN_TEXT4] = 4, [RN_TEXT8] = 8,
    };
    uint64_t number;
    switch (what) {
    case RN_NO_ARGUMENT:
        return RN_OK;
    case RN_BYTE1: case RN_BYTE2: case RN_BYTE4: case RN_BYTE8: case RN_SIGNED4:
        RN_TRY(read_number(m, width[what], &number));
        m->number = what == RN_SIGNED4 ? (int32_t)number : (int64_t)number;
        return RN_OK;
    case RN_BIG_REAL:
        return read_real(m);
    case RN_TEXT1: case RN_TEXT4: case RN_TEXT8:
        return read_text(m, width[what]);
    case RN_LINE:
        return rn_pickle_line(m);
    }
    return RN_OK;
}
