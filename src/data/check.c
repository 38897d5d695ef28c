/*
 * A look at a whole data set: every picture of both parts is decoded, by several threads, and its bytes are
 * summed; equal sums are duplicates.  The report does not depend on the number of threads.
 */
#include "base/digest.h"
#include "base/memory.h"
#include "base/pool.h"
#include "data/findings.h"
#include "data/kinds.h"
#include "data/trouble.h"

#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* What is known of one picture. */
typedef struct {
    char sum[65];               /* of a readable one */
    bool bad;
    char *finding;              /* NULL: none */
    int64_t same_as;            /* an earlier picture, or -1 */
} look;

typedef struct {
    rn_data_report report;      /* first, so that the caller's pointer is ours */
    rn_findings findings;
    int64_t *class_count;
    rn_dataset *part[2];        /* training and test; one may be missing */
    int64_t first[3];           /* pictures of part p are first[p] to first[p + 1] - 1 */
    look *look;
    rn_failure *failure;        /* of each thread */
} check;

/* ---- Findings ------------------------------------------------------------------------------ */

rn_status rn_findings_add(rn_findings *findings, const char *format, ...)
{
    char text[RN_PATH_SIZE + 256];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    rn_make_printable(text);
    if (findings->count == findings->room) {
        int room = findings->room ? 2 * findings->room : 16;
        RN_TRY(rn_reallocate((void **)&findings->item, (size_t)findings->room, (size_t)room,
                             sizeof *findings->item, "findings"));
        findings->room = room;
    }
    RN_TRY(rn_copy_text(&findings->item[findings->count], text));
    findings->count++;
    return RN_OK;
}

void rn_findings_free(rn_findings *findings)
{
    for (int i = 0; i < findings->count; i++)
        rn_free(findings->item[i]);
    rn_free(findings->item);
    *findings = (rn_findings){ 0 };
}

/* ---- One picture --------------------------------------------------------------------------- */

static int part_of(const check *c, int64_t picture)
{
    return picture >= c->first[1];
}

static void describe(const check *c, int64_t picture, char *text, size_t size)
{
    int p = part_of(c, picture);
    c->part[p]->describe(c->part[p], picture - c->first[p], text, size);
}

static int32_t label_of(const check *c, int64_t picture)
{
    int p = part_of(c, picture);
    return c->part[p]->label(c->part[p], picture - c->first[p]);
}

static rn_status keep(look *l, const char *what, const char *name)
{
    char text[RN_PATH_SIZE + 128];
    snprintf(text, sizeof text, "%s%s%s", name, name[0] ? ": " : "", what);
    rn_make_printable(text);
    return rn_copy_text(&l->finding, text);
}

/* The bytes to sum are the file's, or the pixels where there is none. */
static rn_status examine(look *l, const rn_image *image, const rn_map *file, const char *path,
                         const char *name)
{
    size_t pixels = (size_t)image->width * (size_t)image->height * 3;
    rn_digest_of(file ? file->bytes : image->pixels, file ? file->size : pixels, l->sum);
    const char *odd = rn_oddity(image, file ? file->bytes : NULL, file ? file->size : 0, path);
    return odd ? keep(l, odd, name) : RN_OK;
}

static rn_status examine_file(look *l, const rn_dataset *set, int64_t index, const char *name)
{
    char path[RN_PATH_SIZE];
    rn_map file;
    rn_image image;
    RN_TRY(rn_folder_name(set, index, path));
    RN_TRY(rn_tree_read(rn_folder_tree(set), &file, path));
    rn_status status = rn_image_decode(&image, file.bytes, file.size, name, NULL);
    if (status == RN_OK)
        status = examine(l, &image, &file, path, name);
    rn_image_free(&image);
    rn_map_close(&file);
    return status;
}

static rn_status examine_picture(look *l, const rn_dataset *set, int64_t index, const char *name)
{
    rn_image image;
    if (strcmp(set->kind, "folder") == 0)
        return examine_file(l, set, index, name);
    RN_TRY(set->read(set, index, &image));
    rn_status status = examine(l, &image, NULL, name, name);
    rn_image_free(&image);
    return status;
}

static void look_at(void *context, int task, int thread)
{
    check *c = context;
    look *l = &c->look[task];
    char name[RN_PATH_SIZE];
    int p = part_of(c, task);
    if (c->failure[thread].status != RN_OK)
        return;
    describe(c, task, name, sizeof name);
    rn_status status = examine_picture(l, c->part[p], task - c->first[p], name);
    l->same_as = -1;
    l->bad = status != RN_OK && rn_picture_at_fault(status);
    if (l->bad)
        status = keep(l, rn_error_text(), "");
    rn_failure_take(&c->failure[thread], status);
}

/* ---- Duplicates ---------------------------------------------------------------------------- */

typedef struct {
    const look *look;
    int64_t picture;
} entry;

static int by_sum(const void *a, const void *b)
{
    const entry *x = a, *y = b;
    int order = strcmp(x->look->sum, y->look->sum);
    return order ? order : (x->picture > y->picture) - (x->picture < y->picture);
}

