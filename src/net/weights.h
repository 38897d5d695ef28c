/*
 * The numbers of a network: one flat array, first those that feel weight decay, then the other learned ones,
 * then state (running statistics).  Optimizer, checkpoint and exchange are loops over it.
 * Each parameter lies in n,c,h,w order, as its name says in torchvision.
 *
 * Where a network only answers, its numbers may stay in a mapped model file: kernels read them once, pack
 * them, and let them rest there.
 */
#ifndef RN_NET_WEIGHTS_H
#define RN_NET_WEIGHTS_H

#include "net/net.h"

/* Where the numbers of a value lie. */
typedef struct { float least, greatest; } rn_range;

typedef struct {
    const rn_net *net;      /* borrowed */
    float *values;          /* NULL: they stay in a file */
    float **in_file;        /* then, where each parameter lies; not to be written */
    rn_range *range;        /* of the value of each node that the answer needs (net/calibration.h); NULL: not
                             * known */
    int64_t decayed, learned, count;
    uint64_t version;       /* add 1 after every change, so that sessions repack */
} rn_weights;

rn_status rn_weights_open(rn_weights *weights, const rn_net *net);
/* The caller fills in_file, one for each parameter; the file outlives the weights. */
rn_status rn_weights_open_in_file(rn_weights *weights, const rn_net *net);
void rn_weights_close(rn_weights *weights);

/* He et al. 2015a: normal with standard deviation sqrt(2 / fan-out) for convolutions (torchvision and the
 * authors' code), uniform for the classifier, 1 and 0 for batch normalization. */
void rn_weights_initialise(rn_weights *weights, uint64_t seed);

/* Zero for the scale of the batch normalization that ends a residual branch, or for the filters where it is
 * a convolution, so that every block begins as the identity (Goyal et al. 2017, section 5.1).  Not the
 * paper's way; networks without sums stay as they are. */
void rn_weights_close_branches(rn_weights *weights);

/* The numbers of one parameter. */
float *rn_weights_param(const rn_weights *weights, int param);

/* They are not looked at for some time: where they lie in a file, their memory is given back until then. */
void rn_weights_rest(const rn_weights *weights, int param);

#endif
