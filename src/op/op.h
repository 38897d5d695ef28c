/*
 * What an operation is, apart from any network and any device.
 *
 * One file per operation holds its shape rule, its cost and its plain kernels: the readable loops that are
 * the specification, and that every faster kernel is tested against.  The plain loops meet tensors in n,c,h,w
 * order without promises; they ignore sums, pair and mask.
 */
#ifndef RN_OP_OP_H
#define RN_OP_OP_H

#include "base/error.h"
#include "tensor/tensor.h"

enum { RN_MAX_INPUTS = 4, RN_MAX_PARAMS = 4, RN_ANY_INPUTS = 0 };

typedef enum { RN_PLACE_END, RN_PLACE_SPLIT } rn_zero_place;   /* where option A puts its zero channels */

typedef struct {
    int64_t filters;                    /* conv2d, linear (outputs), pad_shortcut (channels) */
    int64_t kernel_h, kernel_w;         /* conv2d and pools; averagepool, 0: the whole picture */
    int64_t bins;                       /* pools: so many windows each way, whatever the picture's size */
    int64_t stride, pad_h, pad_w, dilation, groups;     /* stride, dilation, groups: 0 means 1 */
    bool bias;                          /* conv2d, linear: has a parameter "bias" */
    bool ceil_mode;                     /* maxpool, averagepool: the last window may hang over the edge */
    bool count_pad;                     /* averagepool: padding counts (PyTorch's count_include_pad) */
    rn_zero_place place;                /* pad_shortcut */
    bool frozen;                        /* batchnorm: use and keep the running statistics even in training */
    double epsilon, momentum;           /* batchnorm; 0: 1e-5, 0.1; new = (1-m) old + m batch */
    double rate;                        /* dropout: the part that is dropped */
} rn_args;

typedef enum { RN_DECAYED, RN_LEARNED, RN_STATE } rn_role;   /* learned with decay, without; not learned */

typedef struct rn_op rn_op;

/* One use of an operation: everything its kernels may look at. */
typedef struct rn_call {
    const rn_op *op;
    rn_args args;
    bool training;
    int inputs, params;
    rn_tensor input[RN_MAX_INPUTS], output;
    rn_tensor input_grad[RN_MAX_INPUTS];    /* data NULL: not wanted */
    rn_tensor output_grad;
    rn_shape param_shape[RN_MAX_PARAMS];
    rn_real *param[RN_MAX_PARAMS];
    rn_real *param_grad[RN_MAX_PARAMS];     /* NULL: not wanted */
    int64_t saved_count;                    /* numbers kept from forward for backward */
    rn_real *saved;
    const int32_t *label;                   /* softmax_loss: one for each image */
    uint64_t key;                           /* dropout: names the step and the call */
    bool again;                             /* forward again for the same input: running statistics stay */
    int64_t first_image;                    /* dropout: number of the first image in the whole batch */
    int groups;                             /* images fall into so many runs with statistics of their own */

    /* For devices; the plain loops do not look at them. */
    rn_real *facts;                         /* batchnorm: scale, shift, its gradient's three; add: shift */
    bool reads_picture;                     /* input 0 is the network's input: its gradient is never wanted */
    int shards;                             /* images fall into so many runs; a fixed tree adds their sums */
    bool adds[RN_MAX_INPUTS];               /* input_grad holds something already: add to it */
    bool completes[RN_MAX_INPUTS];          /* input_grad is complete after this: mask it, take its sums */
    size_t workspace_bytes;                 /* kept for this call alone: packed weights */
    size_t shared_bytes, scratch_bytes;     /* lent while it runs: one block; one block for each thread */
    void *workspace, *shared;
    char *scratch;                          /* of thread t: scratch + t * scratch_stride */
    size_t scratch_stride;
} rn_call;

struct rn_op {
    const char *name;
    int inputs;                                     /* RN_ANY_INPUTS: one or more */
    const char *param_name[RN_MAX_PARAMS];          /* "weight", "bias", "running_mean", "running_var" */
    rn_role param_role[RN_MAX_PARAMS];
    rn_status (*infer)(rn_call *);                  /* args, groups, input shapes -> the other shapes */
    int64_t (*multiply_adds)(const rn_call *);      /* as the paper counts; NULL = none */
    void (*forward)(const rn_call *);
    void (*backward)(const rn_call *);              /* adds to input_grad and param_grad */
};

extern const rn_op rn_op_conv2d, rn_op_batchnorm, rn_op_relu, rn_op_add, rn_op_linear, rn_op_maxpool,
                   rn_op_averagepool, rn_op_pad_shortcut, rn_op_softmax_loss, rn_op_dropout, rn_op_prelu,
                   rn_op_concat, rn_op_highway;

/* The first image of part `part` when `images` are cut into `parts` runs of nearly equal length. */
static inline int64_t rn_part_begin(int64_t images, int64_t part, int64_t parts)
{
    return images * part / parts;
}

#endif
