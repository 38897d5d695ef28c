#include "predict/signals.h"
#include "base/memory.h"
#include "data/loader.h"
#include "net/session.h"

#include <math.h>
#include <string.h>

enum { LEARNING = 128 };

static bool is_conv3x3(const rn_node *node)
{
    return node->op == &rn_op_conv2d && node->args.kernel_h == 3;
}

/* The convolution whose response a node is: that of the batch normalization behind a 3x3 convolution, or of
 * the convolution itself where none follows; else -1. */
static rn_value convolution_of(const rn_net *net, int node)
{
    const rn_node *here = &net->node[node];
    bool normed = node + 1 < net->nodes && net->node[node + 1].op == &rn_op_batchnorm;
    if (here->op == &rn_op_batchnorm && is_conv3x3(&net->node[here->input[0]]))
        return here->input[0];
    return is_conv3x3(here) && !normed ? node : -1;
}

static rn_status open_data(rn_dataset **set, const rn_signals_options *o, rn_split part)
{
    const rn_dataset_options options = { .validation = o->validation, .seed = o->seed };
    return rn_dataset_open(set, o->data, part, &options);
}

/* ---- Responses ------------------------------------------------------------------------------- */

/* The first pictures of the testing part, as one batch; the caller closes the loader. */
static rn_status read_pictures(rn_loader **loader, const rn_dataset *set, const rn_preprocess *rule,
                               int pictures, const rn_batch **batch)
{
    rn_loader_options options = { .batch = pictures, .rule = rule };
    RN_TRY(rn_loader_open(loader, set, &options));
    return rn_loader_next(*loader, batch);
}

static double deviation_of(const float *number, int64_t count)
{
    double sum = 0, squares = 0;
    for (int64_t i = 0; i < count; i++) {
        sum += number[i];
        squares += (double)number[i] * number[i];
    }
    double mean = sum / (double)count;
    return sqrt(fmax(0, squares / (double)count - mean * mean));
}

/* A session keeps one value readable, so each layer has its own. */
static rn_status measure_response(double *deviation, rn_bundle *bundle, rn_device *device, int node,
                                  const rn_batch *batch)
{
    rn_session *session;
    float *value;
    rn_session_options options = { .mode = RN_INFER, .batch = batch->count, .unfused = true,
                                   .watched = node };
    int64_t pixels = rn_count(rn_value_shape(&bundle->net, 0));
    int64_t numbers = batch->count * rn_count(rn_value_shape(&bundle->net, node));
    RN_TRY(rn_new(&value, numbers));
    rn_status status = rn_session_open(&session, &bundle->net, &bundle->weights, device, &options);
    if (status == RN_OK) {
        memcpy(rn_session_input(session), batch->pixels, (size_t)(batch->count * pixels) * sizeof(float));
        rn_session_forward(session, batch->count, 0);
        rn_session_read(session, value);
        *deviation = deviation_of(value, numbers);
        rn_session_close(session);
    }
    rn_free(value);
    return status;
}

static rn_status measure_responses(rn_signals *s, rn_bundle *bundle, rn_device *device,
                                   const rn_signals_options *o)
{
    rn_dataset *set;
    rn_loader *loader = NULL;
    const rn_batch *batch = NULL;
    RN_TRY(open_data(&set, o, RN_SPLIT_TEST));
    rn_status status = read_pictures(&loader, set, &bundle->preprocess, o->pictures, &batch);
    for (int node = 1, layer = 0; status == RN_OK && batch && node < bundle->net.nodes; node++)
        if (convolution_of(&bundle->net, node) >= 0)
            status = measure_response(&s->deviation[layer++], bundle, device, node, batch);
    rn_loader_close(loader);
    rn_dataset_close(set);
    return status;
}

/* ---- Gradients ------------------------------------------------------------------------------- */

static double norm_of(const float *number, int64_t count)
{
    double squares = 0;
    for (int64_t i = 0; i < count; i++)
        squares += (double)number[i] * number[i];
    return sqrt(squares);
}

static void learn_once(rn_signals *s, const rn_net *net, rn_session *session, const rn_batch *batch)
{
    int64_t pixels = rn_count(rn_value_shape(net, 0));
    memcpy(rn_session_input(session), batch->pixels, (size_t)(batch->count * pixels) * sizeof(float));
    memcpy(rn_session_labels(session), batch->labels, (size_t)batch->count * sizeof(int32_t));
    rn_session_forward(session, batch->count, 0);
    rn_session_backward(session);
    for (int node = 1, layer = 0; node < net->nodes; node++) {
        rn_value conv = convolution_of(net, node);
        int filters = conv >= 0 ? net->node[conv].first_param : 0;
        if (conv >= 0)
            s->gradient[layer++] = norm_of(rn_session_grads(session) + rn_param_place(net, filters),
                                           rn_count(net->param[filters].shape));
    }
}

static rn_status measure_gradients(rn_signals *s, rn_bundle *bundle, rn_device *device,
                                   const rn_signals_options *o)
{
    rn_augment none;
    rn_dataset *set;
    rn_loader *loader = NULL;
    rn_session *session = NULL;
    const rn_batch *batch;
    rn_session_options learning = { .mode = RN_TRAIN, .batch = LEARNING };
    rn_loader_options options = { .batch = LEARNING, .training = true, .seed = 1, .augment = &none,
                                  .rule = &bundle->preprocess };
    RN_TRY(rn_augment_named(&none, "none"));
    RN_TRY(open_data(&set, o, RN_SPLIT_TRAIN));
    rn_status status = rn_session_open(&session, &bundle->net, &bundle->weights, device, &learning);
    if (status == RN_OK)
        status = rn_loader_open(&loader, set, &options);
    if (status == RN_OK)
        status = rn_loader_next(loader, &batch);
    if (status == RN_OK)
        learn_once(s, &bundle->net, session, batch);
    rn_loader_close(loader);
    rn_session_close(session);
    rn_dataset_close(set);
    return status;
}

/* ---- Both ------------------------------------------------------------------------------------ */

/* Running statistics become those of the latest training batch. */
static void follow_at_once(rn_net *net)
{
    for (int i = 0; i < net->nodes; i++)
        if (net->node[i].op == &rn_op_batchnorm)
            net->node[i].args.momentum = 1;
}

/* The pass that measures gradients moves running statistics, so it comes last unless they are to be had from
 * it. */
static rn_status measure(rn_signals *s, rn_bundle *bundle, rn_device *device, const rn_signals_options *o)
{
    if (!o->untrained) {
        RN_TRY(measure_responses(s, bundle, device, o));
        return measure_gradients(s, bundle, device, o);
    }
    follow_at_once(&bundle->net);
    RN_TRY(measure_gradients(s, bundle, device, o));
    bundle->weights.version++;
    return measure_responses(s, bundle, device, o);
}

rn_status rn_signals_measure(rn_signals *s, rn_bundle *bundle, rn_device *device,
                             const rn_signals_options *options)
{
    *s = (rn_signals){ 0 };
    for (int node = 1; node < bundle->net.nodes; node++)
        s->layers += convolution_of(&bundle->net, node) >= 0;
    rn_status status = rn_new(&s->deviation, s->layers);
    if (status == RN_OK)
        status = rn_new(&s->gradient, s->layers);
    if (status == RN_OK)
        status = measure(s, bundle, device, options);
    if (status != RN_OK)
        rn_signals_free(s);
    return status;
}

void rn_signals_free(rn_signals *s)
{
    rn_free(s->deviation);
    rn_free(s->gradient);
    *s = (rn_signals){ 0 };
}
