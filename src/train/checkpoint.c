#include "train/checkpoint.h"
#include "base/log.h"
#include "base/text.h"
#include "train/breakdown.h"
#include "train/run_folder.h"
#include "train/train_options.h"
#include "weights/safetensors.h"

#include <string.h>

#define VERSION "1"

/* ---- Saving ---------------------------------------------------------------------------------- */

static rn_status add_options(rn_tensor_file *file, const char *key, const rn_option *table,
                             const void *structure)
{
    rn_text text = { 0 };
    rn_options_write(&text, table, structure);
    rn_status status = rn_text_finish(&text);
    if (status == RN_OK)
        status = rn_tensor_file_add_fact(file, key, text.bytes);
    rn_text_free(&text);
    return status;
}

static rn_status fill(rn_tensor_file *file, const rn_trainer *t)
{
    const rn_weights *w = &t->bundle.weights;
    const int64_t history[] = { t->history.rows, RN_RESULT_COLUMNS };
    RN_TRY(rn_tensor_file_add(file, "training.weights", RN_F32, 1, &w->count, w->values));
    RN_TRY(rn_tensor_file_add(file, "training.velocity", RN_F32, 1, &w->learned, t->velocity));
    RN_TRY(rn_tensor_file_add(file, "training.history", RN_F64, 2, history, t->history.row));
    RN_TRY(rn_tensor_file_add_fact(file, "resnet.checkpoint", VERSION));
    RN_TRY(rn_tensor_file_add_fact(file, "resnet.program", rn_version()));
    RN_TRY(add_options(file, "resnet.config", rn_train_options(), &t->config));
    return add_options(file, "resnet.state", rn_train_state_table, &t->state);
}

rn_status rn_checkpoint_save(const rn_trainer *t)
{
    char last[RN_TEXT_SIZE], prev[RN_TEXT_SIZE];
    rn_tensor_file file = { 0 };
    RN_TRY(rn_run_path(last, t->config.out, "last.ckpt"));
    RN_TRY(rn_run_path(prev, t->config.out, "prev.ckpt"));
    if (!rn_all_finite(t->bundle.weights.values, t->bundle.weights.count)
        || !rn_all_finite(t->velocity, t->bundle.weights.learned))
        return rn_fail(RN_NOT_FINITE, "%s: not written: the weights are not finite", last);
    rn_status status = fill(&file, t);
    if (status == RN_OK)
        status = rn_safetensors_write(&file, last, prev);
    rn_tensor_file_close(&file);
    return status;
}

/* ---- Is it this training? -------------------------------------------------------------------- */

/* Options that make another training of it when they change. */
static const char *const identity[] = {
    "model", "shortcut", "stride-in", "classes", "size", "preprocess", "batch", "shards", "bn-groups", "seed",
    "validation", "augment", "weights", "reset-head", "head-epochs", "head-lr", "freeze", "frozen-bn", "type",
};

static rn_status compare(const rn_trainer *t, const rn_train_config *before)
{
    char was[RN_TEXT_SIZE], is[RN_TEXT_SIZE];
    for (size_t i = 0; i < sizeof identity / sizeof *identity; i++) {
        const rn_option *row = rn_option_find(rn_train_options(), identity[i]);
        rn_option_get(row, before, was, sizeof was);
        rn_option_get(row, &t->config, is, sizeof is);
        if (strcmp(was, is) == 0)
            continue;
        rn_fail(RN_BAD_ARGUMENT, "%s was begun with --%s %s, not %s", t->config.out, row->name, was, is);
        return rn_hint(RN_BAD_ARGUMENT, "leave --%s out, or take another --out", row->name);
    }
    return RN_OK;
}

static rn_status compare_sources(const rn_trainer *t, const rn_train_state *state)
{
    static const char hint[] = "--force continues all the same";
    if (strcmp(state->data, t->state.data) != 0)
        return rn_hint(rn_fail(RN_BAD_ARGUMENT, "%s was begun with other data than %s holds now",
                               t->config.out, t->config.data), hint);
    if (strcmp(state->weights, t->state.weights) != 0)
        return rn_hint(rn_fail(RN_BAD_ARGUMENT, "%s was begun from other weights than %s holds now",
                               t->config.out, t->config.weights), hint);
    return RN_OK;
}

static void tell_changes(const rn_trainer *t, const rn_train_state *before)
{
    if (strcmp(before->isa, t->state.isa) != 0)
        rn_warn("%s was saved with %s kernels and continues with %s: the results will differ slightly",
                t->config.out, before->isa, t->state.isa);
    else if (before->kernels[0] && strcmp(before->kernels, t->state.kernels) != 0)
        rn_warn("%s was saved with other kernels than it continues with: the results will differ slightly",
                t->config.out);
    if (before->threads != t->state.threads)
        rn_note("%s was saved with %lld threads and continues with %lld: the results stay the same",
                t->config.out, (long long)before->threads, (long long)t->state.threads);
}

/* ---- Loading --------------------------------------------------------------------------------- */

