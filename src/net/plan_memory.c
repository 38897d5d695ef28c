/*
 * Buffers and their lives.
 *
 * The time line of a step: the forward of node i is moment i, the loss is moment `nodes`; then the backward
 * of each node from the last to the first, and before some of them a segment's nodes once more.  A written
 * value lives from its forward to its backward; a lost one twice, to its last reader and from its second
 * making to its backward.
 */
#include "net/planning.h"

/* ---- The time line --------------------------------------------------------------------------- */

static int backward_of(const rn_plan *plan, int node)
{
    return node == plan->nodes ? plan->nodes : plan->step[node].backward;
}

static bool may_be_lost(const rn_plan *plan, rn_value v)
{
    return plan->step[v].existence == RN_WRITTEN && (plan->gives_products || !op_of(plan, v)->multiply_adds);
}

/* A segment's lost values are those that nobody behind it reads. */
static void find_lost(rn_plan *plan)
{
    for (int v = 0; v < plan->nodes; v++)
        plan->step[v].lost = false;
    for (int s = 0; s < plan->segments; s++)
        for (int v = plan->segment[s].first; v <= plan->segment[s].last; v++)
            plan->step[v].lost = may_be_lost(plan, v) && plan->step[v].last_reader <= plan->segment[s].last;
}

/* Sums for a batchnorm may be taken by a node behind its segment: it must find their other factor. */
static void find_needs(rn_plan *plan)
{
    for (int s = 0; s < plan->segments; s++) {
        rn_segment *segment = &plan->segment[s];
        segment->before = segment->last;
        for (int b = segment->first; b <= segment->last; b++) {
            const int top = plan->step[b].grad_sums_at;
            if (top != RN_NONE && plan->step[top].user[0] > segment->before)
                segment->before = plan->step[top].user[0];
        }
    }
}

static void number_moments(rn_plan *plan)
{
    int moment = plan->nodes, s = plan->segments - 1;
    for (int i = plan->nodes - 1; i >= 0; i--) {
        for (; s >= 0 && plan->segment[s].before >= i; s--)
            for (int k = plan->segment[s].first; k <= plan->segment[s].last; k++)
                plan->step[k].again = ++moment;
        plan->step[i].backward = ++moment;
    }
    plan->moments = moment + 1;
}

/* ---- Values ---------------------------------------------------------------------------------- */

int64_t rn_plan_value_bytes(const rn_plan *plan, rn_value v)
{
    return plan->device->bytes(plan->device, &plan->call[v].output);
}

static int64_t sums_bytes(const rn_plan *plan, rn_value v)
{
    return plan->options.shards * 2 * rn_padded(plan->call[v].output.shape.c) * (int64_t)sizeof(double);
}

static bool wants_value_sums(const rn_plan *plan, rn_value v)
{
    const rn_step *step = &plan->step[v];
    if (!can(plan, v, RN_LEAVES_SUMS))
        return false;
    for (int u = 0; u < step->users; u++)
        if (op_of(plan, step->user[u]) == &rn_op_batchnorm && !plan->net->node[step->user[u]].args.frozen)
            return true;
    return false;
}

/* A value is looked at: keep the memory that it stands on. */
static void touch_value(rn_plan *plan, rn_value v, int moment)
{
    const rn_step *step = &plan->step[v];
    if (step->existence == RN_PROMISED)
        for (int k = 0; k < inputs_of(plan, v); k++)
            touch_value(plan, input_of(plan, v, k), moment);
    else
        rn_lifetimes_extend(&plan->lifetimes,
                            plan->step[step->existence == RN_ABSORBED ? step->absorber : v].value_buffer,
                            moment);
}

static rn_status add_buffer(rn_plan *plan, int *buffer, int64_t bytes, int begin, int end)
{
    *buffer = rn_lifetimes_add(&plan->lifetimes, bytes, begin, end);
    return *buffer < 0 ? RN_NO_MEMORY : RN_OK;
}

