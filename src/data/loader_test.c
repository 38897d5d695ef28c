/*
 * Batches are the same for any number of workers and from any iteration on; unreadable pictures are replaced,
 * left out, counted and refused as promised; each allocation may fail.
 */
#define _GNU_SOURCE
#include "base/memory.h"
#include "data/fixture.h"
#include "data/loader.h"

#include <time.h>

enum { BATCH = 32, TRAIN = 300, STEPS = 30 };

static rn_preprocess rule;
static rn_augment augment;

static uint64_t sum_bytes(uint64_t sum, const void *bytes, size_t size)
{
    const uint8_t *b = bytes;
    for (size_t i = 0; i < size; i++)
        sum = (sum ^ b[i]) * 0x100000001b3u;
    return sum;
}

static uint64_t sum_batch(const rn_batch *batch)
{
    size_t count = (size_t)batch->count;
    uint64_t sum = sum_bytes(0xcbf29ce484222325u, batch->pixels, count * 3072 * sizeof(float));
    sum = sum_bytes(sum, batch->labels, count * sizeof *batch->labels);
    return sum_bytes(sum, batch->index, count * sizeof *batch->index);
}

static rn_dataset *open_builtin(rn_split split, int64_t limit)
{
    rn_dataset *set;
    rn_dataset_options options = { .seed = 1, .limit = limit };
    CHECK_OK(rn_dataset_open(&set, "builtin", split, &options));
    return set;
}

static rn_loader_options training(int workers)
{
    return (rn_loader_options){ .batch = BATCH, .workers = workers, .training = true, .seed = 9,
                                .rule = &rule, .augment = &augment };
}

/* The sums of `steps` batches; false as soon as one fails. */
static bool walk(const rn_dataset *set, const rn_loader_options *options, uint64_t *sums, int steps)
{
    rn_loader *loader;
    const rn_batch *batch;
    CHECK_OK(rn_loader_open(&loader, set, options));
    rn_status status = RN_OK;
    for (int i = 0; i < steps && status == RN_OK; i++)
        if ((status = rn_loader_next(loader, &batch)) == RN_OK) {
            CHECK(batch && batch->iteration == options->first_iteration + i && batch->count == options->batch,
                  "batch %d", i);
            sums[i] = sum_batch(batch);
        }
    rn_loader_close(loader);
    return status == RN_OK;
}

static void test_order(void)
{
    static const int workers[] = { 1, 2, 8 };
    static const int starts[] = { 1, 8, 9, 10, 23 };    /* an epoch has 9 batches */
    uint64_t straight[STEPS], other[STEPS];
    rn_dataset *set = open_builtin(RN_SPLIT_TRAIN, TRAIN);
    rn_loader_options options = training(0);
    CHECK(walk(set, &options, straight, STEPS), "%s", rn_error_text());
    for (size_t w = 0; w < sizeof workers / sizeof workers[0]; w++) {
        options = training(workers[w]);
        CHECK(walk(set, &options, other, STEPS) && memcmp(straight, other, sizeof other) == 0,
              "%d workers differ", workers[w]);
        for (size_t s = 0; s < sizeof starts / sizeof starts[0]; s++) {
            options.first_iteration = starts[s];
            size_t rest = (size_t)(STEPS - starts[s]);
            CHECK(walk(set, &options, other, (int)rest)
                      && memcmp(straight + starts[s], other, sizeof *other * rest) == 0,
                  "%d workers from iteration %d differ", workers[w], starts[s]);
        }
    }
    options = training(2);
    options.seed++;
    CHECK(walk(set, &options, other, 1) && other[0] != straight[0], "another seed, the same batch");
    rn_dataset_close(set);
}

