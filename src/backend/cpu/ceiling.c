/*
 * What all threads together reach at most, measured here and now: multiply-adds that wait for nothing, and a
 * copy of more than the caches hold, counted as read and written.  The best of many short tries, since other
 * programs only take away.
 */
#include "backend/cpu/cpu_device.h"
#include "base/clock.h"
#include "base/memory.h"

#include <string.h>

enum { TRIES = 20, ROUNDS = 100000, COPIED_BYTES = 32 << 20, COPY_PARTS = 64 };

typedef struct {
    rn_cpu_multiply *multiply;
    char *from, *to;
} load;

static void multiply(void *context, int task, int thread)
{
    const load *l = context;
    (void)task;
    (void)thread;
    l->multiply(ROUNDS);
}

static void copy(void *context, int task, int thread)
{
    const load *l = context;
    const size_t part = COPIED_BYTES / COPY_PARTS, place = (size_t)task * part;
    (void)thread;
    memcpy(l->to + place, l->from + place, part);
}

static double least_seconds(rn_pool *pool, int tasks, rn_work *work, load *l)
{
    double least = 1e30;
    for (int i = 0; i < TRIES; i++) {
        const double start = rn_clock_ms();
        rn_pool_run(pool, tasks, work, l);
        const double seconds = (rn_clock_ms() - start) / 1e3;
        least = seconds < least ? seconds : least;
    }
    return least;
}

rn_status rn_cpu_measure(rn_device *device, rn_cpu_multiply *multiply_adds, rn_ceiling *ceiling)
{
    load l = { .multiply = multiply_adds };
    const int threads = rn_device_threads(device);
    const double flops = 2.0 * (double)multiply_adds(ROUNDS) * threads;
    RN_TRY(rn_allocate((void **)&l.from, 2, COPIED_BYTES, "measuring"));
    l.to = l.from + COPIED_BYTES;
    memset(l.from, 1, COPIED_BYTES);        /* pages that nobody wrote are all the same one, in the cache */
    ceiling->flops = flops / least_seconds(device->pool, threads, multiply, &l);
    ceiling->bytes = 2.0 * COPIED_BYTES / least_seconds(device->pool, COPY_PARTS, copy, &l);
    rn_free(l.from);
    return RN_OK;
}
