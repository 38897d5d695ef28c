/*
 * What a batch contains: a matter of its number alone.  loader.c decides who prepares it and when.
 */
#ifndef RN_DATA_BATCH_H
#define RN_DATA_BATCH_H

#include "data/loader.h"

typedef struct {
    const rn_dataset *data;
    rn_loader_options options;
    int64_t count;              /* pictures of an epoch */
    int64_t batches;
    int64_t limit;              /* unreadable pictures that are accepted */
} rn_batch_plan;

/* The order of an epoch's pictures; each thread has its own. */
typedef struct {
    int64_t epoch;
    int64_t *picture;
} rn_epoch_order;
rn_status rn_epoch_order_open(rn_epoch_order *order, const rn_batch_plan *plan);
void rn_epoch_order_close(rn_epoch_order *order);

/* Room for a batch, used again and again. */
typedef struct {
    rn_batch batch;
    rn_failure failure;         /* RN_OK when it was prepared */
    int64_t *bad;               /* unreadable pictures that were met, some perhaps twice */
    int bad_count, bad_room;
} rn_batch_room;
rn_status rn_batch_room_open(rn_batch_room *room, const rn_batch_plan *plan);
void rn_batch_room_close(rn_batch_room *room);

/* Fill a room with batch `number`.  A batch of training that is not whole has met more unreadable pictures
 * than are * accepted. */
void rn_batch_prepare(rn_batch_room *room, const rn_batch_plan *plan, rn_epoch_order *order, int64_t number);

#endif
