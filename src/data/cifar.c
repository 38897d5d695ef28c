/*
 * CIFAR-10 and CIFAR-100, the binary version: files of records, a record being one or two label bytes and
 * then the picture as three planes (red, green, blue) of 32 x 32 bytes.  The files stay mapped; sizes and
 * labels are checked when they are opened.  "cifar10-45k" is section 4.2's split for choosing a recipe: it
 * trains on 45,000 of CIFAR-10's training pictures, tests on the other 5,000, and leaves the test set alone.
 */
#include "data/kinds.h"
#include "base/file.h"
#include "base/memory.h"
#include "data/trouble.h"

#include <string.h>

enum { MOST_FILES = 5, SIDE = 32, PLANE = SIDE * SIDE, PICTURE = 3 * PLANE, LONGEST_NAMES = 65536 };

typedef struct {
    const char *kind, *folder;
    const char *train[MOST_FILES], *test[MOST_FILES], *names, *python;
    int classes, labels;            /* label bytes of a record; the last one is the class */
    int64_t train_records, test_records;    /* of a file */
    int64_t held_out;               /* of the training pictures, the last: they take the test set's place */
    const char *const *class_name;  /* NULL: known from the names file alone */
} layout;

static const char *const cifar10_names[] = {
    "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
};

#define CIFAR10_TRAIN \
    { "data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin", "data_batch_5.bin" }
#define CIFAR10 \
    .folder = "cifar-10-batches-bin", .train = CIFAR10_TRAIN, .names = "batches.meta.txt", \
    .python = "batches.meta", .classes = 10, .labels = 1, .train_records = 10000, .test_records = 10000, \
    .class_name = cifar10_names

static const layout layouts[] = {
    { .kind = "cifar10", CIFAR10, .test = { "test_batch.bin" } },
    { .kind = "cifar10-45k", CIFAR10, .test = CIFAR10_TRAIN, .held_out = 5000 },
    { .kind = "cifar100", .folder = "cifar-100-binary",
      .train = { "train.bin" }, .test = { "test.bin" }, .names = "fine_label_names.txt", .python = "meta",
      .classes = 100, .labels = 2, .train_records = 50000, .test_records = 10000 },
};

typedef struct {
    const layout *layout;
    const char *const *name;        /* of the files */
    int files;
    int64_t records;                /* of a file */
    int64_t first;                  /* picture of the set, counted over all files */
    rn_map map[MOST_FILES];
} cifar;

static size_t record_size(const layout *l)
{
    return (size_t)l->labels + PICTURE;
}

static const uint8_t *record(const rn_dataset *set, int64_t index)
{
    const cifar *c = set->state;
    index += c->first;
    return c->map[index / c->records].bytes + (size_t)(index % c->records) * record_size(c->layout);
}

static int32_t label_of(const rn_dataset *set, int64_t index)
{
    const cifar *c = set->state;
    return record(set, index)[c->layout->labels - 1];
}

static rn_status read_picture(const rn_dataset *set, int64_t index, rn_image *image)
{
    const cifar *c = set->state;
    RN_TRY(rn_image_new(image, SIDE, SIDE));
    const uint8_t *plane = record(set, index) + c->layout->labels;
    uint8_t *to = image->pixels;
    for (int i = 0; i < PLANE; i++, plane++, to += 3) {
        to[0] = plane[0];
        to[1] = plane[PLANE];
        to[2] = plane[2 * PLANE];
    }
    return RN_OK;
}

static void describe(const rn_dataset *set, int64_t index, char *text, size_t size)
{
    const cifar *c = set->state;
    index += c->first;
    snprintf(text, size, "%s record %lld", c->name[index / c->records], (long long)(index % c->records));
}

static void close_files(rn_dataset *set)
{
    cifar *c = set->state;
    for (int i = 0; c && i < MOST_FILES; i++)
        rn_map_close(&c->map[i]);
    rn_free(c);
}

/* 30730000 as "30 730 000". */
static const char *grouped(char text[32], uint64_t number)
{
    char digits[24];
    int length = snprintf(digits, sizeof digits, "%llu", (unsigned long long)number), used = 0;
    for (int i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0)
            text[used++] = ' ';
        text[used++] = digits[i];
    }
    text[used] = '\0';
    return text;
}

static rn_status check_size(const cifar *c, int file)
{
    size_t each = record_size(c->layout), wanted = (size_t)c->records * each;
    char is[32], want[32], records[32], size[32];
    if (c->map[file].size == wanted)
        return RN_OK;
    return rn_hint(rn_fail(RN_BAD_FILE, "%s: %s bytes, expected %s (%s records of %s)", c->name[file],
                           grouped(is, c->map[file].size), grouped(want, wanted),
                           grouped(records, (uint64_t)c->records), grouped(size, each)),
                   "'resnet data get %.*s FOLDER' downloads the official files",
                   (int)strcspn(c->layout->kind, "-"), c->layout->kind);
}

