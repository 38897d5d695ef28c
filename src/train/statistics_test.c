/*
 * Averaged statistics against means and variances of the first convolution's outputs in double, and on the
 * fast device against the plain one; at the end of a run, of a run that was stopped there, of one that had
 * finished, and of a model file.
 */
#include "train/small_run.h"
#include "train/statistics.h"

#include <math.h>

enum { PICTURES = 36, BATCH = 12, GROUPS = 2, SIDE = 32, FILTERS = 16 };

static rn_train_config averaging(const char *run)
{
    rn_train_config c = small_config(run);
    c.iterations = 5;
    c.bn_average = PICTURES;
    return c;
}

/* ---- In double ------------------------------------------------------------------------------- */

typedef struct { double mean[FILTERS], variance[FILTERS]; } moments;

/* The first convolution: 3x3, a border of zeros. */
static double convolve(const float *filter, const float *picture, int y, int x)
{
    double sum = 0;
    for (int c = 0; c < 3; c++)
        for (int i = 0; i < 9; i++) {
            int row = y + i / 3 - 1, column = x + i % 3 - 1;
            if (row >= 0 && row < SIDE && column >= 0 && column < SIDE)
                sum += (double)filter[9 * c + i] * (double)picture[(c * SIDE + row) * SIDE + column];
        }
    return sum;
}

static void add_group(moments *sum, const float *filters, const float *pictures, int count)
{
    double pixels = count * SIDE * SIDE;
    for (int f = 0; f < FILTERS; f++) {
        double total = 0, squares = 0;
        for (int i = 0; i < count * SIDE * SIDE; i++) {
            const float *picture = pictures + 3 * SIDE * SIDE * (i / (SIDE * SIDE));
            double value = convolve(filters + 27 * f, picture, i / SIDE % SIDE, i % SIDE);
            total += value;
            squares += value * value;
        }
        sum->mean[f] += total / pixels;
        sum->variance[f] += (squares - total * total / pixels) / (pixels - 1);
    }
}

static moments expect(const rn_trainer *t)
{
    moments sum = { { 0 }, { 0 } };
    rn_loader *loader;
    const rn_batch *batch;
    rn_loader_options options = rn_trainer_test_loading(t);
    const float *filters = rn_weights_param(&t->bundle.weights,
                                            rn_net_find_param(&t->bundle.net, "conv1.weight"));
    options.batch = BATCH;
    options.training = true;
    options.seed = (uint64_t)t->config.seed;
    options.augment = &t->augment;
    CHECK_OK(rn_loader_open(&loader, t->train, &options));
    for (int b = 0; b < PICTURES / BATCH; b++) {
        CHECK_OK(rn_loader_next(loader, &batch));
        for (int g = 0; g < GROUPS; g++)
            add_group(&sum, filters, batch->pixels + 3 * SIDE * SIDE * (BATCH / GROUPS) * g, BATCH / GROUPS);
    }
    rn_loader_close(loader);
    return sum;
}

static const float *state_of(const rn_trainer *t, const char *name)
{
    return rn_weights_param(&t->bundle.weights, rn_net_find_param(&t->bundle.net, name));
}

static void check_first_layer(const rn_trainer *t)
{
    double parts = GROUPS * PICTURES / BATCH;
    moments sum = expect(t);
    for (int f = 0; f < FILTERS; f++) {
        double mean = state_of(t, "bn1.running_mean")[f], variance = state_of(t, "bn1.running_var")[f];
        CHECK(fabs(mean - sum.mean[f] / parts) < 1e-5, "filter %d: mean %g, wanted %g", f, mean,
              sum.mean[f] / parts);
        CHECK(fabs(variance / (sum.variance[f] / parts) - 1) < 1e-4, "filter %d: variance %g, wanted %g", f,
              variance, sum.variance[f] / parts);
    }
}

