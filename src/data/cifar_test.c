/* The binary CIFAR layouts, on files of zeros with a few records in them, and on the real CIFAR-10. */
#define _GNU_SOURCE
#include "data/fixture.h"

#include <math.h>

enum { PLANE = 1024, RECORD = 3073 };

static rn_status try_open(rn_dataset **set, const char *kind, const char *folder, rn_split split)
{
    char spec[RN_PATH_SIZE];
    snprintf(spec, sizeof spec, "%s:%s", kind, folder);
    return rn_dataset_open(set, spec, split, NULL);
}

static void check_refusal(const char *folder, rn_status status, const char *message)
{
    rn_dataset *set;
    rn_status is = try_open(&set, "cifar10", folder, RN_SPLIT_TRAIN);
    CHECK(is == status && said(message), "status %d, '%s', expected '%s'", is, rn_error_text(), message);
    rn_dataset_close(set);
}

static void test_record(void)
{
    rn_dataset *set;
    rn_image image;
    char text[100];
    uint8_t record[RECORD] = { 7 };
    for (int i = 0; i < PLANE; i++) {
        record[1 + i] = (uint8_t)i;
        record[1 + PLANE + i] = (uint8_t)(i / 2);
        record[1 + 2 * PLANE + i] = (uint8_t)(i / 4);
    }
    put_bytes_at(at("ten/data_batch_3.bin"), 17 * RECORD, record, sizeof record);
    CHECK_OK(try_open(&set, "cifar10", at("ten"), RN_SPLIT_TRAIN));
    CHECK(set->count == 50000 && set->classes == 10 && set->height == 32 && set->width == 32, "%lld",
          (long long)set->count);
    CHECK(strcmp(set->class_name[7], "horse") == 0, "%s", set->class_name[7]);
    CHECK(set->label(set, 20017) == 7 && set->label(set, 20016) == 0, "%d", set->label(set, 20017));
    set->describe(set, 20017, text, sizeof text);
    CHECK(strcmp(text, "data_batch_3.bin record 17") == 0, "%s", text);
    CHECK_OK(set->read(set, 20017, &image));
    for (int i = 0; i < PLANE; i++)
        for (int c = 0; c < 3; c++)
            CHECK(image.pixels[3 * i + c] == (uint8_t)(i >> c), "pixel %d channel %d: %d", i, c,
                  image.pixels[3 * i + c]);
    rn_image_free(&image);
    rn_dataset_close(set);
}

/* 45,000 and 5,000 of the training pictures; record 45,000 of all is the first of the second part. */
static void test_split(void)
{
    rn_dataset *train, *test;
    char text[100];
    uint8_t label = 9;
    put_bytes_at(at("ten/data_batch_5.bin"), 5000 * RECORD, &label, 1);
    CHECK_OK(try_open(&train, "cifar10-45k", at("ten"), RN_SPLIT_TRAIN));
    CHECK_OK(try_open(&test, "cifar10-45k", at("ten"), RN_SPLIT_TEST));
    CHECK(train->count == 45000 && test->count == 5000, "%lld and %lld", (long long)train->count,
          (long long)test->count);
    CHECK(train->label(train, 20017) == 7 && test->label(test, 0) == 9 && test->label(test, 1) == 0, "%d %d",
          train->label(train, 20017), test->label(test, 0));
    test->describe(test, 0, text, sizeof text);
    CHECK(strcmp(text, "data_batch_5.bin record 5000") == 0, "%s", text);
    rn_dataset_close(train);
    rn_dataset_close(test);
}

static void test_names(void)
{
    rn_dataset *set;
    put_text(at("ten/batches.meta.txt"), "one\r\ntwo\r\n\xff three\nfour\n");
    CHECK_OK(try_open(&set, "cifar10", at("ten"), RN_SPLIT_TEST));
    CHECK(set->count == 10000, "%lld", (long long)set->count);
    CHECK(strcmp(set->class_name[0], "one") == 0 && strcmp(set->class_name[2], "? three") == 0
              && strcmp(set->class_name[4], "deer") == 0,
          "%s %s %s", set->class_name[0], set->class_name[2], set->class_name[4]);
    rn_dataset_close(set);
}

