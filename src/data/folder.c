/*
 * A folder of pictures, one folder a class.  Classes and pictures are in the order of their names' bytes, and
 * any name with a picture's ending counts, so the numbering depends on names alone; what cannot be read is
 * found out when it is read.
 *
 * Where there is no test part, every class gives some of its pictures: those whose names, mixed with the
 * seed, come first.  Adding a picture therefore moves at most one other between the parts.
 */
#include "base/file.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/random.h"
#include "base/text.h"
#include "data/kinds.h"
#include "data/trouble.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    size_t name;                /* where it begins in folder.names */
    int32_t label;
} picture;

typedef struct {
    rn_tree *tree;
    const char *part;           /* its folder of class folders: "train", or "" */
    rn_listing classes;         /* their folders */
    rn_text names;              /* of all pictures, each ended by a zero byte */
    picture *picture;
    int64_t room;
    double test_part;           /* of a class's pictures when both parts share a folder, else 0 */
    uint64_t seed;
    rn_split split;
    rn_image_options reading;
} folder;

static bool is_folder_set(const rn_dataset *set)
{
    return strcmp(set->kind, "folder") == 0;
}

const rn_tree *rn_folder_tree(const rn_dataset *set)
{
    const folder *f = set->state;
    assert(is_folder_set(set));
    return f->tree;
}

rn_status rn_folder_name(const rn_dataset *set, int64_t index, char name[RN_PATH_SIZE])
{
    const folder *f = set->state;
    assert(is_folder_set(set));
    const picture *p = &f->picture[index];
    char class_folder[RN_PATH_SIZE];
    RN_TRY(rn_path_join(class_folder, sizeof class_folder, f->part, f->classes.name[p->label]));
    return rn_path_join(name, RN_PATH_SIZE, class_folder, f->names.bytes + p->name);
}

static void describe(const rn_dataset *set, int64_t index, char *text, size_t size)
{
    const folder *f = set->state;
    const picture *p = &f->picture[index];
    snprintf(text, size, "%s%s%s/%s", f->part, f->part[0] ? "/" : "", f->classes.name[p->label],
             f->names.bytes + p->name);
    rn_make_printable(text);
}

static rn_status read_picture(const rn_dataset *set, int64_t index, rn_image *image)
{
    const folder *f = set->state;
    char name[RN_PATH_SIZE];
    rn_map map;
    *image = (rn_image){ 0 };
    RN_TRY(rn_folder_name(set, index, name));
    RN_TRY(rn_tree_read(f->tree, &map, name));
    rn_make_printable(name);
    rn_status status = rn_image_decode(image, map.bytes, map.size, name, &f->reading);
    rn_map_close(&map);
    return status;
}

static int32_t label_of(const rn_dataset *set, int64_t index)
{
    const folder *f = set->state;
    return f->picture[index].label;
}

static void close_folder(rn_dataset *set)
{
    folder *f = set->state;
    if (!f)
        return;
    rn_listing_close(&f->classes);
    rn_text_free(&f->names);
    rn_free(f->picture);
    rn_tree_close(f->tree);
    rn_free(f);
}

static rn_status add_picture(rn_dataset *set, int32_t label, const char *name)
{
    folder *f = set->state;
    if (set->count == f->room) {
        int64_t room = f->room ? 2 * f->room : 1024;
        RN_TRY(rn_reallocate((void **)&f->picture, (size_t)f->room, (size_t)room, sizeof *f->picture,
                             "pictures"));
        f->room = room;
    }
    f->picture[set->count++] = (picture){ .name = f->names.length, .label = label };
    rn_text_add_bytes(&f->names, name, strlen(name) + 1);
    return RN_OK;
}

/* The FNV-1a sum of a name. */
static uint64_t name_sum(const char *name, uint64_t sum)
{
    for (const unsigned char *c = (const unsigned char *)name; *c; c++)
        sum = (sum ^ *c) * 0x100000001b3u;
    return sum;
}

static uint64_t rank(const folder *f, int32_t label, const char *name)
{
    return rn_random_mix(f->seed, name_sum(name, name_sum(f->classes.name[label], 0xcbf29ce484222325u)));
}

static int by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* The rank below which a class's pictures are for testing: one at least, where one is left for training. */
static rn_status test_limit(const folder *f, int32_t label, const rn_listing *files, uint64_t *limit)
{
    uint64_t *ranks;
    int count = 0;
    *limit = 0;
    RN_TRY(rn_new(&ranks, files->count + 1));
    for (int i = 0; i < files->count; i++)
        if (rn_image_name(files->name[i]))
            ranks[count++] = rank(f, label, files->name[i]);
    qsort(ranks, (size_t)count, sizeof *ranks, by_value);
    int tests = (int)lround(count * f->test_part);
    tests = tests > count - 1 ? count - 1 : tests < 1 ? 1 : tests;
    if (count > 1)
        *limit = ranks[tests];
    rn_free(ranks);
    return RN_OK;
}

static rn_status add_files(rn_dataset *set, int32_t label, const rn_listing *files)
{
    const folder *f = set->state;
    uint64_t limit = 0;
    if (f->test_part > 0)
        RN_TRY(test_limit(f, label, files, &limit));
    for (int i = 0; i < files->count; i++) {
        const char *name = files->name[i];
        bool test = f->test_part > 0 ? rank(f, label, name) < limit : f->split == RN_SPLIT_TEST;
        if (rn_image_name(name) && test == (f->split == RN_SPLIT_TEST))
            RN_TRY(add_picture(set, label, name));
    }
    return RN_OK;
}

