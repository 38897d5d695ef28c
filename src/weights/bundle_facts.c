#include "weights/bundle_facts.h"
#include "base/json.h"
#include "base/memory.h"
#include "net/net_json.h"

#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>

#define FORMAT "1"

/* ---- Writing --------------------------------------------------------------------------------- */

static RN_FORMAT(3, 4) rn_status add(rn_tensor_file *file, const char *key, const char *format, ...)
{
    char value[64];
    va_list args;
    va_start(args, format);
    vsnprintf(value, sizeof value, format, args);
    va_end(args);
    return rn_tensor_file_add_fact(file, key, value);
}

static rn_status add_named(rn_tensor_file *file, const rn_architecture *a)
{
    char dropout[32];
    RN_TRY(add(file, "resnet.model", "%s", a->model));
    RN_TRY(add(file, "resnet.shortcut", "%s", rn_shortcut_name(a->shortcut)));
    RN_TRY(add(file, "resnet.stride_in", "%s", rn_stride_place_name(a->stride_in)));
    return add(file, "resnet.dropout", "%s", rn_text_print(dropout, sizeof dropout, "%.15g", a->dropout));
}

/* Add a text, which is freed, if it was written well. */
static rn_status add_text(rn_tensor_file *file, const char *key, rn_text *text, rn_status status)
{
    if (status == RN_OK)
        status = rn_tensor_file_add_fact(file, key, text->bytes);
    rn_text_free(text);
    return status;
}

static rn_status add_network(rn_tensor_file *file, const rn_net *net)
{
    rn_text text = { 0 };
    rn_status written = rn_net_to_json(net, &text);
    return add_text(file, RN_NETWORK_FACT, &text, written);
}

rn_status rn_facts_write_network(rn_tensor_file *file, const rn_architecture *a, const rn_net *net)
{
    RN_TRY(add(file, "resnet.format", "%s", FORMAT));
    RN_TRY(a->model[0] ? add_named(file, a) : add_network(file, net));
    RN_TRY(add(file, "resnet.classes", "%d", a->classes));
    RN_TRY(add(file, "resnet.height", "%d", a->height));
    return add(file, "resnet.width", "%d", a->width);
}

static rn_status write_names(rn_text *text, const rn_bundle *bundle)
{
    json_t *names = json_array();
    rn_status status = RN_OK;
    for (int i = 0; i < bundle->architecture.classes && status == RN_OK; i++)
        status = rn_json_add(names, rn_json_text(bundle->class_name[i]));
    if (status == RN_OK)
        status = rn_json_write(text, names, 0);
    json_decref(names);
    return status;
}

static rn_status add_class_names(rn_tensor_file *file, const rn_bundle *bundle)
{
    rn_text text = { 0 };
    rn_status written = write_names(&text, bundle);
    return add_text(file, "resnet.class_names", &text, written);
}

static rn_status add_preprocess(rn_tensor_file *file, const rn_preprocess *rule)
{
    rn_text text = { 0 };
    rn_status written = rn_preprocess_to_json(rule, &text);
    return add_text(file, "resnet.preprocess", &text, written);
}

static rn_status add_ranges(rn_tensor_file *file, const rn_weights *weights)
{
    rn_text text = { 0 };
    rn_status written = rn_ranges_to_json(weights, &text);
    return add_text(file, RN_RANGES_FACT, &text, written);
}

rn_status rn_facts_write(rn_tensor_file *file, const rn_bundle *bundle)
{
    RN_TRY(rn_facts_write_network(file, &bundle->architecture, &bundle->net));
    RN_TRY(add_preprocess(file, &bundle->preprocess));
    if (bundle->weights.range)
        RN_TRY(add_ranges(file, &bundle->weights));
    if (bundle->class_name)
        RN_TRY(add_class_names(file, bundle));
    if (bundle->recipe)
        RN_TRY(rn_tensor_file_add_fact(file, "resnet.recipe", bundle->recipe));
    if (bundle->training)
        RN_TRY(rn_tensor_file_add_fact(file, "resnet.training", bundle->training));
    return RN_OK;
}

/* ---- Reading --------------------------------------------------------------------------------- */

bool rn_facts_are_ours(const rn_tensor_file *file)
{
    return rn_tensor_file_fact(file, "resnet.model") || rn_tensor_file_fact(file, RN_NETWORK_FACT);
}

typedef struct { const rn_tensor_file *file; const char *path; } source;

static rn_status find(const source *from, const char *key, const char **value)
{
    *value = rn_tensor_file_fact(from->file, key);
    return *value ? RN_OK : rn_fail(RN_BAD_FILE, "%s: its metadata lack '%s'", from->path, key);
}

static rn_status read_size(const source *from, const char *key, int least, int *size)
{
    const char *value;
    int64_t number;
    RN_TRY(find(from, key, &value));
    if (!rn_read_int(value, &number) || number < least || number > INT_MAX)
        return rn_fail(RN_BAD_FILE, "%s: %s is \"%.40s\", wanted a positive number", from->path, key, value);
    *size = (int)number;
    return RN_OK;
}

