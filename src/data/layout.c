/* Where the pictures of a folder lie: FOLDER/train/CLASS and FOLDER/val/CLASS, or FOLDER/CLASS. */
#include "base/memory.h"
#include "data/kinds.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

bool rn_is_folder(const char *path)
{
    struct stat about;
    return stat(path, &about) == 0 && S_ISDIR(about.st_mode);
}

rn_status rn_listing_folders(rn_listing *listing, const char *folder, bool others)
{
    int kept = 0;
    rn_status status = rn_listing_open(listing, folder);
    for (int i = 0; i < listing->count; i++) {
        char path[RN_PATH_SIZE];
        if (status == RN_OK)
            status = rn_path_join(path, sizeof path, folder, listing->name[i]);
        if (status == RN_OK && rn_is_folder(path) != others)
            listing->name[kept++] = listing->name[i];
        else
            rn_free(listing->name[i]);
    }
    listing->count = kept;
    if (status != RN_OK)
        rn_listing_close(listing);
    return status;
}

/* Join, and tell whether there is a folder of folders there: a class may be called "train" as well. */
static rn_status look(char path[RN_PATH_SIZE], const char *folder, const char *name, bool *found)
{
    rn_listing inside;
    *found = false;
    RN_TRY(rn_path_join(path, RN_PATH_SIZE, folder, name));
    if (!rn_is_folder(path))
        return RN_OK;
    RN_TRY(rn_listing_folders(&inside, path, false));
    *found = inside.count > 0;
    rn_listing_close(&inside);
    return RN_OK;
}

static rn_status check_folder(const char *folder)
{
    struct stat about;
    if (stat(folder, &about) != 0)
        return rn_hint(rn_fail_errno(folder), "data is 'builtin', 'cifar10:FOLDER', 'cifar100:FOLDER' or a "
                                              "folder of pictures, one folder a class");
    if (!S_ISDIR(about.st_mode))
        return rn_hint(rn_fail(RN_BAD_FILE, "%s: is a file, a folder of pictures is wanted", folder),
                       "unpack an archive first");
    return RN_OK;
}

rn_status rn_layout_find(rn_layout *layout, const char *folder)
{
    static const char *const test_names[] = { "val", "validation", "test" };
    bool train, test = false;
    RN_TRY(check_folder(folder));
    layout->train_name = "train";
    RN_TRY(look(layout->train, folder, layout->train_name, &train));
    for (int i = 0; i < 3 && !test; i++) {
        layout->test_name = test_names[i];
        RN_TRY(look(layout->test, folder, layout->test_name, &test));
    }
    layout->test_only = test && !train;
    layout->shared = !test;
    if (!train && !test) {
        layout->train_name = "";
        RN_TRY(rn_path_join(layout->train, RN_PATH_SIZE, folder, ""));
    }
    if (!test) {
        layout->test_name = layout->train_name;
        memcpy(layout->test, layout->train, RN_PATH_SIZE);
    }
    return RN_OK;
}
