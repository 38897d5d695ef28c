#include "train/trainer.h"
#include "backend/registry.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/log.h"
#include "base/memory.h"
#include "model/footprint.h"
#include "train/pretrained.h"
#include "train/run_folder.h"
#include "train/statistics.h"
#include "train/train_options.h"

#include <math.h>
#include <string.h>

double rn_trainer_epoch(const rn_trainer *t)
{
    return (double)t->state.iteration / (double)t->per_epoch;
}

bool rn_trainer_is_asked_to_stop(const rn_trainer *t)
{
    return t->watch.stop && *t->watch.stop;
}

void rn_trainer_show(const rn_trainer *t, rn_session *session, const rn_batch *batch)
{
    int64_t pixels = (int64_t)batch->count * 3 * t->config.size * t->config.size;
    memcpy(rn_session_input(session), batch->pixels, (size_t)pixels * sizeof(float));
    memcpy(rn_session_labels(session), batch->labels, (size_t)batch->count * sizeof(int32_t));
}

void rn_trainer_descend(const rn_trainer *t, rn_session *session, rn_weights *weights, float *velocity,
                        double rate)
{
    t->device->descend(t->device, &(rn_descent){
        .values = weights->values, .velocity = velocity, .grads = rn_session_grads(session),
        .decayed = weights->decayed, .count = weights->learned, .rate = (float)rate,
        .momentum = (float)t->config.momentum, .decay = (float)t->config.weight_decay,
    });
    weights->version++;
}

rn_loader_options rn_trainer_test_loading(const rn_trainer *t)
{
    int size = (int)t->config.size;
    return (rn_loader_options){ .batch = rn_test_batch(size, size), .workers = (int)t->config.workers,
                                .rule = &t->bundle.preprocess, .max_bad = t->config.max_bad / 100,
                                .strict = t->config.strict_data };
}

/* ---- Data ------------------------------------------------------------------------------------ */

/* A sum over what is in the data set and in which order: numbers, names and labels, but not pixels. */
static void add_to_fingerprint(rn_digest *digest, const rn_dataset *set)
{
    char text[256];
    int length = snprintf(text, sizeof text, "%s %lld %d\n", set->kind, (long long)set->count, set->classes);
    rn_digest_add(digest, text, (size_t)length);
    for (int c = 0; c < set->classes; c++)
        rn_digest_add(digest, set->class_name[c], strlen(set->class_name[c]) + 1);
    for (int64_t i = 0; i < set->count; i++) {
        int32_t label = set->label(set, i);
        set->describe(set, i, text, sizeof text);
        rn_digest_add(digest, &label, sizeof label);
        rn_digest_add(digest, text, strlen(text) + 1);
    }
}

static rn_status open_data(rn_trainer *t)
{
    rn_train_config *c = &t->config;
    rn_dataset_options options = { .validation = c->validation, .seed = (uint64_t)c->seed };
    rn_digest *digest;
    char hex[65];
    RN_TRY(rn_dataset_open(&t->train, c->data, RN_SPLIT_TRAIN, &options));
    options.beside = t->train;
    RN_TRY(rn_dataset_open(&t->test, c->data, RN_SPLIT_TEST, &options));
    if (t->train->classes < 2)
        return rn_hint(rn_fail(RN_BAD_FILE, "%s: one class, '%s': nothing to tell apart", c->data,
                               t->train->class_name[0]), "one folder a class: FOLDER/CLASS/");
    RN_TRY(rn_digest_open(&digest));
    add_to_fingerprint(digest, t->train);
    add_to_fingerprint(digest, t->test);
    rn_digest_close(digest, hex);
    memcpy(t->state.data, hex, sizeof hex);
    return rn_augment_named(&t->augment, c->augment);
}

/* ---- Network --------------------------------------------------------------------------------- */

static rn_status read_architecture(const rn_trainer *t, rn_architecture *a)
{
    const rn_train_config *c = &t->config;
    if (strlen(c->model) >= sizeof a->model)
        return rn_fail(RN_BAD_ARGUMENT, "unknown network \"%.40s...\"", c->model);
    if (c->classes && c->classes < t->train->classes)
        return rn_fail(RN_BAD_ARGUMENT, "--classes: %lld, but the data has %d", (long long)c->classes,
                       t->train->classes);
    *a = (rn_architecture){ .classes = c->classes ? (int)c->classes : t->train->classes,
                            .height = (int)c->size, .dropout = rn_architecture_dropout(c->dropout) };
    memcpy(a->model, c->model, strlen(c->model));
    if (c->shortcut[0])
        RN_TRY(rn_shortcut_parse(c->shortcut, &a->shortcut));
    if (c->stride_in[0])
        RN_TRY(rn_stride_place_parse(c->stride_in, &a->stride_in));
    return RN_OK;
}