static void test_places(void)
{
    rn_dataset *set;
    put_cifar10(at("parent/cifar-10-batches-bin"));
    CHECK_OK(try_open(&set, "cifar10", at("parent"), RN_SPLIT_TRAIN));
    rn_dataset_close(set);
    check_refusal(at("nowhere"), RN_IO, "no data_batch_1.bin here nor in cifar-10-batches-bin/");
    put_text(at("python/batches.meta"), "pickle");
    check_refusal(at("python"), RN_BAD_FILE, "holds the Python version");
}

static void test_damage(void)
{
    uint8_t label = 10;
    put_cifar10(at("bad"));
    CHECK(truncate(at("bad/data_batch_1.bin"), 29000000) == 0, "truncate");
    check_refusal(at("bad"), RN_BAD_FILE,
                  "data_batch_1.bin: 29 000 000 bytes, expected 30 730 000 (10 000 records of 3 073)");
    put_zeros(at("bad/data_batch_1.bin"), 0);
    check_refusal(at("bad"), RN_BAD_FILE, "empty file");
    put_zeros(at("bad/data_batch_1.bin"), 30730000);
    put_bytes_at(at("bad/data_batch_2.bin"), 9999 * RECORD, &label, 1);
    check_refusal(at("bad"), RN_BAD_FILE, "data_batch_2.bin: record 9999 has label 10, expected 0 to 9");
    unlink(at("bad/data_batch_2.bin"));
    CHECK(mkfifo(at("bad/data_batch_2.bin"), 0600) == 0, "mkfifo");
    check_refusal(at("bad"), RN_IO, "not a regular file");
}

static void test_cifar100(void)
{
    rn_dataset *set;
    uint8_t labels[2] = { 3, 42 };
    put_zeros(at("hundred/cifar-100-binary/train.bin"), 153700000);
    put_zeros(at("hundred/cifar-100-binary/test.bin"), 30740000);
    put_bytes_at(at("hundred/cifar-100-binary/train.bin"), 49999 * (off_t)3074, labels, 2);
    CHECK_OK(try_open(&set, "cifar100", at("hundred"), RN_SPLIT_TRAIN));
    CHECK(set->count == 50000 && set->classes == 100 && set->label(set, 49999) == 42, "%d",
          set->label(set, 49999));
    CHECK(strcmp(set->class_name[42], "class 42") == 0, "%s", set->class_name[42]);
    rn_dataset_close(set);
}

/* The published means of the training pictures, and 5000 pictures of each class. */
static void test_real(const char *data)
{
    static const double known[3] = { 125.307, 122.950, 113.866 };
    static float mean[3 * PLANE];
    char folder[RN_PATH_SIZE];
    rn_dataset *set;
    int64_t count[10] = { 0 };
    snprintf(folder, sizeof folder, "%s/cifar-10", data);
    CHECK_OK(try_open(&set, "cifar10", folder, RN_SPLIT_TRAIN));
    if (!set)
        return;
    for (int64_t i = 0; i < set->count; i++)
        count[set->label(set, i)]++;
    for (int c = 0; c < 10; c++)
        CHECK(count[c] == 5000, "%s: %lld", set->class_name[c], (long long)count[c]);
    rn_preprocess rule;
    CHECK_OK(rn_preprocess_named(&rule, "paper-cifar"));
    CHECK_OK(rn_dataset_mean(set, &rule, mean));
    for (int c = 0; c < 3; c++) {
        double sum = 0;
        for (int i = 0; i < PLANE; i++)
            sum += mean[c * PLANE + i];
        CHECK(fabs(sum / PLANE - known[c]) < 0.05, "channel %d: mean %g, expected %g", c, sum / PLANE,
              known[c]);
    }
    rn_dataset_close(set);
}

int main(void)
{
    check_folder_open();
    put_cifar10(at("ten"));
    test_record();
    test_split();
    test_names();
    test_places();
    test_damage();
    test_cifar100();
    if (check_data())
        test_real(check_data());
    check_folder_close();
    return check_result();
}
