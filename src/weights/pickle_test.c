/* Pickles of every version, hostile ones, and damaged ones: no more than a refusal may come of them. */
#include "base/check.h"
#include "base/memory.h"
#include "weights/pickle.h"

#include <string.h>

typedef struct { const char *bytes; size_t size; } program;

#define BYTES(text) text, sizeof text - 1

/* {"a": [1, -2, 300, 70000, 2**40, 2.5, "x\xe9", None, True, (), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4)]} */
static const program version[] = {
    { BYTES("(dp0\x0aVa\x0ap1\x0a(lp2\x0aI1\x0a\x61I-2\x0a\x61I300\x0a\x61I70000\x0a\x61L1099511627776"
            "L\x0a\x61\x46\x32.5\x0a\x61Vx\xe9\x0ap3\x0a\x61NaI01\x0a\x61(ta(I1\x0atp4\x0a\x61(I1\x0aI"
            "2\x0atp5\x0a\x61(I1\x0aI2\x0aI3\x0atp6\x0a\x61(I1\x0aI2\x0aI3\x0aI4\x0atp7\x0a\x61s.") },
    { BYTES("}q\x00X\x01\x00\x00\x00\x61q\x01]q\x02(K\x01J\xfe\xff\xff\xffM,\x01Jp\x11\x01\x00L1099511"
            "627776L\x0aG@\x04\x00\x00\x00\x00\x00\x00X\x03\x00\x00\x00x\xc3\xa9q\x03NI01\x0a)(K\x01tq"
            "\x04(K\x01K\x02tq\x05(K\x01K\x02K\x03tq\x06(K\x01K\x02K\x03K\x04tq\x07\x65s.") },
    { BYTES("\x80\x02}q\x00X\x01\x00\x00\x00\x61q\x01]q\x02(K\x01J\xfe\xff\xff\xffM,\x01Jp\x11\x01\x00"
            "\x8a\x06\x00\x00\x00\x00\x00\x01G@\x04\x00\x00\x00\x00\x00\x00X\x03\x00\x00\x00x\xc3\xa9q"
            "\x03N\x88)K\x01\x85q\x04K\x01K\x02\x86q\x05K\x01K\x02K\x03\x87q\x06(K\x01K\x02K\x03K\x04t"
            "q\x07\x65s.") },
    { BYTES("\x80\x04\x95R\x00\x00\x00\x00\x00\x00\x00}\x94\x8c\x01\x61\x94]\x94(K\x01J\xfe\xff\xff"
            "\xffM,\x01Jp\x11\x01\x00\x8a\x06\x00\x00\x00\x00\x00\x01G@\x04\x00\x00\x00\x00\x00\x00"
            "\x8c\x03x\xc3\xa9\x94N\x88)K\x01\x85\x94K\x01K\x02\x86\x94K\x01K\x02K\x03\x87\x94(K\x01K"
            "\x02K\x03K\x04t\x94\x65s.") },
};
enum { VERSIONS = sizeof version / sizeof *version };

static rn_status read_program(rn_pickle *pickle, const void *bytes, size_t size)
{
    size_t at = 0;
    return rn_pickle_read(pickle, bytes, size, &at, "test");
}

static void reads_every_version(void)
{
    static const int64_t whole[] = { 1, -2, 300, 70000, (int64_t)1 << 40 };
    for (int v = 0; v < VERSIONS; v++) {
        rn_pickle p;
        CHECK_OK(read_program(&p, version[v].bytes, version[v].size));
        const rn_py *root = rn_pickle_at(&p, p.root);
        const rn_py *list = root->kind == RN_PY_DICT ? rn_pickle_find(&p, root, "a") : NULL;
        CHECK(list && list->kind == RN_PY_LIST && list->count == 14, "sample %d", v);
        for (uint32_t i = 0; i < 5; i++) {
            const rn_py *number = rn_pickle_item(&p, list, i, RN_PY_INT);
            CHECK(number && number->as.whole == whole[i], "sample %d, number %u", v, i);
        }
        const rn_py *real = rn_pickle_item(&p, list, 5, RN_PY_REAL);
        const rn_py *text = rn_pickle_item(&p, list, 6, RN_PY_TEXT);
        CHECK(real && real->as.real == 2.5, "sample %d", v);
        CHECK(text && text->as.text[0] == 'x', "sample %d", v);
        const rn_py *truth = rn_pickle_item(&p, list, 8, RN_PY_BOOL);
        CHECK(rn_pickle_item(&p, list, 7, RN_PY_NONE) && truth && truth->as.whole == 1, "sample %d", v);
        for (uint32_t i = 0; i < 5; i++) {
            const rn_py *tuple = rn_pickle_item(&p, list, 9 + i, RN_PY_TUPLE);
            CHECK(tuple && tuple->count == i, "sample %d, tuple of %u", v, i);
        }
        rn_pickle_close(&p);
    }
}

