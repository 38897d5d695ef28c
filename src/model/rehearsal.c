#include "model/rehearsal.h"
#include "backend/registry.h"
#include "base/clock.h"
#include "base/memory.h"
#include "base/random.h"
#include "model/footprint.h"
#include "model/models.h"
#include "net/calibration.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

static rn_status check(rn_rehearsal *r, const rn_placement *placement, const char *mode)
{
    if (strcmp(mode, "train") != 0 && strcmp(mode, "infer") != 0)
        return rn_fail(RN_BAD_ARGUMENT, "mode \"%s\": use train or infer", mode);
    if (r->batch < 1)
        return rn_fail(RN_BAD_ARGUMENT, "a batch of %d pictures: at least 1 is needed", r->batch);
    if (r->training)
        RN_TRY(rn_trains_in(placement ? placement->type : NULL));
    return RN_OK;
}

static void draw(rn_session *session, const rn_net *net, int pictures)
{
    const rn_shape shape = rn_value_shape(net, 0);
    rn_random random = rn_random_open(1, 2, 3);
    float *pixels = rn_session_input(session);
    for (int64_t i = 0; i < pictures * shape.c * shape.h * shape.w; i++)
        pixels[i] = (float)(2 * rn_random_uniform(&random) - 1);
    for (int i = 0; i < pictures; i++)
        rn_session_labels(session)[i] = (int32_t)rn_random_below(&random, rn_session_classes(session));
}

static rn_status watch(rn_rehearsal *r, rn_calibration *calibration, rn_device *device)
{
    rn_session *session;
    RN_TRY(rn_session_open(&session, &r->net, &r->weights, device,
                           &(rn_session_options){ .mode = RN_INFER, .batch = 1, .unfused = true }));
    rn_status status = rn_calibration_watch(calibration, session);
    if (status == RN_OK) {
        draw(session, &r->net, 1);
        rn_session_forward(session, 1, 0);
        status = rn_calibration_finish(calibration, &r->weights);
    }
    rn_session_close(session);
    return status;
}

static rn_status calibrate(rn_rehearsal *r, rn_placement placement)
{
    rn_calibration *calibration;
    rn_device *device;
    placement.type = "fp32";
    RN_TRY(rn_device_open(&device, &placement));
    rn_status status = rn_calibration_open(&calibration, &r->net);
    if (status == RN_OK)
        status = watch(r, calibration, device);
    rn_calibration_close(calibration);
    rn_device_close(device);
    return status;
}

static rn_status open_parts(rn_rehearsal *r, const rn_architecture *architecture,
                            const rn_placement *placement)
{
    rn_architecture complete = *architecture;
    RN_TRY(rn_model_build(&r->net, &complete));
    RN_TRY(rn_weights_open(&r->weights, &r->net));
    rn_weights_initialise(&r->weights, 1);
    if (r->training)
        RN_TRY(rn_new(&r->velocity, r->weights.learned));
    if (placement && placement->type && strcmp(placement->type, "int8") == 0)
        RN_TRY(calibrate(r, *placement));
    return rn_device_open(&r->device, placement);
}

rn_status rn_rehearsal_open(rn_rehearsal *r, const rn_architecture *architecture,
                            const rn_placement *placement, const char *mode, int batch)
{
    *r = (rn_rehearsal){ .training = strcmp(mode, "train") == 0, .batch = batch,
                         .memory = placement ? placement->memory : 0 };
    RN_TRY(check(r, placement, mode));
    rn_status status = open_parts(r, architecture, placement);
    if (status != RN_OK)
        rn_rehearsal_close(r);
    return status;
}

void rn_rehearsal_close(rn_rehearsal *r)
{
    rn_free(r->velocity);
    rn_device_close(r->device);
    rn_weights_close(&r->weights);
    rn_net_free(&r->net);
    *r = (rn_rehearsal){ 0 };
}

rn_status rn_rehearsal_session(rn_rehearsal *r, int candidate, rn_session **session)
{
    rn_session_options options = { .mode = r->training ? RN_TRAIN : RN_INFER, .batch = r->batch,
                                   .candidate = candidate, .range = r->weights.range };
    const rn_training_use use = { .net = &r->net, .device = r->device, .memory = r->memory, .workers = -1 };
    int64_t bytes;
    RN_TRY(r->training ? rn_training_bytes(&use, &options, &bytes)
                       : rn_answering_bytes(&r->net, r->device, false, r->memory, &options, &bytes));
    RN_TRY(rn_session_open(session, &r->net, &r->weights, r->device, &options));
    draw(*session, &r->net, r->batch);
    return RN_OK;
}

static rn_duration now(void)
{
    return (rn_duration){ rn_clock_ms(), (double)clock() * 1e3 / CLOCKS_PER_SEC };
}

rn_duration rn_rehearsal_step(rn_rehearsal *r, rn_session *session)
{
    const rn_duration start = now();
    rn_session_forward(session, r->batch, 1);
    if (r->training) {
        rn_session_backward(session);
        rn_descent descent = { .values = r->weights.values, .velocity = r->velocity,
                               .grads = rn_session_grads(session), .decayed = r->weights.decayed,
                               .count = r->weights.learned, .rate = 1e-3f, .momentum = 0.9f, .decay = 1e-4f };
        r->device->descend(r->device, &descent);
        r->weights.version++;
    }
    const rn_duration end = now();
    return (rn_duration){ end.wall - start.wall, end.processor - start.processor };
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double rn_median(double *number, int count)
{
    qsort(number, (size_t)count, sizeof *number, by_size);
    return number[count / 2];
}