static void check_numbers(void)
{
    rn_trainer fast, plain;
    rn_train_config c = averaging("numbers");
    CHECK_OK(rn_trainer_open(&fast, &c));
    strcpy(c.device, "plain");
    CHECK_OK(rn_trainer_open(&plain, &c));
    CHECK_OK(rn_statistics_average(&fast));
    CHECK_OK(rn_statistics_average(&plain));
    CHECK(fast.state.averaged == PICTURES, "%lld pictures", (long long)fast.state.averaged);
    check_first_layer(&fast);
    const rn_weights *a = &fast.bundle.weights, *b = &plain.bundle.weights;
    for (int64_t i = a->learned; i < a->count; i++)
        CHECK(fabsf(a->values[i] - b->values[i]) < 1e-4f * (1 + fabsf(b->values[i])),
              "number %lld: %g, plain %g", (long long)i, a->values[i], b->values[i]);
    rn_trainer_close(&fast);
    rn_trainer_close(&plain);
}

/* ---- In a run -------------------------------------------------------------------------------- */

static void check_told(const char *run, const char *wanted)
{
    char path[RN_TEXT_SIZE];
    rn_file_info *info;
    snprintf(path, sizeof path, "%s/last.safetensors", small_path(run));
    CHECK_OK(rn_file_inspect(path, &info));
    CHECK(strstr(info->metadata, wanted), "%s: no '%s' in %s", run, wanted, info->metadata);
    rn_file_info_free(info);
}

/* Stop when all steps are done, so that the averaging is what is left. */
static void stop_at_end(void *context, const rn_train_event *event)
{
    volatile int *stop = context;
    *stop |= event->iteration == event->iterations && event->moment == RN_TRAIN_SAVED;
}

static void check_runs(void)
{
    rn_train_result result;
    rn_train_config c = averaging("straight");
    CHECK_OK(rn_train(&c, NULL, &result));
    small_hash straight = small_hash_of("straight");
    check_told("straight", "\"bn_statistics\":\"averages over 36 training pictures\"");

    volatile int stop = 0;
    rn_train_watch watch = { stop_at_end, (void *)(uintptr_t)&stop, &stop };
    c = averaging("stopped");
    CHECK(rn_train(&c, &watch, &result) == RN_INTERRUPTED, "%s", rn_error_text());
    check_told("stopped", "\"bn_statistics\":\"moving averages\"");
    c.resume = true;
    for (int time = 0; time < 2; time++) {
        CHECK_OK(rn_train(&c, NULL, &result));
        CHECK(strcmp(small_hash_of("stopped").hex, straight.hex) == 0, "resumed %d: other statistics", time);
    }

    c = averaging("finished");
    c.bn_average = 0;
    CHECK_OK(rn_train(&c, NULL, &result));
    c.resume = true;
    c.bn_average = PICTURES;
    CHECK_OK(rn_train(&c, NULL, &result));
    CHECK(strcmp(small_hash_of("finished").hex, straight.hex) == 0, "a finished run: other statistics");
    c.iterations = 6;
    c.bn_average = 0;
    CHECK_OK(rn_train(&c, NULL, &result));
    check_told("finished", "\"bn_statistics\":\"moving averages\"");
}

/* The recipe changes nothing but statistics; frozen ones are not averaged. */
static void check_file(void)
{
    rn_train_result result;
    rn_train_config c = { 0 };
    snprintf(c.data, sizeof c.data, "%s", small_path("data"));
    snprintf(c.out, sizeof c.out, "%s", small_path("file"));
    snprintf(c.weights, sizeof c.weights, "%s/last.safetensors", small_path("straight"));
    CHECK_OK(rn_train_defaults(&c, "bn-average"));
    c.batch = BATCH;
    c.seed = 5;
    c.bn_groups = GROUPS;
    c.shards = 4;
    c.bn_average = PICTURES;
    CHECK_OK(rn_train(&c, NULL, &result));
    CHECK(result.iterations == 0 && result.train_error > 0, "%lld steps, training error %g",
          (long long)result.iterations, result.train_error);
    CHECK(strcmp(small_hash_of("file").hex, small_hash_of("straight").hex) == 0, "other statistics");
    c.force = c.frozen_bn = true;
    CHECK(rn_train(&c, NULL, &result) == RN_BAD_ARGUMENT && strstr(rn_error_text(), "--bn-average"), "%s",
          rn_error_text());
}

int main(void)
{
    small_begin();
    check_numbers();
    check_runs();
    check_file();
    small_end();
    return check_result();
}
