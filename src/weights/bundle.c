/*
 * Opening goes from the cheap to the dear: what the file says of itself, the network it names, whether its
 * tensors fit that network, and only then memory for the weights.
 */
#include "weights/bundle.h"
#include "base/memory.h"
#include "base/text.h"
#include "net/fold.h"
#include "net/net_json.h"
#include "weights/bundle_facts.h"
#include "weights/foreign.h"
#include "weights/safetensors.h"

#include <string.h>

/* ---- A bundle in memory ---------------------------------------------------------------------- */

void rn_bundle_close(rn_bundle *bundle)
{
    for (int i = 0; bundle->class_name && i < bundle->architecture.classes; i++)
        rn_free(bundle->class_name[i]);
    rn_free(bundle->class_name);
    rn_free(bundle->recipe);
    rn_free(bundle->training);
    rn_preprocess_free(&bundle->preprocess);
    rn_weights_close(&bundle->weights);
    rn_net_free(&bundle->net);
    rn_map_close(&bundle->map);
    *bundle = (rn_bundle){ 0 };
}

static rn_status make(rn_bundle *bundle, uint64_t seed)
{
    RN_TRY(rn_model_build(&bundle->net, &bundle->architecture));
    RN_TRY(rn_weights_open(&bundle->weights, &bundle->net));
    rn_weights_initialise(&bundle->weights, seed);
    return RN_OK;
}

rn_status rn_bundle_new(rn_bundle *bundle, const rn_architecture *architecture, uint64_t seed)
{
    *bundle = (rn_bundle){ .architecture = *architecture };
    rn_status status = make(bundle, seed);
    if (status != RN_OK)
        rn_bundle_close(bundle);
    return status;
}

static void free_names(char **name, int count)
{
    for (int i = 0; name && i < count; i++)
        rn_free(name[i]);
    rn_free(name);
}

rn_status rn_bundle_set_classes(rn_bundle *bundle, char *const *class_name, int classes)
{
    char **copy;
    if (classes != bundle->architecture.classes)
        return rn_fail(RN_BAD_ARGUMENT, "%d class names for a network of %d classes", classes,
                       bundle->architecture.classes);
    RN_TRY(rn_new(&copy, classes));
    for (int i = 0; i < classes; i++) {
        rn_status status = rn_copy_text(&copy[i], class_name[i]);
        if (status != RN_OK) {
            free_names(copy, classes);
            return status;
        }
    }
    free_names(bundle->class_name, classes);
    bundle->class_name = copy;
    return RN_OK;
}

rn_status rn_bundle_fold(rn_bundle *bundle)
{
    rn_net net;
    rn_weights weights;
    RN_TRY(rn_net_fold(&net, &weights, &bundle->net, &bundle->weights));
    rn_weights_close(&bundle->weights);
    rn_net_free(&bundle->net);
    bundle->net = net;
    bundle->weights = weights;
    bundle->weights.net = &bundle->net;
    bundle->architecture.model[0] = '\0';
    return RN_OK;
}

/* ---- To a file ------------------------------------------------------------------------------- */

static rn_status add_tensors(rn_tensor_file *file, const rn_bundle *bundle)
{
    for (int p = 0; p < bundle->net.params; p++) {
        int64_t size[4];
        int dims = rn_param_sizes(&bundle->net.param[p], size);
        const float *values = rn_weights_param(&bundle->weights, p);
        RN_TRY(rn_tensor_file_add(file, bundle->net.param[p].name, RN_F32, dims, size, values));
    }
    return RN_OK;
}

rn_status rn_bundle_hash(const rn_bundle *bundle, char hex[65])
{
    rn_tensor_file file = { 0 };
    rn_status status = add_tensors(&file, bundle);
    if (status == RN_OK)
        status = rn_tensor_file_hash(&file, hex);
    rn_tensor_file_close(&file);
    return status;
}