static rn_status add_value(rn_plan *plan, rn_value v)
{
    rn_step *step = &plan->step[v];
    const bool traced = has_backward(plan) && v >= plan->options.watched;
    RN_TRY(add_buffer(plan, &step->value_buffer, rn_plan_value_bytes(plan, v), v,
                      traced && !step->lost ? step->backward : v));
    if (step->lost)
        rn_lifetimes_return(&plan->lifetimes, step->value_buffer, step->again, step->backward);
    if (has_backward(plan) && wants_value_sums(plan, v))
        RN_TRY(add_buffer(plan, &step->value_sums, sums_bytes(plan, v), v, step->user[step->users - 1]));
    return RN_OK;
}

static rn_status plan_values(rn_plan *plan)
{
    for (int v = 0; v < plan->nodes; v++) {
        if (plan->step[v].existence == RN_WRITTEN)
            RN_TRY(add_value(plan, v));
        if (plan->step[v].is_head)
            touch_value(plan, v, plan->nodes);
        for (int k = 0; k < inputs_of(plan, v); k++)
            touch_value(plan, input_of(plan, v, k), v);
    }
    if (plan->options.watched)
        touch_value(plan, plan->options.watched, plan->moments);
    return RN_OK;
}

/* ---- Gradients ------------------------------------------------------------------------------- */

static void touch_grad(rn_plan *plan, rn_value v, int moment)
{
    while (plan->step[v].grad_promised || plan->step[v].shares_grad_of != RN_NONE)
        v = plan->step[v].grad_promised ? plan->step[v].user[0] : plan->step[v].shares_grad_of;
    if (plan->step[v].grad_buffer != RN_NONE)
        rn_lifetimes_extend(&plan->lifetimes, plan->step[v].grad_buffer, moment);
}

static rn_status plan_grad_sums(rn_plan *plan, int batchnorm)
{
    rn_step *top = &plan->step[plan->step[batchnorm].grad_sums_at];
    const int begin = backward_of(plan, top->user[0]);
    touch_value(plan, top->paired, begin);
    return add_buffer(plan, &top->grad_sums, sums_bytes(plan, batchnorm), begin,
                      backward_of(plan, batchnorm));
}

/* Of the values that come before the watched one no gradient is wanted. */
static rn_status plan_grads(rn_plan *plan)
{
    const int first = plan->options.watched ? plan->options.watched : 1;
    for (int v = plan->nodes - 1; v >= first; v--) {
        rn_step *step = &plan->step[v];
        if (!step->users && !step->is_head)
            continue;
        int last = step->is_head ? plan->nodes : step->user[step->users - 1];
        if (!step->grad_promised && step->shares_grad_of == RN_NONE)
            RN_TRY(add_buffer(plan, &step->grad_buffer, rn_plan_value_bytes(plan, v),
                              backward_of(plan, last), backward_of(plan, v)));
        touch_grad(plan, v, backward_of(plan, v));
    }
    for (int b = 0; b < plan->nodes; b++)
        if (plan->step[b].grad_sums_at != RN_NONE)
            RN_TRY(plan_grad_sums(plan, b));
    if (plan->options.watched)
        touch_grad(plan, plan->options.watched, plan->moments);
    return RN_OK;
}

/* ---- Workspaces ------------------------------------------------------------------------------ */

static rn_status lend_workspaces(rn_plan *plan)
{
    for (int i = 0; i < plan->nodes; i++) {
        rn_step *step = &plan->step[i];
        if (!plan->call[i].workspace_bytes)
            continue;
        RN_TRY(add_buffer(plan, &step->workspace_buffer, (int64_t)plan->call[i].workspace_bytes, i, i));
        if (step->lost)
            rn_lifetimes_return(&plan->lifetimes, step->workspace_buffer, step->again, step->again);
        rn_lifetimes_return(&plan->lifetimes, step->workspace_buffer, step->backward, step->backward);
    }
    return RN_OK;
}

