/*
 * The kinds of data sets, one row each.  The last row, without a prefix, takes everything else: a folder.
 */
#include "data/dataset.h"
#include "base/memory.h"
#include "data/kinds.h"
#include "data/trouble.h"
#include "image/window.h"

#include <string.h>

static const struct {
    const char *kind, *prefix;
    rn_status (*open)(rn_dataset *, const char *where, rn_split, const rn_dataset_options *);
} kinds[] = {
    { "builtin", "builtin", rn_builtin_open },
    { "cifar10", "cifar10:", rn_cifar_open },
    { "cifar10-45k", "cifar10-45k:", rn_cifar_open },
    { "cifar100", "cifar100:", rn_cifar_open },
    { "folder", "", rn_folder_open },
};

enum { KINDS = sizeof kinds / sizeof kinds[0] };

/* "cifar10:" begins a specification, "builtin" is the whole of one. */
static bool fits(const char *prefix, const char *spec)
{
    size_t length = strlen(prefix);
    bool whole = length > 0 && prefix[length - 1] != ':';
    return strncmp(spec, prefix, length) == 0 && (!whole || spec[length] == '\0');
}

rn_status rn_dataset_open(rn_dataset **opened, const char *spec, rn_split split,
                          const rn_dataset_options *options)
{
    static const rn_dataset_options defaults;
    rn_dataset *set;
    int kind = 0;
    *opened = NULL;
    while (!fits(kinds[kind].prefix, spec))
        kind++;
    RN_TRY(rn_new(&set, 1));
    set->kind = kinds[kind].kind;
    rn_status status =
        kinds[kind].open(set, spec + strlen(kinds[kind].prefix), split, options ? options : &defaults);
    if (status == RN_OK)
        status = rn_trouble_open(&set->trouble, set->count);
    if (status != RN_OK) {
        rn_dataset_close(set);
        return status;
    }
    *opened = set;
    return RN_OK;
}

void rn_dataset_close(rn_dataset *set)
{
    if (!set)
        return;
    if (set->close)
        set->close(set);
    for (int i = 0; set->class_name && i < set->classes; i++)
        rn_free(set->class_name[i]);
    rn_free(set->class_name);
    rn_trouble_close(set->trouble);
    rn_free(set);
}

enum { MOST_AVERAGED = 65536 };

/* Adds one picture to sums in h,w,3 order; an unreadable one is left out. */
static rn_status add_picture(const rn_dataset *set, int64_t index, const rn_preprocess *rule, uint64_t *sum,
                             int64_t *added)
{
    rn_image image, view;
    rn_status status = set->read(set, index, &image);
    if (status == RN_OK) {
        status = rn_view_open(&view, rule, &image);
        if (status != RN_OK)
            rn_image_free(&image);
    }
    if (status != RN_OK)
        return rn_picture_at_fault(status) ? RN_OK : status;
    for (int i = 0; i < 3 * rule->crop_width * rule->crop_height; i++)
        sum[i] += view.pixels[i];
    rn_view_close(&view, &image);
    rn_image_free(&image);
    ++*added;
    return RN_OK;
}

rn_status rn_dataset_mean(const rn_dataset *set, const rn_preprocess *rule, float *mean)
{
    uint64_t *sum;
    int64_t added = 0, step = (set->count + MOST_AVERAGED - 1) / MOST_AVERAGED;
    const int pixels = rule->crop_height * rule->crop_width;
    RN_TRY(rn_new(&sum, 3 * pixels));
    rn_status status = RN_OK;
    for (int64_t i = 0; i < set->count && status == RN_OK; i += step)
        status = add_picture(set, i, rule, sum, &added);
    if (status == RN_OK && added == 0)
        status = rn_fail(RN_BAD_FILE, "a mean picture needs at least one readable picture");
    for (int i = 0; i < 3 * pixels && status == RN_OK; i++)
        mean[i % 3 * pixels + i / 3] = (float)((double)sum[i] / (double)added);
    rn_free(sum);
    return status;
}
