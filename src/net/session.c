/*
 * Running a plan.  Opening allocates every block once; a step is a loop over the calls forward, the loss, and
 * a loop backward.
 */
#include "net/plan.h"
#include "base/clock.h"
#include "base/memory.h"
#include "base/random.h"

#include <assert.h>
#include <math.h>
#include <string.h>

typedef struct {
    rn_call call;               /* softmax_loss on n,c,h,w order */
    float *scores, *scores_grad, *loss, *loss_grad, *saved;
} head;

struct rn_session {
    rn_plan plan;
    rn_weights *weights;        /* borrowed */
    uint64_t packed_version;    /* of the weights that the kernels have packed */
    float *input, *grads;
    int32_t *labels;
    head head[RN_MAX_HEADS];
    rn_blocks blocks;
    rn_session *lender;         /* NULL: all memory is the session's own */
    char *room, *room_end;      /* what is left of the lender's */
    int64_t lender_runs;        /* of the lender when weights were packed: they are gone after the next */
    int64_t bytes, runs;        /* bytes of its own */
    int images;                 /* of the latest run */
    bool ran_backward;
    rn_node_time *time;         /* NULL until asked for */
    rn_observer *observe;       /* NULL: nobody */
    void *observer;
    float *observed;            /* room for any value */
};

enum { ALIGN = 64, MOST_BLOCKS = 32 };

static rn_status block(rn_session *session, void *pointer, int64_t bytes, const char *what)
{
    if (!session->lender) {
        session->bytes += bytes;
        return rn_allocate((void **)pointer, (size_t)bytes, 1, what);
    }
    *(void **)pointer = session->room;
    session->room += (bytes + ALIGN - 1) / ALIGN * ALIGN;
    assert(session->room <= session->room_end);
    return RN_OK;
}

static void free_block(const rn_session *session, void *memory)
{
    if (!session->lender)
        rn_free(memory);
}

/* The blocks are few, and each wastes less than ALIGN. */
static void borrow(rn_session *session, rn_session *lender)
{
    const int64_t lent = lender ? lender->plan.lifetimes.bytes : 0;
    if (session->plan.bytes + MOST_BLOCKS * ALIGN > lent)
        return;
    session->lender = lender;
    session->room = lender->blocks.values;
    session->room_end = session->room + lent;
}

/* ---- Opening --------------------------------------------------------------------------------- */

static rn_status open_head(rn_session *session, int number)
{
    head *h = &session->head[number];
    const rn_plan *plan = &session->plan;
    rn_shape shape = plan->call[plan->net->head[number]].output.shape;
    int64_t floats = rn_count(shape) * (int64_t)sizeof(float), losses = shape.n * (int64_t)sizeof(float);
    RN_TRY(block(session, &h->scores, floats, "scores"));
    if (plan->options.mode == RN_INFER)
        return RN_OK;
    RN_TRY(block(session, &h->scores_grad, floats, "scores"));
    if (plan->options.mode == RN_EXPLAIN)
        return RN_OK;
    h->call = (rn_call){ .op = &rn_op_softmax_loss, .inputs = 1, .training = true, .label = session->labels };
    h->call.input[0].shape = shape;
    RN_TRY(rn_op_softmax_loss.infer(&h->call));
    RN_TRY(block(session, &h->loss, losses, "losses"));
    RN_TRY(block(session, &h->loss_grad, losses, "losses"));
    RN_TRY(block(session, &h->saved, h->call.saved_count * (int64_t)sizeof(float), "probabilities"));
    h->call.input[0].data = h->scores;
    h->call.input_grad[0] = (rn_tensor){ .shape = shape, .data = h->scores_grad };
    h->call.output.data = h->loss;
    h->call.output_grad = (rn_tensor){ .shape = h->call.output.shape, .data = h->loss_grad };
    h->call.saved = h->saved;
    return RN_OK;
}