static rn_status add_class(rn_dataset *set, int32_t label)
{
    const folder *f = set->state;
    char path[RN_PATH_SIZE];
    rn_listing files;
    int64_t before = set->count;
    RN_TRY(rn_copy_text(&set->class_name[label], f->classes.name[label]));
    rn_make_printable(set->class_name[label]);
    RN_TRY(rn_path_join(path, sizeof path, f->part, f->classes.name[label]));
    if (rn_tree_has_folder(f->tree, path)) {
        RN_TRY(rn_tree_list(f->tree, &files, path, RN_ALL));
        rn_status status = add_files(set, label, &files);
        rn_listing_close(&files);
        RN_TRY(status);
    }
    if (set->count == before && !(f->test_part > 0 && f->split == RN_SPLIT_TEST))
        rn_warn("%s%s%s: no pictures", f->part, f->part[0] ? "/" : "", set->class_name[label]);
    return RN_OK;
}

/* An archive beside folders, or inside another archive: "" where there is none. */
static rn_status find_archive(const folder *f, char name[256])
{
    rn_listing files;
    name[0] = '\0';
    RN_TRY(rn_tree_list(f->tree, &files, "", RN_FILES));
    for (int i = 0; i < files.count && !name[0]; i++)
        if (rn_ends_with(files.name[i], ".tar"))
            snprintf(name, 256, "%.255s", files.name[i]);
    rn_listing_close(&files);
    return RN_OK;
}

static rn_status refuse_empty(const rn_dataset *set, const char *where)
{
    char binary[RN_PATH_SIZE], archive[256];
    RN_TRY(find_archive(set->state, archive));
    if (rn_path_join(binary, sizeof binary, where, "data_batch_1.bin") == RN_OK && rn_file_exists(binary))
        return rn_hint(rn_fail(RN_BAD_FILE, "%s: no class folders", where), "did you mean cifar10:%s?",
                       where);
    rn_status status = set->classes
                           ? rn_fail(RN_BAD_FILE, "%s: no pictures in %d class folders", where, set->classes)
                           : rn_fail(RN_BAD_FILE, "%s: no class folders", where);
    if (archive[0])
        return rn_hint(status, "%s is not read: archives are read only in a folder without folders; "
                               "unpack it", archive);
    return rn_hint(status, "pictures lie in FOLDER/CLASS/, or in FOLDER/train/CLASS/ and FOLDER/val/CLASS/");
}

static rn_status add_classes(rn_dataset *set, const char *where)
{
    folder *f = set->state;
    set->classes = f->classes.count;
    RN_TRY(rn_new(&set->class_name, set->classes));
    for (int32_t label = 0; label < set->classes; label++)
        RN_TRY(add_class(set, label));
    RN_TRY(rn_text_finish(&f->names));
    return set->count ? RN_OK : refuse_empty(set, where);
}

/* Name the test part's folders that are no class of the training part. */
static rn_status warn_of_strangers(const folder *f)
{
    rn_listing present;
    int label = 0;
    RN_TRY(rn_tree_list(f->tree, &present, f->part, RN_FOLDERS));
    for (int i = 0; i < present.count; i++) {
        while (label < f->classes.count && strcmp(f->classes.name[label], present.name[i]) < 0)
            label++;
        if (label == f->classes.count || strcmp(f->classes.name[label], present.name[i]) != 0) {
            rn_make_printable(present.name[i]);
            rn_warn("%s/%s: no class of the training part; left out", f->part, present.name[i]);
        }
    }
    rn_listing_close(&present);
    return RN_OK;
}

/* The tree of another part, where that is open. */
static rn_status open_tree(folder *f, const char *where, const rn_dataset *beside)
{
    const folder *other = beside && is_folder_set(beside) ? beside->state : NULL;
    f->tree = other ? rn_tree_share(other->tree, where) : NULL;
    return f->tree ? RN_OK : rn_tree_open(&f->tree, where);
}

static rn_status choose_part(folder *f, const char *where, const rn_dataset_options *options)
{
    rn_layout layout;
    RN_TRY(open_tree(f, where, options->beside));
    RN_TRY(rn_layout_find(&layout, f->tree));
    bool test = f->split == RN_SPLIT_TEST;
    if (layout.test_only && !test)
        return rn_fail(RN_BAD_FILE, "%s: has %s/ but no train/ to learn from", where, layout.test);
    if (layout.shared)
        f->test_part = options->validation > 0 ? options->validation : 0.1;
    f->part = test ? layout.test : layout.train;
    RN_TRY(rn_tree_list(f->tree, &f->classes, layout.test_only ? layout.test : layout.train, RN_FOLDERS));
    return test && !layout.shared ? warn_of_strangers(f) : RN_OK;
}

rn_status rn_folder_open(rn_dataset *set, const char *where, rn_split split,
                         const rn_dataset_options *options)
{
    folder *f;
    if (!(options->validation >= 0 && options->validation < 1))
        return rn_fail(RN_BAD_ARGUMENT, "validation part %g, expected 0 to 1", options->validation);
    RN_TRY(rn_new(&f, 1));
    set->state = f;
    set->close = close_folder;
    set->read = read_picture;
    set->label = label_of;
    set->describe = describe;
    f->split = split;
    f->seed = options->seed;
    f->reading = options->reading;
    RN_TRY(choose_part(f, where, options));
    set->divided = f->test_part > 0;
    return add_classes(set, where);
}
