/*
 * The tensors tell the number of classes and whether there are projections on the shortcuts.  They do not
 * tell which network it is, where option A puts its zeros, which convolution of a bottleneck has the stride,
 * nor how pictures were prepared.
 */
#include "weights/foreign.h"
#include "base/memory.h"
#include "base/text.h"

#include <limits.h>
#include <string.h>

static bool holds(const rn_tensor_file *file, const char *part)
{
    for (int i = 0; i < file->arrays; i++)
        if (strstr(file->array[i].name, part))
            return true;
    return false;
}

/* A block whose shape does not change has a projection only under option C. */
static rn_shortcut shortcut_of(const rn_tensor_file *file)
{
    if (holds(file, "layer1.1.downsample."))
        return RN_SHORTCUT_C;
    return holds(file, ".downsample.") ? RN_SHORTCUT_B : RN_SHORTCUT_DEFAULT;
}

static int classes_of(const rn_tensor_file *file)
{
    const rn_array *weight = rn_tensor_file_find(file, "fc.weight");
    return weight && weight->dims > 0 && weight->size[0] <= INT_MAX ? (int)weight->size[0] : 0;
}

static rn_status ask(const rn_bundle *bundle, const rn_tensor_file *file, const char *path)
{
    const rn_architecture *a = &bundle->architecture;
    bool plain = strncmp(a->model, "plain", 5) == 0;
    const struct { bool asked; const char *what, *option; } row[] = {
        { !a->model[0], "which network it is", "--model NAME" },
        { !a->shortcut && !plain, "where the shortcuts' new channels are zero",
          "--shortcut A (at the end) or A-split (on both sides)" },
        { !a->stride_in && holds(file, "layer1.0.conv3."), "which convolution has the stride",
          "--stride-in 3x3 (torchvision) or 1x1 (the paper)" },
        { !bundle->preprocess.name[0], "how pictures are prepared",
          "--preprocess imagenet (torchvision), cifar-imagenet-norm, ..." },
    };
    rn_text what = { 0 }, option = { 0 };
    for (size_t i = 0; i < sizeof row / sizeof *row; i++)
        if (row[i].asked) {
            rn_text_add(&what, "%s%s", what.length ? ", " : "", row[i].what);
            rn_text_add(&option, "%s%s", option.length ? " " : "", row[i].option);
        }
    rn_status status = RN_OK;
    if (what.failed || option.failed)
        status = rn_fail(RN_NO_MEMORY, "out of memory for a message");
    else if (what.length)
        status = rn_hint(rn_fail(RN_BAD_ARGUMENT, "%s: does not tell %s", path, what.bytes), "%s",
                         option.bytes);
    rn_text_free(&what);
    rn_text_free(&option);
    return status;
}

rn_status rn_foreign_complete(rn_bundle *bundle, const rn_tensor_file *file, const char *path,
                              const rn_model_options *wanted)
{
    rn_architecture *a = &bundle->architecture;
    *a = wanted->architecture;
    if (!a->shortcut)
        a->shortcut = shortcut_of(file);
    if (!a->classes)
        a->classes = classes_of(file);
    if (wanted->preprocess && *wanted->preprocess)
        RN_TRY(rn_preprocess_named(&bundle->preprocess, wanted->preprocess));
    return ask(bundle, file, path);
}

/* ---- Class names ----------------------------------------------------------------------------- */

/* The next line without its end; false after the last. */
static bool next_line(const rn_map *map, size_t *at, const char **line, size_t *length)
{
    if (*at >= map->size)
        return false;
    const uint8_t *begin = map->bytes + *at, *end = memchr(begin, '\n', map->size - *at);
    *length = end ? (size_t)(end - begin) : map->size - *at;
    *at += *length + 1;
    if (*length && begin[*length - 1] == '\r')
        --*length;
    *line = (const char *)begin;
    return true;
}

static rn_status read_names(rn_bundle *bundle, const rn_map *map, const char *path)
{
    const char *line;
    size_t length, at = 0;
    int lines = 0;
    while (next_line(map, &at, &line, &length))
        lines++;
    if (lines != bundle->architecture.classes)
        return rn_fail(RN_BAD_FILE, "%s: %d lines, wanted the names of %d classes", path, lines,
                       bundle->architecture.classes);
    RN_TRY(rn_new(&bundle->class_name, lines));
    at = 0;
    for (int i = 0; next_line(map, &at, &line, &length); i++)
        RN_TRY(rn_copy_text_part(&bundle->class_name[i], line, length));
    return RN_OK;
}

rn_status rn_foreign_class_names(rn_bundle *bundle, const char *path)
{
    rn_map map;
    RN_TRY(rn_map_open(&map, path));
    rn_status status = read_names(bundle, &map, path);
    rn_map_close(&map);
    return status;
}
