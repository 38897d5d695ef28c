/*
 * The plan of a session: for every node its call, its kernel, and where its value and its gradient live.
 *
 * Three ways for a value to exist:
 *   written     in a buffer of its own;
 *   promised    batchnorm, relu or add over memory that exists already (tensor.h);
 *   absorbed    written by the convolution before it, which applies batchnorm, add and relu itself
 * (inference).
 *
 * A gradient lives in a buffer of its own, shares the buffer of the gradient it is equal to (below relu and
 * add), or is a promise over it (below batchnorm).
 *
 * Training within a limit of memory gives up written values after the forward pass and computes them again,
 * segment by segment, on the way back (recompute.c).
 */
#ifndef RN_NET_PLAN_H
#define RN_NET_PLAN_H

#include "net/lifetimes.h"
#include "net/session.h"

typedef enum { RN_WRITTEN, RN_PROMISED, RN_ABSORBED } rn_existence;

enum { RN_NONE = -1 };

typedef struct {
    rn_existence existence;
    const rn_kernel *kernel;        /* NULL for the input */
    int *user, users;               /* nodes that read the value, in order; points into plan->user */
    bool is_head;
    rn_value absorber;              /* the convolution that writes this value */
    rn_value added;                 /* a convolution that absorbs an add: the value it adds */
    int value_buffer;               /* of a written value */
    int grad_buffer;                /* RN_NONE: shared with shares_grad_of */
    int shares_grad_of;             /* a user of this value, or RN_NONE */
    bool grad_promised;             /* the gradient of a batchnorm's input */
    int value_sums, grad_sums;      /* buffers, or RN_NONE */
    rn_value grad_sums_at; /* a batchnorm: the value at whose gradient its sums are taken, or RN_NONE */
    rn_value paired;                /* the value that its gradient is multiplied with in the sums */
    bool masked;                    /* relu: whoever completes its gradient masks it */
    int facts;                      /* batchnorm: place of scale, shift, e1, e2, e3 in plan->facts */
    int workspace_buffer;           /* where the call's workspace is lent */
    int last_reader;                /* the last node whose forward looks at the value; heads: plan->nodes */
    bool lost;                      /* given up after forward, computed again */
    int again, backward;            /* moments of these */
} rn_step;

/* Nodes whose lost values are computed again, just before the backward of node `before`. */
typedef struct { int first, last, before; } rn_segment;

typedef struct {
    const rn_net *net;
    rn_device *device;
    rn_session_options options;     /* complete */
    int nodes, heads;               /* of the network; for RN_INFER those that the answer needs */
    rn_call *call;
    rn_step *step;
    int *user;
    rn_tensor *value, *grad;
    rn_segment *segment;            /* in the order of the nodes */
    int segments;
    bool gives_products;            /* segments give up all values, not only those made without products */
    bool lends_workspace;           /* a call has its workspace while it runs: weights are packed again */
    int moments;                    /* of a step */
    rn_lifetimes lifetimes;
    int64_t facts_count, saved_count;
    size_t workspace_bytes, shared_bytes, scratch_bytes; /* all calls; the largest; the largest of a thread */
    int64_t bytes;                  /* that a session holds or, over the limit, would hold at least */
} rn_plan;

/* Free it also after a failure. */
rn_status rn_plan_make(rn_plan *plan, const rn_net *net, rn_device *device,
                       const rn_session_options *options);
void rn_plan_free(rn_plan *plan);
int64_t rn_plan_own_bytes(const rn_plan *plan);     /* of the plan itself, which count where nets are deep */

/* Point every call into the blocks of memory that the session has allocated. */
typedef struct { char *values, *workspace, *shared, *scratch; float *facts, *saved, *grads; } rn_blocks;
void rn_plan_connect(rn_plan *plan, const rn_weights *weights, const rn_blocks *blocks);

#endif
