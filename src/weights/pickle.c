/*
 * A pickle is a program for a stack machine.  Each instruction is a row of a table: what it does, and what
 * argument follows it.  There is no recursion; everything that can grow has a limit.  Sets become lists.
 */
#include "base/text.h"
#include "weights/pickle_machine.h"

#include <string.h>

enum { LONGEST_TEXT = 1 << 20, LARGEST = 64 << 20 };
enum { NONE, FALSE, TRUE };         /* the first values */

typedef rn_pickle machine;

/* ---- Instructions ---------------------------------------------------------------------------- */

static rn_status none(machine *m) { return rn_pickle_push(m, NONE); }
static rn_status truth(machine *m) { return rn_pickle_push(m, TRUE); }
static rn_status falsehood(machine *m) { return rn_pickle_push(m, FALSE); }
static rn_status nothing(machine *m) { (void)m; return RN_OK; }
static rn_status mark(machine *m) { return rn_pickle_push(m, RN_MARK); }
static rn_status tuple(machine *m) { return rn_pickle_gather_new(m, RN_PY_TUPLE); }
static rn_status list(machine *m) { return rn_pickle_gather_new(m, RN_PY_LIST); }
static rn_status dict(machine *m) { return rn_pickle_gather_new(m, RN_PY_DICT); }
static rn_status appends(machine *m) { return rn_pickle_gather_into(m, RN_PY_LIST); }
static rn_status set_items(machine *m) { return rn_pickle_gather_into(m, RN_PY_DICT); }
static rn_status tuple0(machine *m) { return rn_pickle_tuple(m, 0); }
static rn_status tuple1(machine *m) { return rn_pickle_tuple(m, 1); }
static rn_status tuple2(machine *m) { return rn_pickle_tuple(m, 2); }
static rn_status tuple3(machine *m) { return rn_pickle_tuple(m, 3); }

static rn_status empty_list(machine *m)
{
    rn_py *value;
    return rn_pickle_push_new(m, RN_PY_LIST, &value);
}

static rn_status empty_dict(machine *m)
{
    rn_py *value;
    return rn_pickle_push_new(m, RN_PY_DICT, &value);
}

static rn_status discard(machine *m)
{
    if (m->depth == 0)
        return rn_pickle_fail(m, "a value is missing on the stack");
    m->depth--;
    return RN_OK;
}

static rn_status discard_to_mark(machine *m)
{
    uint32_t count;
    RN_TRY(rn_pickle_above_mark(m, &count));
    m->depth -= count + 1;
    return RN_OK;
}

static rn_status duplicate(machine *m)
{
    rn_ref ref;
    RN_TRY(rn_pickle_pop(m, &ref));
    RN_TRY(rn_pickle_push(m, ref));
    return rn_pickle_push(m, ref);
}

static rn_status whole(machine *m)
{
    rn_py *value;
    RN_TRY(rn_pickle_push_new(m, RN_PY_INT, &value));
    value->as.whole = m->number;
    return RN_OK;
}

/* A line as text that ends with a zero byte. */
static rn_status line_text(machine *m, size_t length, char text[32])
{
    if (length >= 32)
        return rn_pickle_fail(m, "a number out of range");
    memcpy(text, m->text, length);
    text[length] = '\0';
    return RN_OK;
}

/* "12" or "12L". */
static rn_status line_number(machine *m)
{
    char digits[32];
    bool is_long = m->length && m->text[m->length - 1] == 'L';
    RN_TRY(line_text(m, m->length - is_long, digits));
    return rn_read_int(digits, &m->number) ? RN_OK : rn_pickle_fail(m, "a number out of range");
}

/* "00" and "01" are truth values. */
static rn_status whole_line(machine *m)
{
    if (m->length == 2 && m->text[0] == '0')
        return rn_pickle_push(m, m->text[1] == '1' ? TRUE : FALSE);
    RN_TRY(line_number(m));
    return whole(m);
}

/* Two's complement of any length; longer ones than 8 bytes have no use here. */
static rn_status whole_bytes(machine *m)
{
    rn_py *value;
    if (m->length > 8)
        return rn_pickle_push_new(m, RN_PY_OTHER, &value);
    uint64_t bits = m->length && (m->text[m->length - 1] & 0x80) ? UINT64_MAX : 0;
    for (size_t i = m->length; i-- > 0;)
        bits = bits << 8 | (uint8_t)m->text[i];
    m->number = (int64_t)bits;
    return whole(m);
}

