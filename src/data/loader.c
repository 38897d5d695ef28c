/*
 * A ring of batches.  Batch t is prepared by the first worker that is free, into slot t modulo the number of
 * slots; the caller takes the batches in order and holds one of them.  What a batch contains depends on t
 * alone (batch.c), so it does not matter who prepares it.
 */
#include "data/loader.h"
#include "base/memory.h"
#include "data/batch.h"
#include "data/trouble.h"

#include <assert.h>
#include <pthread.h>

typedef struct {
    rn_batch_room room;
    bool ready;
} slot;

struct rn_loader {
    rn_batch_plan plan;
    int64_t bad;                /* unreadable pictures so far, and which */
    bool *counted;

    pthread_mutex_t lock;       /* guards what follows, and `ready` */
    pthread_cond_t space, news;
    int64_t next, held;         /* the batch to prepare, and the one that the caller has */
    bool closing;

    int slots, orders;          /* an order for each worker, at least one */
    slot *slot;
    rn_epoch_order *order;
    int started;
    pthread_t *thread;
};

typedef struct {
    rn_loader *loader;
    rn_epoch_order *order;
} seat;

static bool past_end(const rn_loader *loader, int64_t number)
{
    return !loader->plan.options.training && number >= loader->plan.batches;
}

static slot *slot_of(const rn_loader *loader, int64_t number)
{
    return &loader->slot[number % loader->slots];
}

/* ---- Workers ------------------------------------------------------------------------------- */

/* The number of a batch to prepare, or -1 to leave. */
static int64_t take_number(rn_loader *loader)
{
    pthread_mutex_lock(&loader->lock);
    while (!loader->closing && loader->next >= loader->held + loader->slots)
        pthread_cond_wait(&loader->space, &loader->lock);
    int64_t number = loader->closing || past_end(loader, loader->next) ? -1 : loader->next++;
    pthread_mutex_unlock(&loader->lock);
    return number;
}

static void *work(void *argument)
{
    seat mine = *(seat *)argument;
    rn_free(argument);
    for (int64_t number; (number = take_number(mine.loader)) >= 0;) {
        slot *s = slot_of(mine.loader, number);
        rn_batch_prepare(&s->room, &mine.loader->plan, mine.order, number);
        pthread_mutex_lock(&mine.loader->lock);
        s->ready = true;
        pthread_cond_signal(&mine.loader->news);
        pthread_mutex_unlock(&mine.loader->lock);
    }
    return NULL;
}

static rn_status start_worker(rn_loader *loader)
{
    seat *mine;
    RN_TRY(rn_new(&mine, 1));
    *mine = (seat){ loader, &loader->order[loader->started] };
    if (pthread_create(&loader->thread[loader->started], NULL, work, mine) != 0) {
        rn_free(mine);
        return rn_fail(RN_NO_MEMORY, "cannot start loader thread %d of %d: the system allows no more",
                       loader->started + 1, loader->plan.options.workers);
    }
    loader->started++;
    return RN_OK;
}

static void stop_workers(rn_loader *loader)
{
    pthread_mutex_lock(&loader->lock);
    loader->closing = true;
    pthread_cond_broadcast(&loader->space);
    pthread_mutex_unlock(&loader->lock);
    for (int i = 0; i < loader->started; i++)
        pthread_join(loader->thread[i], NULL);
}

/* ---- The caller's side --------------------------------------------------------------------- */

static rn_status give_up(const rn_loader *loader, int64_t picture)
{
    const char *reason = rn_trouble_of(loader->plan.data->trouble, picture);
    if (loader->plan.options.strict)
        return rn_fail(RN_BAD_FILE, "%s", reason);
    long long bad = loader->bad, limit = loader->plan.limit, count = loader->plan.data->count;
    rn_status status = rn_fail(RN_BAD_FILE, "%lld of %lld pictures cannot be read, accepted are %lld: %s",
                               bad, count, limit, reason);
    return rn_hint(status, "'resnet data check' lists them; --max-bad accepts more");
}

/* Count a batch's unreadable pictures when it is handed out, so that the limit is met at the same batch
 * always. */
static rn_status count_bad(rn_loader *loader, const rn_batch_room *room)
{
    for (int i = 0; i < room->bad_count; i++) {
        int64_t picture = room->bad[i];
        loader->bad += !loader->counted[picture];
        loader->counted[picture] = true;
        if (loader->bad > loader->plan.limit)
            return give_up(loader, picture);
    }
    if (loader->plan.options.training && room->batch.count < loader->plan.options.batch)
        return give_up(loader, room->bad[room->bad_count - 1]);
    return RN_OK;
}

