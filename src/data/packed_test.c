/* Archives as data sets: the same pictures as the folder that was packed, by whatever names they go. */
#define _GNU_SOURCE
#include "base/tar.h"
#include "data/fixture.h"

static void check_refusal(const char *spec, rn_status status, const char *message)
{
    rn_dataset *set;
    rn_status is = rn_dataset_open(&set, spec, RN_SPLIT_TRAIN, NULL);
    CHECK(is == status && said(message), "%s: status %d, '%s', expected '%s'", spec, is, rn_error_text(),
          message);
    rn_dataset_close(set);
}

static void check_same_picture(const rn_dataset *a, const rn_dataset *b, int64_t index)
{
    char one[RN_PATH_SIZE], two[RN_PATH_SIZE];
    rn_image x, y;
    a->describe(a, index, one, sizeof one);
    b->describe(b, index, two, sizeof two);
    CHECK(strcmp(one, two) == 0 && a->label(a, index) == b->label(b, index), "%s is %s", one, two);
    rn_status status = a->read(a, index, &x);
    CHECK(b->read(b, index, &y) == status && x.width == y.width && x.height == y.height, "%s", one);
    CHECK(status != RN_OK || memcmp(x.pixels, y.pixels, (size_t)(3 * x.width * x.height)) == 0, "%s", one);
    rn_image_free(&x);
    rn_image_free(&y);
}

/* Both parts of two specifications. */
static void check_same(const char *spec, const char *packed)
{
    for (rn_split split = RN_SPLIT_TRAIN; split <= RN_SPLIT_TEST; split++) {
        rn_dataset *a, *b;
        rn_dataset_options options = { .seed = 3, .validation = 0.25 };
        CHECK_OK(rn_dataset_open(&a, spec, split, &options));
        CHECK_OK(rn_dataset_open(&b, packed, split, &options));
        if (!a || !b)
            exit(check_result());
        CHECK(a->count == b->count && a->classes == b->classes && a->divided == b->divided, "%s: %lld",
              packed, (long long)b->count);
        for (int i = 0; i < a->classes && i < b->classes; i++)
            CHECK(strcmp(a->class_name[i], b->class_name[i]) == 0, "class %s", b->class_name[i]);
        for (int64_t i = 0; i < a->count && i < b->count; i++)
            check_same_picture(a, b, i);
        rn_dataset_close(a);
        rn_dataset_close(b);
    }
}

static void run(const char *command)
{
    CHECK(system(command) == 0, "%s", command);
}

static void make_folder(const char *folder)
{
    for (int i = 0; i < 12; i++) {
        put_picture(at("%s/train/%s/%d.png", folder, i % 2 ? "cat" : "cat-a", i), i);
        put_picture(at("%s/val/%s/%d.png", folder, i % 2 ? "cat" : "cat-a", i), 100 + i);
    }
    char longer[200];
    memset(longer, 'l', sizeof longer);
    snprintf(longer + 190, sizeof longer - 190, ".png");
    put_picture(at("%s/train/dog/%s", folder, longer), 50);
    put_text(at("%s/train/dog/empty.jpg", folder), "");
    put_text(at("%s/train/dog/notes.txt", folder), "no picture");
    CHECK_OK(rn_folder_make(at("%s/train/elk", folder)));       /* a class without pictures */
    put_picture(at("%s/val/dog/1.png", folder), 60);
}

static void shards_are_the_folder(void)
{
    listen_now();
    CHECK_OK(rn_data_shard(at("full"), at("shards"), 8000));
    CHECK(rn_file_exists(at("shards/train-00002.tar")), "three shards to train");
    CHECK(rn_file_exists(at("shards/val-00001.tar")), "two shards to test");
    check_same(at("full"), at("shards"));
    rn_status status = rn_data_shard(at("full"), at("shards"), 8000);
    CHECK(status == RN_BAD_ARGUMENT && said("holds an archive already"), "%s", rn_error_text());
    CHECK_OK(rn_data_shard(at("shards"), at("again"), 1000000000));
    check_same(at("full"), at("again"));
    CHECK_OK(rn_data_shard(at("full/train"), at("divided"), 1000000000));
    CHECK(rn_file_exists(at("divided/pictures-00000.tar")), "no shard");
    check_same(at("full/train"), at("divided"));
    CHECK(rn_data_shard(at("full"), at("none"), 0) == RN_BAD_ARGUMENT, "shards of no bytes");
}