static rn_status find_duplicates(check *c)
{
    entry *sorted;
    int64_t count = 0, first = 0;
    RN_TRY(rn_new(&sorted, c->first[2]));
    for (int64_t i = 0; i < c->first[2]; i++)
        if (!c->look[i].bad)
            sorted[count++] = (entry){ &c->look[i], i };
    qsort(sorted, (size_t)count, sizeof *sorted, by_sum);
    for (int64_t i = 1; i < count; i++)
        if (strcmp(sorted[i].look->sum, sorted[first].look->sum) == 0)
            c->look[sorted[i].picture].same_as = sorted[first].picture;
        else
            first = i;
    rn_free(sorted);
    return RN_OK;
}

static rn_status tell_duplicate(check *c, int64_t picture, int64_t other)
{
    char one[RN_PATH_SIZE / 2], two[RN_PATH_SIZE / 2];
    describe(c, picture, one, sizeof one);
    describe(c, other, two, sizeof two);
    bool parts = part_of(c, picture) != part_of(c, other);
    bool classes = label_of(c, picture) != label_of(c, other);
    return rn_findings_add(&c->findings, "%s: the same picture as %s%s%s", one, two,
                           parts ? ", so training sees a test picture" : "",
                           classes ? ", with another label" : "");
}

/* ---- The report ---------------------------------------------------------------------------- */

static rn_status open_parts(check *c, const char *data)
{
    rn_failure failure[2];
    for (int p = 0; p < 2; p++) {
        const rn_dataset_options options = { .beside = c->part[0] };
        rn_status status = rn_dataset_open(&c->part[p], data, p ? RN_SPLIT_TEST : RN_SPLIT_TRAIN, &options);
        rn_failure_take(&failure[p], status);
        if (status == RN_NO_MEMORY)
            return status;
    }
    if (!c->part[0] && !c->part[1])
        return rn_failure_give(&failure[0]);
    for (int p = 0; p < 2; p++) {
        c->first[p + 1] = c->first[p] + (c->part[p] ? c->part[p]->count : 0);
        if (!c->part[p])
            RN_TRY(rn_findings_add(&c->findings, "%s part: %s", p ? "test" : "training", failure[p].text));
    }
    if (c->first[2] > INT_MAX)
        return rn_fail(RN_NO_MEMORY, "%s: more than %d pictures", data, INT_MAX);
    return RN_OK;
}

static rn_status look_at_all(check *c, int threads)
{
    rn_pool *pool;
    RN_TRY(rn_new(&c->look, c->first[2]));
    RN_TRY(rn_pool_open(&pool, threads));
    int count = rn_pool_threads(pool);
    rn_status status = rn_new(&c->failure, count);
    if (status == RN_OK)
        rn_pool_run(pool, (int)c->first[2], look_at, c);
    for (int i = 0; i < count && status == RN_OK; i++)
        status = rn_failure_give(&c->failure[i]);
    rn_pool_close(pool);
    return status;
}

static rn_status list_pictures(check *c)
{
    rn_data_report *r = &c->report;
    for (int64_t i = 0; i < c->first[2]; i++) {
        const look *l = &c->look[i];
        r->bad += l->bad;
        r->odd += !l->bad && l->finding;
        r->duplicates += l->same_as >= 0;
        if (l->finding)
            RN_TRY(rn_findings_add(&c->findings, "%s", l->finding));
        if (l->same_as >= 0)
            RN_TRY(tell_duplicate(c, i, l->same_as));
    }
    return RN_OK;
}

static rn_status count_classes(check *c)
{
    const rn_dataset *set = c->part[0] ? c->part[0] : c->part[1];
    RN_TRY(rn_new(&c->class_count, set->classes));
    for (int64_t i = 0; i < c->first[1]; i++)
        c->class_count[label_of(c, i)]++;
    c->report.images = c->first[2];
    c->report.classes = set->classes;
    c->report.class_name = (const char *const *)set->class_name;
    c->report.class_count = c->class_count;
    return RN_OK;
}

static rn_status look_everywhere(check *c, const char *data, int threads)
{
    RN_TRY(open_parts(c, data));
    const rn_dataset *set = c->part[0] ? c->part[0] : c->part[1];
    if (strcmp(set->kind, "folder") == 0)
        RN_TRY(rn_layout_findings(&c->findings, rn_folder_tree(set)));
    RN_TRY(count_classes(c));
    RN_TRY(look_at_all(c, threads));
    RN_TRY(find_duplicates(c));
    RN_TRY(list_pictures(c));
    c->report.findings = c->findings.count;
    c->report.finding = (const char *const *)c->findings.item;
    return RN_OK;
}

rn_status rn_data_check(const char *data, int threads, rn_data_report **report)
{
    check *c;
    *report = NULL;
    RN_TRY(rn_new(&c, 1));
    rn_status status = look_everywhere(c, data, threads);
    if (status != RN_OK) {
        rn_data_report_free(&c->report);
        return status;
    }
    *report = &c->report;
    return RN_OK;
}

void rn_data_report_free(rn_data_report *report)
{
    check *c = (check *)report;
    if (!c)
        return;
    for (int64_t i = 0; c->look && i < c->first[2]; i++)
        rn_free(c->look[i].finding);
    rn_free(c->look);
    rn_free(c->failure);
    rn_free(c->class_count);
    rn_findings_free(&c->findings);
    rn_dataset_close(c->part[0]);
    rn_dataset_close(c->part[1]);
    rn_free(c);
}