static rn_status open_blocks(rn_session *session)
{
    rn_plan *plan = &session->plan;
    rn_blocks *b = &session->blocks;
    RN_TRY(block(session, &b->values, plan->lifetimes.bytes, "activations"));
    RN_TRY(block(session, &b->workspace, plan->lends_workspace ? 0 : (int64_t)plan->workspace_bytes,
                 "packed weights"));
    RN_TRY(block(session, &b->shared, (int64_t)plan->shared_bytes, "partial sums"));
    RN_TRY(block(session, &b->scratch, (int64_t)plan->scratch_bytes * rn_device_threads(plan->device),
                 "scratch memory"));
    RN_TRY(block(session, &b->facts, plan->facts_count * (int64_t)sizeof(float), "batch normalization"));
    RN_TRY(block(session, &b->saved, plan->saved_count * (int64_t)sizeof(float), "batch statistics"));
    if (plan->options.mode == RN_TRAIN)
        RN_TRY(block(session, &b->grads, rn_net_parameters(plan->net) * (int64_t)sizeof(float), "gradients"));
    RN_TRY(block(session, &session->input, rn_count(plan->call[0].output.shape) * (int64_t)sizeof(float),
                 "a batch of pictures"));
    return block(session, &session->labels, plan->options.batch * (int64_t)sizeof(int32_t), "labels");
}

static rn_status open_session(rn_session *session)
{
    borrow(session, session->plan.options.lender);
    session->bytes = rn_plan_own_bytes(&session->plan);
    RN_TRY(open_blocks(session));
    for (int h = 0; h < session->plan.heads; h++)
        RN_TRY(open_head(session, h));
    rn_plan_connect(&session->plan, session->weights, &session->blocks);
    session->grads = session->blocks.grads;
    session->images = session->plan.options.batch;
    return RN_OK;
}

rn_status rn_session_open(rn_session **opened, const rn_net *net, rn_weights *weights, rn_device *device,
                          const rn_session_options *options)
{
    rn_session *session;
    *opened = NULL;
    assert(net->heads > 0 && weights->net == net);
    RN_TRY(rn_new(&session, 1));
    session->weights = weights;
    session->packed_version = weights->version - 1;
    session->lender_runs = -1;
    rn_status status = rn_plan_make(&session->plan, net, device, options);
    if (status == RN_OK)
        status = rn_hint(open_session(session), "--batch %d", options->batch > 1 ? options->batch / 2 : 1);
    if (status != RN_OK) {
        rn_session_close(session);
        return status;
    }
    *opened = session;
    return RN_OK;
}

void rn_session_close(rn_session *session)
{
    if (!session)
        return;
    rn_blocks *b = &session->blocks;
    void *memory[] = { b->values, b->workspace, b->shared, b->scratch, b->facts, b->saved, b->grads,
                       session->input, session->labels };
    for (size_t i = 0; i < sizeof memory / sizeof *memory; i++)
        free_block(session, memory[i]);
    rn_free(session->time);
    rn_free(session->observed);
    for (int i = 0; i < RN_MAX_HEADS; i++) {
        head *h = &session->head[i];
        void *own[] = { h->scores, h->scores_grad, h->loss, h->loss_grad, h->saved };
        for (size_t k = 0; k < sizeof own / sizeof *own; k++)
            free_block(session, own[k]);
    }
    rn_plan_free(&session->plan);
    rn_free(session);
}

/* Of the parameters that kernels read where they lie. */
static int64_t unpacked_bytes(const rn_plan *plan)
{
    int64_t numbers = 0;
    for (int i = 0; i < plan->nodes; i++)
        for (int p = 0; !plan->call[i].workspace_bytes && p < plan->call[i].params; p++)
            numbers += rn_count(plan->call[i].param_shape[p]);
    return numbers * (int64_t)sizeof(float);
}

rn_status rn_session_measure(const rn_net *net, rn_device *device, const rn_session_options *options,
                             rn_session_size *size)
{
    rn_plan plan;
    rn_status status = rn_plan_make(&plan, net, device, options);
    *size = (rn_session_size){ .bytes = plan.bytes, .lends = plan.lifetimes.bytes,
                               .plan = rn_plan_own_bytes(&plan),
                               .unpacked = plan.bytes ? unpacked_bytes(&plan) : 0 };
    rn_plan_free(&plan);
    return status;
}

/* ---- Running --------------------------------------------------------------------------------- */

static bool runs(const rn_plan *plan, int node)
{
    return plan->step[node].kernel && plan->step[node].existence != RN_ABSORBED;
}

