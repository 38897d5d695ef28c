/*
 * A bounded queue of pointers between threads: first in, first out.  Closing it wakes everybody: further puts
 * are refused, takes go on until it is empty.
 */
#ifndef RN_BASE_QUEUE_H
#define RN_BASE_QUEUE_H

#include "base/error.h"

typedef struct rn_queue rn_queue;
rn_status rn_queue_open(rn_queue **queue, int capacity);
void rn_queue_shut(rn_queue *queue);                /* no more puts */
void rn_queue_close(rn_queue *queue);               /* free it; nobody may be waiting */
bool rn_queue_put(rn_queue *queue, void *item);     /* waits for room; false: shut */
bool rn_queue_take(rn_queue *queue, void **item);   /* waits for an item; false: shut and empty */
/* Waits at most `seconds`: 1 taken, 0 shut and empty, -1 nothing came in time. */
int rn_queue_take_within(rn_queue *queue, void **item, double seconds);

#endif
