/* Table 1 of the paper: how many blocks of which kind each stage has.  Several families share it. */
#ifndef RN_MODEL_TABLE1_H
#define RN_MODEL_TABLE1_H

#include <stdbool.h>

enum { RN_STAGES = 4 };

typedef struct {
    int depth;
    bool bottleneck;            /* the block of figure 5, right; else left */
    int blocks[RN_STAGES];      /* of conv2_x, conv3_x, conv4_x, conv5_x; 0: no such stage */
} rn_stages;

/* The row of that depth, or NULL. */
const rn_stages *rn_table1_row(int depth);

#endif
