/*
 * One network of each family, small: the cpu device's loss, scores and gradients against the plain loops, and
 * a step against the gradient that brings the loss down as it should.  Deep networks on few pixels magnify
 * rounding, and so the bounds are wide: a layer in the wrong place gives other numbers altogether.  The
 * networks with hundreds of megabytes of weights take part when RESNET_SLOW is set.
 */
#include "backend/registry.h"
#include "base/check.h"
#include "base/memory.h"
#include "base/random.h"
#include "model/models.h"
#include "net/session.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { IMAGES = 4, CLASSES = 5 };

static const struct { rn_architecture architecture; bool slow; } subjects[] = {
    { { .model = "lenet", .height = 32 }, false },
    { { .model = "nin", .height = 10 }, false },
    { { .model = "highway19", .height = 8 }, false },
    { { .model = "googlenet", .height = 33 }, false },
    { { .model = "resnet18v2", .height = 33 }, false },
    { { .model = "resnet14v2", .height = 12 }, false },
    { { .model = "resnet164v2", .height = 8, .shortcut = RN_SHORTCUT_A }, false },
    { { .model = "wide_resnet10_2", .height = 10 }, false },
    { { .model = "resnext50_4x4d", .height = 33 }, false },
    { { .model = "vgg11", .height = 32 }, true },
    { { .model = "vgg11_bn", .height = 64 }, true },
    { { .model = "alexnet", .height = 67 }, true },
    { { .model = "prelunet19", .height = 32 }, true },
    { { .model = "wide_resnet50_2", .height = 40 }, true },
};

typedef struct {
    float scores[IMAGES * CLASSES], *grads;
    double loss;
} outcome;

static void fill(rn_session *session, const rn_net *net)
{
    rn_random random = rn_random_open(1, 2, 3);
    rn_shape s = rn_value_shape(net, 0);
    for (int64_t i = 0; i < IMAGES * s.c * s.h * s.w; i++)
        rn_session_input(session)[i] = (float)rn_random_normal(&random);
    for (int i = 0; i < IMAGES; i++)
        rn_session_labels(session)[i] = i % CLASSES;
}

/* A step against the gradient that ought to take a hundredth of the loss away. */
static void descend(rn_weights *weights, const outcome *o)
{
    double square = 0;
    for (int64_t i = 0; i < weights->learned; i++)
        square += (double)o->grads[i] * (double)o->grads[i];
    for (int64_t i = 0; i < weights->learned; i++)
        weights->values[i] -= (float)(0.01 * o->loss / square * (double)o->grads[i]);
    weights->version++;
}

static outcome run(const rn_net *net, const char *name, const char *device_name)
{
    outcome o = { 0 };
    rn_weights weights;
    rn_device *device;
    rn_session *session;
    rn_session_options options = { .mode = RN_TRAIN, .batch = IMAGES, .shards = 2 };
    CHECK_OK(rn_weights_open(&weights, net));
    rn_weights_initialise(&weights, 7);
    CHECK_OK(rn_new(&o.grads, weights.learned));
    CHECK_OK(rn_device_open(&device, &(rn_placement){ .device = device_name, .threads = 2 }));
    CHECK_OK(rn_session_open(&session, net, &weights, device, &options));
    fill(session, net);
    rn_session_forward(session, IMAGES, 9);
    rn_session_backward(session);
    CHECK(!rn_session_first_bad(session), "%s: %s", name, rn_session_first_bad(session));
    o.loss = rn_session_loss(session);
    memcpy(o.scores, rn_session_scores(session), sizeof o.scores);
    memcpy(o.grads, rn_session_grads(session), (size_t)weights.learned * sizeof(float));
    if (strcmp(device_name, "cpu") == 0) {
        descend(&weights, &o);
        rn_session_forward(session, IMAGES, 9);
        double part = (o.loss - rn_session_loss(session)) / o.loss;
        CHECK(part > 0.005 && part < 0.015, "%s: a step takes %g of the loss, wanted about 0.01", name, part);
    }
    rn_session_close(session);
    rn_device_close(device);
    rn_weights_close(&weights);
    return o;
}

static double distance(const float *a, const float *b, int64_t count)
{
    double difference = 0, size = 0;
    for (int64_t i = 0; i < count; i++) {
        difference += ((double)a[i] - (double)b[i]) * ((double)a[i] - (double)b[i]);
        size += (double)b[i] * (double)b[i];
    }
    return sqrt(difference / size);
}

static void check_family(const rn_architecture *wanted)
{
    rn_architecture a = *wanted;
    rn_net net;
    a.classes = CLASSES;
    CHECK_OK(rn_model_build(&net, &a));
    outcome plain = run(&net, a.model, "plain"), fast = run(&net, a.model, "cpu");
    double scores = distance(fast.scores, plain.scores, IMAGES * CLASSES),
           grads = distance(fast.grads, plain.grads, rn_net_parameters(&net));
    CHECK(scores < 1e-3 && fabs(fast.loss - plain.loss) < 1e-3 * plain.loss,
          "%s: scores are off by %g, loss %g and %g", a.model, scores, fast.loss, plain.loss);
    CHECK(grads < 0.1, "%s: gradients are off by %g", a.model, grads);
    rn_free(plain.grads);
    rn_free(fast.grads);
    rn_net_free(&net);
}

int main(void)
{
    for (size_t i = 0; i < sizeof subjects / sizeof *subjects; i++)
        if (!subjects[i].slow || getenv("RESNET_SLOW"))
            check_family(&subjects[i].architecture);
    return check_result();
}