rn_status rn_bundle_list(const rn_bundle *bundle, rn_tensor_file *file, const char *path)
{
    char hex[65];
    const rn_preprocess *rule = &bundle->preprocess;
    const rn_param *bad = rn_weights_first_bad(&bundle->weights);
    *file = (rn_tensor_file){ 0 };
    if (bad)
        return rn_fail(RN_NOT_FINITE, "%s: not written: '%s' holds values that are not finite", path,
                       bad->name);
    RN_TRY(add_tensors(file, bundle));
    RN_TRY(rn_tensor_file_hash(file, hex));
    RN_TRY(rn_tensor_file_add_fact(file, "resnet.sha256", hex));
    RN_TRY(rn_facts_write(file, bundle));
    if (!rule->mean_image)
        return RN_OK;
    const int64_t size[] = { 3, rule->crop_height, rule->crop_width };
    return rn_tensor_file_add(file, "preprocess.mean_image", RN_F32, 3, size, rule->mean_image);
}

rn_status rn_bundle_save(const rn_bundle *bundle, const char *path, const char *keep_as)
{
    rn_tensor_file file;
    rn_status status = rn_bundle_list(bundle, &file, path);
    if (status == RN_OK)
        status = rn_safetensors_write(&file, path, keep_as);
    rn_tensor_file_close(&file);
    return status;
}

/* ---- From a file ----------------------------------------------------------------------------- */

/* What the file tells may be repeated but not contradicted. */
static rn_status compare(const rn_bundle *bundle, const rn_model_options *wanted, const char *path)
{
    const rn_architecture *has = &bundle->architecture, *want = &wanted->architecture;
    char classes[2][16];
    const struct { const char *what, *has, *want; bool asked; } row[] = {
        { "network", has->model[0] ? has->model : "one of its own", want->model, want->model[0] },
        { "shortcut", rn_shortcut_name(has->shortcut), rn_shortcut_name(want->shortcut), want->shortcut },
        { "stride place", rn_stride_place_name(has->stride_in), rn_stride_place_name(want->stride_in),
          want->stride_in },
        { "number of classes", rn_text_print(classes[0], sizeof *classes, "%d", has->classes),
          rn_text_print(classes[1], sizeof *classes, "%d", want->classes), want->classes },
        { "preprocessing", bundle->preprocess.name, wanted->preprocess,
          bundle->preprocess.name[0] && wanted->preprocess && *wanted->preprocess },
    };
    for (size_t i = 0; i < sizeof row / sizeof *row; i++)
        if (row[i].asked && strcmp(row[i].has, row[i].want) != 0)
            return rn_hint(rn_fail(RN_BAD_ARGUMENT, "%s: its %s is %s, not %s", path, row[i].what, row[i].has,
                                   row[i].want), "leave the option out: the file says it");
    return RN_OK;
}

/* Crop and input size agree.  Another size than the file's scales the resizing with it. */
static rn_status settle_size(rn_bundle *bundle, const rn_architecture *want, const char *path)
{
    rn_preprocess *rule = &bundle->preprocess;
    int height = want->height ? want->height : want->width, width = want->width ? want->width : want->height;
    if (height && (height != rule->crop_height || width != rule->crop_width)) {
        if (rule->mean_image)
            return rn_fail(RN_BAD_ARGUMENT, "%s: its mean image is %dx%d pixels, not %dx%d", path,
                           rule->crop_width, rule->crop_height, width, height);
        int shorter = height < width ? height : width;
        int before = rule->crop_height < rule->crop_width ? rule->crop_height : rule->crop_width;
        rule->resize = (int)((int64_t)rule->resize * shorter / before);
        rule->crop_height = height;
        rule->crop_width = width;
    }
    bundle->architecture.height = rule->crop_height;
    bundle->architecture.width = rule->crop_width;
    return RN_OK;
}

/* A depth that the tensors cannot fill is refused before a network of that depth is described. */
static rn_status check_depth(const rn_bundle *bundle, const rn_tensor_file *file, const char *path)
{
    const char *model = bundle->architecture.model;
    int64_t depth;
    if (rn_read_int(model + strcspn(model, "0123456789"), &depth) && depth > file->arrays)
        return rn_fail(RN_BAD_FILE, "%s: %d tensors are too few for %s", path, file->arrays, model);
    return RN_OK;
}

