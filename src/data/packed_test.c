/* Archives as data sets: the same pictures as the folder that was packed, by whatever names they go. */
#define _GNU_SOURCE
#include "base/memory.h"
#include "base/tar.h"
#include "base/text.h"
#include "data/fixture.h"

#include <signal.h>
#include <sys/resource.h>

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

/* A command in the temporary folder. */
static void run(const char *how)
{
    char command[2 * RN_PATH_SIZE];
    snprintf(command, sizeof command, "cd '%s' && %s", check_folder, how);
    CHECK(system(command) == 0, "%s", command);
}

static int entries(const char *folder)
{
    rn_listing listing;
    CHECK_OK(rn_listing_open(&listing, folder));
    int count = listing.count;
    rn_listing_close(&listing);
    return count;
}

/* An archive with these members, each one built-in picture with its own number, ended by NULL. */
static void put_archive(const char *path, const char *const *name)
{
    rn_text text = { 0 };
    char to[RN_PATH_SIZE];
    snprintf(to, sizeof to, "%s", path);        /* before at() needs its place */
    for (int i = 0; name[i]; i++) {
        rn_map picture;
        uint8_t header[RN_TAR_MOST_HEADER];
        put_picture(at("one.png"), i);
        CHECK_OK(rn_map_open(&picture, at("one.png")));
        rn_text_add_bytes(&text, header, rn_tar_write_header(header, name[i], RN_TAR_FILE, picture.size));
        rn_text_add_bytes(&text, picture.bytes, picture.size);
        while (text.length % RN_TAR_BLOCK)
            rn_text_add_bytes(&text, "", 1);
        rn_map_close(&picture);
    }
    rn_text_add_bytes(&text, (char[RN_TAR_BLOCK]){ 0 }, RN_TAR_BLOCK);
    put_file(to, text.bytes, text.length);
    rn_text_free(&text);
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

/* A class is called as a part. */
static void make_rails(void)
{
    for (int i = 0; i < 6; i++) {
        put_picture(at("rails/train/%s/%d.png", i % 2 ? "train" : "bus", i), i);
        put_picture(at("rails/val/%s/%d.png", i % 2 ? "train" : "bus", i), 100 + i);
    }
}

static void shards_are_the_folder(void)
{
    listen_now();
    CHECK_OK(rn_data_shard(at("full"), at("shards"), 8000));
    CHECK(rn_file_exists(at("shards/train-00002.tar")), "three shards to train");
    CHECK(rn_file_exists(at("shards/val-00001.tar")), "two shards to test");
    check_same(at("full"), at("shards"));
    rn_status status = rn_data_shard(at("full"), at("shards"), 8000);
    CHECK(status == RN_BAD_ARGUMENT && said("shards: exists and is not an empty folder"), "%s",
          rn_error_text());
    CHECK_OK(rn_folder_make(at("again")));
    CHECK_OK(rn_data_shard(at("shards"), at("again/"), 1000000000));
    check_same(at("full"), at("again"));
    CHECK_OK(rn_data_shard(at("full/train"), at("divided"), 1000000000));
    CHECK(rn_file_exists(at("divided/pictures-00000.tar")), "no shard");
    check_same(at("full/train"), at("divided"));
    CHECK(rn_data_shard(at("full"), at("none"), 0) == RN_BAD_ARGUMENT, "shards of no bytes");
    CHECK_OK(rn_data_shard(at("full/val"), at("new/folder/inside"), 1000000000));
    check_same(at("full/val"), at("new/folder/inside"));
    make_rails();
    CHECK_OK(rn_data_shard(at("rails"), at("rail-shards"), 8000));
    check_same(at("rails"), at("rail-shards"));
    put_picture(at("tests/val/cat/1.png"), 1);
    CHECK_OK(rn_data_shard(at("tests"), at("test-shards"), 8000));
    CHECK(entries(at("test-shards")) == 1 && rn_file_exists(at("test-shards/val-00000.tar")), "val alone");
}

/* In an undivided folder both splits are mixed: a shard has pictures of both. */
static void shards_are_mixed(void)
{
    for (int i = 0; i < 60; i++)
        put_picture(at("many/%s/%d.png", i % 3 ? "cat" : "dog", i), i);
    CHECK_OK(rn_data_shard(at("many"), at("mixed"), 100000));
    CHECK(rn_file_exists(at("mixed/pictures-00001.tar")), "two shards");
    rn_tree *first;
    CHECK_OK(rn_tree_open(&first, at("mixed/pictures-00000.tar")));
    for (rn_split split = RN_SPLIT_TRAIN; split <= RN_SPLIT_TEST; split++) {
        rn_dataset *part;
        int64_t there = 0;
        CHECK_OK(rn_dataset_open(&part, at("many"), split, NULL));
        for (int64_t i = 0; i < part->count; i++) {
            char name[RN_PATH_SIZE];
            rn_map map;
            part->describe(part, i, name, sizeof name);
            there += rn_tree_read(first, &map, name) == RN_OK;
            rn_map_close(&map);
        }
        CHECK(there > 0 && there < part->count, "%lld of %lld", (long long)there, (long long)part->count);
        rn_dataset_close(part);
    }
    rn_tree_close(first);
}

static void check_no_shards(const char *data, rn_status status, const char *message)
{
    const int before = entries(check_folder);
    rn_status is = rn_data_shard(data, at("none"), 8000);
    CHECK(is == status && said(message), "%s: status %d, %s", data, is, rn_error_text());
    CHECK(!rn_file_exists(at("none")) && entries(check_folder) == before, "%s: something is left", data);
}

/* All of the shards or none of them. */
static void packs_all_or_nothing(void)
{
    char own[64];
    struct rlimit before, small = { 5000, RLIM_INFINITY };
    check_no_shards("builtin", RN_BAD_ARGUMENT, "builtin: only a folder of pictures can be packed");
    check_no_shards(at("absent"), RN_IO, "absent: No such file");
    put_picture(at("linked/cat/1.png"), 1);
    put_picture(at("linked/cat/2.png"), 2);
    CHECK(symlink("nothing", at("linked/cat/3.png")) == 0, "a symbolic link");
    check_no_shards(at("linked"), RN_IO, "cannot pack all pictures");
    run("rm -r linked");
    put_picture(at("hollow/cat/one.txt"), 1);
    check_no_shards(at("hollow"), RN_BAD_FILE, "no pictures in 1 class folders");
    getrlimit(RLIMIT_FSIZE, &before);
    small.rlim_max = before.rlim_max;
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &small);
    check_no_shards(at("full"), RN_IO, "File too large");
    setrlimit(RLIMIT_FSIZE, &before);
    CHECK(symlink("full", at("alias")) == 0, "a symbolic link");
    static const char *const inside[] = { "full", "full/new", "full/train/new/shards", "alias/new" };
    for (size_t i = 0; i < sizeof inside / sizeof *inside; i++) {
        rn_status status = rn_data_shard(at("full"), at("%s", inside[i]), 8000);
        CHECK(status == RN_BAD_ARGUMENT && said("lies in the data themselves"), "%s", rn_error_text());
    }
    CHECK(!rn_file_exists(at("full/new")) && !rn_file_exists(at("full/train/new")), "something is left");
    check_same(at("full"), at("shards"));
    CHECK(rn_data_shard(at("full"), at("inside.tar"), 8000) == RN_BAD_ARGUMENT, "into a file");

    snprintf(own, sizeof own, "late.tmp.%ld", (long)getpid());     /* of a killed process with this number */
    put_text(at("%s/train-00000.tar", own), "half of it");
    put_text(at("%s/train-00099.tar.tmp.1", own), "half of it");
    CHECK_OK(rn_data_shard(at("full"), at("late"), 1000000000));
    CHECK(entries(at("late")) == 2 && !rn_file_exists(at("%s", own)), "%d shards", entries(at("late")));
    check_same(at("full"), at("late"));
}

