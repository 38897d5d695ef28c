/* What looking inside a model shares: values of the network by the names that `describe --layers` prints. */
#ifndef RN_PREDICT_INSIDE_H
#define RN_PREDICT_INSIDE_H

#include "predict/predict.h"

/* The value of a layer, or of the last layer in the scope of that name ("layer4", "layer4.1"); unknown names
 * get a suggestion. */
rn_status rn_inside_find(const rn_net *net, const char *name, rn_value *value);

/* What the classifier reads: the vector of a picture. */
rn_value rn_inside_vector(const rn_net *net);

/* The last value with height and width before the classifier. */
rn_value rn_inside_map(const rn_net *net);

/* A session with room for `batch` pictures that keeps the value readable; the caller closes it. */
rn_status rn_inside_open(rn_session **session, rn_model *model, rn_mode mode, int batch, rn_value watched);

#endif
