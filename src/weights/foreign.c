/*
 * The tensors tell the number of classes, whether there are projections on the shortcuts and, where no other
 * network has the same ones, which network it is.  They do not tell a residual network without projections
 * from a plain one, where option A puts its zeros, which convolution of a bottleneck has the stride, nor how
 * pictures were prepared.
 */
#include "weights/foreign.h"
#include "base/memory.h"
#include "base/text.h"
#include "model/models.h"
#include "weights/bundle_facts.h"
#include "weights/load.h"
#include "weights/onnx.h"

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

static int classes_of(const rn_net *net, const rn_tensor_file *file)
{
    const rn_node *classifier = &net->node[rn_net_classifier(net, 0)];
    const rn_array *weight = rn_tensor_file_find(file, net->param[classifier->first_param].name);
    return weight && weight->dims > 0 && weight->size[0] <= INT_MAX ? (int)weight->size[0] : 0;
}

/* As many classes as the file has, where nothing else is said.  A name that is unknown is told of later. */
static rn_status count_classes(rn_architecture *a, const rn_tensor_file *file)
{
    rn_architecture copy = *a;
    rn_net net;
    if (a->classes)
        return RN_OK;
    rn_status status = rn_model_build(&net, &copy);
    if (status == RN_OK)
        a->classes = classes_of(&net, file);
    rn_net_free(&net);
    return status == RN_BAD_ARGUMENT ? RN_OK : status;
}

/* ---- Which network it is --------------------------------------------------------------------- */

typedef struct { int count; rn_text names; } candidates;

static rn_status fits(const char *name, const rn_architecture *wanted, const rn_tensor_file *file, bool *fit)
{
    rn_architecture a = *wanted;
    rn_net net;
    *fit = false;
    snprintf(a.model, sizeof a.model, "%s", name);
    RN_TRY(count_classes(&a, file));
    rn_status status = rn_model_build(&net, &a);
    if (status == RN_OK)
        *fit = rn_weights_fit(&net, file);
    rn_net_free(&net);
    return status == RN_BAD_ARGUMENT ? RN_OK : status;
}

/* The networks whose tensors are the file's, neither more nor less. */
static rn_status find_candidates(candidates *found, const rn_architecture *wanted, const rn_tensor_file *file)
{
    for (const char *const *name = rn_model_names(); *name; name++) {
        bool fit;
        RN_TRY(fits(*name, wanted, file, &fit));
        if (fit)
            rn_text_add(&found->names, "%s%s", found->count++ ? " or " : "", *name);
    }
    return rn_text_finish(&found->names);
}

/* ---- What is asked for ----------------------------------------------------------------------- */

/* The choices that the network leaves to its user; without a network, those that the tensors hint at. */
static rn_architecture open_choices(const rn_architecture *a, const rn_tensor_file *file)
{
    rn_architecture open = *a;
    open.shortcut = holds(file, "layer1.0.") ? RN_SHORTCUT_A : RN_SHORTCUT_DEFAULT;
    open.stride_in = holds(file, "layer1.0.conv3.") ? RN_STRIDE_DEFAULT : RN_STRIDE_IN_3X3;
    if (a->model[0])
        rn_architecture_complete(&open);
    return open;
}

static rn_status ask(const rn_bundle *bundle, const rn_tensor_file *file, const char *path, const char *names)
{
    const rn_architecture *a = &bundle->architecture, open = open_choices(a, file);
    const bool told = rn_facts_are_ours(file);
    char model[256];
    snprintf(model, sizeof model, "--model %s", names && *names ? names : "NAME");
    const struct { bool asked; const char *what, *option; } row[] = {
        { !told && !a->model[0], "which network it is", model },
        { !told && !a->shortcut && open.shortcut, "where the shortcuts' new channels are zero",
          "--shortcut A (at the end) or A-split (on both sides)" },
        { !told && !a->stride_in && open.stride_in != RN_STRIDE_IN_3X3 && holds(file, "layer1.0.conv3."),
          "which convolution has the stride", "--stride-in 3x3 (torchvision) or 1x1 (the paper)" },
        { !bundle->preprocess.name[0] && strcmp(a->model, "googlenet") == 0, "how pictures are prepared",
          "--preprocess inception (torchvision's own weights), imagenet, ..." },
        { !bundle->preprocess.name[0] && strcmp(a->model, "googlenet") != 0, "how pictures are prepared",
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

static rn_status complete(rn_bundle *bundle, const rn_tensor_file *file, const char *path, candidates *found)
{
    rn_architecture *a = &bundle->architecture;
    const bool told = rn_facts_are_ours(file);
    if (!told && !a->shortcut)
        a->shortcut = shortcut_of(file);
    if (!told && !a->model[0])
        RN_TRY(find_candidates(found, a, file));
    if (found->count == 1)
        snprintf(a->model, sizeof a->model, "%s", found->names.bytes);
    if (!told)
        RN_TRY(count_classes(a, file));
    return ask(bundle, file, path, found->names.bytes);
}

rn_status rn_foreign_complete(rn_bundle *bundle, const rn_tensor_file *file, const char *path,
                              const rn_model_options *wanted)
{
    candidates found = { 0 };
    const char *refused = rn_tensor_file_fact(file, RN_ONNX_REFUSED);
    if (refused && !wanted->architecture.model[0])
        return rn_hint(rn_fail(RN_BAD_FILE, "%s: %s", path, refused),
                       "a network that has a name here may be loaded by its tensors' names: --model NAME");
    if (!rn_facts_are_ours(file))
        bundle->architecture = wanted->architecture;
    if (!bundle->preprocess.name[0] && wanted->preprocess && *wanted->preprocess)
        RN_TRY(rn_preprocess_read(&bundle->preprocess, wanted->preprocess));
    rn_status status = complete(bundle, file, path, &found);
    rn_text_free(&found.names);
    return status;
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
