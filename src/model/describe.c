/* What a network is and costs, layer by layer, as Table 1 would show it, and the memory that it takes. */
#include "backend/registry.h"
#include "base/memory.h"
#include "model/footprint.h"
#include "model/models.h"
#include "net/score.h"
#include "net/session.h"

#include <string.h>

enum { NUMBER = sizeof(float), MAX_BATCH = 32768 };

typedef struct {
    rn_description description;     /* first, so that a pointer to it is one to the whole */
    rn_net net;
    rn_layer *layer;
} whole;

static int64_t count_learned(const rn_net *net, const rn_node *node)
{
    int64_t count = 0;
    for (int p = node->first_param; p < node->first_param + node->params; p++)
        if (net->param[p].role != RN_STATE)
            count += rn_count(net->param[p].shape);
    return count;
}

static rn_status describe_layer(const rn_net *net, int number, rn_layer *layer)
{
    const rn_node *node = &net->node[number];
    rn_call call;
    RN_TRY(rn_node_call(net, number, 1, &call));
    rn_shape out = call.output.shape;
    *layer = (rn_layer){
        .name = node->name, .kind = node->op->name,
        .channels = out.c, .height = out.h, .width = out.w,
        .kernel = node->args.kernel_h, .stride = node->args.stride,
        .groups = node->op == &rn_op_conv2d && node->args.groups < 1 ? 1 : node->args.groups,
        .parameters = count_learned(net, node),
        .multiply_adds = node->op->multiply_adds ? node->op->multiply_adds(&call) : 0,
        .bytes = rn_count(out) * (int64_t)sizeof(float),
    };
    return RN_OK;
}

/* Every node that the answer needs, but the input, is a layer. */
static rn_status describe_layers(whole *w)
{
    rn_description *d = &w->description;
    d->layers = rn_net_answer_nodes(&w->net) - 1;
    RN_TRY(rn_new(&w->layer, d->layers));
    d->layer = w->layer;
    for (int i = 0; i < d->layers; i++) {
        RN_TRY(describe_layer(&w->net, i + 1, &w->layer[i]));
        d->parameters += w->layer[i].parameters;
        d->multiply_adds += w->layer[i].multiply_adds;
    }
    return RN_OK;
}

/* The paper counts the layers with weights along the longest way through the network. */
static rn_status measure_depth(const rn_net *net, int *depth)
{
    int *reached;
    RN_TRY(rn_new(&reached, net->nodes));
    for (int i = 0; i < rn_net_answer_nodes(net); i++) {
        const rn_node *node = &net->node[i];
        for (int k = 0; k < node->inputs; k++)
            if (reached[node->input[k]] > reached[i])
                reached[i] = reached[node->input[k]];
        if (node->op == &rn_op_conv2d || node->op == &rn_op_linear)
            reached[i]++;
        *depth = reached[i];
    }
    rn_free(reached);
    return RN_OK;
}

static rn_status measure_inference(whole *w, rn_device *device, int batch, int64_t memory)
{
    rn_session_options answering = { .mode = RN_INFER, .batch = batch };
    return rn_answering_bytes(&w->net, device, true, memory, &answering, &w->description.inference_bytes);
}

static rn_status measure_training(whole *w, rn_device *device, int batch, int64_t memory)
{
    rn_description *d = &w->description;
    const rn_architecture *a = &d->architecture;
    const rn_training_use use = { .net = &w->net, .device = device, .memory = memory,
                                  .test_batch = rn_test_batch(a->height, a->width),
                                  .workers = rn_processors() };
    rn_session_options learning = { .mode = RN_TRAIN, .batch = batch };
    d->batch = batch;
    return rn_training_bytes(&use, &learning, &d->training_bytes);
}

static rn_status describe(whole *w, const rn_placement *placement, int batch)
{
    rn_device *device;
    rn_architecture *a = &w->description.architecture;
    RN_TRY(rn_model_build(&w->net, a));
    RN_TRY(describe_layers(w));
    RN_TRY(measure_depth(&w->net, &w->description.depth));
    RN_TRY(rn_device_open(&device, placement));
    const int64_t memory = placement ? placement->memory : 0;
    rn_status status = measure_inference(w, device, batch ? batch : 1, memory);
    if (status == RN_OK)
        status = measure_training(w, device, batch ? batch : rn_model_is_cifar(a->model) ? 128 : 32, memory);
    rn_device_close(device);
    return status;
}

rn_status rn_describe(const rn_architecture *architecture, const rn_placement *placement, int batch,
                      rn_description **description)
{
    whole *w;
    *description = NULL;
    if (batch < 0 || batch > MAX_BATCH)
        return rn_fail(RN_BAD_ARGUMENT, "cannot describe a batch of %d images: use 1 to %d",
                       batch, (int)MAX_BATCH);
    RN_TRY(rn_new(&w, 1));
    w->description.architecture = *architecture;
    rn_status status = describe(w, placement, batch);
    if (status == RN_OK)
        *description = &w->description;
    else
        rn_description_free(&w->description);
    return status;
}

void rn_description_free(rn_description *description)
{
    whole *w = (whole *)description;
    if (!w)
        return;
    rn_net_free(&w->net);
    rn_free(w->layer);
    rn_free(w);
}
