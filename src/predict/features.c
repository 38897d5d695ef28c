/*
 * The values of one layer for many pictures.  They are kept together, so that a file's head can tell how many
 * pictures could be read.
 */
#include "base/memory.h"
#include "base/text.h"
#include "data/pictures.h"
#include "data/trouble.h"
#include "net/score.h"
#include "predict/inside.h"
#include "weights/npy.h"

#include <assert.h>
#include <string.h>

typedef struct {
    rn_features features;           /* first, so that a pointer to it is one to the whole */
    rn_dataset *data;               /* owns the names */
    const char **file, **class_name;
    float *value;
    int64_t size;                   /* numbers of a picture in `value` */
} whole;

/* ---- Running --------------------------------------------------------------------------------- */

static void average(const float *from, rn_shape shape, float *to)
{
    int64_t pixels = shape.h * shape.w;
    for (int64_t c = 0; c < shape.n * shape.c; c++, from += pixels) {
        double sum = 0;
        for (int64_t i = 0; i < pixels; i++)
            sum += (double)from[i];
        to[c] = (float)(sum / (double)pixels);
    }
}

static void keep_names(whole *w, const rn_batch *batch)
{
    for (int i = 0; i < batch->count; i++) {
        int64_t row = w->features.pictures + i;
        w->file[row] = rn_pictures_path(w->data, batch->index[i]);
        w->class_name[row] = batch->labels[i] == RN_NO_CLASS ? NULL : w->data->class_name[batch->labels[i]];
    }
}

static void take_batch(whole *w, rn_session *session, const rn_preprocess *rule, rn_shape shape,
                       const rn_batch *batch, float *room)
{
    size_t pixels = (size_t)batch->count * 3 * (size_t)rule->crop_height * (size_t)rule->crop_width;
    float *to = w->value + w->features.pictures * w->size;
    shape.n = batch->count;
    memcpy(rn_session_input(session), batch->pixels, pixels * sizeof(float));
    rn_session_forward(session, batch->count, 0);
    rn_session_read(session, room ? room : to);
    if (room)
        average(room, shape, to);
    keep_names(w, batch);
    w->features.pictures += batch->count;
}

static rn_status take_all(whole *w, rn_session *session, const rn_preprocess *rule, rn_shape shape,
                          rn_loader *loader, float *room)
{
    const rn_batch *batch;
    for (;;) {
        RN_TRY(rn_loader_next(loader, &batch));
        if (!batch)
            return RN_OK;
        take_batch(w, session, rule, shape, batch, room);
    }
}

static rn_status run(whole *w, rn_model *model, rn_value layer, int batch, float *room)
{
    const rn_preprocess *rule = &model->bundle.preprocess;
    rn_loader_options options = { .batch = batch, .workers = rn_device_threads(model->device), .rule = rule,
                                  .max_bad = 1 };
    rn_session *session;
    rn_loader *loader;
    RN_TRY(rn_inside_open(&session, model, RN_INFER, batch, layer));
    rn_status status = rn_loader_open(&loader, w->data, &options);
    if (status == RN_OK)
        status = take_all(w, session, rule, rn_value_shape(&model->bundle.net, layer), loader, room);
    w->features.bad_files = loader ? rn_loader_bad(loader) : 0;
    rn_loader_close(loader);
    rn_session_close(session);
    return status;
}

static rn_status make_room(whole *w)
{
    size_t count = (size_t)w->data->count;
    size_t numbers;
    if (!rn_times(count, (size_t)w->size, &numbers))
        return rn_fail(RN_NO_MEMORY, "%zu pictures with %lld numbers each", count, (long long)w->size);
    RN_TRY(rn_new(&w->file, count));
    RN_TRY(rn_new(&w->class_name, count));
    return rn_hint(rn_allocate((void **)&w->value, numbers, sizeof *w->value, "features"),
                   "give fewer pictures at a time, or --pool for the mean of each channel");
}

/* A picture that can be read may still not be what the preprocessing wants. */
static rn_status first_failure(const whole *w)
{
    rn_status status = rn_pictures_refused(w->data);
    return status == RN_OK && w->features.bad_files > 0 ? RN_BAD_FILE : status;
}

static rn_status refuse_all(const whole *w)
{
    const char *reason = rn_trouble_of(w->data->trouble, 0);
    if (w->data->count == 1)
        return rn_fail(first_failure(w), "%s", reason);
    return rn_fail(first_failure(w), "none of %lld pictures can be read; the first: %s",
                   (long long)w->data->count, reason);
}

static rn_status collect(whole *w, rn_model *model, rn_value layer, const rn_features_options *options)
{
    rn_features *f = &w->features;
    const rn_node *node = &model->bundle.net.node[layer];
    rn_shape shape = node->output_shape;
    int batch = options->batch ? options->batch : rn_test_batch(model->bundle.preprocess.crop_height,
                                                                model->bundle.preprocess.crop_width);
    bool pool = options->pool && shape.h * shape.w > 1;
    float *room = NULL;
    *f = (rn_features){ .layer = node->name, .channels = shape.c, .height = pool ? 1 : shape.h,
                        .width = pool ? 1 : shape.w };
    w->size = f->channels * f->height * f->width;
    RN_TRY(make_room(w));
    if (pool)
        RN_TRY(rn_allocate((void **)&room, (size_t)(batch * rn_count(shape)), sizeof *room, "a layer"));
    rn_status status = run(w, model, layer, batch, room);
    rn_free(room);
    f->value = w->value;
    f->file = w->file;
    f->class_name = w->class_name;
    f->first_failure = first_failure(w);
    return status == RN_OK && f->pictures == 0 ? refuse_all(w) : status;
}

static rn_status open_and_collect(whole *w, rn_model *model, const char *const *name, int names,
                                  const rn_features_options *options)
{
    const rn_net *net = &model->bundle.net;
    rn_value layer = rn_inside_vector(net);
    if (options->layer)
        RN_TRY(rn_inside_find(net, options->layer, &layer));
    RN_TRY(rn_pictures_open(&w->data, name, names, &model->reading));
    return collect(w, model, layer, options);
}

rn_status rn_model_features(rn_model *model, const char *const *name, int names,
                            const rn_features_options *options, rn_features **features)
{
    static const rn_features_options nothing;
    whole *w;
    *features = NULL;
    RN_TRY(rn_new(&w, 1));
    rn_status status = open_and_collect(w, model, name, names, options ? options : &nothing);
    if (status == RN_OK)
        *features = &w->features;
    else
        rn_features_free(&w->features);
    return status;
}

void rn_features_free(rn_features *features)
{
    whole *w = (whole *)features;
    if (!w)
        return;
    rn_dataset_close(w->data);
    rn_free(w->file);
    rn_free(w->class_name);
    rn_free(w->value);
    rn_free(w);
}
