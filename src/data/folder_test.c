/* Folders of pictures: layouts, the automatic split, and everything that people leave in such folders. */
#define _GNU_SOURCE
#include "data/fixture.h"
#include "data/trouble.h"

static void check_refusal(const char *spec, rn_split split, rn_status status, const char *message)
{
    rn_dataset *set;
    rn_status is = rn_dataset_open(&set, spec, split, NULL);
    CHECK(is == status && said(message), "%s: status %d, '%s', expected '%s'", spec, is, rn_error_text(),
          message);
    rn_dataset_close(set);
}

static rn_dataset *open_set(const char *folder, rn_split split, uint64_t seed)
{
    rn_dataset *set;
    rn_dataset_options options = { .seed = seed, .validation = 0.25 };
    CHECK_OK(rn_dataset_open(&set, folder, split, &options));
    if (!set)
        exit(check_result());
    return set;
}

static void check_name(const rn_dataset *set, int64_t index, const char *name)
{
    char text[RN_PATH_SIZE];
    set->describe(set, index, text, sizeof text);
    CHECK(strcmp(text, name) == 0, "picture %lld is '%s', expected '%s'", (long long)index, text, name);
}

static void test_parts(void)
{
    put_picture(at("parts/train/cat/2.png"), 0);
    put_picture(at("parts/train/cat/1.PNG"), 1);
    put_text(at("parts/train/cat/notes.txt"), "no picture");
    put_picture(at("parts/train/dog/1.png"), 2);
    put_picture(at("parts/validation/dog/9.png"), 3);
    put_picture(at("parts/validation/zebra/9.png"), 3);
    put_text(at("parts/README"), "no class");
    rn_dataset *train = open_set(at("parts"), RN_SPLIT_TRAIN, 0);
    CHECK(train->count == 3 && train->classes == 2, "%lld", (long long)train->count);
    check_name(train, 0, "train/cat/1.PNG");
    check_name(train, 2, "train/dog/1.png");
    listen_now();
    rn_dataset *test = open_set(at("parts"), RN_SPLIT_TEST, 0);
    CHECK(test->count == 1 && test->label(test, 0) == 1 && test->classes == 2, "%lld",
          (long long)test->count);
    check_name(test, 0, "validation/dog/9.png");
    CHECK(warnings() == 2, "%d warnings, the last is %s", warnings(), heard_last);     /* zebra, and no cat */
    rn_image image;
    CHECK_OK(test->read(test, 0, &image));
    CHECK(image.width == 32 && image.height == 32, "%dx%d", image.width, image.height);
    rn_image_free(&image);
    rn_dataset_close(train);
    rn_dataset_close(test);
}

/* Every picture is in one part, and the parts depend on names and seed only. */
static void test_split(void)
{
    for (int i = 0; i < 40; i++)
        put_picture(at("split/%s/%d.png", i % 2 ? "odd" : "even", i), i);
    put_picture(at("split/single/1.png"), 1);
    rn_dataset *train = open_set(at("split"), RN_SPLIT_TRAIN, 5);
    rn_dataset *test = open_set(at("split"), RN_SPLIT_TEST, 5);
    CHECK(train->count == 31 && test->count == 10, "%lld and %lld", (long long)train->count,
          (long long)test->count);
    int count[3] = { 0 };
    for (int64_t i = 0; i < test->count; i++) {
        char name[RN_PATH_SIZE], other[RN_PATH_SIZE];
        count[test->label(test, i)]++;
        test->describe(test, i, name, sizeof name);
        for (int64_t k = 0; k < train->count; k++) {
            train->describe(train, k, other, sizeof other);
            CHECK(strcmp(name, other) != 0, "%s is in both parts", name);
        }
    }
    CHECK(count[0] == 5 && count[1] == 5 && count[2] == 0, "%d %d %d", count[0], count[1], count[2]);
    rn_dataset_close(train);
    rn_dataset *other = open_set(at("split"), RN_SPLIT_TEST, 6);
    int same = 0;
    for (int64_t i = 0; i < 10; i++) {
        char one[RN_PATH_SIZE], two[RN_PATH_SIZE];
        test->describe(test, i, one, sizeof one);
        other->describe(other, i, two, sizeof two);
        same += strcmp(one, two) == 0;
    }
    CHECK(same < 10, "another seed, the same split");
    rn_dataset_close(test);
    rn_dataset_close(other);
}

static void test_odd_names(void)
{
    char big[256];
    memset(big, 'b', sizeof big);
    memcpy(big + 251, ".png", 5);
    put_picture(at("odd/cat/a\nb.png"), 1);
    put_picture(at("odd/cat/\xff.png"), 2);
    put_picture(at("odd/cat/3.png"), 3);
    CHECK(rename(at("odd/cat/3.png"), at("odd/cat/%s", big)) == 0, "rename");
    CHECK(symlink("loop", at("odd/loop")) == 0 && symlink("loop.png", at("odd/cat/loop.png")) == 0
              && mkfifo(at("odd/cat/pipe.png"), 0600) == 0 && mkdir(at("odd/cat/x.jpg"), 0700) == 0
              && symlink("nothing", at("odd/cat/broken.jpg")) == 0,
          "fixture");
    put_text(at("odd/cat/empty.webp"), "");
    rn_dataset *set = open_set(at("odd"), RN_SPLIT_TRAIN, 0), *test = open_set(at("odd"), RN_SPLIT_TEST, 0);
    CHECK(set->classes == 1 && set->count + test->count == 8, "%d classes, %lld pictures", set->classes,
          (long long)(set->count + test->count));
    int good = 0;
    for (int part = 0; part < 2; part++)
        for (int64_t i = 0; i < (part ? test : set)->count; i++) {
            rn_image image;
            const rn_dataset *from = part ? test : set;
            rn_status status = from->read(from, i, &image);
            good += status == RN_OK;
            CHECK(status == RN_OK || status == RN_IO || status == RN_BAD_FILE, "status %d", status);
            rn_image_free(&image);
        }
    CHECK(good == 3, "%d readable pictures", good);
    rn_dataset_close(set);
    rn_dataset_close(test);
}

