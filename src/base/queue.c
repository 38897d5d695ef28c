/* A ring of pointers under one lock; `room` and `news` are the two reasons to wake. */
#define _GNU_SOURCE
#include "base/queue.h"
#include "base/memory.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <time.h>

struct rn_queue {
    pthread_mutex_t lock;
    pthread_cond_t room, news;
    void **item;
    int capacity, first, count;     /* the items are first, first + 1, ... modulo capacity */
    bool shut;
};

rn_status rn_queue_open(rn_queue **opened, int capacity)
{
    assert(capacity > 0);
    rn_queue *queue;
    *opened = NULL;
    RN_TRY(rn_new(&queue, 1));
    rn_status status = rn_new(&queue->item, capacity);
    if (status != RN_OK) {
        rn_free(queue);
        return status;
    }
    queue->capacity = capacity;
    pthread_condattr_t steady;
    pthread_condattr_init(&steady);
    pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
    pthread_mutex_init(&queue->lock, NULL);
    pthread_cond_init(&queue->room, NULL);
    pthread_cond_init(&queue->news, &steady);
    pthread_condattr_destroy(&steady);
    *opened = queue;
    return RN_OK;
}

void rn_queue_shut(rn_queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    queue->shut = true;
    pthread_cond_broadcast(&queue->room);
    pthread_cond_broadcast(&queue->news);
    pthread_mutex_unlock(&queue->lock);
}

void rn_queue_close(rn_queue *queue)
{
    if (!queue)
        return;
    pthread_cond_destroy(&queue->news);
    pthread_cond_destroy(&queue->room);
    pthread_mutex_destroy(&queue->lock);
    rn_free(queue->item);
    rn_free(queue);
}

bool rn_queue_put(rn_queue *queue, void *item)
{
    pthread_mutex_lock(&queue->lock);
    while (queue->count == queue->capacity && !queue->shut)
        pthread_cond_wait(&queue->room, &queue->lock);
    bool accepted = !queue->shut;
    if (accepted) {
        queue->item[(queue->first + queue->count++) % queue->capacity] = item;
        pthread_cond_signal(&queue->news);
    }
    pthread_mutex_unlock(&queue->lock);
    return accepted;
}

/* Under the lock, when an item is there or the queue is shut. */
static bool take(rn_queue *queue, void **item)
{
    if (queue->count == 0)
        return false;
    *item = queue->item[queue->first];
    queue->first = (queue->first + 1) % queue->capacity;
    queue->count--;
    pthread_cond_signal(&queue->room);
    return true;
}

bool rn_queue_take(rn_queue *queue, void **item)
{
    pthread_mutex_lock(&queue->lock);
    while (queue->count == 0 && !queue->shut)
        pthread_cond_wait(&queue->news, &queue->lock);
    bool taken = take(queue, item);
    pthread_mutex_unlock(&queue->lock);
    return taken;
}

static struct timespec moment_after(double seconds)
{
    struct timespec moment;
    clock_gettime(CLOCK_MONOTONIC, &moment);
    time_t whole = (time_t)seconds;
    moment.tv_sec += whole;
    moment.tv_nsec += (long)((seconds - (double)whole) * 1e9);
    if (moment.tv_nsec >= 1000000000) {
        moment.tv_nsec -= 1000000000;
        moment.tv_sec++;
    }
    return moment;
}

int rn_queue_take_within(rn_queue *queue, void **item, double seconds)
{
    struct timespec until = moment_after(seconds);
    int waited = 0;
    pthread_mutex_lock(&queue->lock);
    while (queue->count == 0 && !queue->shut && waited != ETIMEDOUT)
        waited = pthread_cond_timedwait(&queue->news, &queue->lock, &until);
    int answer = take(queue, item) ? 1 : queue->shut ? 0 : -1;
    pthread_mutex_unlock(&queue->lock);
    return answer;
}