static const struct { program code; const char *fails; } sample[] = {
    { { BYTES("cposix\nsystem\n.") }, "refused: contains code (global \"posix.system\" at byte 0)" },
    { { BYTES("\x80\x04\x8c\x05posix\x8c\x06system\x93.") }, "global \"posix.system\" at byte 17" },
    { { BYTES("(S'ls'\nios\nsystem\n.") }, "global \"os.system\" at byte 7" },
    { { BYTES("ctimm.models\nNet\n.") }, "a pickled Python object (timm.models.Net), not a state_dict" },
    { { BYTES("ctorch\nload\n.") }, "global \"torch.load\"" },
    { { BYTES("ctorch\nEvilStorage\n.") }, "global \"torch.EvilStorage\"" },
    { { BYTES("c\x1b[2J\nx\n.") }, "a global name that is none at byte 0" },
    { { BYTES("N\x8c\x01x\x93.") }, "a global name that is not a text" },
    { { BYTES("\x82\x01.") }, "a name by number" },
    { { BYTES("") }, "cut short" },
    { { BYTES("N") }, "cut short" },
    { { BYTES(".") }, "missing on the stack" },
    { { BYTES("(.") }, "missing on the stack" },
    { { BYTES("t.") }, "a mark is missing" },
    { { BYTES("(0t.") }, "a mark is missing" },
    { { BYTES("1.") }, "a mark is missing" },
    { { BYTES("0.") }, "missing on the stack" },
    { { BYTES("2.") }, "missing on the stack" },
    { { BYTES("N\x86.") }, "missing on the stack" },
    { { BYTES("N(\x86.") }, "missing on the stack" },
    { { BYTES("a.") }, "missing on the stack" },
    { { BYTES("NNa.") }, "the wrong kind" },
    { { BYTES("N(Ne.") }, "no container" },
    { { BYTES("((Ne.") }, "no container" },
    { { BYTES("(Ne.") }, "no container" },
    { { BYTES("}(Nu.") }, "a key without a value" },
    { { BYTES("(Nd.") }, "a key without a value" },
    { { BYTES("h\x00.") }, "not there" },
    { { BYTES("j\xff\xff\xff\xff.") }, "not there" },
    { { BYTES("g-1\n.") }, "not there" },
    { { BYTES("Nr\xff\xff\xff\xff.") }, "more remembered values" },
    { { BYTES("q\x00.") }, "missing on the stack" },
    { { BYTES("I1x\n.") }, "out of range" },
    { { BYTES("L99999999999999999999\n.") }, "out of range" },
    { { BYTES("Fnan\n.") }, "out of range" },
    { { BYTES("S'x\n.") }, "without quotes" },
    { { BYTES("X\xff\xff\xff\xff.") }, "cut short" },
    { { BYTES("\x8d\xff\xff\xff\xff\xff\xff\xff\xff.") }, "cut short" },
    { { BYTES("Vx") }, "cut short" },
    { { BYTES("N)R.") }, "something else than a known name" },
    { { BYTES("ccollections\nOrderedDict\nNR.") }, "something else than a known name" },
    { { BYTES("ccollections\nOrderedDict\n(]Natt.") }, "missing" },
    { { BYTES("ccollections\nOrderedDict\n]Na\x85R.") }, "something else than pairs" },
    { { BYTES("ctorch\nFloatStorage\n)R.") }, "cannot be called" },
    { { BYTES("ctorch._utils\n_rebuild_tensor_v2\n)R.") }, "too few arguments" },
    { { BYTES("ctorch\nSize\n)R.") }, "not a tuple" },
    { { BYTES("\xff.") }, "an unknown instruction" },
    /* A list that holds itself, and a dictionary as old programs wrote it, are fine. */
    { { BYTES("]q\x00h\x00\x61.") }, NULL },
    { { BYTES("ccollections\nOrderedDict\n]K\x01K\x02\x86\x61\x85R.") }, NULL },
    { { BYTES("ccollections\nOrderedDict\n]](K\x01K\x02\x65\x61\x85R.") }, NULL },
    { { BYTES("\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.") }, NULL },
};

