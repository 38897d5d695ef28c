/*
 * The same bits, whatever happens: straight on, stopped and resumed at any step, with any number of threads
 * and workers, and from the checkpoint before when the last is damaged.
 */
#include "backend/kernel_choices.h"
#include "train/run_folder.h"
#include "train/small_run.h"

#include <math.h>

static small_hash straight;

static rn_status run(rn_train_config c, rn_train_result *result)
{
    return rn_train(&c, NULL, result);
}

static void check_same(const char *run_name, const char *what, int64_t number)
{
    small_hash hash = small_hash_of(run_name);
    CHECK(strcmp(hash.hex, straight.hex) == 0, "%s %lld: %.12s, straight %.12s", what, (long long)number,
          hash.hex, straight.hex);
}

static char *read_text(const char *run_name, const char *name)
{
    char path[RN_TEXT_SIZE];
    rn_map map;
    snprintf(path, sizeof path, "%s/%s", small_path(run_name), name);
    CHECK_OK(rn_map_open(&map, path));
    char *text = calloc(map.size + 1, 1);
    memcpy(text, map.bytes, map.size);
    rn_map_close(&map);
    return text;
}

/* Whether every line's number after `key` is larger than the one before, or equal with `equal`. */
static bool rises(const char *text, const char *key, bool equal)
{
    double last = -1;
    for (const char *at = text; (at = strstr(at, key)); at++) {
        double number = strtod(at + strlen(key), NULL);
        if (number < last || (number == last && !equal))
            return false;
        last = number;
    }
    return true;
}

static void check_straight(void)
{
    rn_train_result result;
    CHECK_OK(run(small_config("straight"), &result));
    straight = small_hash_of("straight");
    CHECK(result.iterations == 40 && result.test_images == 10 && result.train_loss > 0,
          "%lld steps, %lld test pictures", (long long)result.iterations, (long long)result.test_images);
    char *csv = read_text("straight", "results.csv"), *log = read_text("straight", "metrics.jsonl");
    CHECK(strncmp(csv, "epoch,iteration,lr,train_loss,train_error,test_loss,test_error,seconds\n", 71) == 0,
          "%s", csv);
    CHECK(strstr(csv, "\n1,9,") && strstr(csv, "\n3,27,") && strstr(csv, "\n4.44444,40,"), "%s", csv);
    CHECK(!strstr(csv, "\n4,36,"), "the last four steps have a row of their own: %s", csv);
    CHECK(strstr(log, "\"kind\": \"test\"") && rises(log, "\"step\": ", true), "%s", log);
    free(csv);
    free(log);
}

static void check_resumed(int64_t at)
{
    char name[32];
    small_stop stop = { .at = at };
    rn_train_watch watch = { small_stop_at, &stop, &stop.stop };
    rn_train_result result;
    snprintf(name, sizeof name, "stopped%lld", (long long)at);
    rn_train_config c = small_config(name);
    CHECK(rn_train(&c, &watch, &result) == RN_INTERRUPTED, "stop at %lld: %s", (long long)at,
          rn_error_text());
    CHECK(result.iterations == at, "stopped after %lld steps, wanted %lld", (long long)result.iterations,
          (long long)at);
    CHECK(rn_train(&c, NULL, &result) == RN_BAD_ARGUMENT, "an existing run was overwritten");
    c.resume = true;
    c.threads = 1 + at % 3;
    c.workers = at % 2;
    CHECK_OK(rn_train(&c, NULL, &result));
    check_same(name, "resumed after step", at);
    char *csv = read_text(name, "results.csv"), *log = read_text(name, "metrics.jsonl");
    CHECK(rises(log, "\"step\": ", true), "after %lld steps: %s", (long long)at, log);
    CHECK(strstr(csv, "\n1,9,") && strstr(csv, "\n3,27,") && strstr(csv, "\n4.44444,40,"), "%s", csv);
    free(csv);
    free(log);
}

