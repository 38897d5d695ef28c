#include "base/check.h"
#include "base/memory.h"
#include "base/pool.h"

#include <stdatomic.h>
#include <string.h>

enum { TASKS = 200, JOBS = 300 };

typedef struct {
    int times[TASKS];
    int threads;
    atomic_int strangers;   /* threads whose number is out of range */
} job;

static void work(void *context, int task, int thread)
{
    job *mine = context;
    mine->times[task]++;
    if (thread < 0 || thread >= mine->threads)
        atomic_fetch_add(&mine->strangers, 1);
}

static void runs_every_task_once(rn_pool *pool)
{
    job mine = { .threads = rn_pool_threads(pool) };
    for (int i = 0; i < JOBS; i++) {
        memset(mine.times, 0, sizeof mine.times);
        int tasks = i % TASKS, wrong = 0;
        rn_pool_run(pool, tasks, work, &mine);
        for (int k = 0; k < TASKS; k++)
            wrong += mine.times[k] != (k < tasks);
        CHECK(wrong == 0, "%d threads, %d tasks: %d not run once", mine.threads, tasks, wrong);
    }
    CHECK(mine.strangers == 0, "%d threads: %d wrong thread numbers", mine.threads, mine.strangers);
}

static void survives_failed_allocations(void)
{
    rn_pool *pool;
    for (long k = 1; k < 20; k++) {
        rn_memory_fail_at(k, false);
        rn_status status = rn_pool_open(&pool, 4);
        rn_memory_fail_at(0, false);
        CHECK(status == RN_OK || (status == RN_NO_MEMORY && !pool), "allocation %ld: %s", k, rn_error_text());
        rn_pool_close(pool);
    }
}

int main(void)
{
    for (int threads = 1; threads <= 5; threads++) {
        rn_pool *pool;
        CHECK_OK(rn_pool_open(&pool, threads));
        CHECK(rn_pool_threads(pool) == threads, "%d threads", rn_pool_threads(pool));
        runs_every_task_once(pool);
        rn_pool_close(pool);
    }
    runs_every_task_once(NULL);
    survives_failed_allocations();
    rn_pool_close(NULL);
    CHECK(rn_processors() >= 1, "%d processors", rn_processors());
    return check_result();
}