/* Whatever data are called, it is their kind that counts. */
static void a_folder_called_builtin(void)
{
    char here[RN_PATH_SIZE];
    CHECK(getcwd(here, sizeof here) && chdir(check_folder) == 0, "chdir");
    run("cp -r full builtin");
    check_no_shards("builtin", RN_BAD_ARGUMENT, "only a folder of pictures can be packed");
    CHECK_OK(rn_data_shard("./builtin", "called", 8000));
    check_same(at("full"), "called");
    CHECK(chdir(here) == 0, "chdir");
}

/* What people make with tar: from inside the folder, from outside, each part by itself, in other formats. */
static void archives_are_the_folder(void)
{
    static const struct { const char *how, *data, *where; } way[] = {
        { "tar cf inside.tar -C full .", "full", "inside.tar" },
        { "tar cf outside.tar full", "full", "outside.tar" },
        { "tar cf pax.tar --format=posix full/train full/val", "full", "pax.tar" },
        { "tar cf old.tar --format=v7 --exclude='lll*' full && tar cf dots.tar --exclude='lll*' full/./train "
          "full//val/", "full-short", "old.tar" },
        { "true", "full-short", "dots.tar" },
        { "tar cf label.tar -V label full", "full", "label.tar" },
        { "mkdir parts && tar cf parts/train.tar -C full/train . && tar cf parts/val.tar -C full/val .",
          "full", "parts" },
        { "mkdir named && tar cf named/train_0.tar -C full train && tar cf named/val_0.tar -C full val",
          "full", "named" },
        { "tar cf twice.tar --exclude=3.png full && tar rf twice.tar full", "full", "twice.tar" },
        { "mkdir -p deep/a/b && cp -r full deep/a/b && tar cf deep.tar deep", "full", "deep.tar" },
        { "mkdir around && tar cf around/train.tar full/train && tar cf around/val.tar deep/a/b/full/val",
          "full", "around" },
        { "mkdir years && cp -r full/train train2017 && cp -r full/val val2017 && "
          "tar cf years/train2017.tar train2017 && tar cf years/val2017.tar val2017", "full", "years" },
        { "mkdir rail-parts && tar cf rail-parts/train.tar -C rails/train . && "
          "tar cf rail-parts/val.tar -C rails/val bus train", "rails", "rail-parts" },
        { "mkdir whole && tar cf whole/test.tar -C rails train val", "rails", "whole" },
        { "mkdir rail-around && tar cf rail-around/train.tar rails/train && "
          "tar cf rail-around/val.tar rails/val", "rails", "rail-around" },
        { "mkdir -p lone/cat/extra && cp full/val/cat/*.png lone/cat && "
          "cp full/val/dog/1.png lone/cat/extra && tar cf lone.tar -C lone cat", "lone", "lone.tar" },
        { "mkdir classes && for i in cat cat-a dog; do tar cf classes/$i.tar -C full/val $i; done",
          "full/val", "classes" },
    };
    for (size_t i = 0; i < sizeof way / sizeof *way; i++) {
        run(way[i].how);
        check_same(at("%s", way[i].data), at("%s", way[i].where));
    }
}

