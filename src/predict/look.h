/*
 * Showing views to the network: they wait side by side until a batch is full.
 *
 *     rn_look look;
 *     RN_TRY(rn_look_open(&look, model, batch, take, context));
 *     for each picture
 *         RN_TRY(rn_look_at(&look, pixels, width, height, picture));
 *     rn_look_close(&look);                what still waits is answered first
 *
 * Each view of a picture goes to `take` during one of these calls, in a fixed order whatever the batch.
 */
#ifndef RN_PREDICT_LOOK_H
#define RN_PREDICT_LOOK_H

#include "predict/predict.h"

typedef void rn_look_taker(void *context, int64_t picture, const float *scores);

typedef struct {
    rn_model *model;
    int batch;                      /* views at once, when they have the size of the model's own crop */
    rn_look_taker *take;
    void *context;
    int waiting;
    int64_t *picture;               /* whose view waits in each place */
} rn_look;

rn_status rn_look_open(rn_look *look, rn_model *model, int batch, rn_look_taker *take, void *context);
void rn_look_close(rn_look *look);

/* Pictures of that size that hold as many pixels as a batch of the model's own crops; at least one. */
int rn_look_batch(const rn_look *look, int width, int height);

/* Show the views of a picture that was prepared by a rule of rn_views_rule: 3 x height x width numbers. */
rn_status rn_look_at(rn_look *look, const float *pixels, int width, int height, int64_t picture);

/* Show every picture of a data set, in any order.  What cannot be read or has no views is named as a warning
 * and left out. */
rn_status rn_look_at_data(rn_look *look, const rn_dataset *data);

#endif
