#include "train/metrics.h"
#include "train/run_folder.h"
#include "train/tensorboard.h"

#include <math.h>
#include <string.h>
#include <time.h>

/* ---- A line ---------------------------------------------------------------------------------- */

typedef struct {
    const char *key;        /* in metrics.jsonl */
    const char *tag;        /* for TensorBoard, which puts "loss/train" and "loss/test" together */
    double value;
} quantity;

static double wall_time(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static void begin_line(rn_text *text, const rn_trainer *t, const char *kind, double time)
{
    rn_text_add(text, "{\"time\": %.3f, \"step\": %lld, \"epoch\": %.6g, \"kind\": \"%s\"", time,
                (long long)t->state.iteration, rn_trainer_epoch(t), kind);
}

static rn_status end_line(rn_text *text, const rn_trainer *t)
{
    rn_text_add(text, "}\n");
    return rn_run_append(t->config.out, "metrics.jsonl", text);
}

static void add_number(rn_text *text, const quantity *n)
{
    if (isfinite(n->value))
        rn_text_add(text, ", \"%s\": %.9g", n->key, n->value);
    else
        rn_text_add(text, ", \"%s\": null", n->key);
}

static rn_status add_events(const rn_trainer *t, double time, const quantity *n, int count)
{
    rn_text events = { 0 };
    if (!t->events[0])
        return RN_OK;
    for (int i = 0; i < count; i++)
        rn_events_add(&events, time, t->state.iteration, n[i].tag, n[i].value);
    return rn_run_append(t->config.out, t->events, &events);
}

static rn_status write_line(const rn_trainer *t, const char *kind, const quantity *n, int count)
{
    rn_text line = { 0 };
    double time = wall_time();
    begin_line(&line, t, kind, time);
    for (int i = 0; i < count; i++)
        add_number(&line, &n[i]);
    RN_TRY(end_line(&line, t));
    return add_events(t, time, n, count);
}

rn_status rn_metrics_train(const rn_trainer *t, double lr)
{
    const rn_score *s = &t->state.stretch;
    double speed = t->step_seconds > 0 ? (double)t->config.batch / t->step_seconds : 0;
    const quantity n[] = {
        { "loss", "loss/train", rn_score_loss(s) },
        { "error", "error/train", rn_score_error(s) },
        { "lr", "lr", lr },
        { "images_per_second", "images_per_second", speed },
    };
    return write_line(t, "train", n, sizeof n / sizeof *n);
}

rn_status rn_metrics_test(const rn_trainer *t)
{
    const rn_score *test = &t->state.test, *epoch = &t->state.epoch;
    const quantity n[] = {
        { "loss", "loss/test", rn_score_loss(test) },
        { "error", "error/test", rn_score_error(test) },
        { "top5_error", "error/test_top5", rn_score_error5(test) },
        { "train_loss", "loss/train_epoch", rn_score_loss(epoch) },
        { "train_error", "error/train_epoch", rn_score_error(epoch) },
    };
    return write_line(t, "test", n, sizeof n / sizeof *n);
}

rn_status rn_metrics_save(const rn_trainer *t)
{
    return write_line(t, "save", NULL, 0);
}

rn_status rn_metrics_end(const rn_trainer *t, const char *reason)
{
    rn_text line = { 0 };
    begin_line(&line, t, "end", wall_time());
    rn_text_add(&line, ", \"exit\": \"%s\"", reason);
    return end_line(&line, t);
}

/* ---- The beginning --------------------------------------------------------------------------- */

/* The step that a line tells, or -1 for a line that is none of ours. */
static int64_t step_of(const char *line, size_t length)
{
    json_t *object = json_loadb(line, length, 0, NULL);
    const json_t *step = json_object_get(object, "step");
    int64_t number = json_is_integer(step) ? json_integer_value(step) : -1;
    json_decref(object);
    return number;
}

/* Whole lines up to the present step. */
static void keep_lines(rn_text *kept, const rn_map *map, int64_t iteration)
{
    const char *at = (const char *)map->bytes, *end = at + map->size, *stop;
    for (; at < end && (stop = memchr(at, '\n', (size_t)(end - at))); at = stop + 1) {
        int64_t step = step_of(at, (size_t)(stop - at));
        if (step >= 0 && step <= iteration)
            rn_text_add_bytes(kept, at, (size_t)(stop - at) + 1);
    }
}

static rn_status cut_back(const rn_trainer *t)
{
    char path[RN_TEXT_SIZE];
    rn_text kept = { 0 };
    rn_map map;
    RN_TRY(rn_run_path(path, t->config.out, "metrics.jsonl"));
    if (!rn_file_exists(path) || rn_map_open(&map, path) == RN_BAD_FILE)
        return RN_OK;
    keep_lines(&kept, &map, t->state.iteration);
    rn_map_close(&map);
    return rn_run_write(t->config.out, "metrics.jsonl", &kept);
}

static rn_status begin_events(rn_trainer *t, double time)
{
    rn_text events = { 0 };
    rn_events_name(t->events, sizeof t->events, time);
    rn_events_begin(&events, time, t->state.iteration);
    return rn_run_append(t->config.out, t->events, &events);
}

rn_status rn_metrics_begin(rn_trainer *t)
{
    rn_text line = { 0 };
    double time = wall_time();
    RN_TRY(cut_back(t));
    begin_line(&line, t, t->state.iteration > 0 ? "resume" : "begin", time);
    rn_text_add(&line, ", \"iterations\": %lld", (long long)t->iterations);
    RN_TRY(end_line(&line, t));
    return t->config.tensorboard ? begin_events(t, time) : RN_OK;
}
