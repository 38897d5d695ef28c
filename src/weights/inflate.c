/*
 * Deflate: blocks that are stored, or coded by two Huffman codes, of literals and lengths and of distances.
 *
 * A canonical code is given by the number of symbols of each length and the symbols sorted by length; a code
 * is read bit by bit: `first` is the first code of the present length, `index` the place of its symbol.
 */
#include "weights/inflate.h"

#include <string.h>

enum { LONGEST_CODE = 15, LITERALS = 288, DISTANCES = 30, END_OF_BLOCK = 256 };

typedef struct {
    const uint8_t *in, *end;
    uint32_t bits;              /* read but not used, lowest first */
    int count;
    bool failed;                /* the input ended too early */
    uint8_t *out;
    size_t written, size;
} stream;

typedef struct { uint16_t count[LONGEST_CODE + 1], symbol[LITERALS]; } code;

static unsigned take(stream *s, int wanted)
{
    while (s->count < wanted) {
        if (s->in == s->end) {
            s->failed = true;
            return 0;
        }
        s->bits |= (uint32_t)*s->in++ << s->count;
        s->count += 8;
    }
    unsigned value = s->bits & ((1u << wanted) - 1);
    s->bits >>= wanted;
    s->count -= wanted;
    return value;
}

/* False when the lengths promise more codes than there are. */
static bool make_code(code *c, const uint8_t *length, int symbols)
{
    uint16_t place[LONGEST_CODE + 1] = { 0 };
    int left = 1;
    memset(c->count, 0, sizeof c->count);
    for (int i = 0; i < symbols; i++)
        c->count[length[i]]++;
    c->count[0] = 0;
    for (int bits = 1; bits <= LONGEST_CODE; bits++) {
        left = 2 * left - c->count[bits];
        if (left < 0)
            return false;
        place[bits] = (uint16_t)(place[bits - 1] + c->count[bits - 1]);
    }
    for (int i = 0; i < symbols; i++)
        if (length[i])
            c->symbol[place[length[i]]++] = (uint16_t)i;
    return true;
}

/* The next symbol, or -1. */
static int decode(stream *s, const code *c)
{
    int value = 0, first = 0, index = 0;
    for (int bits = 1; bits <= LONGEST_CODE; bits++) {
        value |= (int)take(s, 1);
        if (value - c->count[bits] < first)
            return s->failed ? -1 : c->symbol[index + value - first];
        index += c->count[bits];
        first = (first + c->count[bits]) << 1;
        value <<= 1;
    }
    return -1;
}

static bool copy_back(stream *s, size_t distance, size_t length)
{
    if (distance > s->written || length > s->size - s->written)
        return false;
    for (size_t i = 0; i < length; i++, s->written++)
        s->out[s->written] = s->out[s->written - distance];
    return true;
}

/* Symbols above END_OF_BLOCK stand for lengths; each group of four more has one extra bit more. */
static bool copy(stream *s, int symbol, const code *distances)
{
    int l = symbol - END_OF_BLOCK - 1, extra = l < 8 || l == 28 ? 0 : l / 4 - 1;
    if (l > 28)
        return false;
    size_t length = l == 28 ? 258 : l < 8 ? (size_t)l + 3 : (size_t)((4 + l % 4) << extra) + 3;
    length += take(s, extra);
    int d = decode(s, distances);
    if (d < 0 || d >= DISTANCES)
        return false;
    extra = d < 4 ? 0 : d / 2 - 1;
    size_t distance = d < 4 ? (size_t)d + 1 : (size_t)((2 + d % 2) << extra) + 1;
    distance += take(s, extra);
    return !s->failed && copy_back(s, distance, length);
}

static bool coded(stream *s, const code *literals, const code *distances)
{
    for (;;) {
        int symbol = decode(s, literals);
        if (symbol == END_OF_BLOCK)
            return true;
        if (symbol < 0 || s->failed)
            return false;
        if (symbol > END_OF_BLOCK && !copy(s, symbol, distances))
            return false;
        if (symbol > END_OF_BLOCK)
            continue;
        if (s->written == s->size)
            return false;
        s->out[s->written++] = (uint8_t)symbol;
    }
}

static bool fixed(stream *s)
{
    uint8_t length[LITERALS];
    code literals, distances;
    for (int i = 0; i < LITERALS; i++)
        length[i] = i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8;
    make_code(&literals, length, LITERALS);
    memset(length, 5, DISTANCES);
    make_code(&distances, length, DISTANCES);
    return coded(s, &literals, &distances);
}

/* Code lengths are coded themselves: 16 repeats the last one, 17 and 18 repeat zero. */
static bool read_lengths(stream *s, const code *lengths, uint8_t *length, int count)
{
    for (int i = 0; i < count;) {
        int symbol = decode(s, lengths);
        if (symbol < 0 || (symbol == 16 && i == 0))
            return false;
        if (symbol < 16) {
            length[i++] = (uint8_t)symbol;
            continue;
        }
        uint8_t repeated = symbol == 16 ? length[i - 1] : 0;
        int times = symbol == 18 ? 11 + (int)take(s, 7) : 3 + (int)take(s, symbol == 16 ? 2 : 3);
        if (s->failed || times > count - i)
            return false;
        memset(length + i, repeated, (size_t)times);
        i += times;
    }
    return true;
}

static bool dynamic(stream *s)
{
    static const uint8_t order[19] = { 16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15 };
    uint8_t length[LITERALS + 32] = { 0 };
    code lengths, literals, distances;
    int literal_count = (int)take(s, 5) + 257, distance_count = (int)take(s, 5) + 1;
    int length_count = (int)take(s, 4) + 4;
    for (int i = 0; i < length_count; i++)
        length[order[i]] = (uint8_t)take(s, 3);
    if (s->failed || literal_count > LITERALS || !make_code(&lengths, length, 19))
        return false;
    memset(length, 0, sizeof length);
    return read_lengths(s, &lengths, length, literal_count + distance_count)
        && make_code(&literals, length, literal_count)
        && make_code(&distances, length + literal_count, distance_count) && coded(s, &literals, &distances);
}

static bool stored(stream *s)
{
    s->bits = 0;
    s->count = 0;
    if (s->end - s->in < 4)
        return false;
    size_t length = (size_t)(s->in[0] | s->in[1] << 8), check = (size_t)(s->in[2] | s->in[3] << 8);
    s->in += 4;
    if (length != (check ^ 0xffff) || length > (size_t)(s->end - s->in) || length > s->size - s->written)
        return false;
    memcpy(s->out + s->written, s->in, length);
    s->in += length;
    s->written += length;
    return true;
}

bool rn_inflate(uint8_t *to, size_t size, const uint8_t *packed, size_t packed_size)
{
    static bool (*const block[])(stream *) = { stored, fixed, dynamic };
    stream s = { .in = packed, .end = packed + packed_size, .out = to, .size = size };
    bool last = false;
    while (!last) {
        last = take(&s, 1);
        unsigned kind = take(&s, 2);
        if (s.failed || kind > 2 || !block[kind](&s))
            return false;
    }
    return s.written == size;
}
