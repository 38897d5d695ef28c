/* A model: opened from its file, and asked about one picture. */
#include "predict/predict.h"
#include "backend/registry.h"
#include "base/memory.h"
#include "base/text.h"
#include "model/footprint.h"
#include "net/score.h"
#include "predict/answers.h"
#include "predict/look.h"

#include <assert.h>
#include <string.h>

enum { NAME_SIZE = 24 };

/* ---- Opening --------------------------------------------------------------------------------- */

static rn_status make_names(rn_model *model)
{
    int classes = model->classes = model->bundle.architecture.classes;
    RN_TRY(rn_new(&model->class_name, classes + 1));        /* ended by NULL */
    if (!model->bundle.class_name)
        RN_TRY(rn_allocate((void **)&model->made_names, (size_t)classes, NAME_SIZE, "class names"));
    for (int c = 0; c < classes; c++) {
        if (model->bundle.class_name) {
            model->class_name[c] = model->bundle.class_name[c];
            continue;
        }
        char *name = model->made_names + (size_t)c * NAME_SIZE;
        snprintf(name, NAME_SIZE, "class %d", c);
        model->class_name[c] = name;
    }
    return RN_OK;
}

/* A file by its name, or its bytes where the name is NULL. */
typedef struct { const char *name; const void *bytes; size_t size; } source;

static rn_status open_bundle(rn_bundle *bundle, source from, const rn_model_options *options)
{
    if (from.name)
        return rn_bundle_look(bundle, from.name, options);
    return rn_bundle_open_memory(bundle, from.bytes, from.size, options);
}

/* Dense views are what they are said to be where the classifier is linear in the mean of the last map. */
static rn_status check_dense(const rn_bundle *bundle)
{
    const rn_node *node = bundle->net.node, *head = &node[bundle->net.head[0]];
    const rn_node *below = &node[head->input[0]];
    while (below->op == &rn_op_dropout)
        below = &node[below->input[0]];
    bool mean = below->op == &rn_op_averagepool && below->output_shape.h == 1 && below->output_shape.w == 1;
    if (head->op == &rn_op_linear && mean)
        return RN_OK;
    return rn_fail(RN_BAD_ARGUMENT, "dense views: the classifier of %s does not read the mean of the last "
                   "map", bundle->architecture.model);
}

static rn_status prepare(rn_model *model, source from, const rn_model_options *options)
{
    model->memory = options->placement.memory;
    model->reading = (rn_image_options){ options->max_pixels, options->exif_rotate };
    RN_TRY(open_bundle(&model->bundle, from, options));
    RN_TRY(rn_views_read(&model->views, options->views, options->scales, &model->bundle.preprocess));
    if (model->views.kind == RN_DENSE)
        RN_TRY(check_dense(&model->bundle));
    RN_TRY(make_names(model));
    RN_TRY(rn_new(&model->scores, model->classes));
    return rn_device_open(&model->device, &options->placement);
}

static rn_status open_model(rn_model **opened, source from, const rn_model_options *options)
{
    static const rn_model_options nothing;
    rn_model *model;
    *opened = NULL;
    RN_TRY(rn_new(&model, 1));
    rn_status status = prepare(model, from, options ? options : &nothing);
    if (status != RN_OK) {
        rn_model_close(model);
        return status;
    }
    *opened = model;
    return RN_OK;
}

rn_status rn_model_open(rn_model **opened, const char *file, const rn_model_options *options)
{
    return open_model(opened, (source){ .name = file }, options);
}

rn_status rn_model_open_memory(rn_model **opened, const void *bytes, size_t size,
                               const rn_model_options *options)
{
    return open_model(opened, (source){ .bytes = bytes, .size = size }, options);
}

void rn_model_close(rn_model *model)
{
    if (!model)
        return;
    rn_session_close(model->session);
    rn_device_close(model->device);
    rn_bundle_close(&model->bundle);
    rn_free(model->class_name);
    rn_free(model->made_names);
    rn_free(model->scores);
    rn_free(model);
}

const rn_architecture *rn_model_architecture(const rn_model *model)
{
    return &model->bundle.architecture;
}

