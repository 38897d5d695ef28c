/*
 * The reader of pickles.  Half of the inputs are programs made up of whole instructions with arguments
 * that mean something, since random bytes seldom get beyond the first few.
 */
#include "base/random.h"
#include "fuzz/fuzz.h"
#include "weights/pickle.h"

#include <string.h>

/* ---- What the reader promises ---------------------------------------------------------------- */

static bool has_items(rn_py_kind kind)
{
    return kind == RN_PY_TUPLE || kind == RN_PY_LIST || kind == RN_PY_DICT || kind == RN_PY_PERSISTENT
        || kind == RN_PY_TENSOR || kind == RN_PY_PARAMETER;
}

static void check_value(const rn_pickle *p, const rn_py *value, const uint8_t *data, size_t size)
{
    if (value->kind == RN_PY_TEXT) {
        const uint8_t *text = (const uint8_t *)value->as.text;
        MUST(value->count == 0 || (text >= data && text + value->count <= data + size), "a text outside");
    }
    for (uint32_t i = 0; has_items(value->kind) && i < value->count; i++)
        MUST(value->as.item[i] < p->values, "item %u is value %u of %u", i, value->as.item[i], p->values);
    MUST(value->kind != RN_PY_PERSISTENT || value->count == 1, "%u names", value->count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    rn_pickle p;
    size_t at = 0;
    rn_status status = rn_pickle_read(&p, data, size, &at, FUZZ_NAME);
    fuzz_check_refusal(status);
    MUST(at <= size, "read %zu bytes of %zu", at, size);
    if (status == RN_OK) {
        MUST(p.root < p.values && data[at - 1] == '.', "the result is value %u of %u", p.root, p.values);
        for (uint32_t i = 0; i < p.values; i++)
            check_value(&p, &p.value[i], data, size);
    }
    rn_pickle_close(&p);
    return 0;
}

/* ---- Making programs up ---------------------------------------------------------------------- */

/* Instructions without arguments, commoner ones more often. */
static const char alone[] = "N\x88\x89((((012)\x85\x86\x87ttt]lae\x8f\x90\x91}}dssuuRRR\x81" "bbQQ\x93\x94";

/* Instructions with arguments that mean something, and a few of them together. */
#define CODE(bytes) { bytes, sizeof bytes - 1 }
static const struct { const char *bytes; size_t size; } part[] = {
    CODE("K\x01"), CODE("K\x02"), CODE("M\x00\x01"), CODE("J\xff\xff\xff\xff"), CODE("I01\n"), CODE("L3L\n"),
    CODE("\x8a\x01\x05"), CODE("\x8a\x09ninebytes"), CODE("G\x3f\xf0\0\0\0\0\0\0"), CODE("F1.5\n"),
    CODE("X\x01\0\0\0a"), CODE("\x8c\x04" "fc.w"), CODE("U\x01" "0"), CODE("S'storage'\n"), CODE("Vx\n"),
    CODE("q\x00"), CODE("q\x01"), CODE("r\x02\0\0\0"), CODE("p3\n"), CODE("P0\n"),
    CODE("h\x00"), CODE("h\x01"), CODE("j\x02\0\0\0"), CODE("g3\n"),
    CODE("\x80\x02"), CODE("\x95\0\0\0\0\0\0\0\0"),
    CODE("ccollections\nOrderedDict\n"), CODE("ctorch._utils\n_rebuild_tensor_v2\n"),
    CODE("ctorch._utils\n_rebuild_tensor_v3\n"), CODE("ctorch._utils\n_rebuild_parameter\n"),
    CODE("ctorch.nn.parameter\nParameter\n"), CODE("ctorch\nSize\n"), CODE("ctorch\nFloatStorage\n"),
    CODE("ctorch\nfloat32\n"), CODE("ctorch\ndevice\n"), CODE("cos\nsystem\n"),
    CODE("\x8c\x05torch\x8c\x0bHalfStorage\x93"),
    CODE("(S'storage'\nctorch\nFloatStorage\nS'0'\nS'cpu'\nK\x08tQ"),
    CODE("ctorch._utils\n_rebuild_tensor_v2\n((S'storage'\nctorch\nFloatStorage\nS'0'\nS'cpu'\nK\x08tQ"
         "K\x00K\x02K\x04\x86K\x04K\x01\x86\x89)tR"),
};

static size_t make_up(uint8_t *data, size_t max_size, unsigned seed)
{
    enum { PARTS = sizeof part / sizeof *part };
    rn_random random = rn_random_open(seed, 0, 0);
    size_t size = 0;
    for (int64_t left = 2 + rn_random_below(&random, 40); left > 0 && size < max_size; left--) {
        size_t i = (size_t)rn_random_below(&random, 2 * PARTS);
        if (i >= PARTS) {
            data[size++] = (uint8_t)alone[rn_random_below(&random, sizeof alone - 1)];
        } else if (part[i].size < max_size - size) {
            memcpy(data + size, part[i].bytes, part[i].size);
            size += part[i].size;
        }
    }
    if (size < max_size)
        data[size++] = '.';
    return size;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
    if (seed % 2)
        return LLVMFuzzerMutate(data, size, max_size);
    /* New instructions in the middle of an old program, or a whole new one. */
    size_t keep = seed % 3 && size > 1 ? seed / 6 % size : 0;
    return keep + make_up(data + keep, max_size - keep, seed);
}
