/*
 * Memory by lifetimes: buffers whose lives do not overlap may lie in the same place.
 *
 * A moment is a number on the time line of one step: forward of node i is i, its backward 2 * nodes - i.
 */
#ifndef RN_NET_LIFETIMES_H
#define RN_NET_LIFETIMES_H

#include "base/error.h"

typedef struct {
    int64_t bytes, place;       /* place: from the start of the block, filled by rn_lifetimes_place */
    int begin, end;             /* first and last moment of use */
} rn_buffer;

typedef struct {
    rn_buffer *buffer;
    int count, capacity;
    int64_t bytes;              /* of the block that holds them all */
} rn_lifetimes;

/* A new buffer's number, or negative without memory. */
int rn_lifetimes_add(rn_lifetimes *lifetimes, int64_t bytes, int begin, int end);
void rn_lifetimes_extend(rn_lifetimes *lifetimes, int buffer, int moment);
rn_status rn_lifetimes_place(rn_lifetimes *lifetimes);
void rn_lifetimes_free(rn_lifetimes *lifetimes);

#endif
