/*
 * A network's stages, the rows of the paper's Table 1.
 *
 *     stage row;
 *     for (int i = 0; i < d->layers;) {
 *         i = take_stage(d, i, &row);
 *         printf("%s: %s\n", row.name, row.what);
 *     }
 *
 * A stage is the layers that share the first part of a name with dots ("layer2.0.conv1"), or one convolution,
 * pooling or linear layer and what follows it, with its equals behind it.
 */
#ifndef RN_CLI_STAGES_H
#define RN_CLI_STAGES_H

#include <resnet.h>

typedef struct {
    char name[128];             /* "conv2_x", "features.0" */
    char output[64];            /* "56x56" */
    char what[256];             /* "[3x3, 64; 3x3, 64] x 3" */
    bool in_paper;              /* the name is one of Table 1 */
    int64_t pixels;             /* of the output */
    int64_t parameters, multiply_adds;
} stage;

/* The stage that begins at layer `first`; returns the layer after it. */
int take_stage(const rn_description *d, int first, stage *row);

#endif
