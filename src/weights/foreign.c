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

enum { DEEPEST = 1202 };        /* of the paper; to describe deeper networks costs memory */

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

static rn_status try_network(rn_foreign *found, const char *name, const rn_tensor_file *file)
{
    bool fit;
    RN_TRY(fits(name, &found->architecture, file, &fit));
    if (fit)
        rn_text_add(&found->names, "%s%s", found->count++ ? " or " : "", name);
    return RN_OK;
}

/* Layers with weights, as the paper counts: without projections. */
static int depth_of(const rn_tensor_file *file)
{
    int depth = 0;
    for (int i = 0; i < file->arrays; i++) {
        int dims = file->array[i].dims;
        depth += (dims == 4 || dims == 2) && !strstr(file->array[i].name, ".downsample.");
    }
    return depth;
}

/* The networks whose tensors are the file's, neither more nor less; if none has a name in the list, those of
 * section 4.2, which have any depth. */
static rn_status find_candidates(rn_foreign *found, const rn_tensor_file *file)
{
    static const char *const any_depth[] = { "resnet", "plain" };
    for (const char *const *name = rn_model_names(); *name; name++)
        RN_TRY(try_network(found, *name, file));
    int depth = depth_of(file);
    for (int i = 0, none = !found->count && depth <= DEEPEST; i < 2 && none; i++) {
        char name[32];
        snprintf(name, sizeof name, "%s%d", any_depth[i], depth);
        RN_TRY(try_network(found, name, file));
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

static void choose_questions(rn_foreign *found, const rn_tensor_file *file, bool prepared)
{
    const rn_architecture *a = &found->architecture, open = open_choices(a, file);
    const bool told = rn_facts_are_ours(file), inception = strcmp(a->model, "googlenet") == 0;
    const struct { bool asked; rn_file_question question; } row[] = {
        { !told && !a->model[0],
          { "model", found->count ? found->names.bytes : "NAME", "which network it is" } },
        { !told && !a->shortcut && open.shortcut,
          { "shortcut", "A (at the end) or A-split (on both sides)",
            "where the shortcuts' new channels are zero" } },
        { !told && !a->stride_in && open.stride_in != RN_STRIDE_IN_3X3 && holds(file, "layer1.0.conv3."),
          { "stride-in", "3x3 (torchvision) or 1x1 (the paper)", "which convolution has the stride" } },
        { !prepared,
          { "preprocess", inception ? "inception (torchvision's own weights), imagenet, ..."
                                    : "imagenet (torchvision), cifar-imagenet-norm, ...",
            "how pictures are prepared" } },
    };
    for (size_t i = 0; i < sizeof row / sizeof *row; i++)
        if (row[i].asked)
            found->question[found->questions++] = row[i].question;
}

/* Fill in what the tensors tell of the network. */
static rn_status look_at_tensors(rn_foreign *found, const rn_tensor_file *file)
{
    rn_architecture *a = &found->architecture;
    if (!a->shortcut)
        a->shortcut = shortcut_of(file);
    if (!a->model[0])
        RN_TRY(find_candidates(found, file));
    rn_architecture first = *a;     /* networks with the same tensors have as many classes */
    if (found->count)
        snprintf(first.model, sizeof first.model, "%.*s", (int)strcspn(found->names.bytes, " "),
                 found->names.bytes);
    RN_TRY(count_classes(&first, file));
    a->classes = first.classes;
    if (found->count == 1)
        *a = first;
    return RN_OK;
}

rn_status rn_foreign_examine(rn_foreign *found, const rn_tensor_file *file, const rn_model_options *wanted)
{
    const char *told = rn_tensor_file_fact(file, "resnet.model");
    *found = (rn_foreign){ .architecture = wanted->architecture };
    if (told)
        snprintf(found->architecture.model, sizeof found->architecture.model, "%s", told);
    else
        RN_TRY(look_at_tensors(found, file));
    choose_questions(found, file, rn_tensor_file_fact(file, "resnet.preprocess")
                                  || (wanted->preprocess && *wanted->preprocess));
    return RN_OK;
}

void rn_foreign_free(rn_foreign *found)
{
    rn_text_free(&found->names);
}

static rn_status ask(const rn_foreign *found, const char *path)
{
    rn_text what = { 0 }, option = { 0 };
    for (int i = 0; i < found->questions; i++) {
        const rn_file_question *question = &found->question[i];
        rn_text_add(&what, "%s%s", i ? ", " : "", question->what);
        rn_text_add(&option, "%s--%s %s", i ? " " : "", question->option, question->values);
    }
    rn_status status = rn_text_finish(&what);
    if (status == RN_OK)
        status = rn_text_finish(&option);
    if (status == RN_OK)
        status = rn_hint(rn_fail(RN_BAD_ARGUMENT, "%s: does not tell %s", path, what.bytes), "%s",
                         option.bytes);
    rn_text_free(&what);
    rn_text_free(&option);
    return status;
}

rn_status rn_foreign_complete(rn_bundle *bundle, const rn_tensor_file *file, const char *path,
                              const rn_model_options *wanted)
{
    rn_foreign found;
    const char *refused = rn_tensor_file_fact(file, RN_ONNX_REFUSED);
    if (refused && !wanted->architecture.model[0])
        return rn_hint(rn_fail(RN_BAD_FILE, "%s: %s", path, refused),
                       "a network that has a name here may be loaded by its tensors' names: --model NAME");
    if (!bundle->preprocess.name[0] && wanted->preprocess && *wanted->preprocess)
        RN_TRY(rn_preprocess_read(&bundle->preprocess, wanted->preprocess));
    rn_status status = rn_foreign_examine(&found, file, wanted);
    if (!rn_facts_are_ours(file))
        bundle->architecture = found.architecture;
    if (status == RN_OK && found.questions)
        status = ask(&found, path);
    rn_foreign_free(&found);
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
