#include "data/sizes.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/pool.h"
#include "data/trouble.h"

enum { PART = 64 };             /* pictures of a task */

typedef struct {
    const rn_dataset *data;
    rn_size *size;
    rn_failure *failure;        /* of each task */
} work;

static rn_status measure(const work *w, int64_t picture)
{
    const rn_dataset *data = w->data;
    rn_image image;
    bool first;
    if (rn_trouble_of(data->trouble, picture))
        return RN_OK;
    rn_status status = data->read(data, picture, &image);
    if (status == RN_OK) {
        w->size[picture] = (rn_size){ image.width, image.height };
        rn_image_free(&image);
        return RN_OK;
    }
    if (!rn_picture_at_fault(status))
        return status;
    RN_TRY(rn_trouble_add(data->trouble, picture, &first));
    if (first)
        rn_warn("%s; left out", rn_trouble_of(data->trouble, picture));
    return RN_OK;
}

static void measure_part(void *context, int task, int thread)
{
    const work *w = context;
    rn_status status = RN_OK;
    (void)thread;
    for (int64_t i = (int64_t)task * PART; i < (task + 1) * (int64_t)PART && i < w->data->count; i++)
        if (status == RN_OK)
            status = measure(w, i);
    rn_failure_take(&w->failure[task], status);
}

static rn_status measure_all(work *w, rn_pool *pool, int tasks)
{
    rn_status status = RN_OK;
    RN_TRY(rn_new(&w->failure, tasks));
    rn_pool_run(pool, tasks, measure_part, w);
    for (int i = 0; i < tasks && status == RN_OK; i++)
        status = rn_failure_give(&w->failure[i]);
    rn_free(w->failure);
    return status;
}

rn_status rn_dataset_sizes(rn_size **size, const rn_dataset *data, int threads)
{
    rn_pool *pool;
    work w = { .data = data };
    *size = NULL;
    RN_TRY(rn_pool_open(&pool, threads));
    rn_status status = rn_new(&w.size, data->count);
    if (status == RN_OK)
        status = measure_all(&w, pool, (int)((data->count + PART - 1) / PART));
    rn_pool_close(pool);
    if (status != RN_OK)
        rn_free(w.size);
    else
        *size = w.size;
    return status;
}