static void pack(rn_plan *plan, int node)
{
    const rn_kernel *kernel = plan->step[node].kernel;
    if (kernel && kernel->repack)
        kernel->repack(plan->device, &plan->call[node]);
}

/* What a kernel has packed it does not read again; what another reads comes back from the file by itself. */
static void rest(const rn_session *session, int node)
{
    const rn_node *n = &session->plan.net->node[node];
    for (int p = n->first_param; p < n->first_param + n->params; p++)
        rn_weights_rest(session->weights, p);
}

/* What is kept from run to run is gone where the lender has run: kernels expect zeros where they pack
 * nothing. */
static bool is_overwritten(rn_session *session)
{
    const rn_plan *plan = &session->plan;
    if (!session->lender || session->lender_runs == session->lender->runs)
        return false;
    memset(session->blocks.workspace, 0, plan->workspace_bytes);
    memset(session->blocks.facts, 0, (size_t)plan->facts_count * sizeof(float));
    memset(session->blocks.saved, 0, (size_t)plan->saved_count * sizeof(float));
    session->lender_runs = session->lender->runs;
    return true;
}

static void repack(rn_session *session)
{
    rn_plan *plan = &session->plan;
    if (!is_overwritten(session) && session->packed_version == session->weights->version)
        return;
    for (int i = 0; i < plan->nodes; i++)
        if (plan->step[i].workspace_buffer == RN_NONE) {
            pack(plan, i);
            rest(session, i);
        }
    session->packed_version = session->weights->version;
}

/* Kernels expect zeros where they pack nothing: between groups, and beside channels that fill no vector. */
static bool has_gaps(const rn_call *call)
{
    const int64_t in = call->input[0].shape.c, out = call->output.shape.c;
    return call->args.groups > 1 || in != rn_padded(in) || out != rn_padded(out);
}

/* A lent workspace held something else until now. */
static void pack_lent(rn_plan *plan, int node)
{
    rn_call *call = &plan->call[node];
    if (plan->step[node].workspace_buffer == RN_NONE)
        return;
    if (has_gaps(call))
        memset(call->workspace, 0, call->workspace_bytes);
    pack(plan, node);
}

static void set_images(rn_session *session, int images)
{
    rn_plan *plan = &session->plan;
    if (session->images == images)
        return;
    for (int i = 0; i < plan->nodes; i++) {
        rn_call *call = &plan->call[i];
        plan->value[i].shape.n = plan->grad[i].shape.n = images;
        call->output.shape.n = call->output_grad.shape.n = images;
        for (int k = 0; k < call->inputs; k++)
            call->input[k].shape.n = call->input_grad[k].shape.n = images;
    }
    for (int h = 0; h < plan->heads; h++) {
        rn_call *call = &session->head[h].call;
        call->input[0].shape.n = call->input_grad[0].shape.n = images;
        call->output.shape.n = call->output_grad.shape.n = images;
    }
    session->images = images;
}

static void forward_heads(rn_session *session)
{
    rn_plan *plan = &session->plan;
    for (int h = 0; h < plan->heads; h++) {
        head *mine = &session->head[h];
        plan->device->read(plan->device, &plan->value[plan->net->head[h]], mine->scores, 1);
        if (plan->options.mode == RN_TRAIN)
            rn_op_softmax_loss.forward(&mine->call);
    }
}

static void forward_node(rn_session *session, int node, uint64_t key)
{
    rn_plan *plan = &session->plan;
    const double start = session->time ? rn_clock_ms() : 0;
    plan->call[node].key = rn_random_mix(key, (uint64_t)node);
    pack_lent(plan, node);
    plan->step[node].kernel->forward(plan->device, &plan->call[node]);
    if (session->time)
        session->time[node].forward_ms = rn_clock_ms() - start;
}

static void show_value(rn_session *session, int node)
{
    rn_plan *plan = &session->plan;
    plan->device->read(plan->device, &plan->value[node], session->observed, plan->options.bn_groups);
    session->observe(session->observer, node, session->observed, rn_count(plan->value[node].shape));
}

void rn_session_forward(rn_session *session, int images, uint64_t key)
{
    rn_plan *plan = &session->plan;
    assert(images > 0 && images <= plan->options.batch);
    set_images(session, images);
    repack(session);
    session->ran_backward = false;
    session->runs++;
    plan->device->write(plan->device, &plan->value[0], session->input);
    for (int i = 0; i < plan->nodes; i++) {
        if (runs(plan, i))
            forward_node(session, i, key);
        if (session->observe && plan->step[i].existence == RN_WRITTEN)
            show_value(session, i);
    }
    forward_heads(session);
}