static rn_status read_words(rn_architecture *a, const source *from)
{
    const char *model, *shortcut, *stride_in, *dropout;
    RN_TRY(find(from, "resnet.model", &model));
    RN_TRY(find(from, "resnet.shortcut", &shortcut));
    RN_TRY(find(from, "resnet.stride_in", &stride_in));
    RN_TRY(find(from, "resnet.dropout", &dropout));
    if (strlen(model) >= sizeof a->model)
        return rn_fail(RN_BAD_FILE, "%s: unknown network '%.40s...'", from->path, model);
    strcpy(a->model, model);
    if (rn_shortcut_parse(shortcut, &a->shortcut) != RN_OK
        || rn_stride_place_parse(stride_in, &a->stride_in) != RN_OK)
        return rn_while(RN_BAD_FILE, "%s", from->path);
    if (!rn_read_real(dropout, &a->dropout))
        return rn_fail(RN_BAD_FILE, "%s: resnet.dropout is \"%.40s\", wanted a number", from->path, dropout);
    return RN_OK;
}

static rn_status read_architecture(rn_architecture *a, const source *from)
{
    const char *format;
    RN_TRY(find(from, "resnet.format", &format));
    if (strcmp(format, FORMAT) != 0)
        return rn_fail(RN_BAD_FILE, "%s: a model file of format %.10s, this program reads format " FORMAT,
                       from->path, format);
    if (!rn_tensor_file_fact(from->file, RN_NETWORK_FACT))
        RN_TRY(read_words(a, from));
    RN_TRY(read_size(from, "resnet.classes", 1, &a->classes));
    RN_TRY(read_size(from, "resnet.height", 0, &a->height));
    return read_size(from, "resnet.width", 0, &a->width);
}

static rn_status take_names(rn_bundle *bundle, const json_t *names, const char *path)
{
    if ((size_t)bundle->architecture.classes != json_array_size(names))
        return rn_fail(RN_BAD_FILE, "%s: %zu class names for %d classes", path, json_array_size(names),
                       bundle->architecture.classes);
    RN_TRY(rn_new(&bundle->class_name, bundle->architecture.classes));
    for (size_t i = 0; i < json_array_size(names); i++) {
        const char *name = json_string_value(json_array_get(names, i));
        if (!name)
            return rn_fail(RN_BAD_FILE, "%s: the name of class %zu is not a text", path, i);
        RN_TRY(rn_copy_text(&bundle->class_name[i], name));
    }
    return RN_OK;
}

static rn_status read_class_names(rn_bundle *bundle, const source *from)
{
    const char *value = rn_tensor_file_fact(from->file, "resnet.class_names");
    json_t *names;
    if (!value)
        return RN_OK;
    RN_TRY(rn_json_parse(&names, value, strlen(value), from->path));
    rn_status status = take_names(bundle, names, from->path);
    json_decref(names);
    return status;
}

static rn_status read_mean_image(rn_preprocess *rule, const source *from)
{
    const rn_array *array = rn_tensor_file_find(from->file, "preprocess.mean_image");
    if (!array || array->dims != 3 || array->size[0] != 3 || array->size[1] != rule->crop_height
        || array->size[2] != rule->crop_width)
        return rn_fail(RN_BAD_FILE, "%s: its mean image is not [3,%d,%d]", from->path, rule->crop_height,
                       rule->crop_width);
    int64_t count = rn_array_count(array);
    RN_TRY(rn_new(&rule->mean_image, count));
    RN_TRY(rn_while(rn_array_floats(array, rule->mean_image), "%s", from->path));
    for (int64_t i = 0; i < count; i++)
        if (!isfinite(rule->mean_image[i]))
            return rn_fail(RN_BAD_FILE, "%s: its mean image holds values that are not finite", from->path);
    return RN_OK;
}

static rn_status copy_fact(char **to, const source *from, const char *key)
{
    const char *value = rn_tensor_file_fact(from->file, key);
    return value ? rn_copy_text(to, value) : RN_OK;
}

rn_status rn_facts_read(rn_bundle *bundle, const rn_tensor_file *file, const char *path)
{
    const source from = { file, path };
    const char *rule = rn_tensor_file_fact(file, "resnet.preprocess");
    bool mean_image = false;
    RN_TRY(read_architecture(&bundle->architecture, &from));
    if (rule)
        RN_TRY(rn_preprocess_from_json(&bundle->preprocess, &mean_image, rule, path));
    if (mean_image)
        RN_TRY(read_mean_image(&bundle->preprocess, &from));
    RN_TRY(read_class_names(bundle, &from));
    RN_TRY(copy_fact(&bundle->recipe, &from, "resnet.recipe"));
    return copy_fact(&bundle->training, &from, "resnet.training");
}