/* Give the slot that the caller held back to the workers, and wait for the next one. */
static slot *await_next(rn_loader *loader)
{
    pthread_mutex_lock(&loader->lock);
    int64_t number = ++loader->held;
    slot *s = slot_of(loader, number);
    pthread_cond_broadcast(&loader->space);
    while (loader->started && !s->ready)
        pthread_cond_wait(&loader->news, &loader->lock);
    s->ready = false;
    pthread_mutex_unlock(&loader->lock);
    if (!loader->started)
        rn_batch_prepare(&s->room, &loader->plan, &loader->order[0], number);
    return s;
}

rn_status rn_loader_next(rn_loader *loader, const rn_batch **batch)
{
    *batch = NULL;
    while (!past_end(loader, loader->held + 1)) {
        slot *s = await_next(loader);
        RN_TRY(rn_failure_give(&s->room.failure));
        RN_TRY(count_bad(loader, &s->room));
        if (s->room.batch.count > 0) {
            *batch = &s->room.batch;
            return RN_OK;
        }
    }
    return RN_OK;
}

int64_t rn_loader_batches(const rn_loader *loader)
{
    return loader->plan.batches;
}

int64_t rn_loader_bad(const rn_loader *loader)
{
    return loader->bad;
}

/* ---- Opening and closing ------------------------------------------------------------------- */

static rn_status make_plan(rn_batch_plan *plan, const rn_dataset *data, const rn_loader_options *options)
{
    double part = options->max_bad > 0 ? options->max_bad : 0.01;
    *plan = (rn_batch_plan){ .data = data, .options = *options };
    plan->limit = options->strict ? 0 : (int64_t)(part * (double)data->count);
    plan->count = options->picture ? options->pictures : data->count;
    plan->batches = (plan->count + (options->training ? 0 : options->batch - 1)) / options->batch;
    if (plan->batches == 0)
        return rn_fail(RN_BAD_ARGUMENT, "a batch wants %d pictures, the data has %lld", options->batch,
                       (long long)plan->count);
    return RN_OK;
}

static rn_status make_room(rn_loader *loader, int workers)
{
    loader->orders = workers > 0 ? workers : 1;
    RN_TRY(rn_new(&loader->order, loader->orders));
    for (int i = 0; i < loader->orders; i++)
        RN_TRY(rn_epoch_order_open(&loader->order[i], &loader->plan));
    loader->slots = workers > 0 ? workers + 2 : 1;      /* one is held, one is ready, the others grow */
    RN_TRY(rn_new(&loader->slot, loader->slots));
    for (int i = 0; i < loader->slots; i++)
        RN_TRY(rn_batch_room_open(&loader->slot[i].room, &loader->plan));
    return rn_new(&loader->counted, loader->plan.data->count);
}

static rn_status fill_loader(rn_loader *loader, const rn_dataset *data, const rn_loader_options *options)
{
    RN_TRY(make_plan(&loader->plan, data, options));
    RN_TRY(make_room(loader, options->workers));
    loader->next = options->training ? options->first_iteration : 0;
    loader->held = loader->next - 1;
    RN_TRY(rn_new(&loader->thread, options->workers));
    while (loader->started < options->workers)
        RN_TRY(start_worker(loader));
    return RN_OK;
}

rn_status rn_loader_open(rn_loader **opened, const rn_dataset *data, const rn_loader_options *options)
{
    assert(options->batch > 0 && options->workers >= 0 && options->first_iteration >= 0 && options->rule);
    rn_loader *loader;
    *opened = NULL;
    RN_TRY(rn_new(&loader, 1));
    pthread_mutex_init(&loader->lock, NULL);
    pthread_cond_init(&loader->space, NULL);
    pthread_cond_init(&loader->news, NULL);
    rn_status status = fill_loader(loader, data, options);
    if (status != RN_OK) {
        rn_loader_close(loader);
        return status;
    }
    *opened = loader;
    return RN_OK;
}

void rn_loader_close(rn_loader *loader)
{
    if (!loader)
        return;
    stop_workers(loader);
    for (int i = 0; loader->slot && i < loader->slots; i++)
        rn_batch_room_close(&loader->slot[i].room);
    for (int i = 0; loader->order && i < loader->orders; i++)
        rn_epoch_order_close(&loader->order[i]);
    pthread_cond_destroy(&loader->news);
    pthread_cond_destroy(&loader->space);
    pthread_mutex_destroy(&loader->lock);
    rn_free(loader->thread);
    rn_free(loader->slot);
    rn_free(loader->order);
    rn_free(loader->counted);
    rn_free(loader);
}
