/*
 * What a device must offer: memory in its own layout, kernels, and the step of gradient descent.
 *
 * One thread owns a device and its sessions; there are no locks below.
 */
#ifndef RN_TENSOR_DEVICE_H
#define RN_TENSOR_DEVICE_H

#include "base/error.h"
#include "base/pool.h"
#include "tensor/tensor.h"

typedef struct rn_device rn_device;
struct rn_op;       /* an operation, and ... */
struct rn_call;     /* ... one use of it: op/op.h */
struct rn_choices;  /* what was measured of kernels: backend/kernel_choices.h */

/* What convolutions multiply in.  RN_IN_BF16 also keeps values and their gradients so, RN_IN_INT8 values
 * whose steps are known; weights, statistics and everything from the classifier on are fp32 always. */
typedef enum { RN_IN_FP32, RN_IN_BF16, RN_IN_INT8, RN_PRECISIONS } rn_precision;

static inline const char *rn_precision_name(rn_precision precision)
{
    static const char *const names[RN_PRECISIONS] = { "fp32", "bf16", "int8" };
    return names[precision];
}

/* What a kernel can do beyond its operation; the planner relies on it. */
enum {
    RN_READS_PROMISES = 1,      /* inputs may be promises of any kind */
    RN_READS_AFFINE = 2,        /* inputs may be promises without relu and other */
    RN_MAKES_PROMISES = 4,      /* its output may be a promise over the memory of its inputs (batchnorm, relu,
                                 * add);      backward, input_grad may be output_grad or a promise over it */
    RN_READS_GRAD_PROMISES = 8, /* the gradient of its output may be a promise */
    RN_LEAVES_SUMS = 16,        /* fills output.sums */
    RN_FINISHES_GRADS = 32,     /* applies mask and fills sums of an input_grad that it completes */
    RN_PAYS_PROMISES = 64       /* writes what the promise on its output means (inference) */
};

/* One way to run an operation. */
typedef struct {
    const char *name;                                                   /* "direct", "plain", ... */
    const struct rn_op *op;                                             /* NULL: any */
    unsigned abilities;
    bool (*accepts)(const rn_device *, const struct rn_call *);         /* NULL: everything */
    /* Once for each call, from shapes alone: says how much workspace, shared and scratch memory it needs.
     * NULL: none. */
    void (*prepare)(const rn_device *, struct rn_call *);
    void (*repack)(rn_device *,
                   struct rn_call *); /* after every change of the parameters; NULL: nothing to do */
    void (*forward)(rn_device *, struct rn_call *);
    void (*backward)(rn_device *,
                     struct rn_call *); /* overwrites param_grad; adds to input_grad as call->adds says */
} rn_kernel;

/* Gradient descent with momentum (section 4.2):  v := momentum v + rate (g + decay w);  w := w - v. */
typedef struct {
    float *values, *velocity;
    const float *grads;
    int64_t decayed, count;     /* the first `decayed` of `count` numbers feel the decay */
    float rate, momentum, decay;
} rn_descent;

/* What a device reaches at most, a second: multiply-adds, counted twice, and bytes read and written. */
typedef struct { double flops, bytes; } rn_ceiling;

struct rn_device {
    const char *name;           /* "plain", "cpu" */
    const char *isa;            /* "amx", "avx512", "avx2", "baseline"; "" where it means nothing */
    rn_pool *pool;              /* NULL: one thread */
    rn_dtype (*dtype)(const rn_device *, const struct rn_call *);   /* of the output; op NULL: of the input */
    int64_t (*bytes)(const rn_device *, const rn_tensor *);         /* of a tensor, by its shape and dtype */
    void (*write)(rn_device *, const rn_tensor *to, const rn_real *from);       /* from n,c,h,w order */
    void (*read)(rn_device *, const rn_tensor *from, rn_real *to,
                 int groups); /* to n,c,h,w order, promise paid */
    const rn_kernel *(*choose)(const rn_device *, const struct rn_call *);      /* never NULL */
    /* The kernels worth measuring for a call, from 0 on; NULL beyond them.  NULL: there is no choice. */
    const rn_kernel *(*candidate)(const rn_device *, const struct rn_call *, int number);
    const struct rn_choices *choices;                                           /* NULL: there is no choice */
    void (*descend)(rn_device *, const rn_descent *);
    rn_status (*measure)(rn_device *, rn_ceiling *);                            /* NULL: not known */
    void (*close)(rn_device *);
    const void *state;          /* the device's own */
};

static inline int rn_device_threads(const rn_device *device)
{
    return rn_pool_threads(device->pool);
}

#endif
