/*
 * Folders as data sets.  The input is a listing: names of files, one a line, "/" between folders; what
 * follows an empty line is the content of each, and of an archive that is a data set by itself.  CIFAR's
 * files are made as long as they must be.
 */
#define _GNU_SOURCE
#include "data/kinds.h"
#include "fuzz/fuzz.h"

#include <ftw.h>
#include <string.h>
#include <unistd.h>

enum { MOST_FILES = 24, RECORDS = 10000, RECORD = 3073 };

static char folder[256];

/* "a/../b" and the like stay inside the folder. */
static bool is_inside(const char *name)
{
    return name[0] != '/' && !strstr(name, "..") && strlen(name) < 200;
}

static void put(const char *name, const uint8_t *bytes, size_t size)
{
    char path[512], parent[512];
    if (!is_inside(name))
        return;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    snprintf(parent, sizeof parent, "%.*s", (int)(strrchr(path, '/') - path), path);
    FILE *file = rn_folder_make(parent) == RN_OK ? fopen(path, "wb") : NULL;
    if (!file)
        return;
    fwrite(bytes, 1, size, file);
    if (fflush(file) == 0 && strstr(name, ".bin"))
        MUST(ftruncate(fileno(file), (off_t)RECORDS * RECORD) == 0, "cannot make %s", path);
    fclose(file);
}

static void check(const char *spec, rn_split split)
{
    rn_dataset *set;
    char text[128];
    rn_status status = rn_dataset_open(&set, spec, split, NULL);
    MUST((status == RN_OK) == (set != NULL), "%s: status %d", spec, status);
    MUST(status == RN_OK || *rn_error_text(), "%s: refused without a word", spec);
    for (int64_t i = 0; set && i < set->count && i < MOST_FILES; i++) {
        rn_image image;
        int32_t label = set->label(set, i);
        MUST(label >= 0 && label < set->classes && set->class_name[label], "%s: label %d", spec, label);
        set->describe(set, i, text, sizeof text);
        MUST(strlen(text) > 0, "%s: picture %lld has no name", spec, (long long)i);
        if (set->read(set, i, &image) == RN_OK)
            rn_image_free(&image);
    }
    rn_dataset_close(set);
}

static int remove_one(const char *path, const struct stat *about, int kind, struct FTW *place)
{
    (void)about, (void)kind, (void)place;
    return remove(path);
}

/* What follows the empty line. */
static size_t content_of(const uint8_t *data, size_t size)
{
    const uint8_t *line = size ? memmem(data, size, "\n\n", 2) : NULL;
    return line ? (size_t)(line - data) + 2 : size;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char spec[300], name[256], archive[300];
    const uint8_t *end = data + size, *content = data + content_of(data, size);
    snprintf(folder, sizeof folder, "%s", fuzz_path(FUZZ_NAME));
    MUST_OK(rn_folder_make(folder));
    for (int i = 0; i < MOST_FILES && data < content; i++) {
        const uint8_t *line = memchr(data, '\n', (size_t)(content - data));
        size_t length = (size_t)((line ? line : content) - data);
        snprintf(name, sizeof name, "%.*s", (int)(length < 200 ? length : 200), (const char *)data);
        put(name, content, (size_t)(end - content));
        data += length + 1;
    }
    snprintf(archive, sizeof archive, "%s", fuzz_write("archive", content, (size_t)(end - content)));
    for (rn_split split = RN_SPLIT_TRAIN; split <= RN_SPLIT_TEST; split++) {
        check(folder, split);
        check(archive, split);
        snprintf(spec, sizeof spec, "cifar10:%s", folder);
        check(spec, split);
    }
    MUST(nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS) == 0, "%s stays", folder);
    return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
    size = LLVMFuzzerMutate(data, size, max_size);
    const size_t content = content_of(data, size);
    if (seed % 4)
        fuzz_mend_tar(data + content, size - content);
    return size;
}