/* Of one name there may be a file and a folder; names that sort between them do not make it two. */
static void lists_names_once(void)
{
    static const char *const names[] = { "c/a.png", "c/a.png-b.png", "c/a.png/x.png", "c/b.png", "d/1.png",
                                         "d/2.png", NULL };
    put_archive(at("twin.tar"), names);
    int64_t count = 0;
    for (rn_split split = RN_SPLIT_TRAIN; split <= RN_SPLIT_TEST; split++) {
        rn_dataset *set;
        CHECK_OK(rn_dataset_open(&set, at("twin.tar"), split, NULL));
        count += set ? set->count : 0;
        rn_dataset_close(set);
    }
    CHECK(count == 5, "%lld pictures", (long long)count);
}

static void tells_of_links(void)
{
    put_picture(at("linked/cat/1.png"), 1);
    put_picture(at("linked/cat/2.png"), 1);
    CHECK(symlink("1.png", at("linked/cat/3.png")) == 0, "a symbolic link");
    CHECK(link(at("linked/cat/1.png"), at("linked/cat/4.png")) == 0, "a second name");
    run("tar cf linked.tar linked && cp linked.tar other.tar");
    rn_dataset *set, *test;
    listen_now();
    CHECK_OK(rn_dataset_open(&set, at("linked.tar"), RN_SPLIT_TRAIN, NULL));
    CHECK(warnings() == 1 && strstr(heard_last, "linked.tar: 2 members that are no plain files left out"),
          "%s", heard_last);
    const rn_dataset_options beside = { .beside = set };
    CHECK_OK(rn_dataset_open(&test, at("linked.tar"), RN_SPLIT_TEST, &beside));
    CHECK(warnings() == 1 && set->count == 1 && test->count == 1, "read again: %d warnings", warnings());
    rn_dataset_close(set);
    rn_image image;
    CHECK_OK(test->read(test, 0, &image));
    rn_image_free(&image);
    const rn_dataset_options other = { .beside = test };
    CHECK_OK(rn_dataset_open(&set, at("other.tar"), RN_SPLIT_TRAIN, &other));
    CHECK(warnings() == 2, "another archive is not read");
    rn_dataset_close(test);
    rn_dataset_close(set);
}