/* Within an epoch no picture comes twice; two epochs differ in order and in views. */
static void test_epochs(void)
{
    rn_dataset *set = open_builtin(RN_SPLIT_TRAIN, TRAIN);
    rn_loader_options options = training(2);
    rn_loader *loader;
    const rn_batch *batch;
    int seen[2][TRAIN] = { { 0 } };
    CHECK_OK(rn_loader_open(&loader, set, &options));
    CHECK(rn_loader_batches(loader) == 9, "%lld", (long long)rn_loader_batches(loader));
    for (int i = 0; i < 18; i++) {
        CHECK_OK(rn_loader_next(loader, &batch));
        for (int k = 0; k < batch->count; k++) {
            CHECK(seen[i / 9][batch->index[k]]++ == 0, "epoch %d: picture %d again", i / 9,
                  (int)batch->index[k]);
            CHECK(batch->labels[k] == batch->index[k] % 10, "label %d of picture %d", batch->labels[k],
                  (int)batch->index[k]);
        }
    }
    CHECK(memcmp(seen[0], seen[1], sizeof seen[0]) != 0, "both epochs leave out the same pictures");
    rn_loader_close(loader);
    rn_dataset_close(set);
}

static void test_testing(int workers)
{
    rn_dataset *set = open_builtin(RN_SPLIT_TEST, 70);
    rn_loader_options options = { .batch = BATCH, .workers = workers, .rule = &rule };
    rn_loader *loader;
    const rn_batch *batch;
    int64_t next = 0;
    float expected[3072];
    CHECK_OK(rn_loader_open(&loader, set, &options));
    for (;;) {
        CHECK_OK(rn_loader_next(loader, &batch));
        if (!batch)
            break;
        CHECK(batch->count == (next < 64 ? 32 : 6), "%d", batch->count);
        for (int k = 0; k < batch->count; k++, next++) {
            rn_image image;
            CHECK_OK(set->read(set, next, &image));
            CHECK_OK(rn_preprocess_apply(&rule, &image, expected));
            CHECK(batch->index[k] == next && memcmp(batch->pixels + k * 3072, expected, sizeof expected) == 0,
                  "picture %lld", (long long)next);
            rn_image_free(&image);
        }
    }
    CHECK_OK(rn_loader_next(loader, &batch));
    CHECK(next == 70 && !batch, "%lld pictures", (long long)next);
    rn_loader_close(loader);
    rn_dataset_close(set);
}

/* Twenty pictures for training, of which numbers 3 and 4 are damaged. */
static void make_damaged(void)
{
    for (int i = 0; i < 20; i++)
        put_picture(at("set/train/a/%02d.png", i), i);
    put_picture(at("set/val/a/1.png"), 1);
    put_text(at("set/train/a/03.png"), "<html>");
    put_text(at("set/train/a/04.png"), "");
}

static rn_dataset *open_damaged(void)
{
    rn_dataset *set;
    CHECK_OK(rn_dataset_open(&set, at("set"), RN_SPLIT_TRAIN, NULL));
    return set;
}

static void test_replacement(void)
{
    uint64_t straight[20], other[20];
    rn_loader_options options = training(0);
    options.batch = 5;
    options.max_bad = 0.1;
    rn_dataset *set = open_damaged();
    listen_now();
    CHECK(walk(set, &options, straight, 20), "%s", rn_error_text());
    CHECK(warnings() == 2, "%d warnings", warnings());
    for (int workers = 1; workers <= 8; workers *= 2) {
        options.workers = workers;
        CHECK(walk(set, &options, other, 20) && memcmp(straight, other, sizeof other) == 0,
              "%d workers differ", workers);
    }
    CHECK(warnings() == 2, "%d warnings", warnings());
    rn_dataset_close(set);
}

static void test_left_out(void)
{
    rn_dataset *set = open_damaged();
    rn_loader_options options = { .batch = 4, .workers = 2, .rule = &rule, .max_bad = 0.5 };
    rn_loader *loader;
    const rn_batch *batch;
    int64_t count = 0;
    CHECK_OK(rn_loader_open(&loader, set, &options));
    do {
        CHECK_OK(rn_loader_next(loader, &batch));
        for (int k = 0; batch && k < batch->count; k++, count++)
            CHECK(batch->index[k] != 3 && batch->index[k] != 4, "%d", (int)batch->index[k]);
    } while (batch);
    CHECK(count == 18 && rn_loader_bad(loader) == 2, "%lld pictures, %lld bad", (long long)count,
          (long long)rn_loader_bad(loader));
    rn_loader_close(loader);
    rn_dataset_close(set);
}