/* What fits: the data's own rule where its pictures have the network's size, else one for photographs. */
static const char *fitting_rule(const rn_trainer *t)
{
    if (t->config.preprocess[0])
        return t->config.preprocess;
    if (t->train->height == t->bundle.architecture.height)
        return strcmp(t->train->kind, "builtin") == 0 ? "builtin" : "paper-cifar";
    return rn_model_is_cifar(t->config.model) ? "cifar-imagenet-norm" : "imagenet";
}

/* The mean of each pixel, and of each colour for views of other sizes. */
static rn_status measure_mean(rn_trainer *t, rn_preprocess *rule)
{
    const int pixels = rule->crop_height * rule->crop_width;
    if (!rule->per_pixel)
        return RN_OK;
    if (t->train->height == 0)
        rn_note("%s: taking the mean of each pixel of the training pictures", t->config.data);
    RN_TRY(rn_new(&rule->mean_image, 3 * pixels));
    RN_TRY(rn_dataset_mean(t->train, rule, rule->mean_image));
    for (int channel = 0; channel < 3; channel++) {
        float *mean = rule->mean_image + (ptrdiff_t)channel * pixels;
        double sum = 0;
        for (int i = 0; i < pixels; i++)
            sum += mean[i] *= rule->scale;
        rule->mean[channel] = (float)(sum / pixels);
    }
    return RN_OK;
}

static rn_status choose_preprocess(rn_trainer *t)
{
    rn_preprocess *rule = &t->bundle.preprocess;
    int size = t->bundle.architecture.height;
    RN_TRY(rn_preprocess_read(rule, fitting_rule(t)));
    rule->resize = (int)((int64_t)rule->resize * size / rule->crop_height);
    rule->crop_height = rule->crop_width = size;
    return measure_mean(t, rule);
}

/* More outputs than classes leave the last ones without a name. */
static rn_status name_classes(rn_trainer *t)
{
    if (t->bundle.architecture.classes != t->train->classes)
        return RN_OK;
    return rn_bundle_set_classes(&t->bundle, t->train->class_name, t->train->classes);
}

static rn_status open_fresh(rn_trainer *t, rn_architecture *asked)
{
    RN_TRY(rn_architecture_complete(asked));
    RN_TRY(rn_bundle_new(&t->bundle, asked, (uint64_t)t->config.seed));
    if (t->config.zero_residual)
        rn_weights_close_branches(&t->bundle.weights);
    return choose_preprocess(t);
}

static void record_network(rn_train_config *c, const rn_bundle *bundle)
{
    const rn_architecture *a = &bundle->architecture;
    c->classes = a->classes;
    c->size = a->height;
    snprintf(c->model, sizeof c->model, "%s", a->model);
    snprintf(c->shortcut, sizeof c->shortcut, "%s", rn_shortcut_name(a->shortcut));
    snprintf(c->stride_in, sizeof c->stride_in, "%s", rn_stride_place_name(a->stride_in));
    snprintf(c->preprocess, sizeof c->preprocess, "%s", bundle->preprocess.name);
}

static rn_status open_network(rn_trainer *t)
{
    rn_architecture asked;
    RN_TRY(read_architecture(t, &asked));
    RN_TRY(t->config.weights[0] ? rn_pretrained_open(t, &asked) : open_fresh(t, &asked));
    record_network(&t->config, &t->bundle);
    if (!rn_statistics_move(&t->bundle.net))
        t->config.bn_average = 0;
    RN_TRY(name_classes(t));
    return rn_new(&t->velocity, t->bundle.weights.learned);
}

/* ---- Length ---------------------------------------------------------------------------------- */

static rn_status measure_length(rn_trainer *t)
{
    const rn_train_config *c = &t->config;
    t->per_epoch = t->train->count / c->batch;
    if (t->per_epoch == 0)
        return rn_hint(rn_fail(RN_BAD_ARGUMENT, "--batch: %lld, but there are %lld training pictures",
                               (long long)c->batch, (long long)t->train->count), "--batch %lld",
                       (long long)t->train->count);
    t->iterations = c->iterations ? c->iterations : (int64_t)llround(c->epochs * (double)t->per_epoch);
    if (t->iterations == 0)
        t->iterations = 1;
    if (c->freeze || (c->iterations == 0 && c->epochs == 0))
        t->iterations = 0;
    t->log_every = c->log_every ? c->log_every : t->iterations / 100 + 1;
    RN_TRY(rn_steps_read(&t->snapshots, "--snapshots", c->snapshots));
    return rn_schedule_make(&t->schedule, c, t->iterations);
}

