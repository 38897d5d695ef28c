#include "data/pictures.h"
#include "base/memory.h"
#include "base/text.h"
#include "data/kinds.h"
#include "data/trouble.h"

#include <string.h>

enum { DEEPEST = 3 };       /* FOLDER/train/CLASS; also an end to links that lead back */

typedef struct {
    size_t path;                /* where it begins in pictures.paths */
    int32_t label;
    rn_status status;           /* of reading it; whoever reads it fills it in */
} picture;

typedef struct {
    rn_text paths;              /* each ended by a zero byte */
    picture *picture;
    int64_t room;
    rn_image_options reading;
} pictures;

static rn_status add_picture(rn_dataset *set, const char *path, int32_t label)
{
    pictures *p = set->state;
    if (set->count == p->room) {
        int64_t room = p->room ? 2 * p->room : 256;
        RN_TRY(rn_reallocate((void **)&p->picture, (size_t)p->room, (size_t)room, sizeof *p->picture,
                             "pictures"));
        p->room = room;
    }
    p->picture[set->count++] = (picture){ .path = p->paths.length, .label = label };
    rn_text_add_bytes(&p->paths, path, strlen(path) + 1);
    return RN_OK;
}

static rn_status find_class(rn_dataset *set, const char *name, int32_t *label)
{
    for (*label = 0; *label < set->classes; ++*label)
        if (strcmp(set->class_name[*label], name) == 0)
            return RN_OK;
    RN_TRY(rn_reallocate((void **)&set->class_name, (size_t)set->classes, (size_t)set->classes + 1,
                         sizeof *set->class_name, "class names"));
    RN_TRY(rn_copy_text(&set->class_name[set->classes], name));
    set->classes++;
    return RN_OK;
}

static rn_status add_folder(rn_dataset *set, const char *folder, int32_t label, int depth);

static rn_status add_entry(rn_dataset *set, const char *folder, const char *name, int32_t label, int depth)
{
    char path[RN_PATH_SIZE];
    RN_TRY(rn_path_join(path, sizeof path, folder, name));
    if (!rn_is_folder(path))
        return rn_image_name(name) ? add_picture(set, path, label) : RN_OK;
    if (depth == DEEPEST)
        return RN_OK;
    RN_TRY(find_class(set, name, &label));
    return add_folder(set, path, label, depth + 1);
}

static rn_status add_folder(rn_dataset *set, const char *folder, int32_t label, int depth)
{
    rn_listing listing;
    rn_status status = rn_listing_open(&listing, folder);
    for (int i = 0; i < listing.count && status == RN_OK; i++)
        status = add_entry(set, folder, listing.name[i], label, depth);
    rn_listing_close(&listing);
    return status;
}

const char *rn_pictures_path(const rn_dataset *set, int64_t index)
{
    const pictures *p = set->state;
    return p->paths.bytes + p->picture[index].path;
}

rn_status rn_pictures_refused(const rn_dataset *set)
{
    const pictures *p = set->state;
    for (int64_t i = 0; i < set->count; i++)
        if (p->picture[i].status != RN_OK)
            return p->picture[i].status;
    return RN_OK;
}

/* A picture is read by one thread, so its status needs no lock. */
static rn_status read_picture(const rn_dataset *set, int64_t index, rn_image *image)
{
    const pictures *p = set->state;
    return p->picture[index].status = rn_image_read(image, rn_pictures_path(set, index), &p->reading);
}

static int32_t label_of(const rn_dataset *set, int64_t index)
{
    const pictures *p = set->state;
    return p->picture[index].label;
}

static void describe(const rn_dataset *set, int64_t index, char *text, size_t size)
{
    snprintf(text, size, "%s", rn_pictures_path(set, index));
    rn_make_printable(text);
}

static void close_pictures(rn_dataset *set)
{
    pictures *p = set->state;
    if (!p)
        return;
    rn_text_free(&p->paths);
    rn_free(p->picture);
    rn_free(p);
}

static rn_status add_names(rn_dataset *set, const char *const *name, int names)
{
    pictures *p = set->state;
    for (int i = 0; i < names; i++) {
        int64_t before = set->count;
        if (!rn_is_folder(name[i]))
            RN_TRY(add_picture(set, name[i], RN_NO_CLASS));
        else
            RN_TRY(add_folder(set, name[i], RN_NO_CLASS, 0));
        if (set->count == before)
            return rn_fail(RN_BAD_FILE, "%s: no pictures in this folder", name[i]);
    }
    RN_TRY(rn_text_finish(&p->paths));
    return rn_trouble_open(&set->trouble, set->count);
}

rn_status rn_pictures_open(rn_dataset **opened, const char *const *name, int names,
                           const rn_image_options *reading)
{
    rn_dataset *set;
    pictures *p;
    *opened = NULL;
    RN_TRY(rn_new(&set, 1));
    *set = (rn_dataset){ .kind = "pictures", .read = read_picture, .label = label_of, .describe = describe,
                         .close = close_pictures };
    rn_status status = rn_new(&p, 1);
    set->state = p;
    if (status == RN_OK) {
        p->reading = *reading;
        status = add_names(set, name, names);
    }
    if (status != RN_OK) {
        rn_dataset_close(set);
        return status;
    }
    *opened = set;
    return RN_OK;
}