rn_status rn_plan_lay_out(rn_plan *plan)
{
    plan->lifetimes.count = 0;
    find_lost(plan);
    find_needs(plan);
    number_moments(plan);
    RN_TRY(plan_values(plan));
    if (has_backward(plan))
        RN_TRY(plan_grads(plan));
    return plan->lends_workspace ? lend_workspaces(plan) : RN_OK;
}

/* ---- What does not depend on segments -------------------------------------------------------- */

/* `node` reads v: so it does with all that v stands on. */
static void note_reader(rn_plan *plan, rn_value v, int node)
{
    rn_step *step = &plan->step[v];
    if (node > step->last_reader)
        step->last_reader = node;
    for (int k = 0; step->existence == RN_PROMISED && k < inputs_of(plan, v); k++)
        note_reader(plan, input_of(plan, v, k), node);
}

static void note_readers(rn_plan *plan)
{
    for (int i = 0; i < plan->nodes; i++) {
        for (int k = 0; k < inputs_of(plan, i); k++)
            note_reader(plan, input_of(plan, i, k), i);
        if (plan->step[i].is_head)
            note_reader(plan, i, plan->nodes);
    }
}

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

void rn_plan_ask(const rn_plan *plan, const rn_kernel *kernel, rn_call *call)
{
    call->workspace_bytes = call->shared_bytes = call->scratch_bytes = 0;
    if (kernel && kernel->prepare)
        kernel->prepare(plan->device, call);
    call->workspace_bytes = (call->workspace_bytes + 63) & ~(size_t)63;
}

void rn_plan_ask_kernels(rn_plan *plan)
{
    plan->workspace_bytes = plan->shared_bytes = plan->scratch_bytes = 0;
    for (int i = 0; i < plan->nodes; i++) {
        rn_call *call = &plan->call[i];
        rn_plan_ask(plan, plan->step[i].kernel, call);
        plan->workspace_bytes += call->workspace_bytes;
        plan->shared_bytes = larger(plan->shared_bytes, call->shared_bytes);
        plan->scratch_bytes = larger(plan->scratch_bytes, call->scratch_bytes);
    }
    plan->scratch_bytes = (plan->scratch_bytes + 4095) & ~(size_t)4095;
}

void rn_plan_extras(rn_plan *plan)
{
    for (int i = 0; i < plan->nodes; i++) {
        const rn_call *call = &plan->call[i];
        int64_t channels = plan->options.bn_groups * rn_padded(call->output.shape.c);
        plan->step[i].facts = (int)plan->facts_count;
        plan->facts_count += op_of(plan, i) == &rn_op_batchnorm ? 5 * channels
                             : op_of(plan, i) == &rn_op_add ? channels : 0;
        plan->saved_count += (call->saved_count + 15) / 16 * 16;
    }
    rn_plan_ask_kernels(plan);
    note_readers(plan);
}

/* ---- Bytes of a session ---------------------------------------------------------------------- */

/* Scores and their gradients, losses, probabilities. */
static int64_t head_numbers(const rn_plan *plan)
{
    int64_t numbers = 0;
    for (int h = 0; h < plan->heads; h++)
        numbers += rn_count(plan->call[plan->net->head[h]].output.shape) * (has_backward(plan) ? 3 : 1);
    return numbers;
}

int64_t rn_plan_own_bytes(const rn_plan *plan)
{
    return plan->nodes * (int64_t)(sizeof *plan->call + sizeof *plan->step + 2 * sizeof *plan->value);
}

int64_t rn_plan_bytes_beside(const rn_plan *plan)
{
    const int64_t grads = plan->options.mode == RN_TRAIN ? rn_net_parameters(plan->net) : 0;
    const int64_t numbers = plan->facts_count + plan->saved_count + grads + head_numbers(plan)
                            + rn_count(plan->call[0].output.shape);
    return rn_plan_own_bytes(plan) + numbers * (int64_t)sizeof(float) + (int64_t)plan->shared_bytes
           + (int64_t)plan->scratch_bytes * rn_device_threads(plan->device)
           + (plan->lends_workspace ? 0 : (int64_t)plan->workspace_bytes);
}