/* ---- Machine --------------------------------------------------------------------------------- */

/* A run goes on with the kernels of its beginning, whatever was measured since. */
static rn_status choose_kernels(const rn_train_config *c, char file[RN_TEXT_SIZE])
{
    RN_TRY(rn_run_path(file, c->out, "args.json"));
    const bool goes_on = c->resume && rn_file_exists(file);
    *file = '\0';
    return goes_on ? rn_run_path(file, c->out, "kernels") : RN_OK;
}

static rn_status record_kernels(rn_trainer *t)
{
    rn_digest *digest;
    RN_TRY(rn_digest_open(&digest));
    rn_session_add_kernels(t->session, digest);
    rn_session_add_kernels(t->tester, digest);
    rn_digest_close(digest, t->state.kernels);
    return RN_OK;
}

static rn_status open_sessions(rn_trainer *t)
{
    const rn_train_config *c = &t->config;
    int size = t->bundle.architecture.height;
    int64_t bytes;
    rn_session_options learning = { .mode = RN_TRAIN, .batch = (int)c->batch, .shards = (int)c->shards,
                                    .bn_groups = (int)c->bn_groups };
    rn_session_options answering = { .mode = RN_INFER, .batch = rn_test_batch(size, size) };
    const rn_training_use use = { .net = &t->bundle.net, .device = t->device, .memory = c->memory,
                                  .test_batch = answering.batch, .workers = (int)c->workers };
    RN_TRY(rn_training_bytes(&use, &learning, &bytes));
    RN_TRY(rn_session_open(&t->session, &t->bundle.net, &t->bundle.weights, t->device, &learning));
    if (rn_session_repeats(t->session) > 0)
        rn_note("to stay within the memory, %.0f %% of the forward pass's products are computed twice",
                100 * rn_session_repeats(t->session));
    answering.lender = t->session;
    return rn_session_open(&t->tester, &t->bundle.net, &t->bundle.weights, t->device, &answering);
}

static rn_status open_machine(rn_trainer *t)
{
    const rn_train_config *c = &t->config;
    rn_placement placement = { .device = c->device, .threads = (int)c->threads, .type = c->type };
    char kernels[RN_TEXT_SIZE];
    RN_TRY(choose_kernels(c, kernels));
    placement.kernels = kernels;
    RN_TRY(rn_device_open(&t->device, &placement));
    if (c->workers < 0)
        t->config.workers = rn_processors();
    RN_TRY(open_sessions(t));
    t->config.threads = t->state.threads = rn_device_threads(t->device);
    snprintf(t->config.device, sizeof t->config.device, "%s", t->device->name);
    snprintf(t->state.isa, sizeof t->state.isa, "%s", t->device->isa[0] ? t->device->isa : t->device->name);
    return record_kernels(t);
}

static rn_status open_all(rn_trainer *t)
{
    RN_TRY(rn_train_check(&t->config));
    t->state.past = rn_schedule_begin();
    t->state.head_error = -1;
    RN_TRY(open_data(t));
    RN_TRY(measure_length(t));
    RN_TRY(open_network(t));
    return open_machine(t);
}

rn_status rn_trainer_open(rn_trainer *t, const rn_train_config *config)
{
    *t = (rn_trainer){ .config = *config, .began = rn_clock(), .lock = -1 };
    rn_status status = open_all(t);
    if (status != RN_OK)
        rn_trainer_close(t);
    return status;
}

rn_status rn_trainer_begin(rn_trainer *t)
{
    const rn_train_config *c = &t->config;
    rn_loader_options options = {
        .batch = (int)c->batch, .workers = (int)c->workers, .training = true, .seed = (uint64_t)c->seed,
        .first_iteration = t->state.iteration, .rule = &t->bundle.preprocess, .augment = &t->augment,
        .max_bad = c->max_bad / 100, .strict = c->strict_data,
    };
    t->first_iteration = t->state.iteration;
    t->seconds_before = t->state.seconds;
    return rn_loader_open(&t->loader, t->train, &options);
}

void rn_trainer_close(rn_trainer *t)
{
    rn_loader_close(t->loader);
    rn_session_close(t->session);
    rn_session_close(t->tester);
    rn_device_close(t->device);
    rn_free(t->velocity);
    rn_bundle_close(&t->bundle);
    rn_dataset_close(t->train);
    rn_dataset_close(t->test);
    rn_history_close(&t->history);
    rn_run_release(t->lock);
    *t = (rn_trainer){ 0 };
}
