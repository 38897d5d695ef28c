/*
 * A score traced back to a value inside the network.  The bias of a batch normalization is added to every
 * pixel of its channel, so the gradient summed over a channel's pixels is the derivative of the score by that
 * bias.  The score is piecewise linear in it, so a difference to one side that meets no kink measures it.
 * Scores and values are those of inference, on both devices.
 */
#include "backend/registry.h"
#include "base/check.h"
#include "base/memory.h"
#include "base/random.h"
#include "model/models.h"
#include "net/session.h"

#include <math.h>
#include <string.h>

enum { IMAGES = 3, SIDE = 20, CLASSES = 7 };

typedef struct {
    rn_net net;
    rn_weights weights;
    rn_device *device;
} subject;

static void open_subject(subject *s, const rn_architecture *wanted, const char *device)
{
    rn_architecture architecture = *wanted;
    rn_random random = rn_random_open(2, 2, 2);
    CHECK_OK(rn_model_build(&s->net, &architecture));
    CHECK_OK(rn_weights_open(&s->weights, &s->net));
    rn_weights_initialise(&s->weights, 4);
    for (int64_t i = s->weights.decayed; i < s->weights.count; i++)
        s->weights.values[i] += (float)(0.3 * rn_random_uniform(&random));
    CHECK_OK(rn_device_open(&s->device, &(rn_placement){ .device = device, .threads = 2 }));
}

static void close_subject(subject *s)
{
    rn_device_close(s->device);
    rn_weights_close(&s->weights);
    rn_net_free(&s->net);
}

static rn_session *run(subject *s, rn_mode mode, rn_value watched)
{
    rn_session *session;
    rn_random random = rn_random_open(5, 5, 5);
    rn_session_options options = { .mode = mode, .batch = IMAGES, .watched = watched };
    CHECK_OK(rn_session_open(&session, &s->net, &s->weights, s->device, &options));
    for (int i = 0; i < IMAGES * 3 * SIDE * SIDE; i++)
        rn_session_input(session)[i] = (float)rn_random_normal(&random);
    for (int i = 0; i < IMAGES; i++)
        rn_session_labels(session)[i] = 2 * i;
    rn_session_forward(session, IMAGES, 0);
    if (mode == RN_EXPLAIN)
        rn_session_backward(session);
    return session;
}

/* The score of image 1 for its label after `change` was added to a learned number. */
static double score(rn_session *session, subject *s, float *number, float change)
{
    float before = *number;
    *number += change;
    s->weights.version++;
    rn_session_forward(session, IMAGES, 0);
    *number = before;
    s->weights.version++;
    return (double)rn_session_scores(session)[CLASSES + 2];
}

static double largest(const float *number, int64_t count)
{
    double most = 0;
    for (int64_t i = 0; i < count; i++)
        most = fmax(most, fabs((double)number[i]));
    return most;
}

static void check_differences(subject *s, rn_value watched, const float *grad, rn_shape shape)
{
    const float change = 0.001f;
    const rn_node *node = &s->net.node[watched];
    rn_session *session = run(s, RN_INFER, 0);
    float *bias = rn_weights_param(&s->weights, node->first_param + 1);
    int64_t pixels = shape.h * shape.w;
    double size = largest(grad, rn_count(shape)) * (double)pixels;
    for (int64_t c = 0; c < shape.c; c += 5) {
        double sum = 0, here = score(session, s, bias + c, 0);
        double below = (here - score(session, s, bias + c, -change)) / (double)change;
        double above = (score(session, s, bias + c, change) - here) / (double)change;
        for (int64_t i = 0; i < pixels; i++)
            sum += (double)grad[rn_at(shape, 1, c, 0, 0) + i];
        CHECK(fmin(fabs(sum - below), fabs(sum - above)) < 1e-3 * size,
              "%s, channel %lld: traced %g, measured %g and %g, of %g", node->name, (long long)c, sum, below,
              above, size);
    }
    rn_session_close(session);
}

static void check_same(const char *what, const char *node, const float *a, const float *b, int64_t count)
{
    double size = largest(b, count) + 1e-12;
    for (int64_t i = 0; i < count; i++)
        if (!(fabs((double)a[i] - (double)b[i]) <= 2e-5 * size)) {
            CHECK(false, "%s of %s: number %lld is %g, wanted %g", what, node, (long long)i, (double)a[i],
                  (double)b[i]);
            return;
        }
}

static void check_node(subject *fast, subject *plain, rn_value watched)
{
    const rn_node *node = &fast->net.node[watched];
    rn_shape shape = node->output_shape;
    shape.n = IMAGES;
    int64_t count = rn_count(shape);
    float *number;
    CHECK_OK(rn_new(&number, 4 * count));
    float *value = number, *wanted = number + count, *grad = wanted + count, *wanted_grad = grad + count;
    rn_session *a = run(fast, RN_EXPLAIN, watched), *b = run(plain, RN_EXPLAIN, watched);
    rn_session *c = run(fast, RN_INFER, watched), *d = run(fast, RN_INFER, 0);
    rn_session_read(a, value);
    rn_session_read(b, wanted);
    rn_session_read_grad(a, grad);
    rn_session_read_grad(b, wanted_grad);
    check_same("value", node->name, value, wanted, count);
    check_same("gradient", node->name, grad, wanted_grad, count);
    rn_session_read(c, value);
    check_same("value in inference", node->name, value, wanted, count);
    check_same("scores", node->name, rn_session_scores(a), rn_session_scores(d), IMAGES * CLASSES);
    check_same("scores", node->name, rn_session_scores(c), rn_session_scores(d), IMAGES * CLASSES);
    if (node->op == &rn_op_batchnorm)
        check_differences(fast, watched, grad, shape);
    rn_session *all[] = { a, b, c, d };
    for (int i = 0; i < 4; i++)
        rn_session_close(all[i]);
    rn_free(number);
}

int main(void)
{
    static const rn_architecture subjects[] = {
        { .model = "resnet8", .shortcut = RN_SHORTCUT_A, .classes = CLASSES, .height = SIDE, .width = SIDE },
        { .model = "resnet14", .shortcut = RN_SHORTCUT_B, .classes = CLASSES, .height = SIDE, .width = SIDE,
          .dropout = 0.5 },
    };
    for (size_t i = 0; i < sizeof subjects / sizeof *subjects; i++) {
        subject fast, plain;
        open_subject(&fast, &subjects[i], "cpu");
        open_subject(&plain, &subjects[i], "plain");
        for (rn_value v = 1; v < fast.net.nodes; v += i == 0 ? 1 : 2)
            check_node(&fast, &plain, v);
        close_subject(&fast);
        close_subject(&plain);
    }
    return check_result();
}
