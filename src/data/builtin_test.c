/* Built-in pictures: the same for the same numbers, different for others, in ten equal classes. */
#define _GNU_SOURCE
#include "data/fixture.h"
#include "data/shapes.h"

static rn_dataset *open_set(rn_split split, uint64_t seed, int64_t limit)
{
    rn_dataset *set;
    rn_dataset_options options = { .seed = seed, .limit = limit };
    CHECK_OK(rn_dataset_open(&set, "builtin", split, &options));
    return set;
}

static void compare(rn_split split, uint64_t seed, int64_t index, bool same)
{
    rn_dataset *a = open_set(RN_SPLIT_TRAIN, 3, 0), *b = open_set(split, seed, 0);
    rn_image one, two;
    CHECK_OK(a->read(a, 5, &one));
    CHECK_OK(b->read(b, index, &two));
    CHECK((memcmp(one.pixels, two.pixels, 3072) == 0) == same, "split %d seed %d index %d", (int)split,
          (int)seed, (int)index);
    rn_image_free(&one);
    rn_image_free(&two);
    rn_dataset_close(a);
    rn_dataset_close(b);
}

static void test_counts(void)
{
    rn_dataset *train = open_set(RN_SPLIT_TRAIN, 0, 0), *test = open_set(RN_SPLIT_TEST, 0, 70);
    int count[RN_SHAPES] = { 0 };
    CHECK(train->count == 4000 && test->count == 70 && test->classes == RN_SHAPES, "%lld",
          (long long)test->count);
    for (int64_t i = 0; i < test->count; i++)
        count[test->label(test, i)]++;
    for (int c = 0; c < RN_SHAPES; c++)
        CHECK(count[c] == 7 && strcmp(test->class_name[c], rn_shapes[c].name) == 0, "%s: %d",
              test->class_name[c], count[c]);
    rn_dataset_close(train);
    rn_dataset_close(test);
}

static void test_mean(void)
{
    static float mean[3072];
    static double sum[3072];
    rn_dataset *set = open_set(RN_SPLIT_TRAIN, 1, 20);
    for (int64_t i = 0; i < set->count; i++) {
        rn_image image;
        CHECK_OK(set->read(set, i, &image));
        for (int k = 0; k < 3072; k++)
            sum[k % 3 * 1024 + k / 3] += image.pixels[k] / 20.0;
        rn_image_free(&image);
    }
    rn_preprocess rule;
    CHECK_OK(rn_preprocess_named(&rule, "paper-cifar"));
    CHECK_OK(rn_dataset_mean(set, &rule, mean));
    for (int k = 0; k < 3072; k++)
        CHECK(mean[k] - sum[k] < 1e-4 && sum[k] - mean[k] < 1e-4, "%d: %g, expected %g", k, (double)mean[k],
              sum[k]);
    rn_dataset_close(set);
}

static void test_files(void)
{
    rn_dataset *set;
    CHECK_OK(rn_data_draw(at("drawn"), 20, 4));
    CHECK(rn_file_exists(at("drawn/disc/0000.png")) && rn_file_exists(at("drawn/hourglass/0019.png")),
          "files");
    CHECK_OK(rn_dataset_open(&set, at("drawn"), RN_SPLIT_TRAIN, NULL));
    CHECK(set && set->classes == 10 && set->count == 10, "%lld pictures", (long long)set->count);
    rn_dataset_close(set);
    CHECK(rn_data_draw("/proc/none", 1, 0) == RN_IO, "%s", rn_error_text());
}

int main(void)
{
    check_folder_open();
    compare(RN_SPLIT_TRAIN, 3, 5, true);
    compare(RN_SPLIT_TRAIN, 3, 15, false);
    compare(RN_SPLIT_TRAIN, 4, 5, false);
    compare(RN_SPLIT_TEST, 3, 5, false);
    test_counts();
    test_mean();
    test_files();
    check_folder_close();
    return check_result();
}