static void check_machines(void)
{
    static const int64_t threads[] = { 2, 3, 4 }, workers[] = { 1, 2, 0 };
    rn_train_result result;
    for (int i = 0; i < 3; i++) {
        rn_train_config c = small_config("machine");
        c.threads = threads[i];
        c.workers = workers[i];
        c.force = true;
        CHECK_OK(rn_train(&c, NULL, &result));
        check_same("machine", "threads and workers, case", i);
    }
}

/* Within the least memory that suffices most values are computed twice. */
static void check_least_memory(void)
{
    enum { MEBIBYTE = 1 << 20 };
    rn_train_config c = small_config("memory");
    rn_train_result result;
    rn_status status;
    c.force = true;
    do {
        c.memory += 2 * MEBIBYTE;
        status = rn_train(&c, NULL, &result);
    } while (status == RN_NO_MEMORY && c.memory < 256 * MEBIBYTE);
    CHECK(status == RN_OK, "%s", rn_error_text());
    check_same("memory", "bytes", c.memory);
}

static void damage(const char *path)
{
    FILE *file = fopen(path, "r+b");
    CHECK(file, "%s", path);
    fseek(file, -100, SEEK_END);
    int byte = fgetc(file);
    fseek(file, -100, SEEK_END);
    fputc(byte ^ 1, file);
    fclose(file);
}

static char warning[1024];

static void listen(void *context, rn_log_level level, const char *text)
{
    (void)context;
    if (level == RN_LOG_WARNING)
        snprintf(warning, sizeof warning, "%s", text);
}

static void check_damaged(void)
{
    small_stop stop = { .at = 20 };
    rn_train_watch watch = { small_stop_at, &stop, &stop.stop };
    rn_train_result result;
    rn_train_config c = small_config("damaged");
    char last[RN_TEXT_SIZE], prev[RN_TEXT_SIZE];
    snprintf(last, sizeof last, "%s/last.ckpt", small_path("damaged"));
    snprintf(prev, sizeof prev, "%s/prev.ckpt", small_path("damaged"));
    CHECK(rn_train(&c, &watch, &result) == RN_INTERRUPTED, "%s", rn_error_text());
    c.resume = true;
    damage(last);
    rn_log_listen(listen, NULL);
    CHECK_OK(rn_train(&c, NULL, &result));
    rn_log_listen(NULL, NULL);
    CHECK(strstr(warning, "last.ckpt: damaged (CRC-32C differs); using prev.ckpt (epoch 2)"), "'%s'",
          warning);
    check_same("damaged", "from the checkpoint before", 18);
    damage(last);
    damage(prev);
    CHECK(rn_train(&c, NULL, &result) == RN_BAD_FILE, "resumed from damaged checkpoints");
}

/* A file in which the direct kernel is the fastest. */
static void measure_direct(const char *file)
{
    rn_choices choices;
    CHECK_OK(rn_choices_open(&choices, file, rn_cpu_isa("fp32"), "fp32"));
    for (int64_t channels = 16, side = 32; side >= 8; channels *= 2, side /= 2) {
        const rn_call call = {
            .op = &rn_op_conv2d, .training = true, .input[0].shape = { 12, channels, side, side },
            .args = { .filters = channels, .kernel_h = 3, .kernel_w = 3, .pad_h = 1, .pad_w = 1 },
        };
        rn_choice choice = { .kernel = "direct", .measured = "1 ms" };
        rn_choices_use(&choices, &call, choice.use);
        CHECK_OK(rn_choices_set(&choices, &choice));
    }
    CHECK_OK(rn_choices_save(&choices, file));
    rn_choices_close(&choices);
}

static void stop_at_20(rn_train_config *c)
{
    small_stop stop = { .at = 20 };
    rn_train_watch watch = { small_stop_at, &stop, &stop.stop };
    rn_train_result result;
    CHECK(rn_train(c, &watch, &result) == RN_INTERRUPTED, "%s", rn_error_text());
    c->resume = true;
}

/* A training ends with the kernels that it began with, although others were measured or the file is gone;
 * where that cannot be, it is told. */