static void check_refused(const rn_dataset *set, rn_loader_options options, const char *message)
{
    uint64_t sums[20];
    for (int workers = 0; workers <= 2; workers++) {
        options.workers = workers;
        CHECK(!walk(set, &options, sums, 20) && said(message), "'%s', expected '%s'", rn_error_text(),
              message);
    }
}

static void test_refusals(void)
{
    rn_dataset *set = open_damaged();
    rn_loader_options options = training(0);
    options.batch = 5;
    check_refused(set, options, "of 20 pictures cannot be read, accepted are 0");
    options.max_bad = 0.05;
    check_refused(set, options, "2 of 20 pictures cannot be read, accepted are 1");
    options.strict = true;
    listen_now();
    check_refused(set, options, "train/a/0");
    CHECK(warnings() == 0, "%s", heard_last);
    rn_dataset_close(set);

    rn_loader *loader;
    for (int i = 0; i < 20; i++)
        put_text(at("all/train/a/%d.png", i), "GIF89a");
    put_picture(at("all/val/a/1.png"), 1);
    CHECK_OK(rn_dataset_open(&set, at("all"), RN_SPLIT_TRAIN, NULL));
    options = training(0);
    options.batch = 5;
    options.max_bad = 1;
    check_refused(set, options, "20 of 20 pictures cannot be read");
    options.batch = 21;
    CHECK(rn_loader_open(&loader, set, &options) == RN_BAD_ARGUMENT
              && said("a batch wants 21 pictures, the data has 20"),
          "%s", rn_error_text());
    rn_dataset_close(set);
}

/* Everything that a short training does with a folder, to be run with failing allocations. */
static rn_status short_training(int workers)
{
    rn_dataset *set = NULL;
    rn_loader *loader = NULL;
    rn_loader_options options = training(workers);
    options.batch = 5;
    options.max_bad = 0.1;
    rn_status status = rn_dataset_open(&set, at("set"), RN_SPLIT_TRAIN, NULL);
    if (status == RN_OK)
        status = rn_loader_open(&loader, set, &options);
    for (int i = 0; i < 6 && status == RN_OK; i++) {
        const rn_batch *batch;
        status = rn_loader_next(loader, &batch);
    }
    rn_loader_close(loader);
    rn_dataset_close(set);
    return status;
}

static void test_memory(void)
{
    for (int mode = 0; mode < 4; mode++) {
        rn_status status = RN_NO_MEMORY;
        long k = 0;
        while (status != RN_OK && k < 10000) {
            rn_memory_fail_at(++k, mode % 2);
            status = short_training(mode / 2 * 2);
            CHECK(status == RN_OK || (status == RN_NO_MEMORY && said("out of memory")),
                  "allocation %ld: status %d, %s", k, status, rn_error_text());
        }
        rn_memory_fail_at(0, false);
        CHECK(k > 100 && status == RN_OK, "%ld allocations", k);
    }
}

static void tell_speed(void)
{
    rn_dataset *set = open_builtin(RN_SPLIT_TRAIN, 2560);
    rn_loader_options options = training(0);
    uint64_t sums[20];
    struct timespec from, to;
    options.batch = 128;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
    walk(set, &options, sums, 20);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
    printf("a batch of 128 built-in pictures, drawn, augmented and summed: %.1f ms\n",
           ((double)(to.tv_sec - from.tv_sec) * 1e3 + (double)(to.tv_nsec - from.tv_nsec) / 1e6) / 20);
    rn_dataset_close(set);
}

int main(void)
{
    CHECK_OK(rn_preprocess_named(&rule, "paper-cifar"));
    CHECK_OK(rn_augment_named(&augment, "cifar"));
    check_folder_open();
    test_order();
    test_epochs();
    test_testing(0);
    test_testing(2);
    make_damaged();
    test_replacement();
    test_left_out();
    test_refusals();
    test_memory();
    tell_speed();
    check_folder_close();
    return check_result();
}
