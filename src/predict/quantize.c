/*
 * A model made ready for int8: pictures go through it in fp32, and the file remembers between which numbers
 * each value lies (net/calibration.h).  Then both types answer for the testing part of the data, and one
 * picture is timed in both, so that everybody sees what is lost and won.
 */
#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "data/kinds.h"
#include "data/pictures.h"
#include "model/rehearsal.h"
#include "net/calibration.h"
#include "net/score.h"
#include "predict/answers.h"
#include "predict/predict.h"

#include <string.h>

enum { USUAL_PICTURES = 256, ROUNDS = 25, WARM_UP = 3 };

/* ---- The data -------------------------------------------------------------------------------- */

/* A part of a data set; of a folder that is none, all its pictures, which have no class. */
static rn_status open_part(rn_dataset **data, rn_model *model, const char *spec, rn_split split)
{
    rn_failure failure;
    rn_status status = rn_model_data(data, model, spec, split);
    if (status != RN_BAD_FILE || !rn_is_folder(spec))
        return status;
    rn_failure_take(&failure, status);
    status = rn_pictures_open(data, &spec, 1, &model->reading);
    return status == RN_BAD_FILE ? rn_failure_give(&failure) : status;
}

/* `count` of them at even distances; all where there are no more. */
static rn_status take_evenly(int64_t **picture, int64_t *count, int64_t all)
{
    *count = *count < all ? *count : all;
    RN_TRY(rn_new(picture, *count));
    for (int64_t i = 0; i < *count; i++)
        (*picture)[i] = i * all / *count;
    return RN_OK;
}

/* ---- Calibration ----------------------------------------------------------------------------- */

static rn_status show_all(rn_session *session, rn_loader *loader, const rn_preprocess *rule, int64_t *shown)
{
    const size_t size = 3 * (size_t)rule->crop_height * (size_t)rule->crop_width * sizeof(float);
    const rn_batch *batch;
    for (;;) {
        RN_TRY(rn_loader_next(loader, &batch));
        if (!batch)
            return *shown ? RN_OK : rn_fail(RN_BAD_FILE, "no picture could be read");
        memcpy(rn_session_input(session), batch->pixels, (size_t)batch->count * size);
        rn_session_forward(session, batch->count, 0);
        *shown += batch->count;
    }
}

static rn_status watch(rn_calibration *calibration, rn_model *model, const rn_dataset *data,
                       const rn_loader_options *options, int64_t *shown)
{
    rn_session *session;
    rn_loader *loader = NULL;
    const rn_session_options unfused = { .mode = RN_INFER, .batch = options->batch, .unfused = true };
    RN_TRY(rn_model_session(model, &session, unfused));
    rn_status status = rn_calibration_watch(calibration, session);
    if (status == RN_OK)
        status = rn_loader_open(&loader, data, options);
    if (status == RN_OK)
        status = show_all(session, loader, options->rule, shown);
    rn_loader_close(loader);
    rn_session_close(session);
    return status;
}

static rn_status calibrate_with(rn_model *model, const rn_dataset *data, const int64_t *picture,
                                int64_t count, int64_t *shown)
{
    const rn_preprocess *rule = &model->bundle.preprocess;
    const rn_loader_options options = { .batch = rn_test_batch(rule->crop_height, rule->crop_width),
                                        .workers = rn_device_threads(model->device), .rule = rule,
                                        .picture = picture, .pictures = count, .max_bad = 1 };
    rn_calibration *calibration;
    RN_TRY(rn_calibration_open(&calibration, &model->bundle.net));
    rn_status status = watch(calibration, model, data, &options, shown);
    if (status == RN_OK)
        status = rn_calibration_finish(calibration, &model->bundle.weights);
    rn_calibration_close(calibration);
    return status;
}

static rn_status calibrate(rn_model *model, const char *spec, int64_t count, int64_t *shown)
{
    rn_dataset *data;
    int64_t *picture = NULL;
    RN_TRY(open_part(&data, model, spec, RN_SPLIT_TRAIN));
    rn_status status = take_evenly(&picture, &count, data->count);
    if (status == RN_OK)
        status = calibrate_with(model, data, picture, count, shown);
    rn_free(picture);
    rn_dataset_close(data);
    return status;
}

/* ---- Comparing ------------------------------------------------------------------------------- */

/* The types that are compared. */
enum { BEFORE, AFTER };

static rn_status count_wrong(rn_answers *const answers[2], double error[2])
{
    rn_evaluation *e;
    for (int i = BEFORE; i <= AFTER; i++) {
        RN_TRY(rn_answers_count(answers[i], &e));
        error[i] = e->top1_error;
        rn_evaluation_free(e);
    }
    return RN_OK;
}