static void refuses_compressed(void)
{
    run("cp inside.tar squeezed.tar && gzip -k squeezed.tar && mkdir gz beside disguised && "
        "cp squeezed.tar.gz gz && mv squeezed.tar.gz disguised/train.tar && cp inside.tar beside");
    check_refusal(at("gz"), RN_BAD_FILE, "gz: holds a compressed archive: squeezed.tar.gz");
    check_refusal(at("disguised"), RN_BAD_FILE, "train.tar: is compressed (gzip)");
    check_refusal(at("disguised/train.tar"), RN_BAD_FILE, "train.tar: is compressed (gzip)");
    static const char *const names[] = { "val.tgz", "val.TAR.zst", "val.tar.xz", "val.zip", "val.tbz2" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        put_text(at("beside/%s", names[i]), "?");
        check_refusal(at("beside"), RN_BAD_FILE, names[i]);
        CHECK(strstr(rn_error_hint(), "unpack it"), "%s", rn_error_hint());
        unlink(at("beside/%s", names[i]));
    }
    put_text(at("beside/labels.csv.gz"), "?");
    put_text(at("beside/inside.tar.md5"), "?");
    check_same(at("full"), at("beside"));
    static const struct { const char *kind, *begin; } compressed[] = {
        { "gzip", "\x1f\x8b\x08" }, { "bzip2", "BZh9" }, { "xz", "\xfd" "7zXZ" }, { "zip", "PK\3\4" },
        { "zstd", "\x28\xb5\x2f\xfd" },
    };
    for (size_t i = 0; i < sizeof compressed / sizeof *compressed; i++) {
        put_text(at("file"), compressed[i].begin);
        check_refusal(at("file"), RN_BAD_FILE, compressed[i].kind);
    }
    unlink(at("file"));
}

static void refuses(void)
{
    put_text(at("notes.tar"), "no archive at all");
    check_refusal(at("notes.tar"), RN_BAD_FILE, "is a file and no tar archive");
    put_text(at("empty/notes.tar"), "");
    check_refusal(at("empty"), RN_BAD_FILE, "notes.tar: empty file");
    rn_map whole;
    CHECK_OK(rn_map_open(&whole, at("inside.tar")));
    put_file(at("cut.tar"), whole.bytes, 5 * RN_TAR_BLOCK);
    check_refusal(at("cut.tar"), RN_BAD_FILE, "cut short");
    put_file(at("damaged.tar"), whole.bytes, whole.size);
    put_bytes_at(at("damaged.tar"), 1, "?", 1);
    check_refusal(at("damaged.tar"), RN_BAD_FILE, ": a header's sum is wrong");
    CHECK(said("is damaged at byte 0 of "), "%s", rn_error_text());
    rn_map_close(&whole);
    put_file(at("nothing.tar"), (char[2 * RN_TAR_BLOCK]){ "x" }, 2 * RN_TAR_BLOCK);
    check_refusal(at("nothing.tar"), RN_BAD_FILE, "is a file");
    run("mkdir joined && cat shards/*.tar >joined/all.tar");
    check_refusal(at("joined"), RN_BAD_FILE, "something stands behind the end");
    run("mkdir mixture && cp inside.tar mixture && mkdir mixture/cat");
    check_refusal(at("mixture"), RN_BAD_FILE, "no pictures in 1 class folders");
    CHECK(strstr(rn_error_hint(), "inside.tar is not read: archives are read only in a folder without"), "%s",
          rn_error_hint());
    put_zeros(at("zeros.tar"), 10 * RN_TAR_BLOCK);
    check_refusal(at("zeros.tar"), RN_BAD_FILE, "no class folders");
}