static void backward_loss(rn_session *session, int number)
{
    head *h = &session->head[number];
    for (int i = 0; i < session->images; i++)
        h->loss_grad[i] = (float)(session->plan.net->head_weight[number] / session->images);
    rn_op_softmax_loss.backward(&h->call);
}

static void choose_scores(rn_session *session)
{
    int classes = rn_session_classes(session);
    for (int i = 0; i < session->images; i++)
        session->head[0].scores_grad[(int64_t)i * classes + session->labels[i]] = 1;
}

static void backward_heads(rn_session *session)
{
    rn_plan *plan = &session->plan;
    for (int h = 0; h < plan->heads; h++) {
        head *mine = &session->head[h];
        rn_tensor *grad = &plan->grad[plan->net->head[h]];
        memset(mine->scores_grad, 0, (size_t)rn_count(grad->shape) * sizeof(float));
        if (plan->options.mode == RN_TRAIN)
            backward_loss(session, h);
        else
            choose_scores(session);
        plan->device->write(plan->device, grad, mine->scores_grad);
    }
}

/* Make the lost values of a segment again. */
static void recompute(rn_session *session, const rn_segment *segment)
{
    rn_plan *plan = &session->plan;
    for (int i = segment->first; i <= segment->last; i++) {
        if (!plan->step[i].lost)
            continue;
        double start = session->time ? rn_clock_ms() : 0;
        rn_call call = plan->call[i];
        call.again = true;
        call.output.sums = NULL;
        pack_lent(plan, i);
        plan->step[i].kernel->forward(plan->device, &call);
        if (session->time)
            session->time[i].forward_ms += rn_clock_ms() - start;
    }
}

/* Before the backward of a node; `left` segments are not made again yet. */
static void recompute_before(rn_session *session, int node, int *left)
{
    const rn_segment *segment = session->plan.segment;
    for (; *left > 0 && segment[*left - 1].before >= node; --*left)
        recompute(session, &segment[*left - 1]);
}

void rn_session_backward(rn_session *session)
{
    rn_plan *plan = &session->plan;
    int left = plan->segments;
    assert(plan->options.mode != RN_INFER);
    backward_heads(session);
    for (int i = plan->nodes - 1; i > plan->options.watched; i--) {
        const rn_step *step = &plan->step[i];
        recompute_before(session, i, &left);
        if (!step->users && !step->is_head)
            continue;
        double start = session->time ? rn_clock_ms() : 0;
        pack_lent(plan, i);
        step->kernel->backward(plan->device, &plan->call[i]);
        if (session->time)
            session->time[i].backward_ms = rn_clock_ms() - start;
    }
    session->ran_backward = true;
}

/* ---- Looking --------------------------------------------------------------------------------- */

float *rn_session_input(rn_session *session)
{
    return session->input;
}

int32_t *rn_session_labels(rn_session *session)
{
    return session->labels;
}

const float *rn_session_scores(const rn_session *session)
{
    return session->head[0].scores;
}

int rn_session_classes(const rn_session *session)
{
    const rn_plan *plan = &session->plan;
    rn_shape shape = plan->call[plan->net->head[0]].output.shape;
    return (int)(shape.c * shape.h * shape.w);
}

double rn_session_loss(const rn_session *session)
{
    double sum = 0;
    for (int i = 0; i < session->images; i++)
        sum += session->head[0].loss[i];
    return sum / session->images;
}

float *rn_session_grads(rn_session *session)
{
    return session->grads;
}

void rn_session_add_kernels(const rn_session *session, rn_digest *digest)
{
    const rn_plan *plan = &session->plan;
    for (int i = 0; i < plan->nodes; i++)
        if (plan->step[i].kernel)
            rn_digest_add(digest, plan->step[i].kernel->name, strlen(plan->step[i].kernel->name) + 1);
}

int64_t rn_session_bytes(const rn_session *session)
{
    return session->bytes;
}

