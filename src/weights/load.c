/* Matching walks over the parameters and over the file; what does not match goes into three lists. */
#include "weights/load.h"
#include "base/text.h"

#include <math.h>
#include <stdarg.h>
#include <string.h>

typedef struct { int count; rn_text text; } list;       /* how many, and the first of them */

enum { SHOWN = 5 };

typedef struct {
    const rn_net *net;
    const rn_tensor_file *file;
    list misshaped, missing, unexpected;
    int matched;
    int64_t classes;            /* of a misshaped classifier in the file */
    bool shortcuts;             /* a projection is missing or unexpected */
} match;

static RN_FORMAT(2, 3) void add(list *to, const char *format, ...)
{
    char entry[256];
    va_list args;
    va_start(args, format);
    vsnprintf(entry, sizeof entry, format, args);
    va_end(args);
    if (to->count++ < SHOWN)
        rn_text_add(&to->text, "%s%s", to->count > 1 ? ", " : "", entry);
}

int rn_param_sizes(const rn_param *param, int64_t size[4])
{
    const rn_shape s = param->shape;
    size[0] = param->dims == 1 ? rn_count(s) : s.n;
    size[1] = s.c;
    size[2] = s.h;
    size[3] = s.w;
    return param->dims;
}

static bool same_shape(const rn_param *param, const rn_array *array)
{
    int64_t size[4];
    return rn_param_sizes(param, size) == array->dims
        && memcmp(size, array->size, (size_t)array->dims * sizeof *size) == 0;
}

static bool is_projection(const char *name)
{
    return strstr(name, ".downsample.") != NULL;
}

static bool is_beside(const char *name)
{
    return rn_ends_with(name, "num_batches_tracked") || strncmp(name, "preprocess.", 11) == 0
        || strncmp(name, "training.", 9) == 0;
}

/* Parameters from this one on belong to heads that only help training: files may leave them out. */
static int first_helper(const rn_net *net)
{
    int answer = rn_net_answer_nodes(net);
    return answer < net->nodes ? net->node[answer].first_param : net->params;
}

static void look_for_param(match *m, int p)
{
    const rn_param *param = &m->net->param[p];
    const rn_array *array = rn_tensor_file_find(m->file, param->name);
    bool head = rn_net_is_classifier(m->net, p);
    if (array && same_shape(param, array)) {
        m->matched++;
        return;
    }
    if (!array && p >= first_helper(m->net))
        return;
    if (!array) {
        add(&m->missing, "%s", param->name);
        m->shortcuts |= is_projection(param->name);
        return;
    }
    int64_t size[4];
    char wanted[80], got[200];
    rn_array_shape_text(wanted, sizeof wanted, rn_param_sizes(param, size), size);
    rn_array_shape_text(got, sizeof got, array->dims, array->size);
    add(&m->misshaped, "expected %s for %s, file has %s", wanted, param->name, got);
    if (head && array->dims > 0)
        m->classes = array->size[0];
}

static void look_at_array(match *m, const rn_array *array)
{
    if (is_beside(array->name) || rn_net_find_param(m->net, array->name) >= 0)
        return;
    add(&m->unexpected, "%.80s", array->name);
    m->shortcuts |= is_projection(array->name);
}

static void tell(rn_text *text, const list *from, const char *what)
{
    if (from->count == 0)
        return;
    if (text->length)
        rn_text_add(text, "; ");
    if (what)
        rn_text_add(text, "%d %s: ", from->count, what);
    rn_text_add(text, "%s", from->text.bytes ? from->text.bytes : "");
    if (from->count > SHOWN)
        rn_text_add(text, " and %d more", from->count - SHOWN);
}

static rn_status hint(const match *m)
{
    if (m->classes > 0)
        return rn_hint(RN_BAD_FILE, "--classes %lld, or --reset-head to train a new classifier",
                       (long long)m->classes);
    if (m->shortcuts)
        return rn_hint(RN_BAD_FILE, "was it trained with another --shortcut? A and A-split have no "
                       "projections, B has few, C has one in every block");
    if (m->missing.count && m->unexpected.count)
        return rn_hint(RN_BAD_FILE, "is it another network? name it with --model");
    return RN_BAD_FILE;
}

