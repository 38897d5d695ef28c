/*
 * The values of a pickle and the stack on which they are made.  The stack holds numbers of values, and marks
 * that say where a collection begins.
 */
#include "base/memory.h"
#include "base/text.h"
#include "weights/pickle_machine.h"

#include <string.h>

enum { MOST_VALUES = 1 << 19, MOST_STACK = 1 << 19, MOST_ITEMS = 1 << 21 };

typedef rn_pickle machine;

rn_status rn_pickle_fail(const machine *m, const char *what)
{
    return rn_fail(RN_BAD_FILE, "%s: its pickle is damaged or not supported: %s at byte %zu", m->path, what,
                   m->place);
}

rn_status rn_pickle_too_large(const machine *m, const char *what)
{
    return rn_fail(RN_BAD_FILE, "%s: its pickle has more %s than any state_dict", m->path, what);
}

/* Room for element `index` of a list. */
static rn_status grow(void *list, uint32_t *room, uint32_t index, size_t size)
{
    if (index < *room)
        return RN_OK;
    uint32_t wanted = index < 8 ? 16 : 2 * index;
    RN_TRY(rn_reallocate(list, *room, wanted, size, "a pickle's values"));
    *room = wanted;
    return RN_OK;
}

rn_status rn_pickle_new(machine *m, rn_py_kind kind, rn_ref *ref)
{
    if (m->values == MOST_VALUES)
        return rn_pickle_too_large(m, "values");
    RN_TRY(grow(&m->value, &m->value_room, m->values, sizeof *m->value));
    m->value[m->values] = (rn_py){ .kind = kind };
    *ref = m->values++;
    return RN_OK;
}

rn_status rn_pickle_append(machine *m, rn_ref to, rn_ref item)
{
    rn_py *value = &m->value[to];
    if (++m->items > MOST_ITEMS)
        return rn_pickle_too_large(m, "items");
    RN_TRY(grow(&value->as.item, &value->room, value->count, sizeof *value->as.item));
    value->as.item[value->count++] = item;
    return RN_OK;
}

const rn_py *rn_pickle_item(const rn_pickle *pickle, const rn_py *of, uint32_t i, rn_py_kind kind)
{
    if (i >= of->count)
        return NULL;
    const rn_py *item = &pickle->value[of->as.item[i]];
    return item->kind == kind ? item : NULL;
}

const rn_py *rn_pickle_find(const rn_pickle *pickle, const rn_py *dict, const char *key)
{
    for (uint32_t i = 0; i + 1 < dict->count; i += 2) {
        const rn_py *name = rn_pickle_item(pickle, dict, i, RN_PY_TEXT);
        if (name && name->count == strlen(key) && memcmp(name->as.text, key, name->count) == 0)
            return &pickle->value[dict->as.item[i + 1]];
    }
    return NULL;
}

bool rn_pickle_number(const rn_py *value, int64_t *number)
{
    char digits[24];
    if (value->kind == RN_PY_TEXT && value->count < sizeof digits) {
        memcpy(digits, value->as.text, value->count);
        digits[value->count] = '\0';
        return rn_read_int(digits, number);
    }
    *number = value->as.whole;
    return value->kind == RN_PY_INT;
}

rn_status rn_pickle_push(machine *m, rn_ref ref)
{
    if (m->depth == MOST_STACK)
        return rn_pickle_too_large(m, "values on its stack");
    RN_TRY(grow(&m->stack, &m->stack_room, m->depth, sizeof *m->stack));
    m->stack[m->depth++] = ref;
    return RN_OK;
}

rn_status rn_pickle_push_new(machine *m, rn_py_kind kind, rn_py **value)
{
    rn_ref ref = 0;
    RN_TRY(rn_pickle_new(m, kind, &ref));
    *value = &m->value[ref];
    return rn_pickle_push(m, ref);
}

rn_status rn_pickle_pop(machine *m, rn_ref *ref)
{
    if (m->depth == 0 || m->stack[m->depth - 1] == RN_MARK)
        return rn_pickle_fail(m, "a value is missing on the stack");
    *ref = m->stack[--m->depth];
    return RN_OK;
}

