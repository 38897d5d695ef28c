/* Pointing the calls of a plan into memory: no decisions are taken here. */
#include "net/plan.h"

typedef struct {
    rn_plan *plan;
    const rn_blocks *blocks;
} wiring;

static void *at(const wiring *w, int buffer)
{
    return w->blocks->values + w->plan->lifetimes.buffer[buffer].place;
}

/* The k-th of the arrays that belong to a batchnorm: scale, shift, and its gradient's e1, e2, e3. */
static float *fact(const wiring *w, int node, int k)
{
    int64_t size = w->plan->options.bn_groups * rn_padded(w->plan->call[node].output.shape.c);
    return w->blocks->facts + w->plan->step[node].facts + k * size;
}

static rn_tensor empty_like(const rn_tensor *tensor)
{
    return (rn_tensor){ .shape = tensor->shape, .dtype = tensor->dtype, .steps = tensor->steps };
}

static rn_tensor promised_value(const wiring *w, int node)
{
    const rn_plan *plan = w->plan;
    const rn_node *n = &plan->net->node[node];
    rn_tensor value = plan->value[n->input[0]];
    value.shape = plan->call[node].output.shape;
    value.sums = NULL;
    if (n->op == &rn_op_batchnorm) {
        value.scale = fact(w, node, 0);
        value.shift = fact(w, node, 1);
    } else if (n->op == &rn_op_relu) {
        value.relu = true;
    } else {
        const rn_tensor *other = &plan->value[n->input[1]];
        value.other = other->data;
        value.other_steps = other->steps;
        value.other_scale = other->scale;
        value.shift = value.shift && other->shift ? fact(w, node, 0)
                      : value.shift               ? value.shift
                                                  : other->shift;
    }
    return value;
}

/* What a convolution writes that has absorbed the nodes behind it. */
static rn_tensor absorbing_output(const wiring *w, int conv)
{
    const rn_plan *plan = w->plan;
    rn_tensor output = plan->value[conv];
    for (int i = conv + 1; i < plan->nodes; i++) {
        if (plan->step[i].absorber != conv)
            continue;
        const rn_op *op = plan->net->node[i].op;
        if (op == &rn_op_batchnorm)
            output.scale = fact(w, i, 0), output.shift = fact(w, i, 1);
        output.relu |= op == &rn_op_relu;
        output.steps = plan->value[i].steps;
    }
    if (plan->step[conv].added != RN_NONE) {
        const rn_tensor *added = &plan->value[plan->step[conv].added];
        output.other = added->data;
        output.other_steps = added->steps;
    }
    return output;
}

static void connect_values(const wiring *w)
{
    rn_plan *plan = w->plan;
    for (int v = 0; v < plan->nodes; v++) {
        const rn_step *step = &plan->step[v];
        plan->value[v] = empty_like(&plan->call[v].output);
        if (step->existence == RN_PROMISED)
            plan->value[v] = promised_value(w, v);
        else
            plan->value[v].data = step->existence == RN_ABSORBED ? plan->value[step->absorber].data
                                                                 : at(w, step->value_buffer);
        if (step->value_sums != RN_NONE)
            plan->value[v].sums = at(w, step->value_sums);
    }
}

static rn_tensor grad_of(const wiring *w, rn_value v)
{
    const rn_plan *plan = w->plan;
    const rn_step *step = &plan->step[v];
    rn_tensor grad = empty_like(&plan->call[v].output);
    if (step->grad_promised) {
        int batchnorm = step->user[0];
        grad.data = plan->grad[batchnorm].data;
        grad.scale = fact(w, batchnorm, 2);
        grad.other = plan->value[v].data;
        grad.other_scale = fact(w, batchnorm, 3);
        grad.shift = fact(w, batchnorm, 4);
    } else if (step->shares_grad_of != RN_NONE) {
        grad.data = plan->grad[step->shares_grad_of].data;
    } else if (step->grad_buffer != RN_NONE) {
        grad.data = at(w, step->grad_buffer);
    }
    if (step->masked)
        grad.mask = &plan->value[v];
    if (step->grad_sums != RN_NONE) {
        grad.sums = at(w, step->grad_sums);
        grad.pair = plan->value[step->paired].data;
    }
    return grad;
}

static void connect_call(const wiring *w, int node, const rn_weights *weights)
{
    rn_plan *plan = w->plan;
    const rn_node *n = &plan->net->node[node];
    const rn_step *step = &plan->step[node];
    rn_call *call = &plan->call[node];
    call->output = step->existence == RN_WRITTEN ? absorbing_output(w, node) : plan->value[node];
    call->output_grad = plan->grad[node];
    if (step->grad_sums_at != RN_NONE)
        call->output_grad.sums = plan->grad[step->grad_sums_at].sums;
    call->facts = w->blocks->facts + step->facts;
    for (int k = 0; k < call->inputs; k++) {
        const rn_step *source = &plan->step[n->input[k]];
        call->input[k] = plan->value[n->input[k]];
        call->input_grad[k] = plan->grad[n->input[k]];
        call->adds[k] = source->is_head || source->user[source->users - 1] != node;
        call->completes[k] = source->user[0] == node;
    }
    for (int p = 0; p < call->params; p++) {
        int64_t place = rn_param_place(plan->net, n->first_param + p);
        call->param[p] = rn_weights_param(weights, n->first_param + p);
        call->param_grad[p] = w->blocks->grads && place < weights->learned ? w->blocks->grads + place : NULL;
    }
}

static void *lent_workspace(const wiring *w, int node)
{
    const int buffer = w->plan->step[node].workspace_buffer;
    return buffer == RN_NONE ? NULL : at(w, buffer);
}

void rn_plan_connect(rn_plan *plan, const rn_weights *weights, const rn_blocks *blocks)
{
    wiring w = { plan, blocks };
    char *workspace = blocks->workspace;
    float *saved = blocks->saved;
    connect_values(&w);
    for (int v = plan->nodes - 1; v > 0 && plan->options.mode != RN_INFER; v--)
        plan->grad[v] = grad_of(&w, v);
    for (int i = 0; i < plan->nodes; i++) {
        rn_call *call = &plan->call[i];
        connect_call(&w, i, weights);
        call->workspace = plan->lends_workspace ? lent_workspace(&w, i) : workspace;
        call->saved = saved;
        call->shared = blocks->shared;
        call->scratch = blocks->scratch;
        call->scratch_stride = plan->scratch_bytes;
        workspace += call->workspace_bytes;
        saved += (call->saved_count + 15) / 16 * 16;
    }
}
