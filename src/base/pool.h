/*
 * A pool of threads that share out the tasks of one job at a time.
 *
 *     rn_pool_run(pool, tasks, work, context);    work(context, task, thread) for every task, then returns
 *
 * Which thread takes which task is left to chance; a result that depends on the task alone is therefore the
 * same for any number of threads.  `thread` (0 .. threads-1) only chooses private scratch memory.  The caller
 * works too.  Waiting threads sleep after a short look; they do not spin.
 */
#ifndef RN_BASE_POOL_H
#define RN_BASE_POOL_H

#include "base/error.h"

typedef struct rn_pool rn_pool;
typedef void rn_work(void *context, int task, int thread);

/* `threads` 0: as many as the processors that this process may use. */
rn_status rn_pool_open(rn_pool **pool, int threads);
void rn_pool_close(rn_pool *pool);
int rn_pool_threads(const rn_pool *pool);
void rn_pool_run(rn_pool *pool, int tasks, rn_work *work, void *context); /* a NULL pool: the caller alone */

#endif
