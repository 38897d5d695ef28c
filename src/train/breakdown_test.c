/* Numbers that stop being finite stop the run; what was saved before stays, and is finite. */
#include "train/small_run.h"
#include "weights/bundle.h"

#include <math.h>

/* Every checkpoint and model in the folder can be read, and holds finite numbers only. */
static void check_intact(const char *run)
{
    static const char *const files[] = { "last.ckpt", "prev.ckpt", "last.safetensors", "best.safetensors" };
    for (int f = 0; f < 4; f++) {
        char path[RN_TEXT_SIZE];
        rn_tensor_file file;
        snprintf(path, sizeof path, "%s/%s", small_path(run), files[f]);
        if (!rn_file_exists(path))
            continue;
        CHECK_OK(rn_tensor_file_open(&file, path));
        for (int a = 0; a < file.arrays; a++) {
            int64_t count = rn_array_count(&file.array[a]), bad = 0;
            float *value = calloc((size_t)count + 1, sizeof *value);
            CHECK_OK(rn_array_floats(&file.array[a], value));
            for (int64_t i = 0; i < count; i++)
                bad += !isfinite(value[i]);
            CHECK(bad == 0, "%s %s: %lld of %lld not finite", path, file.array[a].name, (long long)bad,
                  (long long)count);
            free(value);
        }
        rn_tensor_file_close(&file);
    }
}

static void check_huge_rate(void)
{
    rn_train_result result;
    rn_train_config c = small_config("huge");
    c.lr = 1e30;
    c.warmup = 0;
    c.save_every = 1;
    CHECK(rn_train(&c, NULL, &result) == RN_NOT_FINITE, "%s", rn_error_text());
    CHECK(strstr(rn_error_text(), "first bad layer '") && strstr(rn_error_text(), "at epoch 1 step "), "%s",
          rn_error_text());
    char report[RN_TEXT_SIZE];
    snprintf(report, sizeof report, "%s/nan-report.json", small_path("huge"));
    CHECK(rn_file_exists(report), "no nan-report.json");
    check_intact("huge");
}

/* A rate that explodes after some good checkpoints: they stay, and a sane rate continues from them. */
static void check_late(void)
{
    rn_train_result result;
    small_stop stop = { .at = 20 };
    rn_train_watch watch = { small_stop_at, &stop, &stop.stop };
    rn_train_config c = small_config("late");
    CHECK(rn_train(&c, &watch, &result) == RN_INTERRUPTED, "%s", rn_error_text());
    c.resume = true;
    c.lr = 1e30;
    c.save_every = 0;
    CHECK(rn_train(&c, NULL, &result) == RN_NOT_FINITE, "%s", rn_error_text());
    CHECK(strstr(rn_error_text(), "last good checkpoint: "), "%s", rn_error_text());
    check_intact("late");
    c.lr = 0.1;
    CHECK_OK(rn_train(&c, NULL, &result));
    check_intact("late");
}

int main(void)
{
    small_begin();
    check_huge_rate();
    check_late();
    small_end();
    return check_result();
}
