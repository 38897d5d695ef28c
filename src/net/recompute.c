/*
 * Training within a limit of memory: which values are given up, and computed again on the way back.
 *
 * The net is cut into blocks at the places where a single value is all that later nodes read, and segments of
 * whole blocks, from the first one on, keep only that value and what is asked for behind them.  When the
 * backward pass comes to a segment, the values behind it are gone, and their room serves to make the
 * segment's values again.  So segments are as long as that room, and only so many are made as the limit
 * wants.  The first blocks have the largest maps for the least arithmetic.  Values that take no products
 * (sums, rectifiers, pools) are tried before all values.
 *
 * Kernels give the same bits for the same input, and the second making changes no statistics: gradients do
 * not depend on what was given up.  (Chen et al. 2016, Training deep nets with sublinear memory cost.)
 */
#include "net/planning.h"
#include "base/memory.h"

typedef struct {
    int last;                   /* node */
    int64_t bytes, products;    /* of its written values; of those among them that are products */
    int64_t handed_on;          /* of the values that later nodes read */
} block;

/* So many sizes of room are tried, from all values' bytes downward. */
enum { ROOMS = 64 };

/* ---- Blocks ---------------------------------------------------------------------------------- */

static bool is_written(const rn_plan *plan, int node)
{
    return node > 0 && plan->step[node].existence == RN_WRITTEN;
}

/* How many values that are no heads later nodes read, and their bytes. */
typedef struct { int values; int64_t bytes; } crossing;

static crossing crossing_after(const rn_plan *plan, int node, const int *open, int count)
{
    crossing c = { 0, 0 };
    for (int i = 0; i < count; i++)
        if (plan->step[open[i]].last_reader > node) {
            c.values++;
            c.bytes += rn_plan_value_bytes(plan, open[i]);
        }
    return c;
}

/* Drop the values that nobody reads after `node`. */
static int still_open(const rn_plan *plan, int node, int *open, int count)
{
    int left = 0;
    for (int i = 0; i < count; i++)
        if (plan->step[open[i]].last_reader > node)
            open[left++] = open[i];
    return left;
}

/* A block ends before a written value, where one value goes on. */
static int find_blocks(const rn_plan *plan, block *to, int *open)
{
    int blocks = 0, count = 0;
    block now = { 0 };
    for (int i = 1; i < plan->nodes; i++) {
        if (is_written(plan, i)) {
            const int64_t bytes = rn_plan_value_bytes(plan, i);
            now.bytes += bytes;
            now.products += op_of(plan, i)->multiply_adds ? bytes : 0;
            if (!plan->step[i].is_head)
                open[count++] = i;
        }
        count = still_open(plan, i, open, count);
        const crossing c = crossing_after(plan, i, open, count);
        const bool last = i == plan->nodes - 1;
        if (!last && (c.values != 1 || !is_written(plan, i + 1)))
            continue;
        now.last = i;
        now.handed_on = c.bytes;
        to[blocks++] = now;
        now = (block){ 0 };
    }
    return blocks;
}

/* ---- Segments -------------------------------------------------------------------------------- */

typedef struct {
    rn_plan *plan;
    block *block;
    int blocks;
    int64_t bytes;              /* of all blocks */
} search;

/* From the first block on, segments that fit into `room` beside what is kept, until the rest fits too. */
static void cut(const search *s, int64_t room)
{
    rn_plan *plan = s->plan;
    int64_t kept = 0, left = s->bytes;
    plan->segments = 0;
    for (int b = 0; b < s->blocks - 1 && kept + left > room;) {
        const int first = b ? s->block[b - 1].last + 1 : 1;
        int64_t bytes = 0, products = 0;
        do {
            bytes += s->block[b].bytes;
            products += plan->gives_products ? 0 : s->block[b].products;
            left -= s->block[b].bytes;
            b++;
        } while (b < s->blocks - 1 && kept + bytes + s->block[b].bytes <= room
                 && kept + products + s->block[b - 1].handed_on + left > room);
        kept += products + s->block[b - 1].handed_on;
        plan->segment[plan->segments++] = (rn_segment){ .first = first, .last = s->block[b - 1].last };
    }
}

/* The largest room with which all fits, or else that with which it takes the least. */
static rn_status try_rooms(const search *s)
{
    rn_plan *plan = s->plan;
    int64_t least = INT64_MAX, best = s->bytes;
    for (int64_t part = ROOMS; part > 0; part--) {
        const int64_t room = s->bytes / ROOMS * part;
        cut(s, room);
        RN_TRY(rn_plan_attempt(plan));
        if (rn_plan_fits(plan))
            return RN_OK;
        if (plan->bytes < least) {
            least = plan->bytes;
            best = room;
        }
    }
    cut(s, best);
    RN_TRY(rn_plan_lay_out(plan));
    return rn_plan_place(plan);
}

static rn_status give_up_values(const search *s)
{
    RN_TRY(try_rooms(s));
    if (rn_plan_fits(s->plan))
        return RN_OK;
    s->plan->gives_products = true;
    return try_rooms(s);
}

rn_status rn_plan_recompute(rn_plan *plan)
{
    search s = { .plan = plan };
    int *open;
    RN_TRY(rn_new(&plan->segment, plan->nodes));
    RN_TRY(rn_new(&s.block, plan->nodes));
    rn_status status = rn_new(&open, plan->nodes);
    if (status == RN_OK)
        s.blocks = find_blocks(plan, s.block, open);
    for (int b = 0; b < s.blocks; b++)
        s.bytes += s.block[b].bytes;
    if (status == RN_OK)
        status = give_up_values(&s);
    rn_free(open);
    rn_free(s.block);
    return status;
}
