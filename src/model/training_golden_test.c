/*
 * Ten steps of gradient descent on whole networks give the losses that PyTorch gives in double.
 *
 * Weights: uniform with He's variance for the fan-in; the classifier's bias 0; batch normalization 1 and 0,
 * but 0.2 where a branch ends: with 1, float and double go apart within two steps of ResNet-50, in PyTorch
 * too.
 * Pictures: noise on a pattern for each class.  Both sides draw them from rn_random_mix.
 */
#include "backend/registry.h"
#include "base/check.h"
#include "base/memory.h"
#include "base/random.h"
#include "model/models.h"
#include "model/training_golden.h"
#include "net/session.h"

#include <math.h>
#include <string.h>

enum { STEPS = 10, CLASSES = 10 };

static const float rate = 0.002f, momentum = 0.9f, decay = 1e-3f;

static uint64_t key_of(const char *name)        /* FNV-1a */
{
    uint64_t key = 0xcbf29ce484222325u;
    for (; *name; name++)
        key = (key ^ (unsigned char)*name) * 0x100000001b3u;
    return key;
}

/* Uniform in [-1, 1). */
static double number(uint64_t key, int64_t index)
{
    return (double)(rn_random_mix(key, (uint64_t)index) >> 40) * 0x1p-23 - 1;
}

static bool ends_branch(const char *name)
{
    return strncmp(name, "layer", 5) == 0 && (strstr(name, "bn2.weight") || strstr(name, "bn3.weight"));
}

static void fill_weights(rn_weights *weights)
{
    rn_weights_initialise(weights, 1);
    for (int p = 0; p < weights->net->params; p++) {
        const rn_param *param = &weights->net->param[p];
        double fan_in = (double)(param->shape.c * param->shape.h * param->shape.w);
        float *to = rn_weights_param(weights, p);
        for (int64_t i = 0; i < rn_count(param->shape); i++)
            if (param->role == RN_DECAYED)
                to[i] = (float)(number(key_of(param->name), i) * sqrt(6 / fan_in));
            else if (strcmp(param->name, "fc.bias") == 0)
                to[i] = 0;
            else if (ends_branch(param->name))
                to[i] = 0.2f;
    }
}

static void fill_batch(rn_session *session, const training_case *c, int step)
{
    int64_t pixels = 3 * c->size * c->size;
    float *to = rn_session_input(session);
    for (int n = 0; n < c->images; n++) {
        int64_t label = (int64_t)(rn_random_mix(key_of("label"), (uint64_t)(step * c->images + n)) % CLASSES);
        rn_session_labels(session)[n] = (int32_t)label;
        for (int64_t i = 0; i < pixels; i++)
            to[n * pixels + i] = (float)(number(key_of("noise") + (uint64_t)step, n * pixels + i)
                                         + number(key_of("pattern"), label * pixels + i));
    }
}

static void train(const training_case *c, rn_session *session, rn_device *device, rn_weights *weights)
{
    float *velocity;
    CHECK_OK(rn_new(&velocity, weights->learned));
    for (int step = 0; step < STEPS; step++) {
        fill_batch(session, c, step);
        rn_session_forward(session, c->images, 0);
        rn_session_backward(session);
        double loss = rn_session_loss(session), bound = 1e-4 * (step + 1) * c->loss[step];
        CHECK(fabs(loss - c->loss[step]) < bound, "%s on %s (%s), step %d: loss %.9f, PyTorch gives %.9f",
              c->model, device->name, device->isa, step, loss, c->loss[step]);
        rn_descent descent = { .values = weights->values, .velocity = velocity,
                               .grads = rn_session_grads(session), .decayed = weights->decayed,
                               .count = weights->learned, .rate = rate, .momentum = momentum,
                               .decay = decay };
        device->descend(device, &descent);
        weights->version++;
    }
    rn_free(velocity);
}

static void check_case(const training_case *c)
{
    rn_architecture a = { .classes = CLASSES, .height = c->size, .width = c->size };
    rn_session_options options = { .mode = RN_TRAIN, .batch = c->images };
    rn_net net = { 0 };
    rn_weights weights;
    rn_device *device;
    rn_session *session;
    snprintf(a.model, sizeof a.model, "%s", c->model);
    CHECK_OK(rn_model_build(&net, &a));
    CHECK_OK(rn_weights_open(&weights, &net));
    CHECK_OK(rn_device_open(&device, NULL));
    CHECK_OK(rn_session_open(&session, &net, &weights, device, &options));
    fill_weights(&weights);
    train(c, session, device, &weights);
    rn_session_close(session);
    rn_device_close(device);
    rn_weights_close(&weights);
    rn_net_free(&net);
}

int main(void)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check_case(&cases[i]);
    return check_result();
}
