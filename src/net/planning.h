/*
 * The parts of making a plan, in their order, and what they share.
 *
 *     plan.c          calls and kernels; how each value exists
 *     plan_grads.c    where each gradient lives, who masks and who sums
 *     plan_memory.c   buffers and their lives
 *     fit.c           what is done so that all fits into a limit
 *     recompute.c     which values are given up and computed again
 */
#ifndef RN_NET_PLANNING_H
#define RN_NET_PLANNING_H

#include "net/plan.h"

static inline const rn_op *op_of(const rn_plan *plan, int node)
{
    return plan->net->node[node].op;
}

static inline rn_value input_of(const rn_plan *plan, int node, int k)
{
    return plan->net->node[node].input[k];
}

static inline int inputs_of(const rn_plan *plan, int node)
{
    return plan->call[node].inputs;
}

static inline bool can(const rn_plan *plan, int node, unsigned ability)
{
    const rn_kernel *kernel = plan->step[node].kernel;
    return kernel && (kernel->abilities & ability) && !plan->options.unfused;
}

static inline bool has_backward(const rn_plan *plan)
{
    return plan->options.mode != RN_INFER;
}

/* Somebody outside the plan reads this value. */
static inline bool is_wanted(const rn_plan *plan, rn_value v)
{
    return plan->step[v].is_head || (v > 0 && v == plan->options.watched);
}

/* The sole reader of a value, or RN_NONE. */
static inline int sole_user(const rn_plan *plan, rn_value v)
{
    return plan->step[v].users == 1 && !is_wanted(plan, v) ? plan->step[v].user[0] : RN_NONE;
}

void rn_plan_grads(rn_plan *plan);

/* What does not depend on which values are given up: small arrays, and what kernels ask for. */
void rn_plan_extras(rn_plan *plan);

/* What a kernel would need for a call; what the chosen ones need. */
void rn_plan_ask(const rn_plan *plan, const rn_kernel *kernel, rn_call *call);
void rn_plan_ask_kernels(rn_plan *plan);

/* Buffers and lives for the plan's segments, without a place yet. */
rn_status rn_plan_lay_out(rn_plan *plan);

/* What the session holds beside these buffers. */
int64_t rn_plan_bytes_beside(const rn_plan *plan);

/* Bytes of a value in the device's layout. */
int64_t rn_plan_value_bytes(const rn_plan *plan, rn_value v);

/* Lay out, and place where that can fit; plan->bytes tells whether it does. */
rn_status rn_plan_place(rn_plan *plan);
rn_status rn_plan_attempt(rn_plan *plan);
bool rn_plan_fits(const rn_plan *plan);

/* Training: give up values until all fits, or as many as saves the most. */
rn_status rn_plan_recompute(rn_plan *plan);

/* Lay out and place within options.memory. */
rn_status rn_plan_fit(rn_plan *plan);

#endif