static bool fits(const match *m)
{
    return m->misshaped.count + m->missing.count + m->unexpected.count == 0;
}

static rn_status judge(const match *m, const char *path)
{
    if (fits(m))
        return RN_OK;
    rn_text text = { 0 };
    tell(&text, &m->misshaped, NULL);
    tell(&text, &m->missing, "missing");
    tell(&text, &m->unexpected, "unexpected");
    rn_status status = rn_text_finish(&text);
    if (status == RN_OK) {
        rn_fail(RN_BAD_FILE, "%s: the tensors do not fit the network (%d of %d do): %s", path, m->matched,
                m->net->params, text.bytes);
        status = hint(m);
    }
    rn_text_free(&text);
    return status;
}

static match compare(const rn_net *net, const rn_tensor_file *file)
{
    match m = { .net = net, .file = file };
    for (int p = 0; p < net->params; p++)
        look_for_param(&m, p);
    for (int i = 0; i < file->arrays; i++)
        look_at_array(&m, &file->array[i]);
    return m;
}

static void forget(match *m)
{
    rn_text_free(&m->misshaped.text);
    rn_text_free(&m->missing.text);
    rn_text_free(&m->unexpected.text);
}

rn_status rn_weights_check(const rn_net *net, const rn_tensor_file *file, const char *path)
{
    match m = compare(net, file);
    rn_status status = judge(&m, path);
    forget(&m);
    return status;
}

bool rn_weights_fit(const rn_net *net, const rn_tensor_file *file)
{
    int arrays = 0;
    for (int i = 0; i < file->arrays; i++)
        arrays += !is_beside(file->array[i].name);
    if (arrays < first_helper(net) || arrays > net->params)
        return false;       /* most networks are ruled out without a look at names */
    match m = compare(net, file);
    forget(&m);
    return fits(&m);
}

const rn_param *rn_weights_first_bad(const rn_weights *weights)
{
    for (int p = 0; p < weights->net->params; p++) {
        const float *value = rn_weights_param(weights, p);
        for (int64_t i = 0, count = rn_count(weights->net->param[p].shape); i < count; i++)
            if (!isfinite(value[i]))
                return &weights->net->param[p];
        rn_weights_rest(weights, p);
    }
    return NULL;
}

static rn_status check_finite(const rn_weights *weights, const char *path)
{
    const rn_param *bad = rn_weights_first_bad(weights);
    if (bad)
        return rn_fail(RN_BAD_FILE, "%s: tensor '%s' holds values that are not finite", path, bad->name);
    return RN_OK;
}

rn_status rn_weights_load(rn_weights *weights, const rn_tensor_file *file, const char *path)
{
    const rn_net *net = weights->net;
    RN_TRY(rn_weights_check(net, file, path));
    for (int p = 0; p < net->params; p++) {
        const rn_array *array = rn_tensor_file_find(file, net->param[p].name);
        if (array && same_shape(&net->param[p], array))
            RN_TRY(rn_while(rn_array_floats(array, rn_weights_param(weights, p)), "%s", path));
    }
    weights->version++;
    return check_finite(weights, path);
}

static bool lies_in(const rn_map *map, const rn_array *array)
{
    const uint8_t *data = array->data;
    return data >= map->bytes && data < map->bytes + map->size;
}

rn_status rn_weights_refer(rn_weights *weights, const rn_net *net, const rn_tensor_file *file,
                           const char *path)
{
    RN_TRY(rn_weights_check(net, file, path));
    RN_TRY(rn_weights_open_in_file(weights, net));
    for (int p = 0; p < net->params; p++) {
        const rn_array *array = rn_tensor_file_find(file, net->param[p].name);
        if (!array || array->type != RN_F32 || !rn_array_is_packed(array) || !lies_in(&file->map, array)
            || (uintptr_t)array->data % sizeof(float)) {
            rn_weights_close(weights);
            return RN_OK;
        }
        weights->in_file[p] = (float *)(uintptr_t)array->data;
    }
    weights->version++;
    return check_finite(weights, path);
}
