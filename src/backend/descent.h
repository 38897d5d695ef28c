/*
 * The loop of gradient descent, for every device that shares memory with us: compiled where it is used, so
 * with that place's instruction set.  Ranges must be cut alike for any number of threads, since the
 * end of a range may be rounded in another way than its middle.
 */
#ifndef RN_BACKEND_DESCENT_H
#define RN_BACKEND_DESCENT_H

#include "tensor/device.h"

static inline void rn_descend_range(const rn_descent *step, int64_t begin, int64_t end)
{
    float *__restrict value = step->values, *__restrict velocity = step->velocity;
    const float *__restrict grad = step->grads;
    const float rate = step->rate, momentum = step->momentum, decay = step->decay;
    int64_t border = step->decayed < begin ? begin : step->decayed < end ? step->decayed : end;
    for (int64_t i = begin; i < border; i++) {
        velocity[i] = momentum * velocity[i] + rate * (grad[i] + decay * value[i]);
        value[i] -= velocity[i];
    }
    for (int64_t i = border; i < end; i++) {
        velocity[i] = momentum * velocity[i] + rate * grad[i];
        value[i] -= velocity[i];
    }
}

#endif
