/*
 * A call that stands alone, with memory of its own in n,c,h,w order: for tests and measurements.
 *
 *     rn_call call = { .op = &rn_op_relu, .training = true };
 *     call.input[0].shape = (rn_shape){ 2, 16, 8, 8 };
 *     RN_TRY(rn_call_open(&call));
 *     ... fill call.input[0].data ...
 *     call.op->forward(&call);
 *     rn_call_close(&call);
 */
#ifndef RN_OP_CALL_H
#define RN_OP_CALL_H

#include "op/op.h"

/* Set before: op, args, training, groups, inputs and their shapes.  Everything else gets its shape and
 * zeroed memory, every gradient too; labels stay the caller's.  On failure there is nothing to close. */
rn_status rn_call_open(rn_call *call);
void rn_call_close(rn_call *call);      /* accepts a closed call */

#endif