/* "train" is a class where it holds pictures. */
static void test_class_called_train(void)
{
    for (int i = 0; i < 4; i++)
        put_picture(at("rails/%s/%d.png", i % 2 ? "train" : "tram", i), i);
    rn_dataset *set = open_set(at("rails"), RN_SPLIT_TRAIN, 0);
    CHECK(set->classes == 2 && set->count == 2, "%d classes", set->classes);
    rn_dataset_close(set);
}

/* Pictures are turned upright, or refused for their size, as the options say. */
static void test_reading(void)
{
    static const rn_dataset_options upright = { .reading = { .exif_rotate = true } };
    static const rn_dataset_options small = { .reading = { .max_pixels = 100 } };
    rn_dataset *set;
    rn_image plain, turned, none;
    rn_map map;
    CHECK_OK(rn_map_open(&map, "test/golden/image/orientation6.jpg"));
    put_file(at("turned/val/a/0.jpg"), map.bytes, map.size);
    rn_map_close(&map);
    CHECK_OK(rn_dataset_open(&set, at("turned"), RN_SPLIT_TEST, NULL));
    CHECK_OK(set->read(set, 0, &plain));
    rn_dataset_close(set);
    CHECK_OK(rn_dataset_open(&set, at("turned"), RN_SPLIT_TEST, &upright));
    CHECK_OK(set->read(set, 0, &turned));
    rn_dataset_close(set);
    CHECK(plain.width == turned.height && plain.height == turned.width && plain.width != plain.height,
          "%dx%d, upright %dx%d", plain.width, plain.height, turned.width, turned.height);
    CHECK_OK(rn_dataset_open(&set, at("turned"), RN_SPLIT_TEST, &small));
    CHECK(set->read(set, 0, &none) == RN_NO_MEMORY && said("over the limit of 100 pixels"), "%s",
          rn_error_text());
    rn_dataset_close(set);
    rn_image_free(&plain);
    rn_image_free(&turned);
}

static void test_refusals(void)
{
    check_refusal(at("missing"), RN_SPLIT_TRAIN, RN_IO, "missing: No such file");
    check_refusal("cifar20:x", RN_SPLIT_TRAIN, RN_IO, "cifar20:x: No such file");
    put_text(at("file"), "text");
    check_refusal(at("file"), RN_SPLIT_TRAIN, RN_BAD_FILE, "is a file and no tar archive");
    CHECK_OK(rn_folder_make(at("bare")));
    check_refusal(at("bare"), RN_SPLIT_TRAIN, RN_BAD_FILE, "no class folders");
    put_picture(at("bare/1.png"), 1);
    check_refusal(at("bare"), RN_SPLIT_TRAIN, RN_BAD_FILE, "no class folders");
    CHECK_OK(rn_folder_make(at("hollow/a")));
    CHECK_OK(rn_folder_make(at("hollow/b")));
    listen_now();
    check_refusal(at("hollow"), RN_SPLIT_TRAIN, RN_BAD_FILE, "no pictures in 2 class folders");
    CHECK(warnings() == 2 && strcmp(heard_last, "b: no pictures") == 0, "%d: %s", warnings(), heard_last);
    put_picture(at("tests/val/a/1.png"), 1);
    check_refusal(at("tests"), RN_SPLIT_TRAIN, RN_BAD_FILE, "has val/ but no train/");
    rn_dataset *set = open_set(at("tests"), RN_SPLIT_TEST, 0);
    CHECK(set->count == 1 && set->classes == 1, "%lld", (long long)set->count);
    rn_dataset_close(set);
    put_zeros(at("binary/data_batch_1.bin"), 10);
    check_refusal(at("binary"), RN_SPLIT_TRAIN, RN_BAD_FILE, "no class folders");
    CHECK(strstr(rn_error_hint(), "did you mean cifar10:") != NULL, "%s", rn_error_hint());
}

static void test_printable(void)
{
    static const struct { const char *from, *to; } cases[] = {
        { "plain", "plain" }, { "a\nb\x7f", "a?b?" }, { "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", NULL },
        { "\xff\xc3", "??" }, { "\xc0\xaf\xed\xa0\x80\xc2\x85", "???????" }, { "\xf4\x90\x80\x80", "????" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[32];
        snprintf(text, sizeof text, "%s", cases[i].from);
        rn_make_printable(text);
        CHECK(strcmp(text, cases[i].to ? cases[i].to : cases[i].from) == 0, "case %zu: %s", i, text);
    }
}

int main(void)
{
    check_folder_open();
    test_parts();
    test_split();
    test_odd_names();
    test_class_called_train();
    test_reading();
    test_refusals();
    test_printable();
    check_folder_close();
    return check_result();
}
