/* Layout mistakes of a tree of pictures: what lies where it is not used, and classes that are empty or
 * missing. */
#include "data/findings.h"
#include "data/kinds.h"

#include <string.h>
#include <strings.h>

static bool is_archive(const char *name)
{
    static const char *const endings[] = {
        ".tar", ".tgz", ".gz", ".xz", ".bz2", ".zst", ".zip", ".rar", ".7z"
    };
    const char *dot = strrchr(name, '.');
    for (size_t i = 0; dot && i < sizeof endings / sizeof endings[0]; i++)
        if (strcasecmp(dot, endings[i]) == 0)
            return true;
    return false;
}

typedef enum { PICTURE, ARCHIVE, OTHER, KINDS } kind;

static kind kind_of(const char *name)
{
    return rn_image_name(name) ? PICTURE : is_archive(name) ? ARCHIVE : OTHER;
}

/* How many of each kind there are, and the first of each. */
typedef struct {
    int count[KINDS];
    const char *first[KINDS];
} tally;

static tally count_kinds(const rn_listing *files)
{
    tally t = { { 0 }, { NULL } };
    for (int i = files->count - 1; i >= 0; i--) {
        kind k = kind_of(files->name[i]);
        t.count[k]++;
        t.first[k] = files->name[i];
    }
    return t;
}

/* A folder of class folders: nothing but those should be there. */
static rn_status look_beside_classes(rn_findings *findings, const rn_tree *tree, const char *part)
{
    rn_listing files;
    const char *slash = part[0] ? "/" : "";
    RN_TRY(rn_tree_list(tree, &files, part, RN_FILES));
    tally t = count_kinds(&files);
    rn_status status = RN_OK;
    if (t.count[PICTURE])
        status =
            rn_findings_add(findings, "%s%s%s: outside the class folders, as %d picture(s) in all; not used",
                            part, slash, t.first[PICTURE], t.count[PICTURE]);
    if (status == RN_OK && t.count[ARCHIVE])
        status = rn_findings_add(findings, "%s%s%s: an archive that was not unpacked", part, slash,
                                 t.first[ARCHIVE]);
    rn_listing_close(&files);
    return status;
}

static rn_status look_at_files(rn_findings *findings, const rn_listing *files, const char *class)
{
    tally t = count_kinds(files);
    if (t.count[PICTURE] == 0)
        RN_TRY(rn_findings_add(findings, "%s: no pictures", class));
    if (t.count[ARCHIVE])
        RN_TRY(rn_findings_add(findings, "%s/%s: an archive that was not unpacked", class, t.first[ARCHIVE]));
    if (t.count[OTHER])
        RN_TRY(rn_findings_add(findings, "%s/%s: no picture by its name, as %d file(s) in all; not used",
                               class, t.first[OTHER], t.count[OTHER]));
    return RN_OK;
}

/* A class folder: pictures should be there and no folders. */
static rn_status look_into_class(rn_findings *findings, const rn_tree *tree, const char *class)
{
    rn_listing files, folders;
    RN_TRY(rn_tree_list(tree, &files, class, RN_FILES));
    rn_status status = look_at_files(findings, &files, class);
    rn_listing_close(&files);
    RN_TRY(status);
    RN_TRY(rn_tree_list(tree, &folders, class, RN_FOLDERS));
    for (int i = 0; i < folders.count && status == RN_OK; i++)
        if (!rn_image_name(folders.name[i]))
            status = rn_findings_add(findings, "%s/%s: a folder inside a class; not used", class,
                                     folders.name[i]);
    rn_listing_close(&folders);
    return status;
}

static rn_status look_into_part(rn_findings *findings, const rn_tree *tree, const char *part)
{
    rn_listing classes;
    RN_TRY(look_beside_classes(findings, tree, part));
    RN_TRY(rn_tree_list(tree, &classes, part, RN_FOLDERS));
    rn_status status = RN_OK;
    for (int i = 0; i < classes.count && status == RN_OK; i++) {
        char class[RN_PATH_SIZE];
        status = rn_path_join(class, sizeof class, part, classes.name[i]);
        if (status == RN_OK)
            status = look_into_class(findings, tree, class);
    }
    rn_listing_close(&classes);
    return status;
}

/* Classes of one part that the other does not have. */
static rn_status compare(rn_findings *findings, const rn_tree *tree, const char *has, const char *lacks)
{
    rn_listing classes;
    RN_TRY(rn_tree_list(tree, &classes, has, RN_FOLDERS));
    rn_status status = RN_OK;
    for (int i = 0; i < classes.count && status == RN_OK; i++) {
        char path[RN_PATH_SIZE];
        status = rn_path_join(path, sizeof path, lacks, classes.name[i]);
        if (status == RN_OK && !rn_tree_has_folder(tree, path))
            status = rn_findings_add(findings, "%s/%s: no such class in %s", has, classes.name[i], lacks);
    }
    rn_listing_close(&classes);
    return status;
}

/* Folders beside train and val are forgotten easily. */
static rn_status look_beside_parts(rn_findings *findings, const rn_tree *tree, const rn_layout *layout)
{
    rn_listing folders;
    RN_TRY(look_beside_classes(findings, tree, ""));
    RN_TRY(rn_tree_list(tree, &folders, "", RN_FOLDERS));
    rn_status status = RN_OK;
    for (int i = 0; i < folders.count && status == RN_OK; i++)
        if (strcmp(folders.name[i], layout->train) != 0 && strcmp(folders.name[i], layout->test) != 0)
            status = rn_findings_add(findings, "%s: a folder beside %s; not used", folders.name[i],
                                     layout->test_only ? layout->test : layout->train);
    rn_listing_close(&folders);
    return status;
}

rn_status rn_layout_findings(rn_findings *findings, const rn_tree *tree)
{
    rn_layout layout;
    RN_TRY(rn_layout_find(&layout, tree));
    if (layout.train[0])
        RN_TRY(look_beside_parts(findings, tree, &layout));
    if (!layout.test_only)
        RN_TRY(look_into_part(findings, tree, layout.train));
    if (layout.shared)
        return RN_OK;
    RN_TRY(look_into_part(findings, tree, layout.test));
    if (layout.test_only)
        return RN_OK;
    RN_TRY(compare(findings, tree, layout.train, layout.test));
    return compare(findings, tree, layout.test, layout.train);
}