static rn_status real(machine *m)
{
    rn_py *value;
    RN_TRY(rn_pickle_push_new(m, RN_PY_REAL, &value));
    value->as.real = m->real;
    return RN_OK;
}

static rn_status real_line(machine *m)
{
    char digits[32];
    RN_TRY(line_text(m, m->length, digits));
    return rn_read_real(digits, &m->real) ? real(m) : rn_pickle_fail(m, "a number out of range");
}

static rn_status text(machine *m)
{
    rn_py *value;
    if (m->length > LONGEST_TEXT)
        return rn_pickle_too_large(m, "bytes in one text");
    RN_TRY(rn_pickle_push_new(m, RN_PY_TEXT, &value));
    value->as.text = m->text;
    value->count = (uint32_t)m->length;
    return RN_OK;
}

static rn_status quoted_line(machine *m)
{
    if (m->length < 2 || m->text[0] != m->text[m->length - 1])
        return rn_pickle_fail(m, "a text without quotes");
    m->text++;
    m->length -= 2;
    return text(m);
}

static rn_status append(machine *m)
{
    rn_ref item, to;
    RN_TRY(rn_pickle_pop(m, &item));
    RN_TRY(rn_pickle_top(m, RN_PY_LIST, &to));
    return rn_pickle_append(m, to, item);
}

static rn_status set_item(machine *m)
{
    rn_ref value, key, to;
    RN_TRY(rn_pickle_pop(m, &value));
    RN_TRY(rn_pickle_pop(m, &key));
    RN_TRY(rn_pickle_top(m, RN_PY_DICT, &to));
    RN_TRY(rn_pickle_append(m, to, key));
    return rn_pickle_append(m, to, value);
}

static rn_status put(machine *m) { return rn_pickle_put(m, m->number); }
static rn_status get(machine *m) { return rn_pickle_get(m, m->number); }
static rn_status memoize(machine *m) { return rn_pickle_put(m, m->remembered); }

static rn_status put_line(machine *m)
{
    RN_TRY(line_number(m));
    return put(m);
}

static rn_status get_line(machine *m)
{
    RN_TRY(line_number(m));
    return get(m);
}

static rn_status push_global(machine *m, rn_word module, rn_word name)
{
    rn_ref ref;
    RN_TRY(rn_pickle_global(m, module, name, &ref));
    return rn_pickle_push(m, ref);
}

static rn_status global(machine *m)
{
    rn_word module = { m->text, m->length };
    RN_TRY(rn_pickle_line(m));
    return push_global(m, module, (rn_word){ m->text, m->length });
}

static rn_status stack_global(machine *m)
{
    rn_ref name, module;
    RN_TRY(rn_pickle_pop(m, &name));
    RN_TRY(rn_pickle_pop(m, &module));
    const rn_py *n = &m->value[name], *o = &m->value[module];
    if (n->kind != RN_PY_TEXT || o->kind != RN_PY_TEXT)
        return rn_pickle_fail(m, "a global name that is not a text");
    return push_global(m, (rn_word){ o->as.text, o->count }, (rn_word){ n->as.text, n->count });
}

/* An instance of a class in one instruction: never of a class that is known here. */
static rn_status instance(machine *m)
{
    RN_TRY(global(m));
    return rn_pickle_fail(m, "an old-style object");
}

static rn_status object(machine *m)
{
    return rn_pickle_fail(m, "an old-style object");
}

static rn_status extension(machine *m)
{
    return rn_pickle_fail(m, "a name by number (copyreg extension)");
}

static rn_status call(machine *m)
{
    rn_ref args, callable, result;
    RN_TRY(rn_pickle_pop(m, &args));
    RN_TRY(rn_pickle_pop(m, &callable));
    RN_TRY(rn_pickle_call(m, callable, args, &result));
    return rn_pickle_push(m, result);
}

static rn_status build(machine *m)
{
    rn_ref state, to;
    RN_TRY(rn_pickle_pop(m, &state));
    RN_TRY(rn_pickle_pop(m, &to));
    RN_TRY(rn_pickle_build(m, to, state));
    return rn_pickle_push(m, to);
}

static rn_status persistent(machine *m)
{
    rn_ref name, ref;
    RN_TRY(rn_pickle_pop(m, &name));
    RN_TRY(rn_pickle_new(m, RN_PY_PERSISTENT, &ref));
    RN_TRY(rn_pickle_append(m, ref, name));
    return rn_pickle_push(m, ref);
}

static rn_status persistent_line(machine *m)
{
    RN_TRY(text(m));
    return persistent(m);
}