static rn_status check_labels(const rn_dataset *set, int file)
{
    const cifar *c = set->state;
    for (int64_t i = 0; i < c->records; i++) {
        int32_t label = label_of(set, file * c->records + i);
        if (label >= c->layout->classes)
            return rn_fail(RN_BAD_FILE, "%s: record %lld has label %d, expected 0 to %d", c->name[file],
                           (long long)i, label, c->layout->classes - 1);
    }
    return RN_OK;
}

/* The folder itself, or the one of the archive's name inside it. */
static rn_status find_folder(char found[RN_PATH_SIZE], const char *where, const layout *l, const char *first)
{
    char file[RN_PATH_SIZE], inner[RN_PATH_SIZE];
    RN_TRY(rn_path_join(inner, sizeof inner, where, l->folder));
    RN_TRY(rn_path_join(file, sizeof file, inner, first));
    snprintf(found, RN_PATH_SIZE, "%s", rn_file_exists(file) ? inner : where);
    RN_TRY(rn_path_join(file, sizeof file, found, first));
    if (rn_file_exists(file))
        return RN_OK;
    RN_TRY(rn_path_join(file, sizeof file, found, l->python));
    if (rn_file_exists(file))
        return rn_fail(RN_BAD_FILE, "%s: holds the Python version of the data, the binary version is wanted",
                       where);
    return rn_hint(rn_fail(RN_IO, "%s: no %s here nor in %s/", where, first, l->folder),
                   "'resnet data get %.*s FOLDER' downloads it", (int)strcspn(l->kind, "-"), l->kind);
}

static rn_status map_files(rn_dataset *set, const char *folder)
{
    cifar *c = set->state;
    for (int i = 0; i < c->files; i++) {
        char path[RN_PATH_SIZE];
        RN_TRY(rn_path_join(path, sizeof path, folder, c->name[i]));
        RN_TRY(rn_map_open(&c->map[i], path));
        RN_TRY(rn_while(check_size(c, i), "%s", folder));
        RN_TRY(rn_while(check_labels(set, i), "%s", folder));
    }
    return RN_OK;
}

static rn_status read_names(char **text, const char *folder, const layout *l)
{
    char path[RN_PATH_SIZE];
    rn_map map;
    *text = NULL;
    RN_TRY(rn_path_join(path, sizeof path, folder, l->names));
    if (!rn_file_exists(path))
        return RN_OK;
    RN_TRY(rn_map_open(&map, path));
    size_t size = map.size < LONGEST_NAMES ? map.size : LONGEST_NAMES;
    rn_status status = rn_copy_text_part(text, (const char *)map.bytes, size);
    rn_map_close(&map);
    return status;
}

/* The file's lines where it has them, else the known names, else "class 7". */
static rn_status name_classes(rn_dataset *set, const layout *l, const char *folder)
{
    char *text, *rest, number[32];
    RN_TRY(read_names(&text, folder, l));
    rn_status status = rn_new(&set->class_name, l->classes);
    set->classes = l->classes;
    const char *line = text ? strtok_r(text, "\r\n", &rest) : NULL;
    for (int i = 0; i < l->classes && status == RN_OK; i++) {
        snprintf(number, sizeof number, "class %d", i);
        const char *known = l->class_name ? l->class_name[i] : number;
        status = rn_copy_text(&set->class_name[i], line ? line : known);
        if (status == RN_OK)
            rn_make_printable(set->class_name[i]);
        line = line ? strtok_r(NULL, "\r\n", &rest) : NULL;
    }
    rn_free(text);
    return status;
}

static const layout *find_layout(const char *kind)
{
    const layout *l = layouts;
    while (strcmp(l->kind, kind) != 0)
        l++;
    return l;
}

rn_status rn_cifar_open(rn_dataset *set, const char *where, rn_split split, const rn_dataset_options *options)
{
    (void)options;
    const layout *l = find_layout(set->kind);
    cifar *c;
    char folder[RN_PATH_SIZE];
    RN_TRY(rn_new(&c, 1));
    set->state = c;
    set->close = close_files;
    c->layout = l;
    c->name = split == RN_SPLIT_TRAIN ? l->train : l->test;
    c->records = split == RN_SPLIT_TRAIN ? l->train_records : l->test_records;
    while (c->files < MOST_FILES && c->name[c->files])
        c->files++;
    RN_TRY(find_folder(folder, where, l, c->name[0]));
    RN_TRY(map_files(set, folder));
    RN_TRY(name_classes(set, l, folder));
    set->count = c->files * c->records - l->held_out;
    if (l->held_out && split == RN_SPLIT_TEST) {
        c->first = set->count;
        set->count = l->held_out;
    }
    set->height = set->width = SIDE;
    set->read = read_picture;
    set->label = label_of;
    set->describe = describe;
    return RN_OK;
}
