/* A network on random pictures, to be run step by step by those who look at the clock. */
#ifndef RN_MODEL_REHEARSAL_H
#define RN_MODEL_REHEARSAL_H

#include "net/session.h"

typedef struct {
    rn_net net;
    rn_weights weights;
    rn_device *device;
    float *velocity;
    bool training;
    int batch;
    int64_t memory;         /* limit; 0: none */
} rn_rehearsal;

/* `mode` "train" or "infer".  In int8 values are kept in bytes, as after a calibration.  On failure there is
 * nothing to close. */
rn_status rn_rehearsal_open(rn_rehearsal *rehearsal, const rn_architecture *architecture,
                            const rn_placement *placement, const char *mode, int batch);
void rn_rehearsal_close(rn_rehearsal *rehearsal);

/* A session of it, with random pictures to look at; `candidate` as in net/session.h. */
rn_status rn_rehearsal_session(rn_rehearsal *rehearsal, int candidate, rn_session **session);

/* Milliseconds on the wall and of all processors together. */
typedef struct { double wall, processor; } rn_duration;
rn_duration rn_rehearsal_step(rn_rehearsal *rehearsal, rn_session *session);

double rn_median(double *number, int count);        /* sorts them */

#endif