static bool is_labelled(const rn_answers *answers)
{
    for (int64_t row = 0; row < answers->count; row++)
        if (answers->row[row].label == RN_NO_LABEL)
            return false;
    return true;
}

static rn_status compare_answers(rn_answers *const answers[2], rn_quantization *q)
{
    const int classes = answers[BEFORE]->classes;
    int64_t same = 0;
    for (int64_t row = 0; row < answers[BEFORE]->count; row++) {
        if (!answers[BEFORE]->row[row].views || !answers[AFTER]->row[row].views)
            continue;
        q->tested++;
        same += rn_best_class(rn_answers_scores(answers[BEFORE], row), classes)
                == rn_best_class(rn_answers_scores(answers[AFTER], row), classes);
    }
    q->agreement = q->tested ? 100 * (double)same / (double)q->tested : 0;
    q->labelled = is_labelled(answers[BEFORE]);
    if (!q->labelled)
        return RN_OK;
    double error[2];
    RN_TRY(count_wrong(answers, error));
    q->fp32_error = error[BEFORE];
    q->int8_error = error[AFTER];
    return RN_OK;
}

static rn_status compare(rn_model *const model[2], const char *spec, rn_quantization *q)
{
    rn_answers *answers[2] = { NULL, NULL };
    rn_dataset *data;
    RN_TRY(open_part(&data, model[BEFORE], spec, RN_SPLIT_TEST));
    rn_status status = RN_OK;
    for (int i = BEFORE; i <= AFTER && status == RN_OK; i++)
        status = rn_answers_for(model[i], data, 0, &answers[i]);
    if (status == RN_OK)
        status = compare_answers(answers, q);
    rn_answers_free(answers[BEFORE]);
    rn_answers_free(answers[AFTER]);
    rn_dataset_close(data);
    return status;
}

/* One picture, in turn. */
static rn_status take_time(rn_model *const model[2], rn_quantization *q)
{
    double ms[2][ROUNDS];
    for (int i = BEFORE; i <= AFTER; i++) {
        const rn_preprocess *rule = &model[i]->bundle.preprocess;
        RN_TRY(rn_model_make_room(model[i], 1, rule->crop_width, rule->crop_height));
    }
    for (int round = -WARM_UP; round < ROUNDS; round++)
        for (int i = BEFORE; i <= AFTER; i++) {
            const double start = rn_clock_ms();
            rn_session_forward(model[i]->session, 1, 0);
            ms[i][round < 0 ? 0 : round] = rn_clock_ms() - start;
        }
    q->fp32_ms = rn_median(ms[BEFORE], ROUNDS);
    q->int8_ms = rn_median(ms[AFTER], ROUNDS);
    return RN_OK;
}

/* ---- The whole ------------------------------------------------------------------------------- */

static rn_status check_names(const char *to, const rn_quantize_options *options)
{
    if (!rn_ends_with(to, ".safetensors"))
        return rn_hint(rn_fail(RN_BAD_ARGUMENT, "%s: a quantized model is written as .safetensors", to),
                       "`resnet convert` makes other formats of it");
    if (!options->overwrite && rn_file_exists(to))
        return rn_hint(rn_fail(RN_BAD_ARGUMENT, "%s exists", to), "--force replaces it");
    if (options->pictures < 0)
        return rn_fail(RN_BAD_ARGUMENT, "%lld pictures: wanted at least 1", (long long)options->pictures);
    return RN_OK;
}

static rn_status look_back(rn_model *before, const char *to, const rn_quantize_options *options,
                           rn_quantization *q)
{
    rn_model_options int8 = { .placement = options->model.placement, .max_pixels = options->model.max_pixels,
                              .exif_rotate = options->model.exif_rotate };
    rn_model *model[2] = { before, NULL };
    int8.placement.type = "int8";
    RN_TRY(rn_model_open(&model[AFTER], to, &int8));
    rn_status status = compare(model, options->data, q);
    if (status == RN_OK)
        status = take_time(model, q);
    rn_model_close(model[AFTER]);
    return status;
}

rn_status rn_file_quantize(const char *from, const char *to, const rn_quantize_options *options,
                           rn_quantization *quantization)
{
    rn_model_options fp32 = options->model;
    rn_model *model;
    *quantization = (rn_quantization){ 0 };
    fp32.placement.type = "fp32";
    RN_TRY(check_names(to, options));
    RN_TRY(rn_model_open(&model, from, &fp32));
    rn_status status = calibrate(model, options->data, options->pictures ? options->pictures : USUAL_PICTURES,
                                 &quantization->calibrated);
    if (status == RN_OK)
        status = rn_bundle_save(&model->bundle, to, NULL);
    if (status == RN_OK)
        status = look_back(model, to, options, quantization);
    rn_model_close(model);
    return status;
}
