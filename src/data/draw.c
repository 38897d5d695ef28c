/* Pictures of the built-in set as files. */
#include "base/file.h"
#include "data/kinds.h"
#include "data/shapes.h"

static rn_status draw_one(const char *folder, uint64_t seed, int64_t number)
{
    char class_folder[RN_PATH_SIZE], path[RN_PATH_SIZE], name[32];
    rn_image image;
    snprintf(name, sizeof name, "%04lld.png", (long long)number);
    RN_TRY(rn_path_join(class_folder, sizeof class_folder, folder, rn_shapes[rn_builtin_label(number)].name));
    RN_TRY(rn_path_join(path, sizeof path, class_folder, name));
    RN_TRY(rn_folder_make(class_folder));
    RN_TRY(rn_builtin_draw(&image, seed, RN_STREAM_FRESH, number));
    rn_status status = rn_image_write_png(&image, path);
    rn_image_free(&image);
    return status;
}

rn_status rn_data_draw(const char *folder, int count, int64_t seed)
{
    if (count < 0)
        return rn_fail(RN_BAD_ARGUMENT, "%d pictures: a number from 0 is wanted", count);
    RN_TRY(rn_folder_make(folder));
    for (int number = 0; number < count; number++)
        RN_TRY(draw_one(folder, (uint64_t)seed, number));
    return RN_OK;
}