/* A name that fits alone and not with the part before it. */
static void refuses_long_names(void)
{
    static char longer[RN_TAR_NAME - 3];
    memset(longer, 'n', sizeof longer - 1);
    memcpy(longer + sizeof longer - 5, ".png", 4);
    longer[3] = '/';
    put_archive(at("long/other.tar"), (const char *[]){ longer, "cat/1.png", "cat/2.png", NULL });
    rn_dataset *set;
    CHECK_OK(rn_dataset_open(&set, at("long"), RN_SPLIT_TRAIN, NULL));
    rn_dataset_close(set);
    run("mv long/other.tar long/train.tar");
    check_refusal(at("long"), RN_BAD_FILE, "train.tar: a name in this tar archive is too long within train");
}

/* Opening and reading, where each allocation fails in turn. */
static void bears_full_memory(const char *where)
{
    rn_status status = RN_NO_MEMORY;
    long k = 0;
    while (status != RN_OK && k < 10000) {
        rn_dataset *train, *test = NULL;
        rn_image image = { 0 };
        k++;
        rn_memory_fail_at(k, k % 2);
        status = rn_dataset_open(&train, where, RN_SPLIT_TRAIN, NULL);
        CHECK((status == RN_OK) == (train != NULL), "allocation %ld", k);
        if (status == RN_OK)
            status = rn_dataset_open(&test, where, RN_SPLIT_TEST, &(rn_dataset_options){ .beside = train });
        if (status == RN_OK)
            status = test->read(test, 0, &image);
        rn_memory_fail_at(0, false);
        CHECK(status == RN_OK || status == RN_NO_MEMORY, "allocation %ld: %s", k, rn_error_text());
        rn_image_free(&image);
        rn_dataset_close(train);
        rn_dataset_close(test);
    }
    CHECK(status == RN_OK && k > 30, "%s: %ld allocations, %s", where, k, rn_error_text());
}

static void packs_in_full_memory(void)
{
    rn_status status = RN_NO_MEMORY;
    long k = 0;
    const int before = entries(check_folder);
    while (status != RN_OK && k < 10000) {
        rn_memory_fail_at(++k, false);
        status = rn_data_shard(at("shards"), at("scarce"), 40000);
        rn_memory_fail_at(0, false);
        CHECK(status == RN_OK || status == RN_NO_MEMORY, "allocation %ld: %s", k, rn_error_text());
        CHECK(entries(check_folder) == before + (status == RN_OK), "allocation %ld: something is left", k);
    }
    CHECK(status == RN_OK && k > 60, "%ld allocations", k);
    check_same(at("full"), at("scarce"));
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
    shards_are_mixed();
    run("cp -r full full-short && rm full-short/train/dog/lll*");
    archives_are_the_folder();
    packs_all_or_nothing();
    a_folder_called_builtin();
    lists_names_once();
    tells_of_links();
    refuses_compressed();
    refuses();
    refuses_long_names();
    bears_full_memory(at("inside.tar"));
    bears_full_memory(at("shards"));
    packs_in_full_memory();
    bears_a_shrinking_archive();
    check_folder_close();
    return check_result();
}