static void check_kernels(void)
{
    rn_train_result result;
    rn_train_config ruled = small_config("ruled"), whole = small_config("whole"), part = small_config("part"),
                    other = small_config("other");
    char file[RN_TEXT_SIZE];
    snprintf(file, sizeof file, "%s", small_path("kernels"));
    stop_at_20(&ruled);
    stop_at_20(&other);
    measure_direct(file);
    setenv("RESNET_KERNELS", file, 1);
    CHECK_OK(rn_train(&ruled, NULL, &result));
    check_same("ruled", "others measured after step", 20);
    CHECK_OK(rn_train(&whole, NULL, &result));
    small_hash measured = small_hash_of("whole");
    CHECK(strcmp(measured.hex, straight.hex) != 0, "the measured kernels were not used");
    stop_at_20(&part);
    CHECK(remove(file) == 0, "%s", file);
    CHECK_OK(rn_train(&part, NULL, &result));
    CHECK(strcmp(small_hash_of("part").hex, measured.hex) == 0, "resumed with other kernels");
    setenv("RESNET_CONV", "direct", 1);
    rn_log_listen(listen, NULL);
    CHECK_OK(rn_train(&other, NULL, &result));
    rn_log_listen(NULL, NULL);
    CHECK(strstr(warning, "other kernels"), "'%s'", warning);
    unsetenv("RESNET_CONV");
    setenv("RESNET_KERNELS", "none", 1);
}

static void check_refusals(void)
{
    rn_train_result result;
    rn_train_config c = small_config("straight");
    c.resume = true;
    CHECK_OK(rn_train(&c, NULL, &result));      /* finished already */
    CHECK(result.iterations == 40 && result.test_images == 10, "%lld steps", (long long)result.iterations);
    c.seed = 6;
    CHECK(rn_train(&c, NULL, &result) == RN_BAD_ARGUMENT && strstr(rn_error_text(), "--seed 5, not 6"), "%s",
          rn_error_text());
    c = small_config("straight");
    c.resume = true;
    strcpy(c.model, "plain8");
    CHECK(rn_train(&c, NULL, &result) == RN_BAD_ARGUMENT && strstr(rn_error_text(), "--model resnet8"), "%s",
          rn_error_text());
    c = small_config("straight");
    c.resume = true;
    CHECK_OK(rn_data_draw(small_path("more"), 130, 3));
    snprintf(c.data, sizeof c.data, "%s", small_path("more"));
    CHECK(rn_train(&c, NULL, &result) == RN_BAD_ARGUMENT && strstr(rn_error_text(), "other data"), "%s",
          rn_error_text());
}

static void check_recorded(void)
{
    rn_train_config c = { .resume = true };
    snprintf(c.out, sizeof c.out, "%s", small_path("straight"));
    CHECK_OK(rn_train_defaults(&c, ""));
    CHECK(strcmp(c.model, "resnet8") == 0 && c.iterations == 40 && c.seed == 5 && c.batch == 12, "%s %lld",
          c.model, (long long)c.iterations);
}

/* As when a process dies between its last checkpoint and its summary. */
static void check_ended_without_summary(void)
{
    rn_train_result result;
    rn_train_config c = small_config("straight");
    c.resume = true;
    CHECK(remove(small_path("straight/summary.json")) == 0, "no summary");
    CHECK(remove(small_path("straight/last.safetensors")) == 0, "no model");
    CHECK_OK(rn_train(&c, NULL, &result));
    CHECK(rn_run_is_finished(c.out), "%s is not finished", c.out);
    check_same("straight", "ended again after step", 40);
}

int main(void)
{
    small_begin();
    check_straight();
    check_ended_without_summary();
    check_machines();
    check_least_memory();
    static const int64_t stops[] = { 1, 5, 9, 18, 26, 39 };
    for (size_t i = 0; i < sizeof stops / sizeof *stops; i++)
        check_resumed(stops[i]);
    check_damaged();
    check_kernels();
    check_refusals();
    check_recorded();
    small_end();
    return check_result();
}
