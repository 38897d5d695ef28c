#include "base/check.h"
#include "base/queue.h"

#include <pthread.h>
#include <time.h>

enum { MAKERS = 3, TAKERS = 3, EACH = 2000 };

static int number[MAKERS][EACH];
static rn_queue *queue;

static void *make(void *argument)
{
    int *item = argument;
    for (int i = 0; i < EACH; i++) {
        item[i] = i + 1;
        if (!rn_queue_put(queue, &item[i]))
            return NULL;
    }
    return NULL;
}

static void *take(void *argument)
{
    long *sum = argument;
    void *item;
    while (rn_queue_take(queue, &item))
        *sum += *(int *)item;
    return NULL;
}

static void passes_everything_on(int capacity)
{
    pthread_t maker[MAKERS], taker[TAKERS];
    long sum[TAKERS] = { 0 }, total = 0;
    CHECK_OK(rn_queue_open(&queue, capacity));
    for (int i = 0; i < MAKERS; i++)
        pthread_create(&maker[i], NULL, make, number[i]);
    for (int i = 0; i < TAKERS; i++)
        pthread_create(&taker[i], NULL, take, &sum[i]);
    for (int i = 0; i < MAKERS; i++)
        pthread_join(maker[i], NULL);
    rn_queue_shut(queue);
    for (int i = 0; i < TAKERS; i++) {
        pthread_join(taker[i], NULL);
        total += sum[i];
    }
    CHECK(total == (long)MAKERS * EACH * (EACH + 1) / 2, "capacity %d: the sum is %ld", capacity, total);
    rn_queue_close(queue);
}

static void keeps_order_and_shuts(void)
{
    int item[4] = { 0 };
    void *taken = NULL;
    CHECK_OK(rn_queue_open(&queue, 3));
    for (int round = 0; round < 5; round++) {
        CHECK(rn_queue_put(queue, &item[0]) && rn_queue_put(queue, &item[1]), "round %d", round);
        CHECK(rn_queue_take(queue, &taken) && taken == &item[0], "round %d", round);
        CHECK(rn_queue_take_within(queue, &taken, 10) == 1 && taken == &item[1], "round %d", round);
    }
    CHECK(rn_queue_put(queue, &item[2]), "a last one");
    rn_queue_shut(queue);
    CHECK(!rn_queue_put(queue, &item[3]), "a shut queue takes no more");
    CHECK(rn_queue_take(queue, &taken) && taken == &item[2], "a shut queue gives what it has");
    CHECK(!rn_queue_take(queue, &taken), "then nothing");
    CHECK(rn_queue_take_within(queue, &taken, 10) == 0, "and does not wait");
    rn_queue_close(queue);
    rn_queue_close(NULL);
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static void waits_no_longer(void)
{
    void *taken;
    CHECK_OK(rn_queue_open(&queue, 1));
    double begin = now();
    CHECK(rn_queue_take_within(queue, &taken, 0.05) == -1, "nothing can come");
    CHECK(now() - begin >= 0.049, "came back after %g s", now() - begin);
    rn_queue_close(queue);
}

int main(void)
{
    passes_everything_on(1);
    passes_everything_on(7);
    keeps_order_and_shuts();
    waits_no_longer();
    return check_result();
}
