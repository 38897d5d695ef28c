/*
 * Grad-CAM (Selvaraju et al., ICCV 2017): which places of a picture speak for a class.
 *
 *     heat = ReLU( sum_k a_k A_k ),     a_k = mean over the pixels of  d score / d A_k
 *
 * A_k are the channels of one layer, the score is the class's before softmax.
 */
#include "base/memory.h"
#include "image/heat.h"
#include "net/score.h"
#include "predict/inside.h"

#include <assert.h>
#include <math.h>

typedef struct {
    rn_explanation explanation;     /* first, so that a pointer to it is one to the whole */
    float *heat;
} whole;

static rn_status choose_layer(const rn_model *model, const char *name, rn_value *layer)
{
    const rn_net *net = &model->bundle.net;
    *layer = rn_inside_map(net);
    if (name)
        RN_TRY(rn_inside_find(net, name, layer));
    rn_shape shape = rn_value_shape(net, *layer);
    if (*layer > 0 && *layer < net->head[0] && shape.h * shape.w > 1)
        return RN_OK;
    rn_fail(RN_BAD_ARGUMENT, "layer '%s' has no height and width to explain a picture by",
            net->node[*layer].name);
    return rn_hint(RN_BAD_ARGUMENT, "use '%s' or one before it", net->node[rn_inside_map(net)].name);
}

static void weigh_channels(float *heat, const float *value, const float *grad, rn_shape shape)
{
    int64_t pixels = shape.h * shape.w;
    for (int64_t c = 0; c < shape.c; c++, value += pixels, grad += pixels) {
        double mean = 0;
        for (int64_t i = 0; i < pixels; i++)
            mean += (double)grad[i] / (double)pixels;
        for (int64_t i = 0; i < pixels; i++)
            heat[i] += (float)mean * value[i];
    }
    for (int64_t i = 0; i < pixels; i++)
        heat[i] = fmaxf(heat[i], 0);
}

static rn_status make_heat(whole *w, rn_session *session, rn_shape shape)
{
    float *value;
    int64_t count = shape.c * shape.h * shape.w;
    RN_TRY(rn_allocate((void **)&value, (size_t)(2 * count), sizeof *value, "a layer and its gradient"));
    rn_session_read(session, value);
    rn_session_read_grad(session, value + count);
    rn_status status = rn_new(&w->heat, shape.h * shape.w);
    if (status == RN_OK)
        weigh_channels(w->heat, value, value + count, shape);
    rn_free(value);
    return status;
}

static rn_status trace(whole *w, rn_model *model, rn_session *session, const rn_image *image, int class_index)
{
    rn_explanation *e = &w->explanation;
    RN_TRY(rn_preprocess_apply(&model->bundle.preprocess, image, rn_session_input(session)));
    rn_session_forward(session, 1, 0);
    const float *scores = rn_session_scores(session);
    int chosen = class_index < 0 ? rn_best_class(scores, model->classes) : class_index;
    float *probability;
    RN_TRY(rn_new(&probability, model->classes));
    rn_probabilities(scores, model->classes, probability);
    e->guess = (rn_guess){ chosen, model->class_name[chosen], probability[chosen] };
    e->score = (double)scores[chosen];
    rn_free(probability);
    rn_session_labels(session)[0] = chosen;
    rn_session_backward(session);
    return RN_OK;
}

static rn_status explain(whole *w, rn_model *model, const rn_image *image, rn_value layer, int class_index)
{
    rn_explanation *e = &w->explanation;
    rn_session *session;
    rn_shape shape = rn_value_shape(&model->bundle.net, layer);
    RN_TRY(rn_inside_open(&session, model, RN_EXPLAIN, 1, layer));
    rn_status status = trace(w, model, session, image, class_index);
    if (status == RN_OK)
        status = make_heat(w, session, shape);
    rn_session_close(session);
    e->layer = model->bundle.net.node[layer].name;
    e->height = (int)shape.h;
    e->width = (int)shape.w;
    e->heat = w->heat;
    return status;
}

static rn_status draw(const rn_explanation *e, const rn_model *model, const rn_image *picture,
                      const char *png)
{
    rn_heat heat = { .height = e->height, .width = e->width, .value = e->heat };
    rn_image overlay;
    RN_TRY(rn_preprocess_part(&heat.part, &model->bundle.preprocess, picture));
    RN_TRY(rn_heat_overlay(&overlay, picture, &heat));
    rn_status status = rn_image_write_png(&overlay, png);
    rn_image_free(&overlay);
    return status;
}

static rn_status explain_picture(whole *w, rn_model *model, const char *picture, const char *layer_name,
                                 int class_index, const char *png)
{
    rn_value layer;
    rn_image image;
    RN_TRY(choose_layer(model, layer_name, &layer));
    RN_TRY(rn_image_read(&image, picture, &model->reading));
    rn_status status = rn_while(explain(w, model, &image, layer, class_index), "%s", picture);
    if (status == RN_OK && png)
        status = draw(&w->explanation, model, &image, png);
    rn_image_free(&image);
    return status;
}

rn_status rn_model_explain(rn_model *model, const char *picture, const char *layer, int class_index,
                           const char *png, rn_explanation **explanation)
{
    whole *w;
    *explanation = NULL;
    assert(class_index >= -1 && class_index < model->classes);
    RN_TRY(rn_new(&w, 1));
    rn_status status = explain_picture(w, model, picture, layer, class_index, png);
    if (status == RN_OK)
        *explanation = &w->explanation;
    else
        rn_explanation_free(&w->explanation);
    return status;
}

void rn_explanation_free(rn_explanation *explanation)
{
    whole *w = (whole *)explanation;
    if (!w)
        return;
    rn_free(w->heat);
    rn_free(w);
}
