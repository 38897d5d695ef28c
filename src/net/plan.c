/*
 * Making a plan, in this order: calls and kernels; how each value exists; where each gradient lives; who
 * masks and who sums; lifetimes.  Everything here is decided once, from shapes alone.
 */
#include "net/plan.h"
#include "base/memory.h"

#include <assert.h>
#include <string.h>

static bool can(const rn_plan *plan, int node, unsigned ability)
{
    const rn_kernel *kernel = plan->step[node].kernel;
    return kernel && (kernel->abilities & ability) && !plan->options.unfused;
}

static const rn_op *op_of(const rn_plan *plan, int node)
{
    return plan->net->node[node].op;
}

static rn_value input_of(const rn_plan *plan, int node, int k)
{
    return plan->net->node[node].input[k];
}

static int inputs_of(const rn_plan *plan, int node)
{
    return plan->call[node].inputs;
}

static bool has_backward(const rn_plan *plan)
{
    return plan->options.mode != RN_INFER;
}

/* Somebody outside the plan reads this value. */
static bool is_wanted(const rn_plan *plan, rn_value v)
{
    return plan->step[v].is_head || (v > 0 && v == plan->options.watched);
}

static int backward_of(const rn_plan *plan, int node)
{
    return 2 * plan->nodes - node;
}

/* ---- Calls, users and kernels ---------------------------------------------------------------- */

static rn_shape input_shape(const rn_plan *plan, int node)
{
    rn_shape shape = plan->net->node[node].output_shape;
    shape.n = plan->options.batch;
    if (plan->options.height)
        shape.h = plan->options.height, shape.w = plan->options.width;
    return shape;
}

static rn_status make_calls(rn_plan *plan)
{
    const rn_net *net = plan->net;
    for (int i = 0; i < plan->nodes; i++) {
        rn_call *call = &plan->call[i];
        const rn_node *node = &net->node[i];
        *call = (rn_call){ .op = node->op, .args = node->args, .inputs = node->inputs,
                           .training = has_backward(plan), .shards = plan->options.shards,
                           .groups = plan->options.bn_groups,
                           .reads_picture = node->op && !net->node[node->input[0]].op };
        if (plan->options.mode == RN_EXPLAIN)
            call->args.frozen = true, call->args.rate = 0;      /* as in testing */
        for (int k = 0; k < call->inputs; k++)
            call->input[k] = plan->call[node->input[k]].output;
        if (node->op)
            RN_TRY(rn_while(node->op->infer(call), "cannot run '%s'", node->name));
        else
            call->output.shape = input_shape(plan, i);
        call->output.dtype = plan->device->dtype(plan->device, call);
        for (int p = 0; p < call->params; p++)
            if (!rn_same_shape(call->param_shape[p], net->param[node->first_param + p].shape))
                return rn_fail(RN_BAD_ARGUMENT, "'%s' depends on the input size, which must be %lldx%lld",
                               node->name, (long long)net->node[0].output_shape.h,
                               (long long)net->node[0].output_shape.w);
    }
    return RN_OK;
}

static rn_status find_users(rn_plan *plan)
{
    int nodes = plan->nodes, total = 0;
    RN_TRY(rn_new(&plan->user, RN_MAX_INPUTS * (size_t)nodes + 1));
    for (int i = 0; i < nodes; i++)
        for (int k = 0; k < inputs_of(plan, i); k++)
            plan->step[input_of(plan, i, k)].users++;
    for (int v = 0; v < nodes; v++) {
        plan->step[v].user = plan->user + total;
        total += plan->step[v].users;
        plan->step[v].users = 0;
    }
    for (int i = 0; i < nodes; i++)
        for (int k = 0; k < inputs_of(plan, i); k++) {
            rn_step *step = &plan->step[input_of(plan, i, k)];
            step->user[step->users++] = i;
        }
    for (int h = 0; h < plan->heads; h++)
        plan->step[plan->net->head[h]].is_head = true;
    return RN_OK;
}

