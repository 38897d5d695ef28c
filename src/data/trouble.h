/*
 * What is known about the unreadable pictures of a data set.  All loaders of the set share it, so each
 * picture is named once and tried once.
 */
#ifndef RN_DATA_TROUBLE_H
#define RN_DATA_TROUBLE_H

#include "base/error.h"

typedef struct rn_trouble rn_trouble;
rn_status rn_trouble_open(rn_trouble **trouble, int64_t pictures);
void rn_trouble_close(rn_trouble *trouble);

/* Why the picture cannot be read, or NULL. */
const char *rn_trouble_of(const rn_trouble *trouble, int64_t picture);

/* Keep the thread's latest error as the reason, unless there is one; *first tells whether there was none. */
rn_status rn_trouble_add(rn_trouble *trouble, int64_t picture, bool *first);

/* Whether a failed read is the picture's own fault, rather than that of a machine without memory. */
bool rn_picture_at_fault(rn_status status);

/* Replace what a terminal, a log or JSON cannot bear (control characters, broken UTF-8) by question marks. */
void rn_make_printable(char *text);

#endif
