/*
 * Preparing a batch: the pictures at its places in the epoch's order, decoded, transformed, side by side.
 * Nothing here depends on which thread does it, nor on what was prepared before.
 */
#include "data/batch.h"
#include "base/log.h"
#include "base/memory.h"
#include "data/trouble.h"

rn_status rn_epoch_order_open(rn_epoch_order *order, const rn_batch_plan *plan)
{
    order->epoch = -1;
    return rn_new(&order->picture, plan->count);
}

void rn_epoch_order_close(rn_epoch_order *order)
{
    rn_free(order->picture);
}

static size_t picture_size(const rn_batch_plan *plan)
{
    return 3 * (size_t)plan->options.rule->crop_height * (size_t)plan->options.rule->crop_width;
}

rn_status rn_batch_room_open(rn_batch_room *room, const rn_batch_plan *plan)
{
    size_t count = (size_t)plan->options.batch, size = picture_size(plan) * sizeof(float);
    RN_TRY(rn_allocate((void **)&room->batch.pixels, count, size, "a batch of pictures"));
    RN_TRY(rn_new(&room->batch.labels, count));
    return rn_new(&room->batch.index, count);
}

void rn_batch_room_close(rn_batch_room *room)
{
    rn_free(room->batch.pixels);
    rn_free(room->batch.labels);
    rn_free(room->batch.index);
    rn_free(room->bad);
}

static void arrange(const rn_batch_plan *plan, rn_epoch_order *order, int64_t epoch)
{
    if (order->epoch == epoch)
        return;
    for (int64_t i = 0; i < plan->count; i++)
        order->picture[i] = plan->options.picture ? plan->options.picture[i] : i;
    if (plan->options.training) {
        rn_random random = rn_random_open(plan->options.seed, (uint64_t)epoch, UINT64_MAX);
        rn_random_shuffle(&random, order->picture, plan->count);
    }
    order->epoch = epoch;
}

static rn_status transform(const rn_batch_plan *plan, int64_t epoch, int64_t picture, float *to)
{
    const rn_loader_options *options = &plan->options;
    rn_image image;
    rn_status status;
    RN_TRY(plan->data->read(plan->data, picture, &image));
    if (options->training && options->augment) {
        rn_random random = rn_random_open(options->seed, (uint64_t)epoch, (uint64_t)picture);
        status = rn_augment_apply(options->augment, options->rule, &image, &random, to);
    } else {
        status = rn_preprocess_apply(options->rule, &image, to);
    }
    rn_image_free(&image);
    return status;
}

static rn_status note_bad(rn_batch_room *room, int64_t picture)
{
    if (room->bad_count == room->bad_room) {
        int more = room->bad_room ? 2 * room->bad_room : 16;
        RN_TRY(rn_reallocate((void **)&room->bad, (size_t)room->bad_room, (size_t)more, sizeof *room->bad,
                             "unreadable pictures"));
        room->bad_room = more;
    }
    room->bad[room->bad_count++] = picture;
    return RN_OK;
}

/* Add a picture to the batch; *added is false when it cannot be read. */
static rn_status add(rn_batch_room *room, const rn_batch_plan *plan, int64_t epoch, int64_t picture,
                     bool *added)
{
    rn_trouble *trouble = plan->data->trouble;
    rn_batch *batch = &room->batch;
    *added = false;
    if (rn_trouble_of(trouble, picture))
        return note_bad(room, picture);
    rn_status status =
        transform(plan, epoch, picture, batch->pixels + (size_t)batch->count * picture_size(plan));
    if (status != RN_OK) {
        bool first;
        if (!rn_picture_at_fault(status))
            return status;
        RN_TRY(rn_trouble_add(trouble, picture, &first));
        if (first && !plan->options.strict)
            rn_warn("%s; left out", rn_trouble_of(trouble, picture));
        return note_bad(room, picture);
    }
    batch->labels[batch->count] = plan->data->label(plan->data, picture);
    batch->index[batch->count++] = picture;
    *added = true;
    return RN_OK;
}

/* The picture at a place of the epoch's order; in training, while that is unreadable, the one behind it. */
static rn_status fill_place(rn_batch_room *room, const rn_batch_plan *plan, const rn_epoch_order *order,
                            int64_t place)
{
    int64_t count = plan->count, tries = plan->options.training ? plan->limit + 1 : 1;
    bool added = false;
    for (int64_t i = 0; i < tries && i < count && !added; i++)
        RN_TRY(add(room, plan, order->epoch, order->picture[(place + i) % count], &added));
    return RN_OK;
}

void rn_batch_prepare(rn_batch_room *room, const rn_batch_plan *plan, rn_epoch_order *order, int64_t number)
{
    int64_t first = number % plan->batches * plan->options.batch, end = first + plan->options.batch;
    rn_status status = RN_OK;
    arrange(plan, order, number / plan->batches);
    room->batch.iteration = number;
    room->batch.count = room->bad_count = 0;
    for (int64_t place = first; place < end && place < plan->count && status == RN_OK; place++)
        status = fill_place(room, plan, order, place);
    rn_failure_take(&room->failure, status);
}
