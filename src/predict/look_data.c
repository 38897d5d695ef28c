/*
 * Showing all pictures of a data set.  Where views are cut out of whole pictures, those that have one size
 * after resizing are shown together, so that a dense test opens one session for each size and not for each
 * picture.
 */
#include "base/log.h"
#include "base/memory.h"
#include "data/sizes.h"
#include "predict/look.h"

#include <stdlib.h>

typedef struct {
    rn_look *look;
    const rn_dataset *data;
} work;

static rn_status show_batch(const work *w, const rn_batch *batch, int width, int height)
{
    size_t size = 3 * (size_t)width * (size_t)height;
    for (int i = 0; i < batch->count; i++)
        RN_TRY(rn_look_at(w->look, batch->pixels + (size_t)i * size, width, height, batch->index[i]));
    return RN_OK;
}

/* Show these pictures (NULL: all), prepared by this rule. */
static rn_status show(const work *w, const rn_preprocess *rule, const int64_t *picture, int64_t pictures)
{
    rn_loader *loader;
    const rn_batch *batch;
    int width = rule->crop_width, height = rule->crop_height;
    rn_loader_options options = { .batch = rn_look_batch(w->look, width, height),
                                  .workers = rn_device_threads(w->look->model->device), .rule = rule,
                                  .picture = picture, .pictures = pictures, .max_bad = 1 };
    RN_TRY(rn_loader_open(&loader, w->data, &options));
    rn_status status;
    do {
        status = rn_loader_next(loader, &batch);
        if (status == RN_OK && batch)
            status = show_batch(w, batch, width, height);
    } while (status == RN_OK && batch);
    rn_loader_close(loader);
    return status;
}

/* ---- Pictures of different sizes ------------------------------------------------------------- */

typedef struct {
    rn_size size;               /* of the resized picture */
    int64_t picture;
} place;

static int by_size(const void *a, const void *b)
{
    const place *x = a, *y = b;
    if (x->size.width != y->size.width)
        return x->size.width < y->size.width ? -1 : 1;
    if (x->size.height != y->size.height)
        return x->size.height < y->size.height ? -1 : 1;
    return (x->picture > y->picture) - (x->picture < y->picture);
}

static rn_preprocess rule_of(const work *w, int scale, rn_size size)
{
    const rn_model *model = w->look->model;
    return rn_views_rule(&model->views, scale, &model->bundle.preprocess, size.width, size.height);
}

static int64_t sort_places(const work *w, int scale, const rn_size *size, place *places)
{
    int64_t count = 0;
    for (int64_t i = 0; i < w->data->count; i++)
        if (size[i].width > 0) {
            rn_preprocess rule = rule_of(w, scale, size[i]);
            places[count++] = (place){ { rule.crop_width, rule.crop_height }, i };
        }
    qsort(places, (size_t)count, sizeof *places, by_size);
    return count;
}

static bool same_size(const place *a, const place *b)
{
    return a->size.width == b->size.width && a->size.height == b->size.height;
}

/* Show all pictures at a scale, those of one size after another; `order` has room for all. */
static rn_status show_sizes(const work *w, int scale, const rn_size *size, place *places, int64_t *order)
{
    int64_t count = sort_places(w, scale, size, places);
    for (int64_t i = 0; i < count; i++)
        order[i] = places[i].picture;
    for (int64_t begin = 0, end; begin < count; begin = end) {
        for (end = begin + 1; end < count && same_size(&places[begin], &places[end]);)
            end++;
        rn_preprocess rule = rule_of(w, scale, size[order[begin]]);
        RN_TRY(show(w, &rule, order + begin, end - begin));
    }
    return RN_OK;
}

/* Leave out what has no views. */
static void check_size(const work *w, int64_t picture, rn_size *size)
{
    char name[RN_TEXT_SIZE];
    if (size->width == 0 || rn_views_check(&w->look->model->views, size->width, size->height) == RN_OK)
        return;
    w->data->describe(w->data, picture, name, sizeof name);
    rn_warn("%s: %s; left out", name, rn_error_text());
    *size = (rn_size){ 0, 0 };
}

static rn_status measure(rn_size **size, const work *w)
{
    const rn_dataset *data = w->data;
    if (!data->width)
        RN_TRY(rn_dataset_sizes(size, data, rn_device_threads(w->look->model->device)));
    else
        RN_TRY(rn_new(size, data->count));
    for (int64_t i = 0; i < data->count; i++) {
        if (data->width)
            (*size)[i] = (rn_size){ data->width, data->height };
        check_size(w, i, &(*size)[i]);
    }
    return RN_OK;
}

static rn_status show_whole(const work *w)
{
    rn_size *size = NULL;
    place *places = NULL;
    int64_t *order = NULL;
    rn_status status = measure(&size, w);
    if (status == RN_OK)
        status = rn_new(&places, w->data->count);
    if (status == RN_OK)
        status = rn_new(&order, w->data->count);
    for (int i = 0; i < rn_views_scales(&w->look->model->views) && status == RN_OK; i++)
        status = show_sizes(w, i, size, places, order);
    rn_free(order);
    rn_free(places);
    rn_free(size);
    return status;
}

rn_status rn_look_at_data(rn_look *look, const rn_dataset *data)
{
    const work w = { look, data };
    const rn_views *views = &look->model->views;
    if (rn_views_want_whole(views))
        return show_whole(&w);
    for (int i = 0; i < rn_views_scales(views); i++) {
        rn_preprocess rule = rule_of(&w, i, (rn_size){ 0, 0 });
        RN_TRY(show(&w, &rule, NULL, 0));
    }
    return RN_OK;
}
