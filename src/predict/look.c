#include "predict/look.h"
#include "base/memory.h"

rn_status rn_look_open(rn_look *look, rn_model *model, int batch, rn_look_taker *take, void *context)
{
    *look = (rn_look){ .model = model, .batch = batch, .take = take, .context = context };
    return rn_new(&look->picture, batch);
}

static void answer_waiting(rn_look *look)
{
    if (look->waiting == 0)
        return;
    rn_session *session = look->model->session;
    rn_session_forward(session, look->waiting, 0);
    for (int i = 0; i < look->waiting; i++)
        look->take(look->context, look->picture[i],
                   rn_session_scores(session) + (size_t)i * (size_t)look->model->classes);
    look->waiting = 0;
}

void rn_look_close(rn_look *look)
{
    answer_waiting(look);
    rn_free(look->picture);
}

/* Crops are cut out of whole pictures, which have been normalised without the mean image. */
static void put_view(const rn_model *model, const rn_view_window *window, const float *pixels, int width,
                     int height, float *to)
{
    const rn_preprocess *rule = &model->bundle.preprocess;
    rn_view_cut(window, pixels, width, height, to);
    if (rule->mean_image && rn_views_want_whole(&model->views) && window->width == rule->crop_width
        && window->height == rule->crop_height)
        rn_preprocess_use_mean_image(rule, window->mirrored, to);
}

int rn_look_batch(const rn_look *look, int width, int height)
{
    const rn_preprocess *rule = &look->model->bundle.preprocess;
    int64_t pixels = (int64_t)look->batch * rule->crop_width * rule->crop_height;
    int64_t fitting = pixels / ((int64_t)width * height);
    return fitting < 1 ? 1 : fitting > look->batch ? look->batch : (int)fitting;
}

/* Views of another size than those that wait need another session. */
static rn_status make_room(rn_look *look, int width, int height, int batch)
{
    rn_model *model = look->model;
    if (width != model->width || height != model->height)
        answer_waiting(look);
    return rn_model_make_room(model, batch, width, height);
}

rn_status rn_look_at(rn_look *look, const float *pixels, int width, int height, int64_t picture)
{
    rn_view_window window[RN_MAX_WINDOWS];
    rn_model *model = look->model;
    int windows = rn_views_windows(&model->views, &model->bundle.preprocess, width, height, window);
    int w = window[0].width, h = window[0].height, batch = rn_look_batch(look, w, h);
    RN_TRY(make_room(look, w, h, batch));
    for (int i = 0; i < windows; i++) {
        size_t place = 3 * (size_t)look->waiting * (size_t)w * (size_t)h;
        put_view(model, &window[i], pixels, width, height, rn_session_input(model->session) + place);
        look->picture[look->waiting++] = picture;
        if (look->waiting == batch)
            answer_waiting(look);
    }
    return RN_OK;
}