rn_status rn_model_class(const rn_model *model, const char *text, int *class_index)
{
    int64_t number;
    for (*class_index = 0; *class_index < model->classes; ++*class_index)
        if (strcmp(model->class_name[*class_index], text) == 0)
            return RN_OK;
    bool is_number = rn_read_int(text, &number);
    if (is_number && number >= 0 && number < model->classes)
        return *class_index = (int)number, RN_OK;
    if (is_number)
        return rn_fail(RN_BAD_ARGUMENT, "there is no class %lld: they are numbered from 0 to %d",
                       (long long)number, model->classes - 1);
    const char *like = rn_suggest(text, model->class_name);
    rn_status status = rn_fail(RN_BAD_ARGUMENT, "the model has no class '%s'", text);
    return like ? rn_hint(status, "did you mean '%s'?", like) : status;
}

rn_status rn_model_session(rn_model *model, rn_session **session, rn_session_options options)
{
    rn_bundle *bundle = &model->bundle;
    int64_t bytes;
    options.range = bundle->weights.range;
    RN_TRY(rn_answering_bytes(&bundle->net, model->device, bundle->weights.in_file, model->memory, &options,
                              &bytes));
    return rn_session_open(session, &bundle->net, &bundle->weights, model->device, &options);
}

rn_status rn_model_make_room(rn_model *model, int batch, int width, int height)
{
    if (batch <= model->room && width == model->width && height == model->height)
        return RN_OK;
    rn_session_close(model->session);
    model->session = NULL;
    model->room = 0;
    RN_TRY(rn_model_session(model, &model->session, (rn_session_options){ .mode = RN_INFER, .batch = batch,
                                                                          .width = width,
                                                                          .height = height }));
    model->room = batch;
    model->width = width;
    model->height = height;
    return RN_OK;
}

/* ---- Classifying ----------------------------------------------------------------------------- */

typedef struct {
    const rn_model *model;
    float *scores;
    int views;
} sum;

static void take(void *context, int64_t picture, const float *scores)
{
    sum *s = context;
    (void)picture;
    if (rn_views_are_many(&s->model->views))
        rn_score_average(s->scores, s->views++, scores, s->model->classes);
    else
        memcpy(s->scores, scores, (size_t)s->model->classes * sizeof *scores);
}

static rn_status show(rn_look *look, const rn_image *image, int scale)
{
    const rn_model *model = look->model;
    rn_preprocess rule = rn_views_rule(&model->views, scale, &model->bundle.preprocess, image->width,
                                       image->height);
    int width = rule.crop_width, height = rule.crop_height;
    float *pixels;
    RN_TRY(rn_allocate((void **)&pixels, (size_t)width * (size_t)height, 3 * sizeof *pixels, "a picture"));
    rn_status status = rn_preprocess_apply(&rule, image, pixels);
    if (status == RN_OK)
        status = rn_look_at(look, pixels, width, height, 0);
    rn_free(pixels);
    return status;
}

rn_status rn_model_score(rn_model *model, const rn_image *image, float *scores)
{
    sum s = { model, scores, 0 };
    rn_look look;
    int views = rn_views_want_whole(&model->views) ? RN_MAX_WINDOWS : 1;
    RN_TRY(rn_views_check(&model->views, image->width, image->height));
    rn_status status = rn_look_open(&look, model, views, take, &s);
    for (int i = 0; i < rn_views_scales(&model->views) && status == RN_OK; i++)
        status = show(&look, image, i);
    rn_look_close(&look);
    return status;
}

static rn_status classify(rn_model *model, const rn_image *image, rn_guess *guess, int count, int *found)
{
    RN_TRY(rn_model_score(model, image, model->scores));
    int told = rn_guess_best(model->scores, model->class_name, model->classes, guess, count);
    if (found)
        *found = told;
    return RN_OK;
}

rn_status rn_model_classify(rn_model *model, const char *picture, rn_guess *guess, int count, int *found)
{
    rn_image image;
    assert(count >= 0);
    RN_TRY(rn_image_read(&image, picture, &model->reading));
    rn_status status = rn_while(classify(model, &image, guess, count, found), "%s", picture);
    rn_image_free(&image);
    return status;
}

rn_status rn_model_classify_memory(rn_model *model, const void *bytes, size_t size, rn_guess *guess,
                                   int count, int *found)
{
    rn_image image;
    assert(count >= 0);
    RN_TRY(rn_image_decode(&image, bytes, size, "picture", &model->reading));
    rn_status status = classify(model, &image, guess, count, found);
    rn_image_free(&image);
    return status;
}
