/* Where each gradient lives: which are shared, which stay promises; then who masks them and who sums. */
#include "net/planning.h"

/* Whether the gradient of the value before this batchnorm may stay a promise. */
static bool promises_grad(const rn_plan *plan, int batchnorm)
{
    rn_value y = input_of(plan, batchnorm, 0);
    return can(plan, batchnorm, RN_MAKES_PROMISES) && can(plan, y, RN_READS_GRAD_PROMISES)
           && sole_user(plan, y) == batchnorm;
}

static bool is_last_user(const rn_plan *plan, rn_value v, int user)
{
    const rn_step *step = &plan->step[v];
    return !step->is_head && step->users > 0 && step->user[step->users - 1] == user;
}

/* The node whose backward first writes into the gradient of `v` after its last user has: it must come after
 * everybody who still reads a shared buffer, and backward goes from high numbers to low. */
static int next_writer(const rn_plan *plan, rn_value v)
{
    const rn_step *step = &plan->step[v];
    return step->users > 1 ? step->user[step->users - 2] : v;
}

/* Whether `v` only reads the gradient handed to it, and until which node's backward. */
static bool only_reads(const rn_plan *plan, rn_value v, int *until)
{
    if (op_of(plan, v) != &rn_op_batchnorm || sole_user(plan, v) == RN_NONE)
        return false;
    *until = promises_grad(plan, v) ? input_of(plan, v, 0) : v;
    return true;
}

/* The gradient of a sum is the gradient of both its parts: share it where nobody disturbs the other. */
static void share_add(rn_plan *plan, int add)
{
    rn_value a = input_of(plan, add, 0), b = input_of(plan, add, 1);
    int until_a = 0, until_b = 0;
    bool reads_a = only_reads(plan, a, &until_a), reads_b = only_reads(plan, b, &until_b);
    bool share_a = is_last_user(plan, a, add) && a != b, share_b = is_last_user(plan, b, add) && a != b;
    if (share_a && share_b && !(reads_a && reads_b)) {
        if (reads_a)
            share_b = next_writer(plan, b) < until_a;
        else if (reads_b)
            share_a = next_writer(plan, a) < until_b;
        else
            share_a = false;
    }
    if (share_a)
        plan->step[a].shares_grad_of = add;
    if (share_b)
        plan->step[b].shares_grad_of = add;
}

static void decide_grads(rn_plan *plan)
{
    for (int i = plan->nodes - 1; i > 0; i--) {
        if (!can(plan, i, RN_MAKES_PROMISES))
            continue;
        rn_value x = input_of(plan, i, 0);
        if (op_of(plan, i) == &rn_op_add)
            share_add(plan, i);
        else if (op_of(plan, i) == &rn_op_relu && is_last_user(plan, x, i))
            plan->step[x].shares_grad_of = i;
        else if (op_of(plan, i) == &rn_op_batchnorm && promises_grad(plan, i))
            plan->step[x].grad_promised = true;
    }
}

/* ---- Masks and sums -------------------------------------------------------------------------- */

static bool is_pure_share(const rn_plan *plan, rn_value v)
{
    return plan->step[v].shares_grad_of != RN_NONE && plan->step[v].users == 1;
}

static void decide_masks(rn_plan *plan)
{
    for (int i = 0; i < plan->nodes; i++) {
        rn_step *step = &plan->step[i];
        if (op_of(plan, i) == &rn_op_relu && can(plan, i, RN_MAKES_PROMISES) && step->users > 0)
            step->masked = !is_pure_share(plan, i) && can(plan, step->user[0], RN_FINISHES_GRADS);
    }
}

/* Climb from the gradient of a batchnorm's output to the place where a kernel completes it. */
static void ask_for_grad_sums(rn_plan *plan, int batchnorm)
{
    rn_value top = batchnorm;
    int completer;
    for (;;) {
        const rn_step *step = &plan->step[top];
        if (step->users == 0)
            return;
        int shared = step->shares_grad_of;
        completer = step->user[0];
        bool relu_passes = shared != RN_NONE && op_of(plan, shared) == &rn_op_relu
                           && !plan->step[shared].masked;
        if (!is_pure_share(plan, top) || relu_passes)
            break;
        top = shared;
    }
    if (!can(plan, completer, RN_FINISHES_GRADS) || plan->step[top].paired != RN_NONE)
        return;
    plan->step[top].paired = input_of(plan, batchnorm, 0);
    plan->step[batchnorm].grad_sums_at = top;
}

void rn_plan_grads(rn_plan *plan)
{
    decide_grads(plan);
    decide_masks(plan);
    for (int i = 0; i < plan->nodes; i++)
        if (op_of(plan, i) == &rn_op_batchnorm && can(plan, i, RN_MAKES_PROMISES))
            ask_for_grad_sums(plan, i);
}