static rn_status build(rn_bundle *bundle, const rn_tensor_file *file, const char *path)
{
    const rn_architecture *a = &bundle->architecture;
    const char *network = a->model[0] ? NULL : rn_tensor_file_fact(file, RN_NETWORK_FACT);
    if (network) {
        RN_TRY(rn_net_from_json(&bundle->net, network, a->height, a->width, path));
        if (rn_value_shape(&bundle->net, bundle->net.head[0]).c == a->classes)
            return RN_OK;
        return rn_fail(RN_BAD_FILE, "%s: its network has not the %d classes that it says", path, a->classes);
    }
    rn_status status = rn_model_build(&bundle->net, &bundle->architecture);
    return rn_while(status == RN_BAD_ARGUMENT ? RN_BAD_FILE : status, "%s", path);
}

static rn_status read_weights(rn_bundle *bundle, const rn_tensor_file *file, const char *path)
{
    RN_TRY(rn_weights_check(&bundle->net, file, path));
    RN_TRY(rn_weights_open(&bundle->weights, &bundle->net));
    if (bundle->net.heads > 1)
        rn_weights_initialise(&bundle->weights, 0);     /* heads that the file may leave out */
    return rn_weights_load(&bundle->weights, file, path);
}

/* Let the weights lie where they are, or read them. */
static rn_status look_at_weights(rn_bundle *bundle, rn_tensor_file *file, const char *path)
{
    RN_TRY(rn_weights_refer(&bundle->weights, &bundle->net, file, path));
    if (!bundle->weights.in_file)
        return read_weights(bundle, file, path);
    bundle->map = file->map;
    file->map = (rn_map){ 0 };
    return RN_OK;
}

static rn_status read_bundle(rn_bundle *bundle, rn_tensor_file *file, const char *path, bool stay,
                             const rn_model_options *wanted)
{
    rn_architecture size = wanted->architecture;
    if (rn_facts_are_ours(file)) {
        RN_TRY(rn_facts_read(bundle, file, path));
        RN_TRY(compare(bundle, wanted, path));
        if (!bundle->preprocess.name[0] && !size.height && !size.width)
            size = bundle->architecture;
    }
    RN_TRY(rn_foreign_complete(bundle, file, path, wanted));
    RN_TRY(settle_size(bundle, &size, path));
    RN_TRY(check_depth(bundle, file, path));
    RN_TRY(build(bundle, file, path));
    RN_TRY(stay ? look_at_weights(bundle, file, path) : read_weights(bundle, file, path));
    const char *ranges = rn_tensor_file_fact(file, RN_RANGES_FACT);
    if (ranges)
        RN_TRY(rn_ranges_from_json(&bundle->weights, ranges, path));
    bool named = bundle->class_name || !wanted->class_names || !*wanted->class_names;
    return named ? RN_OK : rn_foreign_class_names(bundle, wanted->class_names);
}

static rn_status open_file(rn_bundle *bundle, rn_tensor_file *file, const char *path, bool stay,
                           const rn_model_options *wanted)
{
    static const rn_model_options nothing;
    rn_status status = read_bundle(bundle, file, path, stay, wanted ? wanted : &nothing);
    rn_tensor_file_close(file);
    if (status != RN_OK)
        rn_bundle_close(bundle);
    return status;
}

rn_status rn_bundle_open(rn_bundle *bundle, const char *path, const rn_model_options *wanted)
{
    rn_tensor_file file;
    *bundle = (rn_bundle){ 0 };
    RN_TRY(rn_tensor_file_open(&file, path));
    return open_file(bundle, &file, path, false, wanted);
}

rn_status rn_bundle_look(rn_bundle *bundle, const char *path, const rn_model_options *wanted)
{
    rn_tensor_file file;
    *bundle = (rn_bundle){ 0 };
    RN_TRY(rn_tensor_file_open(&file, path));
    return open_file(bundle, &file, path, true, wanted);
}

rn_status rn_bundle_open_memory(rn_bundle *bundle, const void *bytes, size_t size,
                                const rn_model_options *wanted)
{
    static const char name[] = "model in memory";
    rn_tensor_file file;
    *bundle = (rn_bundle){ 0 };
    RN_TRY(rn_tensor_file_open_memory(&file, bytes, size, name));
    return open_file(bundle, &file, name, false, wanted);
}
