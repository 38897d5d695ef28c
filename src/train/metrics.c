#include "train/metrics.h"
#include "train/run_folder.h"

#include <math.h>
#include <string.h>
#include <time.h>

/* ---- A line ---------------------------------------------------------------------------------- */

static void add_real(rn_text *text, const char *key, double value)
{
    if (isfinite(value))
        rn_text_add(text, ", \"%s\": %.9g", key, value);
    else
        rn_text_add(text, ", \"%s\": null", key);
}

static void begin_line(rn_text *text, const rn_trainer *t, const char *kind)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    rn_text_add(text, "{\"time\": %lld.%03ld, \"step\": %lld, \"epoch\": %.6g, \"kind\": \"%s\"",
                (long long)now.tv_sec, now.tv_nsec / 1000000, (long long)t->state.iteration,
                rn_trainer_epoch(t), kind);
}

static rn_status end_line(rn_text *text, const rn_trainer *t)
{
    rn_text_add(text, "}\n");
    return rn_run_append(t->config.out, "metrics.jsonl", text);
}

rn_status rn_metrics_train(const rn_trainer *t, double lr)
{
    rn_text line = { 0 };
    begin_line(&line, t, "train");
    add_real(&line, "loss", rn_score_loss(&t->state.stretch));
    add_real(&line, "error", rn_score_error(&t->state.stretch));
    add_real(&line, "lr", lr);
    add_real(&line, "images_per_second", t->step_seconds > 0 ? (double)t->config.batch / t->step_seconds : 0);
    return end_line(&line, t);
}

rn_status rn_metrics_test(const rn_trainer *t)
{
    rn_text line = { 0 };
    begin_line(&line, t, "test");
    add_real(&line, "loss", rn_score_loss(&t->state.test));
    add_real(&line, "error", rn_score_error(&t->state.test));
    add_real(&line, "top5_error", rn_score_error5(&t->state.test));
    add_real(&line, "train_loss", rn_score_loss(&t->state.epoch));
    add_real(&line, "train_error", rn_score_error(&t->state.epoch));
    return end_line(&line, t);
}

rn_status rn_metrics_save(const rn_trainer *t)
{
    rn_text line = { 0 };
    begin_line(&line, t, "save");
    return end_line(&line, t);
}

rn_status rn_metrics_end(const rn_trainer *t, const char *reason)
{
    rn_text line = { 0 };
    begin_line(&line, t, "end");
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

rn_status rn_metrics_begin(const rn_trainer *t)
{
    rn_text line = { 0 };
    RN_TRY(cut_back(t));
    begin_line(&line, t, t->state.iteration > 0 ? "resume" : "begin");
    rn_text_add(&line, ", \"iterations\": %lld", (long long)t->iterations);
    return end_line(&line, t);
}
