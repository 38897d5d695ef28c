/*
 * Making a plan (planning.h), and its first decisions: calls and kernels, and how each value exists.
 * Everything is decided once, from shapes alone.
 */
#include "net/planning.h"
#include "base/memory.h"

#include <assert.h>
#include <math.h>
#include <string.h>

/* ---- Calls, users and kernels ---------------------------------------------------------------- */

static rn_shape input_shape(const rn_plan *plan, int node)
{
    rn_shape shape = plan->net->node[node].output_shape;
    shape.n = plan->options.batch;
    if (plan->options.height)
        shape.h = plan->options.height, shape.w = plan->options.width;
    return shape;
}

/* The steps in which bytes hold a value: 0 is a byte, and the least of what has been rectified. */
static rn_byte_steps steps_of(const rn_plan *plan, int node)
{
    if (!plan->options.range || has_backward(plan))
        return (rn_byte_steps){ 0, 0 };
    const rn_range range = plan->options.range[node];
    const float least = op_of(plan, node) == &rn_op_relu ? 0 : fminf(range.least, 0);
    const float step = (fmaxf(range.greatest, 0) - least) / 255;
    return step > 0 ? (rn_byte_steps){ step, (int)lrintf(-least / step) } : (rn_byte_steps){ 1, 0 };
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
        call->output.steps = steps_of(plan, i);
        call->output.dtype = plan->device->dtype(plan->device, call);
        if (call->output.dtype != RN_UINT8)
            call->output.steps = (rn_byte_steps){ 0, 0 };
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
        step->workspace_buffer = RN_NONE;
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
    if (has_backward(plan))
        rn_plan_grads(plan);
    rn_plan_extras(plan);
    return rn_plan_fit(plan);
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
    return make(plan);
}

void rn_plan_free(rn_plan *plan)
{
    rn_lifetimes_free(&plan->lifetimes);
    rn_free(plan->segment);
    rn_free(plan->user);
    rn_free(plan->call);
    rn_free(plan->step);
    rn_free(plan->value);
    rn_free(plan->grad);
    *plan = (rn_plan){ 0 };
}
