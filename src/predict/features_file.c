/* Features in files: NumPy's array with a table of names beside it, or one table of everything. */
#include "base/file.h"
#include "base/text.h"
#include "weights/npy.h"

#include <string.h>

static void add_names(rn_text *csv, const rn_features *f, int64_t row)
{
    rn_text_add_csv(csv, f->file[row]);
    rn_text_add(csv, ",");
    rn_text_add_csv(csv, f->class_name[row] ? f->class_name[row] : "");
}

/* file,class and, where asked for, the numbers of each picture. */
static rn_status write_table(const rn_features *f, const char *path, bool with_numbers)
{
    rn_text csv = { 0 };
    int64_t numbers = with_numbers ? f->channels : 0;
    rn_text_add(&csv, "file,class");
    for (int64_t i = 0; i < numbers; i++)
        rn_text_add(&csv, ",%lld", (long long)i);
    rn_text_add(&csv, "\n");
    for (int64_t row = 0; row < f->pictures; row++) {
        add_names(&csv, f, row);
        for (int64_t i = 0; i < numbers; i++)
            rn_text_add(&csv, ",%.9g", (double)f->value[row * numbers + i]);
        rn_text_add(&csv, "\n");
    }
    rn_status status = rn_text_finish(&csv);
    if (status == RN_OK)
        status = rn_file_replace(path, csv.bytes, csv.length);
    rn_text_free(&csv);
    return status;
}

static rn_status write_array(const rn_features *f, const char *path)
{
    int64_t size[] = { f->pictures, f->channels, f->height, f->width };
    char names[RN_TEXT_SIZE];
    int length = (int)strlen(path) - 4;
    if (snprintf(names, sizeof names, "%.*s.csv", length, path) >= (int)sizeof names)
        return rn_fail(RN_BAD_ARGUMENT, "file name longer than %d bytes: %s", RN_TEXT_SIZE - 1, path);
    RN_TRY(rn_npy_write(path, f->value, f->height * f->width == 1 ? 2 : 4, size));
    return write_table(f, names, false);
}

static bool ends_in(const char *path, const char *ending)
{
    size_t length = strlen(path), end = strlen(ending);
    return length > end && strcmp(path + length - end, ending) == 0;
}

rn_status rn_features_write(const rn_features *f, const char *path)
{
    if (ends_in(path, ".npy"))
        return write_array(f, path);
    if (!ends_in(path, ".csv"))
        return rn_fail(RN_BAD_ARGUMENT, "%s: the ending says the format, .npy or .csv", path);
    if (f->height * f->width > 1)
        return rn_hint(rn_fail(RN_BAD_ARGUMENT, "%s: '%s' has %lldx%lld numbers for each channel", path,
                               f->layer, (long long)f->height, (long long)f->width),
                       "--pool for their mean, or a .npy file");
    return write_table(f, path, true);
}
