/*
 * A plan within the limit of memory, by what costs least first.
 *
 * Training: packed weights are lent, and packed anew whenever they are used; then values are given up
 * (recompute.c).  Answers: kernels that pack weights into more room than another would (Winograd's filters
 * are four times as large) give way, those that save most first.
 */
#include "net/planning.h"
#include "base/text.h"

bool rn_plan_fits(const rn_plan *plan)
{
    return !plan->options.memory || plan->bytes <= plan->options.memory;
}

rn_status rn_plan_place(rn_plan *plan)
{
    RN_TRY(rn_lifetimes_place(&plan->lifetimes));
    plan->bytes = plan->lifetimes.bytes + rn_plan_bytes_beside(plan);
    return RN_OK;
}

rn_status rn_plan_attempt(rn_plan *plan)
{
    RN_TRY(rn_plan_lay_out(plan));
    RN_TRY(rn_lifetimes_peak(&plan->lifetimes, &plan->bytes));
    plan->bytes += rn_plan_bytes_beside(plan);
    return rn_plan_fits(plan) ? rn_plan_place(plan) : RN_OK;
}

/* ---- Answers --------------------------------------------------------------------------------- */

typedef struct {
    int node;
    const rn_kernel *kernel;
    size_t saved;
} swap;

/* Kernels with other abilities would change what was decided before. */
static void look_for_swap(const rn_plan *plan, int node, swap *best)
{
    const rn_device *device = plan->device;
    const rn_kernel *now = plan->step[node].kernel, *other;
    const size_t bytes = plan->call[node].workspace_bytes;
    if (!now || !device->candidate)
        return;
    for (int k = 0; (other = device->candidate(device, &plan->call[node], k)); k++) {
        rn_call call = plan->call[node];
        rn_plan_ask(plan, other, &call);
        if (other->abilities == now->abilities && bytes > call.workspace_bytes + best->saved)
            *best = (swap){ node, other, bytes - call.workspace_bytes };
    }
}

static rn_status take_smaller_kernels(rn_plan *plan)
{
    for (;;) {
        swap best = { 0 };
        for (int i = 0; i < plan->nodes; i++)
            look_for_swap(plan, i, &best);
        if (rn_plan_fits(plan) || !best.kernel)
            return rn_plan_place(plan);
        plan->step[best.node].kernel = best.kernel;
        rn_plan_ask_kernels(plan);
        RN_TRY(rn_plan_attempt(plan));
    }
}

/* ---- Both ------------------------------------------------------------------------------------ */

static rn_status save_memory(rn_plan *plan)
{
    if (plan->options.mode != RN_TRAIN)
        return take_smaller_kernels(plan);
    plan->lends_workspace = true;
    RN_TRY(rn_plan_attempt(plan));
    return rn_plan_fits(plan) ? RN_OK : rn_plan_recompute(plan);
}

rn_status rn_plan_fit(rn_plan *plan)
{
    char least[32], limit[32];
    RN_TRY(rn_plan_attempt(plan));
    if (!rn_plan_fits(plan))
        RN_TRY(save_memory(plan));
    if (rn_plan_fits(plan))
        return RN_OK;
    return rn_fail(RN_NO_MEMORY, "a batch of %d takes at least %s, the limit is %s", plan->options.batch,
                   rn_text_bytes(least, sizeof least, (double)plan->bytes),
                   rn_text_bytes(limit, sizeof limit, (double)plan->options.memory));
}