static void refuses(void)
{
    for (size_t i = 0; i < sizeof sample / sizeof *sample; i++) {
        rn_pickle p;
        rn_status status = read_program(&p, sample[i].code.bytes, sample[i].code.size);
        CHECK(status == (sample[i].fails ? RN_BAD_FILE : RN_OK), "sample %zu: %s", i, rn_error_text());
        bool told = !sample[i].fails || strstr(rn_error_text(), sample[i].fails);
        CHECK(told, "sample %zu: %s", i, rn_error_text());
        rn_pickle_close(&p);
    }
}

/* Each instruction alone, and after a few values, with any argument. */
static void survives_every_instruction(void)
{
    for (int code = 0; code < 256; code++)
        for (int before = 0; before < 4; before++)
            for (int byte = 0; byte < 256; byte += 51) {
                static const char *const begin[] = { "", "]", "](N", "}(VNone\n" };
                uint8_t bytes[64];
                size_t length = strlen(begin[before]);
                memcpy(bytes, begin[before], length);
                bytes[length] = (uint8_t)code;
                memset(bytes + length + 1, byte, 12);
                memcpy(bytes + length + 13, "\n\n.", 3);
                rn_pickle p;
                rn_status status = read_program(&p, bytes, length + 16);
                CHECK(status == RN_OK || status == RN_BAD_FILE, "instruction %d: %s", code, rn_error_text());
                rn_pickle_close(&p);
            }
}

static void survives_damage(void)
{
    for (int v = 0; v < VERSIONS; v++) {
        uint8_t bytes[256];
        rn_pickle p;
        for (size_t cut = 0; cut < version[v].size; cut++) {
            CHECK(read_program(&p, version[v].bytes, cut) == RN_BAD_FILE, "sample %d, %zu bytes", v, cut);
            rn_pickle_close(&p);
        }
        memcpy(bytes, version[v].bytes, version[v].size);
        for (size_t bit = 0; bit < 8 * version[v].size; bit++) {
            bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
            rn_status status = read_program(&p, bytes, version[v].size);
            CHECK(status == RN_OK || status == RN_BAD_FILE, "sample %d, bit %zu", v, bit);
            rn_pickle_close(&p);
            bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
    }
}

/* A program that repeats some bytes does not get beyond the limits. */
static void stays_within_limits(void)
{
    static const struct { const char *begin, *again; const char *fails; } endless[] = {
        { "", "N", "on its stack" }, { "", "(", "on its stack" }, { "", "]", "values" },
        { "]", "]a", "values" }, { "]", "(NNNNNNNNe", "items" }, { "]q0", "h0\x85", "values" },
        { "N", "20", NULL },
    };
    enum { SIZE = 3 << 20 };
    char *bytes;
    CHECK_OK(rn_new(&bytes, SIZE));
    for (size_t i = 0; i < sizeof endless / sizeof *endless; i++) {
        size_t length = strlen(endless[i].begin), again = strlen(endless[i].again);
        memcpy(bytes, endless[i].begin, length);
        for (; length + again < SIZE; length += again)
            memcpy(bytes + length, endless[i].again, again);
        bytes[length] = '.';
        rn_pickle p;
        rn_status status = read_program(&p, bytes, length + 1);
        CHECK(status == (endless[i].fails ? RN_BAD_FILE : RN_OK), "sample %zu: %s", i, rn_error_text());
        bool told = !endless[i].fails || strstr(rn_error_text(), endless[i].fails);
        CHECK(told, "sample %zu: %s", i, rn_error_text());
        rn_pickle_close(&p);
    }
    rn_free(bytes);
}

static void survives_failed_allocations(void)
{
    rn_status status = RN_NO_MEMORY;
    long k = 0;
    while (status == RN_NO_MEMORY && k < 100) {
        rn_pickle p;
        rn_memory_fail_at(++k, false);
        status = read_program(&p, version[2].bytes, version[2].size);
        rn_memory_fail_at(0, false);
        rn_pickle_close(&p);
    }
    CHECK(status == RN_OK && k > 5, "allocation %ld: %s", k, rn_error_text());
}

int main(void)
{
    reads_every_version();
    refuses();
    survives_every_instruction();
    survives_damage();
    stays_within_limits();
    survives_failed_allocations();
    return check_result();
}
