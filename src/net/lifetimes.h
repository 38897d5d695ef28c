/*
 * Memory by lifetimes: buffers whose lives do not overlap may lie in the same place.
 *
 * A moment is a number on the time line of one step (plan_memory.c).  A buffer whose numbers are made again
 * has several lives; between them its place may hold something else.
 */
#ifndef RN_NET_LIFETIMES_H
#define RN_NET_LIFETIMES_H

#include "base/error.h"

enum { RN_MAX_LIVES = 3 };

typedef struct {
    int64_t bytes, place;       /* place: from the start of the block, filled by rn_lifetimes_place */
    struct { int begin, end; } life[RN_MAX_LIVES];      /* first and last moment of use, in order of time */
    int lives;
} rn_buffer;

typedef struct {
    rn_buffer *buffer;
    int count, capacity;
    int64_t bytes;              /* of the block that holds them all */
} rn_lifetimes;

/* A new buffer's number, or negative without memory. */
int rn_lifetimes_add(rn_lifetimes *lifetimes, int64_t bytes, int begin, int end);
/* One more life, later than those before. */
void rn_lifetimes_return(rn_lifetimes *lifetimes, int buffer, int begin, int end);
/* The buffer is in use at that moment. */
void rn_lifetimes_extend(rn_lifetimes *lifetimes, int buffer, int moment);
rn_status rn_lifetimes_place(rn_lifetimes *lifetimes);
/* Bytes alive at once at most: no placement is smaller. */
rn_status rn_lifetimes_peak(const rn_lifetimes *lifetimes, int64_t *bytes);
void rn_lifetimes_free(rn_lifetimes *lifetimes);

#endif
