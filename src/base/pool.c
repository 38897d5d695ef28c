/*
 * One job at a time.  Each thread has a run of its tasks, always the same part of them, and takes these
 * first: what it wrote in one job it finds near by in the next.  Then it helps the others.  Workers look for
 * a new job for a short while and then sleep on a condition, so a pool at rest costs nothing.
 */
#include "base/pool.h"
#include "base/memory.h"

#include <pthread.h>
#include <stdatomic.h>

typedef struct {
    _Alignas(64) atomic_int next;   /* the first task of the run that nobody has taken */
    int end;
} run_of_tasks;

struct rn_pool {
    int threads, started;
    run_of_tasks *run;              /* of each thread */
    pthread_t *thread;
    pthread_mutex_t lock;
    pthread_cond_t news, done;
    bool closing;
    _Atomic unsigned job;           /* its number; a change wakes the workers */
    atomic_int unfinished;          /* workers that have not left the job */
    rn_work *work;
    void *context;
};

enum { LOOKS = 2000 };              /* before falling asleep: some ten microseconds */

static void take_tasks(rn_pool *pool, int thread)
{
    const int runs = pool->started + 1;
    for (int k = 0; k < runs; k++) {
        run_of_tasks *run = &pool->run[(thread + k) % runs];
        for (int task; (task = atomic_fetch_add(&run->next, 1)) < run->end;)
            pool->work(pool->context, task, thread);
    }
}

static void relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#endif
}

static void await_job(rn_pool *pool, unsigned seen)
{
    for (int look = 0; look < LOOKS; look++) {
        if (atomic_load(&pool->job) != seen)
            return;
        relax();
    }
    pthread_mutex_lock(&pool->lock);
    while (atomic_load(&pool->job) == seen)
        pthread_cond_wait(&pool->news, &pool->lock);
    pthread_mutex_unlock(&pool->lock);
}

typedef struct {
    rn_pool *pool;
    int thread;
} seat;

static void *worker(void *argument)
{
    seat mine = *(seat *)argument;
    rn_free(argument);
    rn_pool *pool = mine.pool;
    for (unsigned seen = 0;; seen++) {
        await_job(pool, seen);
        if (pool->closing)
            return NULL;
        take_tasks(pool, mine.thread);
        if (atomic_fetch_sub(&pool->unfinished, 1) == 1) {
            pthread_mutex_lock(&pool->lock);
            pthread_cond_signal(&pool->done);
            pthread_mutex_unlock(&pool->lock);
        }
    }
}

/* Every worker passes through every job, so when the last has left, the next job may begin. */
static void announce(rn_pool *pool, int tasks)
{
    const int runs = pool->started + 1;
    for (int i = 0; i < runs; i++) {
        pool->run[i].end = (int)((int64_t)tasks * (i + 1) / runs);
        atomic_store(&pool->run[i].next, (int)((int64_t)tasks * i / runs));
    }
    atomic_store(&pool->unfinished, pool->started);
    pthread_mutex_lock(&pool->lock);
    atomic_fetch_add(&pool->job, 1);
    pthread_cond_broadcast(&pool->news);
    pthread_mutex_unlock(&pool->lock);
}

static void await_workers(rn_pool *pool)
{
    for (int look = 0; look < LOOKS; look++) {
        if (atomic_load(&pool->unfinished) == 0)
            return;
        relax();
    }
    pthread_mutex_lock(&pool->lock);
    while (atomic_load(&pool->unfinished) != 0)
        pthread_cond_wait(&pool->done, &pool->lock);
    pthread_mutex_unlock(&pool->lock);
}

void rn_pool_run(rn_pool *pool, int tasks, rn_work *work, void *context)
{
    if (!pool || pool->started == 0 || tasks <= 1) {
        for (int task = 0; task < tasks; task++)
            work(context, task, 0);
        return;
    }
    pool->work = work;
    pool->context = context;
    announce(pool, tasks);
    take_tasks(pool, 0);
    await_workers(pool);
}

static rn_status start_worker(rn_pool *pool)
{
    seat *place;
    RN_TRY(rn_new(&place, 1));
    *place = (seat){ pool, pool->started + 1 };
    if (pthread_create(&pool->thread[pool->started], NULL, worker, place) != 0) {
        rn_free(place);
        return rn_fail(RN_NO_MEMORY, "cannot start thread %d of %d: the system allows no more",
                       pool->started + 2, pool->threads);
    }
    pool->started++;
    return RN_OK;
}

rn_status rn_pool_open(rn_pool **opened, int threads)
{
    rn_pool *pool;
    *opened = NULL;
    RN_TRY(rn_new(&pool, 1));
    pool->threads = threads > 0 ? threads : rn_processors();
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->news, NULL);
    pthread_cond_init(&pool->done, NULL);
    rn_status status = rn_new(&pool->thread, pool->threads);
    if (status == RN_OK)
        status = rn_new(&pool->run, pool->threads);
    while (status == RN_OK && pool->started < pool->threads - 1)
        status = start_worker(pool);
    if (status != RN_OK) {
        rn_pool_close(pool);
        return status;
    }
    *opened = pool;
    return RN_OK;
}

void rn_pool_close(rn_pool *pool)
{
    if (!pool)
        return;
    pool->closing = true;
    if (pool->started > 0)
        announce(pool, 0);
    for (int i = 0; i < pool->started; i++)
        pthread_join(pool->thread[i], NULL);
    pthread_cond_destroy(&pool->done);
    pthread_cond_destroy(&pool->news);
    pthread_mutex_destroy(&pool->lock);
    rn_free(pool->thread);
    rn_free(pool->run);
    rn_free(pool);
}

int rn_pool_threads(const rn_pool *pool)
{
    return pool ? pool->threads : 1;
}
