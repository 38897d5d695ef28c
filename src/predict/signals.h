/*
 * How strong signals are, layer by layer: the standard deviation of the responses of each 3x3 layer, after
 * batch normalization if there is any and before the nonlinearity and the addition (figure 7), and the norm
 * of the gradient of its filters (section 4.1 remarks that batch normalization keeps gradients healthy).
 */
#ifndef RN_PREDICT_SIGNALS_H
#define RN_PREDICT_SIGNALS_H

#include "data/dataset.h"
#include "tensor/device.h"
#include "weights/bundle.h"

typedef struct {
    int layers;                 /* in the network's order */
    double *deviation;          /* of the responses to pictures of the testing part */
    double *gradient;           /* Euclidean norm, for a batch of the training part */
} rn_signals;

typedef struct {
    const char *data;
    double validation;          /* what the network learned from, where the parts are drawn: as it was ... */
    uint64_t seed;              /* ... then, see rn_dataset_options */
    int pictures;               /* that responses are measured on */
    bool untrained;             /* there are no running statistics yet: those of the training batch serve */
} rn_signals_options;

rn_status rn_signals_measure(rn_signals *signals, rn_bundle *bundle, rn_device *device,
                             const rn_signals_options *options);
void rn_signals_free(rn_signals *signals);      /* also of a zeroed structure */

#endif