/* What people make with tar: from inside the folder, from outside, each part by itself, in other formats. */
static void archives_are_the_folder(void)
{
    char command[3 * RN_PATH_SIZE];
    static const struct { const char *how, *where; } way[] = {
        { "cd '%s' && tar cf inside.tar -C full .", "inside.tar" },
        { "cd '%s' && tar cf outside.tar full", "outside.tar" },
        { "cd '%s' && tar cf pax.tar --format=posix full/train full/val", "pax.tar" },
        { "cd '%s' && mkdir parts && cd full/train && tar cf ../../parts/train.tar . && cd ../val && "
          "tar cf ../../parts/val.tar .", "parts" },
        { "cd '%s' && mkdir named && cd full && tar cf ../named/train_0.tar train && "
          "tar cf ../named/val_0.tar val", "named" },
        { "cd '%s' && tar cf twice.tar --exclude=3.png full && tar rf twice.tar full", "twice.tar" },
    };
    for (size_t i = 0; i < sizeof way / sizeof *way; i++) {
        snprintf(command, sizeof command, way[i].how, check_folder);
        run(command);
        check_same(at("full"), at("%s", way[i].where));
    }
}

static void tells_of_links(void)
{
    put_picture(at("linked/cat/1.png"), 1);
    put_picture(at("linked/cat/2.png"), 1);
    CHECK(symlink("1.png", at("linked/cat/3.png")) == 0, "a symbolic link");
    CHECK(link(at("linked/cat/1.png"), at("linked/cat/4.png")) == 0, "a second name");
    char command[2 * RN_PATH_SIZE];
    snprintf(command, sizeof command, "cd '%s' && tar cf linked.tar linked", check_folder);
    run(command);
    rn_dataset *set;
    listen_now();
    CHECK_OK(rn_dataset_open(&set, at("linked.tar"), RN_SPLIT_TRAIN, NULL));
    CHECK(warnings() == 1 && strstr(heard_last, "2 links left out"), "%s", heard_last);
    rn_dataset_close(set);
}

static void refuses(void)
{
    put_text(at("notes.tar"), "no archive at all");
    check_refusal(at("notes.tar"), RN_BAD_FILE, "is a file, a folder of pictures is wanted");
    put_text(at("empty/notes.tar"), "");
    check_refusal(at("empty"), RN_BAD_FILE, "notes.tar: empty file");
    rn_map whole;
    CHECK_OK(rn_map_open(&whole, at("inside.tar")));
    put_file(at("cut.tar"), whole.bytes, 5 * RN_TAR_BLOCK);
    check_refusal(at("cut.tar"), RN_BAD_FILE, "cut short");
    put_file(at("damaged.tar"), whole.bytes, whole.size);
    put_bytes_at(at("damaged.tar"), 1, "?", 1);
    check_refusal(at("damaged.tar"), RN_BAD_FILE, "is damaged at byte 0: a header's sum is wrong");
    rn_map_close(&whole);
    put_file(at("nothing.tar"), (char[2 * RN_TAR_BLOCK]){ "x" }, 2 * RN_TAR_BLOCK);
    check_refusal(at("nothing.tar"), RN_BAD_FILE, "is a file");
    CHECK(rn_data_shard("builtin", at("none"), 1000) == RN_IO, "%s", rn_error_text());
}

/* An archive that becomes shorter during a training is a picture's error, and no crash. */
static void bears_a_shrinking_archive(void)
{
    rn_dataset *set;
    rn_image image;
    CHECK_OK(rn_dataset_open(&set, at("inside.tar"), RN_SPLIT_TRAIN, NULL));
    CHECK(truncate(at("inside.tar"), RN_TAR_BLOCK) == 0, "truncate");
    CHECK(set->read(set, 0, &image) == RN_BAD_FILE && said("cut short"), "%s", rn_error_text());
    rn_dataset_close(set);
}

int main(void)
{
    check_folder_open();
    make_folder("full");
    shards_are_the_folder();
    archives_are_the_folder();
    tells_of_links();
    refuses();
    bears_a_shrinking_archive();
    check_folder_close();
    return check_result();
}
