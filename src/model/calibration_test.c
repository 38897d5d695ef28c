/*
 * Networks calibrated in fp32 answer nearly the same in int8 with values in bytes: for every kind of block,
 * every instruction set, folded or not; with the same bits for any number of threads, and in less memory.
 */
#include "backend/registry.h"
#include "base/check.h"
#include "base/random.h"
#include "model/models.h"
#include "net/calibration.h"
#include "net/fold.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { IMAGES = 4, CLASSES = 10, SCORES = IMAGES * CLASSES };

static const struct { rn_architecture architecture; float off; } sample[] = {
    { { .model = "resnet20", .shortcut = RN_SHORTCUT_A_SPLIT }, 0.05f },
    { { .model = "resnet50", .classes = CLASSES, .height = 64, .width = 64 }, 0.05f },
    { { .model = "resnet18v2", .classes = CLASSES, .height = 64, .width = 64 }, 0.05f },    /* norms alone */
    { { .model = "googlenet", .classes = CLASSES, .height = 64, .width = 64 }, 0.05f },
    { { .model = "nin" }, 0.05f },
};

static void draw(rn_session *session, const rn_net *net)
{
    rn_random random = rn_random_open(6, 0, 0);
    float *input = rn_session_input(session);
    for (int64_t i = 0; i < IMAGES * rn_count(rn_value_shape(net, 0)); i++)
        input[i] = (float)rn_random_normal(&random);
}

static int64_t answer(const rn_net *net, rn_weights *weights, const rn_placement *placement, float *scores)
{
    rn_device *device;
    rn_session *session;
    const rn_session_options options = { .mode = RN_INFER, .batch = IMAGES, .range = weights->range };
    CHECK_OK(rn_device_open(&device, placement));
    CHECK_OK(rn_session_open(&session, net, weights, device, &options));
    draw(session, net);
    rn_session_forward(session, IMAGES, 0);
    memcpy(scores, rn_session_scores(session), SCORES * sizeof *scores);
    const int64_t bytes = rn_session_bytes(session);
    rn_session_close(session);
    rn_device_close(device);
    return bytes;
}

static void calibrate(const rn_net *net, rn_weights *weights)
{
    rn_device *device;
    rn_session *session;
    rn_calibration *calibration;
    const rn_session_options options = { .mode = RN_INFER, .batch = IMAGES, .unfused = true };
    CHECK_OK(rn_device_open(&device, &(rn_placement){ .threads = 2 }));
    CHECK_OK(rn_session_open(&session, net, weights, device, &options));
    CHECK_OK(rn_calibration_open(&calibration, net));
    CHECK_OK(rn_calibration_watch(calibration, session));
    draw(session, net);
    rn_session_forward(session, IMAGES, 0);
    CHECK_OK(rn_calibration_finish(calibration, weights));
    rn_session_close(session);
    rn_calibration_close(calibration);
    rn_device_close(device);
}

/* The root mean square of the difference, as a part of the scores' own. */
static float off_by(const float *wanted, const float *got)
{
    double error = 0, size = 0;
    for (int i = 0; i < SCORES; i++) {
        error += pow((double)got[i] - (double)wanted[i], 2);
        size += pow((double)wanted[i], 2);
    }
    return (float)sqrt(error / size);
}

static void answers_nearly(size_t i, const char *isa)
{
    rn_architecture a = sample[i].architecture;
    rn_net net, folded;
    rn_weights weights, folded_weights;
    float wanted[SCORES], got[3][SCORES];
    int64_t bytes[2] = { 0, 0 };
    CHECK_OK(rn_model_build(&net, &a));
    CHECK_OK(rn_weights_open(&weights, &net));
    rn_weights_initialise(&weights, 1);
    bytes[0] = answer(&net, &weights, &(rn_placement){ .threads = 1 }, wanted);
    calibrate(&net, &weights);
    for (int threads = 1; threads <= 3; threads++) {
        const rn_placement int8 = { .threads = threads, .type = "int8" };
        bytes[1] = answer(&net, &weights, &int8, got[threads - 1]);
        CHECK(memcmp(got[0], got[threads - 1], sizeof got[0]) == 0, "%s %s: %d threads, other bits", isa,
              a.model, threads);
    }
    CHECK(off_by(wanted, got[0]) <= sample[i].off, "%s %s: off by %g", isa, a.model,
          (double)off_by(wanted, got[0]));
    CHECK(bytes[1] < bytes[0], "%s %s: %lld bytes, in fp32 %lld", isa, a.model, (long long)bytes[1],
          (long long)bytes[0]);
    CHECK_OK(rn_net_fold(&folded, &folded_weights, &net, &weights));
    answer(&folded, &folded_weights, &(rn_placement){ .threads = 2, .type = "int8" }, got[1]);
    CHECK(off_by(wanted, got[1]) <= sample[i].off, "%s %s folded: off by %g", isa, a.model,
          (double)off_by(wanted, got[1]));
    rn_weights_close(&folded_weights);
    rn_net_free(&folded);
    rn_weights_close(&weights);
    rn_net_free(&net);
}

static bool opens(const char *isa)
{
    rn_device *device;
    setenv("RESNET_ISA", isa, 1);
    if (rn_device_open(&device, &(rn_placement){ .type = "int8", .threads = 1 }) != RN_OK)
        return printf("%s\n", rn_error_text()), false;
    rn_device_close(device);
    return true;
}

int main(void)
{
    static const char *const isas[] = { "avx512", "avx2", "baseline" };
    for (size_t i = 0; i < sizeof sample / sizeof *sample; i++)
        answers_nearly(i, "best");
    for (int k = 0; k < 3; k++)
        if (opens(isas[k]))
            answers_nearly(0, isas[k]);
    return check_result();
}
