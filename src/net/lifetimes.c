/*
 * Greedy placement: buffers in order of falling size, each at the lowest place where it meets no buffer that
 * is alive at the same time.  The buffers already placed are kept sorted by place, so one walk finds the gap.
 */
#include "net/lifetimes.h"
#include "base/memory.h"

#include <assert.h>
#include <stdlib.h>

enum { ALIGN = 256 };

void rn_lifetimes_return(rn_lifetimes *l, int buffer, int begin, int end)
{
    rn_buffer *b = &l->buffer[buffer];
    assert(b->lives < RN_MAX_LIVES && (!b->lives || b->life[b->lives - 1].end < begin));
    b->life[b->lives].begin = begin;
    b->life[b->lives++].end = end;
}

int rn_lifetimes_add(rn_lifetimes *l, int64_t bytes, int begin, int end)
{
    if (l->count == l->capacity) {
        int wanted = l->capacity ? 2 * l->capacity : 256;
        if (rn_reallocate((void **)&l->buffer, (size_t)l->count, (size_t)wanted, sizeof *l->buffer,
                          "a memory plan") != RN_OK)
            return -1;
        l->capacity = wanted;
    }
    l->buffer[l->count] = (rn_buffer){ .bytes = (bytes + ALIGN - 1) / ALIGN * ALIGN };
    rn_lifetimes_return(l, l->count, begin, end);
    return l->count++;
}

void rn_lifetimes_extend(rn_lifetimes *l, int buffer, int moment)
{
    rn_buffer *b = &l->buffer[buffer];
    int k = b->lives - 1;
    while (k > 0 && b->life[k].begin > moment)
        k--;
    if (moment > b->life[k].end)
        b->life[k].end = moment;
    if (moment < b->life[k].begin)
        b->life[k].begin = moment;
}

static int larger_first(const void *a, const void *b)
{
    const rn_buffer *x = *(rn_buffer *const *)a, *y = *(rn_buffer *const *)b;
    if (x->bytes != y->bytes)
        return x->bytes < y->bytes ? 1 : -1;
    return x < y ? -1 : 1;
}

static bool alive_together(const rn_buffer *a, const rn_buffer *b)
{
    for (int i = 0; i < a->lives; i++)
        for (int k = 0; k < b->lives; k++)
            if (a->life[i].begin <= b->life[k].end && b->life[k].begin <= a->life[i].end)
                return true;
    return false;
}

/* The lowest gap that fits among those placed (sorted by place) and alive together with `b`. */
static int64_t lowest_place(const rn_buffer *b, rn_buffer *const *placed, int count)
{
    int64_t place = 0;
    for (int i = 0; i < count; i++) {
        const rn_buffer *p = placed[i];
        if (!alive_together(p, b))
            continue;
        if (place + b->bytes <= p->place)
            break;
        if (p->place + p->bytes > place)
            place = p->place + p->bytes;
    }
    return place;
}

static void insert_by_place(rn_buffer **placed, int count, rn_buffer *b)
{
    int i = count;
    for (; i > 0 && placed[i - 1]->place > b->place; i--)
        placed[i] = placed[i - 1];
    placed[i] = b;
}

rn_status rn_lifetimes_place(rn_lifetimes *l)
{
    rn_buffer **order, **placed;
    RN_TRY(rn_allocate((void **)&order, 2 * (size_t)l->count, sizeof *order, "a memory plan"));
    placed = order + l->count;
    for (int i = 0; i < l->count; i++)
        order[i] = &l->buffer[i];
    qsort(order, (size_t)l->count, sizeof *order, larger_first);
    l->bytes = 0;
    for (int i = 0; i < l->count; i++) {
        rn_buffer *b = order[i];
        b->place = lowest_place(b, placed, i);
        insert_by_place(placed, i, b);
        if (b->place + b->bytes > l->bytes)
            l->bytes = b->place + b->bytes;
    }
    rn_free(order);
    return RN_OK;
}

rn_status rn_lifetimes_peak(const rn_lifetimes *l, int64_t *bytes)
{
    int64_t *change, alive = 0;
    int last = 0;
    for (int i = 0; i < l->count; i++) {
        const rn_buffer *b = &l->buffer[i];
        if (b->life[b->lives - 1].end > last)
            last = b->life[b->lives - 1].end;
    }
    RN_TRY(rn_allocate((void **)&change, (size_t)last + 2, sizeof *change, "a memory plan"));
    for (int i = 0; i < l->count; i++)
        for (int k = 0; k < l->buffer[i].lives; k++) {
            change[l->buffer[i].life[k].begin] += l->buffer[i].bytes;
            change[l->buffer[i].life[k].end + 1] -= l->buffer[i].bytes;
        }
    *bytes = 0;
    for (int moment = 0; moment <= last; moment++) {
        alive += change[moment];
        if (alive > *bytes)
            *bytes = alive;
    }
    rn_free(change);
    return RN_OK;
}

void rn_lifetimes_free(rn_lifetimes *l)
{
    rn_free(l->buffer);
    *l = (rn_lifetimes){ 0 };
}
