/*
 * Which kernel runs a use of an operation, where several can: what was measured here, kept in a text file.
 *
 *     AMD EPYC | avx512 | fp32 | train | conv2d 128x16x32x32, filters 16, ... | winograd | winograd 3.6 ms
 *
 * A line names the processor, the instruction set, what convolutions multiply in, training or inference, the
 * operation with its shape, the kernel, and for people what was measured.  The number of threads is no part
 * of it: the same kernels, and so the same bits, for any number.  The file is never trusted: a device takes a
 * kernel from it only when it is one of those that can run the call; damaged lines are passed over with a
 * warning.
 */
#ifndef RN_BACKEND_KERNEL_CHOICES_H
#define RN_BACKEND_KERNEL_CHOICES_H

#include "base/processor.h"
#include "op/op.h"

enum { RN_USE_SIZE = 384, RN_KERNEL_SIZE = 32, RN_MEASURED_SIZE = 128 };

typedef struct {
    char use[RN_USE_SIZE];              /* all before the kernel */
    char kernel[RN_KERNEL_SIZE];
    char measured[RN_MEASURED_SIZE];
} rn_choice;

typedef struct rn_choices {
    char file[RN_TEXT_SIZE];            /* "": none */
    char machine[RN_PROCESSOR_SIZE + 32];       /* how the uses of this device begin */
    rn_choice *row;
    int rows, room;
} rn_choices;

/* Read what was measured for this machine.  `file` NULL or "": RESNET_KERNELS, else resnet/kernels in
 * XDG_CACHE_HOME or ~/.cache; "none": no file.  A missing file is an empty one, one that cannot be read is
 * passed over with a warning.  On failure (RN_NO_MEMORY) there is nothing to close. */
rn_status rn_choices_open(rn_choices *choices, const char *file, const char *isa, const char *type);
void rn_choices_close(rn_choices *choices);

/* The line's text before the kernel. */
void rn_choices_use(const rn_choices *choices, const rn_call *call, char use[RN_USE_SIZE]);

/* The kernel's name, or NULL when the use was not measured. */
const char *rn_choices_find(const rn_choices *choices, const rn_call *call);

/* Put a line in the place of the one about the same use, or at the end. */
rn_status rn_choices_set(rn_choices *choices, const rn_choice *choice);

/* Write these lines to `file`, with those about other uses that it has; the oldest go when it becomes
 * long. */
rn_status rn_choices_save(const rn_choices *choices, const char *file);

#endif