double rn_session_repeats(const rn_session *session)
{
    const rn_plan *plan = &session->plan;
    int64_t all = 0, again = 0;
    for (int i = 0; i < plan->nodes; i++) {
        const rn_op *op = plan->net->node[i].op;
        int64_t products = op && op->multiply_adds ? op->multiply_adds(&plan->call[i]) : 0;
        all += products;
        again += plan->step[i].lost ? products : 0;
    }
    return all ? (double)again / (double)all : 0;
}

void rn_session_read(rn_session *session, float *value)
{
    rn_plan *plan = &session->plan;
    assert(plan->options.watched > 0);
    plan->device->read(plan->device, &plan->value[plan->options.watched], value, 1);
}

void rn_session_read_grad(rn_session *session, float *grad)
{
    rn_plan *plan = &session->plan;
    assert(plan->options.mode == RN_EXPLAIN && session->ran_backward);
    plan->device->read(plan->device, &plan->grad[plan->options.watched], grad, 1);
}

static bool all_finite(const float *number, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        if (!isfinite(number[i]))
            return false;
    return true;
}

static const char *first_bad_grad(const rn_session *session)
{
    const rn_net *net = session->plan.net;
    for (int p = net->params - 1; p >= 0; p--)
        if (net->param[p].role != RN_STATE
            && !all_finite(session->grads + rn_param_place(net, p), rn_count(net->param[p].shape)))
            return net->param[p].name;
    return NULL;
}

/* From the last to the first, as backward goes, since values may have been lost. */
static const char *first_bad_value(rn_session *session, float *room)
{
    rn_plan *plan = &session->plan;
    const char *name = NULL;
    int left = plan->segments;
    for (int i = plan->nodes - 1; i >= 0; i--) {
        recompute_before(session, i, &left);
        if (plan->step[i].existence == RN_ABSORBED)
            continue;
        plan->device->read(plan->device, &plan->value[i], room, plan->options.bn_groups);
        if (!all_finite(room, rn_count(plan->value[i].shape)))
            name = plan->net->node[i].name;
    }
    return name;
}

/* Room for any value. */
static rn_status open_look(const rn_session *session, float **room)
{
    const rn_plan *plan = &session->plan;
    int64_t largest = 0;
    for (int i = 0; i < plan->nodes; i++)
        if (rn_count(plan->call[i].output.shape) > largest)
            largest = rn_count(plan->call[i].output.shape);
    return rn_allocate((void **)room, (size_t)largest, sizeof **room, "a look at the values");
}

rn_status rn_session_observe(rn_session *session, rn_observer *observe, void *context)
{
    if (!session->observed)
        RN_TRY(open_look(session, &session->observed));
    session->observe = observe;
    session->observer = context;
    return RN_OK;
}

const char *rn_session_first_bad(rn_session *session)
{
    float *room;
    if (session->ran_backward && session->grads)
        return first_bad_grad(session);
    if (open_look(session, &room) != RN_OK)
        return NULL;
    const char *name = first_bad_value(session, room);
    rn_free(room);
    return name;
}

static int64_t traffic(const rn_plan *plan, const rn_call *call)
{
    const rn_device *device = plan->device;
    int64_t bytes = device->bytes(device, &call->output) * (call->output.other ? 2 : 1);
    for (int k = 0; k < call->inputs; k++)
        bytes += device->bytes(device, &call->input[k]);
    for (int p = 0; p < call->params; p++)
        bytes += rn_count(call->param_shape[p]) * (int64_t)sizeof(float);
    return bytes;
}

int rn_session_times(rn_session *session, const rn_node_time **times)
{
    const rn_plan *plan = &session->plan;
    *times = NULL;
    if (!session->time && rn_new(&session->time, plan->nodes) != RN_OK)
        return 0;
    for (int i = 0; i < plan->nodes; i++) {
        const rn_op *op = plan->net->node[i].op;
        rn_node_time *time = &session->time[i];
        time->node = plan->net->node[i].name;
        time->kernel = runs(plan, i) ? plan->step[i].kernel->name : "absorbed";
        time->call = &plan->call[i];
        time->multiply_adds = op && op->multiply_adds ? op->multiply_adds(&plan->call[i]) : 0;
        time->bytes = traffic(plan, &plan->call[i]);
    }
    *times = session->time;
    return plan->nodes;
}
