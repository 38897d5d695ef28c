/*
 * A session: a network given memory, a device, a batch size and a mode, so that it can run.
 *
 * Several sessions may share one set of weights.  Everything is decided and allocated when a session opens
 * (shapes, kernels, promises, memory by lifetimes); after that nothing allocates.
 *
 *     copy pixels to rn_session_input(s)          n,c,h,w
 *     copy labels to rn_session_labels(s)
 *     rn_session_forward(s, images)               scores, and in training the loss
 *     rn_session_backward(s)                      gradients
 */
#ifndef RN_NET_SESSION_H
#define RN_NET_SESSION_H

#include "base/digest.h"
#include "net/weights.h"
#include "tensor/device.h"

typedef enum {
    RN_INFER,
    RN_TRAIN,
    RN_EXPLAIN              /* answers as RN_INFER, and traces an answer back to the watched value */
} rn_mode;

typedef struct rn_session rn_session;

typedef struct {
    rn_mode mode;
    int batch;              /* images at most */
    int shards;             /* logical parts of a batch; 0: 8 (1 for RN_INFER means nothing) */
    int bn_groups;          /* parts with their own batch-normalization statistics; divides shards; 0: 1 */
    int height, width;      /* of the input; 0: as the network says */
    int candidate;          /* k: to be measured, operations take the k-th kernel worth it, or their last;
                             * 0: the device chooses */
    const rn_range *range;  /* of every value (rn_weights), for devices that keep values in bytes; NULL: not
                             * known; in RN_INFER only; borrowed while the session opens */
    bool unfused;           /* pay every promise at once: for tests, and always so in RN_EXPLAIN */
    rn_value watched;       /* stays readable after a run (rn_session_read); 0: none; not in RN_TRAIN */
    rn_session *lender;     /* a session for training that never runs at the same time: its values' memory
                             * serves, where that is enough; NULL: none */
    int64_t memory;         /* bytes that it may hold; 0: no limit.  RN_TRAIN then computes values twice, with
                             * the same results, and the others take kernels that pack less (fit.c) */
} rn_session_options;

rn_status rn_session_open(rn_session **session, const rn_net *net, rn_weights *weights, rn_device *device,
                          const rn_session_options *options);
void rn_session_close(rn_session *session);

/* The memory that such a session would hold, without allocating it.  Where that is over the limit,
 * RN_NO_MEMORY and the least that it could hold. */
typedef struct {
    int64_t bytes;
    int64_t lends;          /* the part that another session may borrow */
    int64_t plan;           /* the part that is no blocks: a borrower's own */
    int64_t unpacked;       /* not in `bytes`: weights that kernels read where they lie */
} rn_session_size;
rn_status rn_session_measure(const rn_net *net, rn_device *device, const rn_session_options *options,
                             rn_session_size *size);

float *rn_session_input(rn_session *session);           /* batch x c x h x w, to be filled */
int32_t *rn_session_labels(rn_session *session);        /* batch, to be filled */

/* Run the first `images` images.  `key` names the step for dropout. */
void rn_session_forward(rn_session *session, int images, uint64_t key);

/* After a forward in RN_TRAIN: fills the gradients of all learned numbers (mean over the images).
 * In RN_EXPLAIN: the gradient, at the watched value, of each image's score for the class in its label. */
void rn_session_backward(rn_session *session);

const float *rn_session_scores(const rn_session *session);      /* images x classes, before softmax */
int rn_session_classes(const rn_session *session);
double rn_session_loss(const rn_session *session);              /* mean over the images; RN_TRAIN */
float *rn_session_grads(rn_session *session);                   /* as weights->values, learned numbers only */

/* Copy the watched value, or its gradient after a backward, to n,c,h,w order. */
void rn_session_read(rn_session *session, float *value);
void rn_session_read_grad(rn_session *session, float *grad);

/* The first node whose value of the latest run (or, after backward, gradient) is not finite, or NULL. */
const char *rn_session_first_bad(rn_session *session);

/* From now on `observe` sees every value that a forward writes, `images` in n,c,h,w order, beginning with the
 * input: of all nodes where the session is unfused. */
typedef void rn_observer(void *context, rn_value value, const float *number, int64_t count);
rn_status rn_session_observe(rn_session *session, rn_observer *observe, void *context);

/* Add which kernel runs each node: where this, shards and groups agree, sessions compute the same bits. */
void rn_session_add_kernels(const rn_session *session, rn_digest *digest);

int64_t rn_session_bytes(const rn_session *session);    /* memory that it holds */

/* The part of the forward pass's multiply-adds that backward does again to save memory: 0 to 1. */
double rn_session_repeats(const rn_session *session);

/* Time by node; switched on by the first call.  Milliseconds of the latest run, and the kernel's name. */
typedef struct {
    const char *node, *kernel;
    double forward_ms, backward_ms;
    int64_t multiply_adds, bytes;       /* of a forward: bytes of what it reads and writes */
    const struct rn_call *call;         /* the operation's use */
} rn_node_time;
int rn_session_times(rn_session *session, const rn_node_time **times);

#endif