/* The topmost value, which must be of that kind. */
rn_status rn_pickle_top(machine *m, rn_py_kind kind, rn_ref *ref)
{
    if (m->depth == 0 || m->stack[m->depth - 1] == RN_MARK || m->value[m->stack[m->depth - 1]].kind != kind)
        return rn_pickle_fail(m, "a value of the wrong kind");
    *ref = m->stack[m->depth - 1];
    return RN_OK;
}

/* The number of values above the topmost mark. */
rn_status rn_pickle_above_mark(machine *m, uint32_t *count)
{
    *count = 0;
    while (*count < m->depth && m->stack[m->depth - 1 - *count] != RN_MARK)
        ++*count;
    return *count < m->depth ? RN_OK : rn_pickle_fail(m, "a mark is missing on the stack");
}

/* Move the topmost `count` values into `to`. */
static rn_status gather(machine *m, rn_ref to, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        RN_TRY(rn_pickle_append(m, to, m->stack[m->depth - count + i]));
    m->depth -= count;
    return RN_OK;
}

/* Replace the topmost mark and what is above it by one value that holds that. */
rn_status rn_pickle_gather_new(machine *m, rn_py_kind kind)
{
    uint32_t count;
    rn_ref ref = 0;
    RN_TRY(rn_pickle_above_mark(m, &count));
    if (kind == RN_PY_DICT && count % 2)
        return rn_pickle_fail(m, "a key without a value");
    RN_TRY(rn_pickle_new(m, kind, &ref));
    RN_TRY(gather(m, ref, count));
    m->stack[m->depth - 1] = ref;
    return RN_OK;
}

/* Add what is above the topmost mark to the container below it. */
rn_status rn_pickle_gather_into(machine *m, rn_py_kind kind)
{
    uint32_t count;
    rn_ref ref = 0;
    RN_TRY(rn_pickle_above_mark(m, &count));
    if (kind == RN_PY_DICT && count % 2)
        return rn_pickle_fail(m, "a key without a value");
    uint32_t mark = m->depth - 1 - count;
    if (mark == 0 || m->stack[mark - 1] == RN_MARK || m->value[m->stack[mark - 1]].kind != kind)
        return rn_pickle_fail(m, "no container to add to");
    ref = m->stack[mark - 1];
    RN_TRY(gather(m, ref, count));
    m->depth--;
    return RN_OK;
}

rn_status rn_pickle_tuple(machine *m, uint32_t count)
{
    rn_ref ref = 0, item;
    RN_TRY(rn_pickle_new(m, RN_PY_TUPLE, &ref));
    if (m->depth < count)
        return rn_pickle_fail(m, "a value is missing on the stack");
    for (uint32_t i = 0; i < count; i++)
        if ((item = m->stack[m->depth - count + i]) == RN_MARK)
            return rn_pickle_fail(m, "a value is missing on the stack");
    RN_TRY(gather(m, ref, count));
    return rn_pickle_push(m, ref);
}

rn_status rn_pickle_put(machine *m, int64_t place)
{
    if (place < 0 || place >= MOST_STACK)
        return rn_pickle_too_large(m, "remembered values");
    if (m->depth == 0 || m->stack[m->depth - 1] == RN_MARK)
        return rn_pickle_fail(m, "a value is missing on the stack");
    RN_TRY(grow(&m->memo, &m->memo_room, (uint32_t)place, sizeof *m->memo));
    m->remembered += !m->memo[place];
    m->memo[place] = m->stack[m->depth - 1] + 1;
    return RN_OK;
}

rn_status rn_pickle_get(machine *m, int64_t place)
{
    if (place < 0 || place >= m->memo_room || !m->memo[place])
        return rn_pickle_fail(m, "a remembered value that is not there");
    return rn_pickle_push(m, m->memo[place] - 1);
}

void rn_pickle_close(rn_pickle *pickle)
{
    for (uint32_t i = 0; i < pickle->values; i++)
        if (pickle->value[i].room)
            rn_free(pickle->value[i].as.item);
    rn_free(pickle->value);
    rn_free(pickle->stack);
    rn_free(pickle->memo);
    *pickle = (rn_pickle){ 0 };
}
