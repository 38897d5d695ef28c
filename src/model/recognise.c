/* Every name, with every choice of shortcut and stride that it has, is built and compared. */
#include "model/recognise.h"
#include "base/text.h"
#include "net/answer.h"

#include <stdlib.h>
#include <string.h>

static int count_layers(const rn_net *net)
{
    int layers = 0;
    for (int i = 0; i < net->nodes; i++)
        layers += net->node[i].op == &rn_op_conv2d || net->node[i].op == &rn_op_linear;
    return layers;
}

/* A network has at least as many layers with weights as the number in its name. */
static bool may_be(const char *name, int layers)
{
    return strtol(name + strcspn(name, "0123456789"), NULL, 10) <= layers;
}

static rn_status compare(bool *same, rn_architecture *architecture, const rn_net *net)
{
    rn_net named, answer;
    *same = false;
    rn_status status = rn_model_build(&named, architecture);
    if (status == RN_BAD_ARGUMENT)      /* not for pictures of this size */
        return RN_OK;
    RN_TRY(status);
    status = rn_net_answer(&answer, &named);
    rn_net_free(&named);
    RN_TRY(status);
    *same = rn_net_same(&answer, net);
    rn_net_free(&answer);
    return RN_OK;
}

static rn_status try_choices(rn_architecture *found, const char *name, const rn_net *net)
{
    const rn_shape in = net->node[0].output_shape;
    const int classes = (int)rn_value_shape(net, net->head[0]).c;
    rn_architecture any = { .classes = classes, .height = (int)in.h, .width = (int)in.w };
    rn_text_print(any.model, sizeof any.model, "%s", name);
    rn_architecture usual = any;
    if (rn_architecture_complete(&usual) != RN_OK)
        return RN_OK;
    const rn_shortcut last_shortcut = usual.shortcut ? RN_SHORTCUT_C : RN_SHORTCUT_A;
    const rn_stride_place last_place = usual.stride_in ? RN_STRIDE_IN_3X3 : RN_STRIDE_IN_1X1;
    for (rn_shortcut shortcut = RN_SHORTCUT_A; shortcut <= last_shortcut; shortcut++)
        for (rn_stride_place place = RN_STRIDE_IN_1X1; place <= last_place; place++) {
            bool same;
            *found = any;
            found->shortcut = shortcut;
            found->stride_in = place;
            RN_TRY(compare(&same, found, net));
            if (same)
                return RN_OK;
        }
    found->model[0] = '\0';
    return RN_OK;
}

/* Those of section 4.2 exist in any depth, not only those that are listed. */
static rn_status try_depths(rn_architecture *found, const rn_net *net)
{
    static const char *const word[] = { "resnet", "plain" };
    int depth = 0;
    for (int i = 0; i < net->nodes; i++)
        depth += net->node[i].op == &rn_op_linear
              || (net->node[i].op == &rn_op_conv2d && net->node[i].args.kernel_h > 1);
    for (size_t i = 0; i < sizeof word / sizeof *word && !found->model[0]; i++) {
        char name[sizeof found->model];
        rn_text_print(name, sizeof name, "%s%d", word[i], depth);
        RN_TRY(try_choices(found, name, net));
    }
    return RN_OK;
}

rn_status rn_model_recognise(rn_architecture *architecture, const rn_net *net)
{
    const int layers = count_layers(net);
    *architecture = (rn_architecture){ 0 };
    if (net->node[0].output_shape.c != 3)
        return RN_OK;
    for (const char *const *name = rn_model_names(); *name && !architecture->model[0]; name++)
        if (may_be(*name, layers))
            RN_TRY(try_choices(architecture, *name, net));
    return architecture->model[0] ? RN_OK : try_depths(architecture, net);
}