/* The kernel that the options ask to be measured, or the device's choice. */
static const rn_kernel *kernel_for(const rn_plan *plan, const rn_call *call)
{
    const rn_device *device = plan->device;
    const rn_kernel *kernel = NULL, *next;
    for (int k = 0; k < plan->options.candidate && device->candidate; k++, kernel = next)
        if (!(next = device->candidate(device, call, k)))
            break;
    return kernel ? kernel : device->choose(device, call);
}

static void choose_kernels(rn_plan *plan)
{
    for (int i = 0; i < plan->nodes; i++) {
        rn_step *step = &plan->step[i];
        step->absorber = step->added = step->shares_grad_of = step->grad_sums_at = step->paired = RN_NONE;
        step->value_buffer = step->grad_buffer = step->value_sums = step->grad_sums = RN_NONE;
        if (op_of(plan, i))
            step->kernel = kernel_for(plan, &plan->call[i]);
    }
}

/* ---- How values exist ------------------------------------------------------------------------ */

static bool is_promised(const rn_plan *plan, rn_value v)
{
    return plan->step[v].existence == RN_PROMISED;
}

/* Only scale and shift: no relu and nothing added. */
static bool is_affine(const rn_plan *plan, rn_value v)
{
    return !is_promised(plan, v) || op_of(plan, v) == &rn_op_batchnorm;
}

static bool may_be_promised(const rn_plan *plan, int i)
{
    const rn_step *step = &plan->step[i];
    if (!can(plan, i, RN_MAKES_PROMISES) || is_wanted(plan, i) || step->users == 0)
        return false;
    for (int k = 0; k < inputs_of(plan, i); k++)
        if (!is_affine(plan, input_of(plan, i, k)))
            return false;
    unsigned needed = RN_READS_PROMISES | (op_of(plan, i) == &rn_op_batchnorm ? RN_READS_AFFINE : 0u);
    for (int u = 0; u < step->users; u++)
        if (!can(plan, step->user[u], needed))
            return false;
    return true;
}

/* The sole reader of a value, or RN_NONE. */
static int sole_user(const rn_plan *plan, rn_value v)
{
    return plan->step[v].users == 1 && !is_wanted(plan, v) ? plan->step[v].user[0] : RN_NONE;
}

/* The value that `add` adds to `v`, if it is written before `before`. */
static rn_value addend(const rn_plan *plan, int add, rn_value v, int before)
{
    rn_value other = input_of(plan, add, input_of(plan, add, 0) == v);
    bool ready = other < before || plan->step[other].existence == RN_ABSORBED;
    return ready && !is_promised(plan, other) && other != v
                   && (plan->step[other].absorber == RN_NONE || plan->step[other].absorber < before)
               ? other
               : RN_NONE;
}

/* In inference a convolution takes over the batchnorm, add and relu that follow it. */
static void absorb(rn_plan *plan, int conv)
{
    bool scaled = false, relu = false;
    rn_value end = conv;
    for (int next; (next = sole_user(plan, end)) != RN_NONE && !relu; end = next) {
        const rn_op *op = op_of(plan, next);
        rn_value other = RN_NONE;
        if (op == &rn_op_batchnorm && !scaled && end == conv)
            scaled = true;
        else if (op == &rn_op_relu)
            relu = true;
        else if (op == &rn_op_add && plan->step[conv].added == RN_NONE)
            other = addend(plan, next, end, conv);
        else
            break;
        if (op == &rn_op_add && other == RN_NONE)
            break;
        if (other != RN_NONE)
            plan->step[conv].added = other;
        plan->step[next].existence = RN_ABSORBED;
        plan->step[next].absorber = conv;
    }
}

static void decide_values(rn_plan *plan)
{
    for (int i = 0; i < plan->nodes; i++) {
        if (plan->step[i].existence == RN_ABSORBED)
            continue;
        if (may_be_promised(plan, i))
            plan->step[i].existence = RN_PROMISED;
        else if (!has_backward(plan) && can(plan, i, RN_PAYS_PROMISES))
            absorb(plan, i);
    }
}