/* ---- The table ------------------------------------------------------------------------------- */

#define ALONE(run) { run, RN_NO_ARGUMENT }

static const struct { rn_status (*run)(machine *m); rn_argument follows; } instruction[256] = {
    ['N'] = ALONE(none), [0x88] = ALONE(truth), [0x89] = ALONE(falsehood),
    ['K'] = { whole, RN_BYTE1 }, ['M'] = { whole, RN_BYTE2 }, ['J'] = { whole, RN_SIGNED4 },
    ['I'] = { whole_line, RN_LINE }, ['L'] = { whole_line, RN_LINE },
    [0x8a] = { whole_bytes, RN_TEXT1 }, [0x8b] = { whole_bytes, RN_TEXT4 },
    ['G'] = { real, RN_BIG_REAL }, ['F'] = { real_line, RN_LINE },
    ['X'] = { text, RN_TEXT4 }, [0x8c] = { text, RN_TEXT1 }, [0x8d] = { text, RN_TEXT8 },
    ['T'] = { text, RN_TEXT4 }, ['U'] = { text, RN_TEXT1 }, ['V'] = { text, RN_LINE },
    ['S'] = { quoted_line, RN_LINE }, ['B'] = { text, RN_TEXT4 }, ['C'] = { text, RN_TEXT1 },
    [0x8e] = { text, RN_TEXT8 }, [0x96] = { text, RN_TEXT8 },
    ['('] = ALONE(mark), ['0'] = ALONE(discard), ['1'] = ALONE(discard_to_mark), ['2'] = ALONE(duplicate),
    [')'] = ALONE(tuple0), [0x85] = ALONE(tuple1), [0x86] = ALONE(tuple2), [0x87] = ALONE(tuple3),
    ['t'] = ALONE(tuple), [']'] = ALONE(empty_list), ['l'] = ALONE(list), ['a'] = ALONE(append),
    ['e'] = ALONE(appends), [0x8f] = ALONE(empty_list), [0x90] = ALONE(appends), [0x91] = ALONE(list),
    ['}'] = ALONE(empty_dict), ['d'] = ALONE(dict), ['s'] = ALONE(set_item), ['u'] = ALONE(set_items),
    ['q'] = { put, RN_BYTE1 }, ['r'] = { put, RN_BYTE4 }, ['p'] = { put_line, RN_LINE },
    [0x94] = ALONE(memoize),
    ['h'] = { get, RN_BYTE1 }, ['j'] = { get, RN_BYTE4 }, ['g'] = { get_line, RN_LINE },
    ['c'] = { global, RN_LINE }, [0x93] = ALONE(stack_global), ['i'] = { instance, RN_LINE },
    ['o'] = ALONE(object), [0x82] = ALONE(extension), [0x83] = ALONE(extension), [0x84] = ALONE(extension),
    ['R'] = ALONE(call), [0x81] = ALONE(call), ['b'] = ALONE(build),
    ['Q'] = ALONE(persistent), ['P'] = { persistent_line, RN_LINE },
    [0x80] = { nothing, RN_BYTE1 }, [0x95] = { nothing, RN_BYTE8 },
};

/* Until the instruction that ends the pickle. */
static rn_status run(machine *m)
{
    const uint8_t *code;
    for (;;) {
        m->place = m->used;
        RN_TRY(rn_pickle_take(m, 1, &code));
        if (*code == '.')
            return rn_pickle_pop(m, &m->root);
        if (!instruction[*code].run)
            return rn_pickle_fail(m, "an unknown instruction");
        RN_TRY(rn_pickle_argument(m, instruction[*code].follows));
        RN_TRY(instruction[*code].run(m));
    }
}

rn_status rn_pickle_read(rn_pickle *m, const uint8_t *bytes, size_t size, size_t *at, const char *path)
{
    rn_ref ref;
    size_t end = size - *at < LARGEST ? size : *at + LARGEST;
    *m = (rn_pickle){ .bytes = bytes, .size = end, .used = *at, .path = path };
    rn_status status = rn_pickle_new(m, RN_PY_NONE, &ref);
    for (int64_t truth_value = 0; truth_value < 2 && status == RN_OK; truth_value++)
        if ((status = rn_pickle_new(m, RN_PY_BOOL, &ref)) == RN_OK)
            m->value[ref].as.whole = truth_value;
    if (status == RN_OK)
        status = run(m);
    *at = m->used;
    if (status != RN_OK)
        rn_pickle_close(m);
    return status;
}
