/* Where the pictures of a tree lie: train/CLASS and val/CLASS, or CLASS. */
#include "data/kinds.h"

#include <string.h>

/* What the parts of a data set are called, the training part first. */
static const char *const part_names[] = { "train", "val", "validation", "test", NULL };

const char *rn_part_of(const char *name)
{
    for (const char *const *part = part_names; *part; part++) {
        const size_t length = strlen(*part);
        if (strncmp(name, *part, length) == 0 && strchr(".-_0123456789", name[length]))
            return *part;
    }
    return "";
}

/* Tell whether there is a folder of folders: a class may be called "train" as well. */
static rn_status look(bool *found, const rn_tree *tree, const char *name)
{
    rn_listing inside;
    *found = false;
    if (!rn_tree_has_folder(tree, name))
        return RN_OK;
    RN_TRY(rn_tree_list(tree, &inside, name, RN_FOLDERS));
    *found = inside.count > 0;
    rn_listing_close(&inside);
    return RN_OK;
}

rn_status rn_layout_find(rn_layout *layout, const rn_tree *tree)
{
    const char *const *name = part_names;
    bool train, test = false;
    RN_TRY(look(&train, tree, *name));
    while (!test && *++name)
        RN_TRY(look(&test, tree, *name));
    layout->train = train || test ? part_names[0] : "";
    layout->test = test ? *name : layout->train;
    layout->test_only = test && !train;
    layout->shared = !test;
    return RN_OK;
}
