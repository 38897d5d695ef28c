/* Folded networks answer as before, on the fast device. */
#include "backend/registry.h"
#include "base/check.h"
#include "base/random.h"
#include "model/models.h"
#include "net/fold.h"
#include "net/session.h"

#include <math.h>
#include <string.h>

enum { IMAGES = 2 };

/* Numbers around 1 for scales and variances, around 0 for shifts and means. */
static void make_norms_matter(const rn_weights *weights)
{
    rn_random random = rn_random_open(5, 0, 0);
    for (int v = 1; v < weights->net->nodes; v++) {
        const rn_node *node = &weights->net->node[v];
        for (int p = 0; node->op == &rn_op_batchnorm && p < node->params; p++) {
            float *to = rn_weights_param(weights, node->first_param + p);
            for (int64_t i = 0; i < rn_count(weights->net->param[node->first_param + p].shape); i++)
                to[i] = (p == 0 || p == 3) + 0.6f * ((float)rn_random_uniform(&random) - 0.5f);
        }
    }
}

static void answer(const rn_net *net, rn_weights *weights, rn_device *device, float *scores, int classes)
{
    rn_session *session;
    rn_random random = rn_random_open(6, 0, 0);
    CHECK_OK(rn_session_open(&session, net, weights, device,
                             &(rn_session_options){ .mode = RN_INFER, .batch = IMAGES }));
    float *input = rn_session_input(session);
    for (int64_t i = 0; i < IMAGES * rn_count(rn_value_shape(net, 0)); i++)
        input[i] = (float)rn_random_normal(&random);
    rn_session_forward(session, IMAGES, 0);
    memcpy(scores, rn_session_scores(session), (size_t)(IMAGES * classes) * sizeof *scores);
    rn_session_close(session);
}

static int count_norms(const rn_net *net)
{
    int count = 0;
    for (int v = 1; v < net->nodes; v++)
        count += net->node[v].op == &rn_op_batchnorm;
    return count;
}

static const struct { rn_architecture architecture; int norms; } sample[] = {
    { { .model = "resnet20", .shortcut = RN_SHORTCUT_A_SPLIT }, 0 },
    { { .model = "resnet50", .classes = 10, .height = 64, .width = 64 }, 0 },
    { { .model = "resnet18v2", .classes = 10, .height = 64, .width = 64 }, 8 },    /* before convolutions */
    { { .model = "nin" }, 0 },
};

static void answers_as_before(size_t i, rn_device *device)
{
    rn_architecture a = sample[i].architecture;
    rn_net net, folded;
    rn_weights weights, folded_weights;
    float before[IMAGES * 10], after[IMAGES * 10], largest = 0, error = 0;
    CHECK_OK(rn_model_build(&net, &a));
    CHECK_OK(rn_weights_open(&weights, &net));
    rn_weights_initialise(&weights, 1);
    make_norms_matter(&weights);
    CHECK_OK(rn_net_fold(&folded, &folded_weights, &net, &weights));
    CHECK(count_norms(&folded) == sample[i].norms, "%s: %d left", a.model, count_norms(&folded));
    answer(&net, &weights, device, before, a.classes);
    answer(&folded, &folded_weights, device, after, a.classes);
    for (int k = 0; k < IMAGES * 10; k++) {
        largest = fmaxf(largest, fabsf(before[k]));
        error = fmaxf(error, fabsf(before[k] - after[k]));
    }
    CHECK(error <= 1e-5f * largest, "%s: error %g of %g", a.model, (double)error, (double)largest);
    rn_weights_close(&folded_weights);
    rn_net_free(&folded);
    rn_weights_close(&weights);
    rn_net_free(&net);
}

int main(void)
{
    rn_device *device;
    CHECK_OK(rn_device_open(&device, &(rn_placement){ .threads = 2 }));
    for (size_t i = 0; i < sizeof sample / sizeof *sample; i++)
        answers_as_before(i, device);
    rn_device_close(device);
    return check_result();
}
