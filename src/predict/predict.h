/*
 * A model that answers.  It holds a bundle, a device and one session, which is opened for the first number
 * and size of views that is asked for at once, and again when there are more or the size is another.
 */
#ifndef RN_PREDICT_PREDICT_H
#define RN_PREDICT_PREDICT_H

#include "data/loader.h"
#include "net/session.h"
#include "predict/views.h"
#include "weights/bundle.h"

struct rn_model {
    rn_bundle bundle;
    rn_device *device;
    rn_session *session;
    int room, width, height;        /* views that the session takes at once, and their size */
    rn_views views;
    rn_image_options reading;
    int classes;
    const char **class_name;
    char *made_names;               /* "class 7", where the file has no names */
    float *scores;                  /* for the latest picture */
    int64_t memory;                 /* limit for the program; 0: none */
};

/* A session of it within the limit. */
rn_status rn_model_session(rn_model *model, rn_session **session, rn_session_options options);

/* Make the session take `batch` views of that size at once. */
rn_status rn_model_make_room(rn_model *model, int batch, int width, int height);

/* Its scores for one picture, model->classes of them, before softmax. */
rn_status rn_model_score(rn_model *model, const rn_image *image, float *scores);

/* A part of a data set, for this model: the automatic split of a folder is that of the model's training. */
rn_status rn_model_data(rn_dataset **data, const rn_model *model, const char *spec, rn_split split);

/* An answer for one picture of a data set; everything is borrowed until the taker returns. */
typedef struct {
    const rn_dataset *dataset;
    int64_t index;
    int32_t label;
    const float *scores;            /* before softmax; rn_probabilities of net/score.h */
    int classes;
} rn_answer;
typedef rn_status rn_answer_taker(void *context, const rn_answer *answer);

/* Answer for every picture of the testing part, in order; a failure of the taker ends it.  `batch` 0: as in
 * training's own tests.  The automatic split of a folder is that of the model's training.  `bad` (may be
 * NULL): pictures that could not be read. */
rn_status rn_predict_each(rn_model *model, const char *data, int batch, rn_answer_taker *take, void *context,
                          int64_t *bad);

#endif
