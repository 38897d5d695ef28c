/*
 * A forward of training blends a batch's statistics into the running ones: new = (1 - m) old + m batch.
 * Where the old are 0, new / m is what the batch says.
 */
#include "train/statistics.h"
#include "base/memory.h"
#include "train/telling.h"

static bool moves(const rn_node *node)
{
    return node->op == &rn_op_batchnorm && !node->args.frozen;
}

bool rn_statistics_move(const rn_net *net)
{
    for (int i = 0; i < net->nodes; i++)
        if (moves(&net->node[i]))
            return true;
    return false;
}

/* Of each number of state: the momentum that it moves with, or 0. */
static rn_status find_momenta(double *momentum, const rn_weights *w)
{
    const rn_net *net = w->net;
    rn_call call;
    for (int i = 0; i < net->nodes; i++) {
        if (!moves(&net->node[i]))
            continue;
        RN_TRY(rn_node_call(net, i, 1, &call));
        for (int p = net->node[i].first_param; p < net->node[i].first_param + net->node[i].params; p++)
            for (int64_t k = 0; net->param[p].role == RN_STATE && k < rn_count(net->param[p].shape); k++)
                momentum[net->param[p].offset + k] = call.args.momentum;
    }
    return RN_OK;
}

static rn_status add_batch(rn_trainer *t, rn_loader *loader, const double *momentum, double *sum,
                           rn_score *score)
{
    rn_weights *w = &t->bundle.weights;
    float *state = w->values + w->learned;
    const rn_batch *batch;
    RN_TRY(rn_heed_stop(t, "statistics were averaged"));
    RN_TRY(rn_loader_next(loader, &batch));
    for (int64_t i = 0; i < w->count - w->learned; i++)
        state[i] = momentum[i] > 0 ? 0 : state[i];
    rn_trainer_show(t, t->session, batch);
    rn_session_forward(t->session, batch->count, (uint64_t)batch->iteration);
    for (int64_t i = 0; i < w->count - w->learned; i++)
        sum[i] += momentum[i] > 0 ? state[i] / momentum[i] : 0;
    rn_score_add(score, rn_session_scores(t->session), batch->labels, batch->count,
                 rn_session_classes(t->session));
    return RN_OK;
}

static rn_status average(rn_trainer *t, rn_loader *loader, double *momentum, double *sum)
{
    rn_weights *w = &t->bundle.weights;
    rn_score score = { 0 };
    int64_t batches = t->config.bn_average / t->config.batch;
    batches = batches > t->per_epoch ? t->per_epoch : batches > 0 ? batches : 1;
    RN_TRY(find_momenta(momentum, w));
    for (int64_t b = 0; b < batches; b++)
        RN_TRY(add_batch(t, loader, momentum, sum, &score));
    for (int64_t i = 0; i < w->count - w->learned; i++)
        if (momentum[i] > 0)
            w->values[w->learned + i] = (float)(sum[i] / (double)batches);
    w->version++;
    t->state.averaged = batches * t->config.batch;
    if (t->state.epoch.images == 0)
        t->state.epoch = score;
    return RN_OK;
}

rn_status rn_statistics_average(rn_trainer *t)
{
    int64_t numbers = t->bundle.weights.count - t->bundle.weights.learned;
    double *room;
    rn_loader *loader;
    rn_loader_options options = rn_trainer_test_loading(t);
    options.batch = (int)t->config.batch;
    options.training = true;
    options.seed = (uint64_t)t->config.seed;
    options.augment = &t->augment;
    RN_TRY(rn_new(&room, 2 * numbers));
    rn_status status = rn_loader_open(&loader, t->train, &options);
    if (status == RN_OK) {
        status = average(t, loader, room, room + numbers);
        rn_loader_close(loader);
    }
    rn_free(room);
    return status;
}
