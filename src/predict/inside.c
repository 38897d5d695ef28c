/* Layers by name: exact names first, then scopes, the beginnings of names up to a dot, which mean their last
 * layer. */
#include "predict/inside.h"
#include "base/memory.h"
#include "base/text.h"

#include <string.h>

static bool in_scope(const char *layer, const char *scope)
{
    size_t length = strlen(scope);
    return strncmp(layer, scope, length) == 0 && layer[length] == '.';
}

/* The outermost scopes and the layers outside any: "conv1, bn1, relu, layer1, layer2". */
static void list_outermost(const rn_net *net, rn_text *list)
{
    const char *latest = "";
    for (int i = 1; i < net->nodes; i++) {
        const char *name = net->node[i].name;
        size_t length = strcspn(name, ".");
        if (strncmp(latest, name, length) != 0 || strcspn(latest, ".") != length)
            rn_text_add(list, "%s%.*s", list->length ? ", " : "", (int)length, name);
        latest = name;
    }
}

/* The layer that looks most like the name, or NULL. */
static const char *most_like(const rn_net *net, const char *name)
{
    const char **names;
    if (rn_new(&names, net->nodes) != RN_OK)
        return NULL;
    for (int i = 1; i < net->nodes; i++)
        names[i - 1] = net->node[i].name;
    const char *like = rn_suggest(name, names);
    rn_free(names);
    return like;
}

static rn_status refuse(const rn_net *net, const char *name)
{
    rn_text list = { 0 };
    const char *like = most_like(net, name);
    list_outermost(net, &list);
    rn_status status = rn_fail(RN_BAD_ARGUMENT, "the network has no layer '%s'", name);
    if (rn_text_finish(&list) == RN_OK)
        status = rn_hint(status, "%s%s%sthere are %s; `resnet describe MODEL --layers` lists all",
                         like ? "did you mean '" : "", like ? like : "", like ? "'? " : "", list.bytes);
    rn_text_free(&list);
    return status;
}

rn_status rn_inside_find(const rn_net *net, const char *name, rn_value *value)
{
    *value = 0;
    for (int i = 1; i < net->nodes; i++)
        if (strcmp(net->node[i].name, name) == 0)
            return *value = i, RN_OK;
    for (int i = 1; i < net->nodes; i++)
        if (in_scope(net->node[i].name, name))
            *value = i;
    return *value ? RN_OK : refuse(net, name);
}

rn_value rn_inside_vector(const rn_net *net)
{
    return net->node[rn_net_classifier(net, 0)].input[0];
}

rn_value rn_inside_map(const rn_net *net)
{
    rn_value value = rn_inside_vector(net);
    while (net->node[value].op && rn_value_shape(net, value).h * rn_value_shape(net, value).w == 1)
        value = net->node[value].input[0];
    return value;
}

rn_status rn_inside_open(rn_session **session, rn_model *model, rn_mode mode, int batch, rn_value watched)
{
    return rn_model_session(model, session, (rn_session_options){ .mode = mode, .batch = batch,
                                                                  .watched = watched });
}
