/*
 * The memory that using a network takes, of the whole program, and what a limit leaves for its session.
 *
 *     classifying = program + session for inference + weights, or where they stay in a file those of them
 *                   that kernels do not pack
 *     training    = program + weights + momentum + session for training + pictures
 *
 * The session for training holds the gradients.  Tests run in its memory; where that is too small for them
 * they have their own.  Pictures are the batches that a data loader keeps: one for each worker and two more.
 */
#ifndef RN_MODEL_FOOTPRINT_H
#define RN_MODEL_FOOTPRINT_H

#include "net/session.h"

enum { RN_PROGRAM_BYTES = 10 << 20 };

typedef struct {
    const rn_net *net;
    rn_device *device;
    int64_t memory;         /* the limit; 0: none */
    int test_batch;         /* images of a test at a time; 0: there are no tests */
    int workers;            /* that prepare pictures; negative: there is no loader */
} rn_training_use;

/* Sets learning->memory to what the limit leaves.  Where nothing fits, RN_NO_MEMORY with the batch that
 * does. */
rn_status rn_training_bytes(const rn_training_use *use, rn_session_options *learning, int64_t *bytes);

/* The same for answers, with weights that stay in a file or do not. */
rn_status rn_answering_bytes(const rn_net *net, rn_device *device, bool in_file, int64_t memory,
                             rn_session_options *answering, int64_t *bytes);

#endif
