/* Whether a network is one that has a name. */
#ifndef RN_MODEL_RECOGNISE_H
#define RN_MODEL_RECOGNISE_H

#include "model/models.h"

/* The architecture of the named network that gives the same answers from the same parameters as `net`, which
 * is its own answer (net/answer.h); `model` "" when there is none. */
rn_status rn_model_recognise(rn_architecture *architecture, const rn_net *net);

#endif