/* ---- Where gradients live -------------------------------------------------------------------- */

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

/* ---- Lifetimes ------------------------------------------------------------------------------- */

static int64_t bytes_of(const rn_plan *plan, rn_value v)
{
    return plan->device->bytes(plan->device, &plan->call[v].output);
}

static int64_t sums_bytes(const rn_plan *plan, rn_value v)
{
    return plan->options.shards * 2 * rn_padded(plan->call[v].output.shape.c) * (int64_t)sizeof(double);
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

static void touch_grad(rn_plan *plan, rn_value v, int moment)
{
    while (plan->step[v].grad_promised || plan->step[v].shares_grad_of != RN_NONE)
        v = plan->step[v].grad_promised ? plan->step[v].user[0] : plan->step[v].shares_grad_of;
    if (plan->step[v].grad_buffer != RN_NONE)
        rn_lifetimes_extend(&plan->lifetimes, plan->step[v].grad_buffer, moment);
}

static rn_status add_buffer(rn_plan *plan, int *buffer, int64_t bytes, int begin, int end)
{
    *buffer = rn_lifetimes_add(&plan->lifetimes, bytes, begin, end);
    return *buffer < 0 ? RN_NO_MEMORY : RN_OK;
}

static rn_status plan_values(rn_plan *plan)
{
    int nodes = plan->nodes;
    for (int v = 0; v < nodes; v++) {
        rn_step *step = &plan->step[v];
        int end = has_backward(plan) && v >= plan->options.watched ? backward_of(plan, v) : v;
        if (step->existence == RN_WRITTEN)
            RN_TRY(add_buffer(plan, &step->value_buffer, bytes_of(plan, v), v, end));
        if (step->is_head)
            touch_value(plan, v, nodes);
        for (int k = 0; k < inputs_of(plan, v); k++)
            touch_value(plan, input_of(plan, v, k), v);
        if (step->existence == RN_WRITTEN && has_backward(plan) && wants_value_sums(plan, v))
            RN_TRY(add_buffer(plan, &step->value_sums, sums_bytes(plan, v), v, step->user[step->users - 1]));
    }
    if (plan->options.watched)
        touch_value(plan, plan->options.watched, 2 * nodes + 1);
    return RN_OK;
}

/* Of the values that come before the watched one no gradient is wanted. */
static rn_status plan_grads(rn_plan *plan)
{
    int nodes = plan->nodes, first = plan->options.watched ? plan->options.watched : 1;
    for (int v = nodes - 1; v >= first; v--) {
        rn_step *step = &plan->step[v];
        if (!step->users && !step->is_head)
            continue;
        int last = step->is_head ? nodes : step->user[step->users - 1];
        if (!step->grad_promised && step->shares_grad_of == RN_NONE)
            RN_TRY(add_buffer(plan, &step->grad_buffer, bytes_of(plan, v), backward_of(plan, last),
                              backward_of(plan, v)));
        touch_grad(plan, v, backward_of(plan, v));
    }
    for (int b = 0; b < nodes; b++) {
        rn_step *step = &plan->step[b];
        if (step->grad_sums_at == RN_NONE)
            continue;
        rn_step *top = &plan->step[step->grad_sums_at];
        RN_TRY(add_buffer(plan, &top->grad_sums, sums_bytes(plan, b), backward_of(plan, top->user[0]),
                          backward_of(plan, b)));
        touch_value(plan, top->paired, backward_of(plan, top->user[0]));
    }
    if (plan->options.watched)
        touch_grad(plan, plan->options.watched, 2 * nodes + 1);
    return RN_OK;
}

/* Small arrays that live as long as the session, and what kernels ask for. */
static void plan_extras(rn_plan *plan)
{
    for (int i = 0; i < plan->nodes; i++) {
        rn_call *call = &plan->call[i];
        int64_t channels = plan->options.bn_groups * rn_padded(call->output.shape.c);
        plan->step[i].facts = (int)plan->facts_count;
        plan->facts_count += op_of(plan, i) == &rn_op_batchnorm ? 5 * channels
                             : op_of(plan, i) == &rn_op_add ? channels : 0;
        plan->saved_count += (call->saved_count + 15) / 16 * 16;
        if (plan->step[i].kernel && plan->step[i].kernel->prepare)
            plan->step[i].kernel->prepare(plan->device, call);
        call->workspace_bytes = (call->workspace_bytes + 63) & ~(size_t)63;
        plan->workspace_bytes += call->workspace_bytes;
        if (call->shared_bytes > plan->shared_bytes)
            plan->shared_bytes = call->shared_bytes;
        if (call->scratch_bytes > plan->scratch_bytes)
            plan->scratch_bytes = call->scratch_bytes;
    }
    plan->scratch_bytes = (plan->scratch_bytes + 4095) & ~(size_t)4095;
}

static rn_status make(rn_plan *plan)
{
    size_t nodes = (size_t)plan->nodes;
    RN_TRY(rn_new(&plan->call, nodes));
    RN_TRY(rn_new(&plan->step, nodes));
    RN_TRY(rn_new(&plan->value, nodes));
    RN_TRY(rn_new(&plan->grad, nodes));
    RN_TRY(make_calls(plan));
    RN_TRY(find_users(plan));
    choose_kernels(plan);
    decide_values(plan);
    if (has_backward(plan)) {
        decide_grads(plan);
        decide_masks(plan);
        for (int i = 0; i < plan->nodes; i++)
            if (op_of(plan, i) == &rn_op_batchnorm && can(plan, i, RN_MAKES_PROMISES))
                ask_for_grad_sums(plan, i);
    }
    RN_TRY(plan_values(plan));
    if (has_backward(plan))
        RN_TRY(plan_grads(plan));
    plan_extras(plan);
    return rn_lifetimes_place(&plan->lifetimes);
}

static rn_status check_options(rn_session_options *options)
{
    if (!options->shards)
        options->shards = 8;
    if (!options->bn_groups)
        options->bn_groups = 1;
    if (options->batch < 1)
        return rn_fail(RN_BAD_ARGUMENT, "a batch of %d images: at least 1 is needed", options->batch);
    if (options->bn_groups < 1 || options->shards < 1 || options->shards % options->bn_groups)
        return rn_fail(RN_BAD_ARGUMENT, "%d shards cannot be cut into %d batch-normalization groups",
                       options->shards, options->bn_groups);
    if (options->mode == RN_TRAIN && options->batch < options->bn_groups)
        return rn_fail(RN_BAD_ARGUMENT,
                       "a batch of %d images cannot be cut into %d batch-normalization groups",
                       options->batch, options->bn_groups);
    if (options->mode != RN_TRAIN)
        options->bn_groups = 1;
    if (options->mode == RN_EXPLAIN)
        options->unfused = true;
    return RN_OK;
}

rn_status rn_plan_make(rn_plan *plan, const rn_net *net, rn_device *device, const rn_session_options *options)
{
    assert(options->watched >= 0 && options->watched < rn_net_answer_nodes(net));
    assert(options->watched ? options->mode != RN_TRAIN : options->mode != RN_EXPLAIN);
    bool answers = options->mode != RN_TRAIN;
    *plan = (rn_plan){ .net = net, .device = device, .options = *options,
                       .nodes = answers ? rn_net_answer_nodes(net) : net->nodes,
                       .heads = answers ? 1 : net->heads };
    RN_TRY(check_options(&plan->options));
    rn_status status = make(plan);
    if (status != RN_OK)
        rn_plan_free(plan);
    return status;
}

void rn_plan_free(rn_plan *plan)
{
    rn_lifetimes_free(&plan->lifetimes);
    rn_free(plan->user);
    rn_free(plan->call);
    rn_free(plan->step);
    rn_free(plan->value);
    rn_free(plan->grad);
    *plan = (rn_plan){ 0 };
}