static rn_status read_options(const rn_tensor_file *file, const char *key, const rn_option *table,
                              void *structure, const char *path)
{
    const char *text = rn_tensor_file_fact(file, key);
    if (!text)
        return rn_fail(RN_BAD_FILE, "%s: not a checkpoint (no %s)", path, key);
    return rn_options_read(table, structure, text, strlen(text), path);
}

static rn_status check_version(const rn_tensor_file *file, const char *path)
{
    const char *version = rn_tensor_file_fact(file, "resnet.checkpoint");
    if (!version)
        return rn_fail(RN_BAD_FILE, "%s: not a checkpoint", path);
    if (strcmp(version, VERSION) != 0)
        return rn_fail(RN_BAD_FILE, "%s: a checkpoint of format %s, this program reads %s", path, version,
                       VERSION);
    return RN_OK;
}

static rn_status read_floats(const rn_tensor_file *file, const char *name, float *to, int64_t count,
                             const char *path)
{
    const rn_array *array = rn_tensor_file_find(file, name);
    int64_t has = array && array->type == RN_F32 ? rn_array_count(array) : -1;
    if (has != count)
        return rn_fail(RN_BAD_FILE, "%s: %s holds %lld numbers, this network wants %lld", path, name,
                       (long long)has, (long long)count);
    RN_TRY(rn_array_floats(array, to));
    if (!rn_all_finite(to, count))
        return rn_fail(RN_BAD_FILE, "%s: %s holds numbers that are not finite", path, name);
    return RN_OK;
}

static rn_status read_history(const rn_tensor_file *file, rn_history *history, const char *path)
{
    const rn_array *array = rn_tensor_file_find(file, "training.history");
    if (!array || array->type != RN_F64 || array->dims != 2 || array->size[1] != RN_RESULT_COLUMNS)
        return rn_fail(RN_BAD_FILE, "%s: not a checkpoint (no history)", path);
    for (int64_t i = 0; i < array->size[0]; i++) {
        rn_result_row row;
        memcpy(&row, (const char *)array->data + (size_t)i * sizeof row, sizeof row);
        RN_TRY(rn_history_add(history, &row));
    }
    return RN_OK;
}

/* Take over the file: state and history first, which may fail, then the weights. */
static rn_status read_checkpoint(rn_trainer *t, const rn_tensor_file *file, const char *path)
{
    rn_train_config before = t->config;
    rn_train_state state = t->state;
    RN_TRY(check_version(file, path));
    RN_TRY(read_options(file, "resnet.config", rn_train_options(), &before, path));
    RN_TRY(read_options(file, "resnet.state", rn_train_state_table, &state, path));
    if (state.iteration < 0)
        return rn_fail(RN_BAD_FILE, "%s: %lld steps are not possible", path, (long long)state.iteration);
    if (!t->config.force) {
        RN_TRY(compare(t, &before));
        RN_TRY(compare_sources(t, &state));
    }
    rn_history_close(&t->history);
    RN_TRY(read_history(file, &t->history, path));
    RN_TRY(read_floats(file, "training.weights", t->bundle.weights.values, t->bundle.weights.count, path));
    RN_TRY(read_floats(file, "training.velocity", t->velocity, t->bundle.weights.learned, path));
    t->bundle.weights.version++;
    tell_changes(t, &state);
    state.threads = t->state.threads;
    memcpy(state.isa, t->state.isa, sizeof state.isa);
    memcpy(state.kernels, t->state.kernels, sizeof state.kernels);
    memcpy(state.data, t->state.data, sizeof state.data);
    memcpy(state.weights, t->state.weights, sizeof state.weights);
    t->state = state;
    return RN_OK;
}

static rn_status load(rn_trainer *t, const char *path)
{
    rn_tensor_file file;
    RN_TRY(rn_tensor_file_open(&file, path));
    rn_status status = read_checkpoint(t, &file, path);
    rn_tensor_file_close(&file);
    return status;
}

rn_status rn_checkpoint_load(rn_trainer *t, bool *found)
{
    char last[RN_TEXT_SIZE], prev[RN_TEXT_SIZE];
    rn_failure failure = { 0 };
    RN_TRY(rn_run_path(last, t->config.out, "last.ckpt"));
    RN_TRY(rn_run_path(prev, t->config.out, "prev.ckpt"));
    bool has_last = rn_file_exists(last), has_prev = rn_file_exists(prev);
    *found = has_last || has_prev;
    if (!*found)
        return RN_OK;
    rn_status status = has_last ? load(t, last) : rn_fail(RN_BAD_FILE, "%s: missing", last);
    if (status != RN_BAD_FILE)
        return status;
    rn_failure_take(&failure, status);
    if (has_prev && load(t, prev) == RN_OK) {
        rn_warn("%s; using prev.ckpt (epoch %.4g)", failure.text, rn_trainer_epoch(t));
        return RN_OK;
    }
    return rn_hint(rn_failure_give(&failure), "there is no good checkpoint; --force begins again");
}
