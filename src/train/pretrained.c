/*
 * The file is opened as for answering, so that all its tensors are checked by its own architecture; then what
 * it knows is carried over into a network for this training's classes.
 */
#include "train/pretrained.h"
#include "base/log.h"

#include <assert.h>
#include <string.h>

rn_status rn_pretrained_model(char model[RN_TEXT_SIZE], const char *path)
{
    rn_tensor_file file;
    RN_TRY(rn_tensor_file_open(&file, path));
    const char *name = rn_tensor_file_fact(&file, "resnet.model");
    snprintf(model, RN_TEXT_SIZE, "%s", name ? name : "");
    rn_tensor_file_close(&file);
    return RN_OK;
}

/* ---- Is the classifier the right one? -------------------------------------------------------- */

static rn_status refuse(const rn_trainer *t, const char *file_has, const char *data_has)
{
    rn_fail(RN_BAD_ARGUMENT, "%s: its classifier is for %s, the data has %s", t->config.weights, file_has,
            data_has);
    return rn_hint(RN_BAD_ARGUMENT, "--reset-head trains a new classifier");
}

static rn_status check_head(const rn_trainer *t, const rn_bundle *from, int classes)
{
    char has[300], wanted[300];
    if (from->architecture.classes != classes) {
        snprintf(has, sizeof has, "%d classes", from->architecture.classes);
        snprintf(wanted, sizeof wanted, "%d", classes);
        return refuse(t, has, wanted);
    }
    for (int i = 0; from->class_name && i < t->train->classes; i++)
        if (strcmp(from->class_name[i], t->train->class_name[i]) != 0) {
            snprintf(has, sizeof has, "'%.99s' as class %d", from->class_name[i], i);
            snprintf(wanted, sizeof wanted, "'%.99s'", t->train->class_name[i]);
            return refuse(t, has, wanted);
        }
    return RN_OK;
}

/* ---- Carrying over --------------------------------------------------------------------------- */

static void carry_over(const rn_trainer *t, const rn_bundle *from)
{
    const rn_net *net = &t->bundle.net;
    assert(net->params == from->net.params);
    for (int p = 0; p < net->params; p++)
        if (!(t->config.reset_head && rn_net_is_classifier(net, p)))
            memcpy(rn_weights_param(&t->bundle.weights, p), rn_weights_param(&from->weights, p),
                   (size_t)rn_count(net->param[p].shape) * sizeof(float));
}

static void freeze_normalization(rn_net *net)
{
    for (int i = 0; i < net->nodes; i++)
        net->node[i].args.frozen = net->node[i].op == &rn_op_batchnorm;
}

/* A classifier that is not linear learns with the rest. */
static rn_status settle_head(rn_trainer *t)
{
    const rn_op *op = t->bundle.net.node[rn_net_classifier(&t->bundle.net, 0)].op;
    if (op == &rn_op_linear || t->config.head_epochs == 0)
        return RN_OK;
    if (t->config.freeze)
        return rn_fail(RN_BAD_ARGUMENT, "--freeze: the classifier of %s is a %s, and only a linear one can "
                       "learn alone", t->bundle.architecture.model, op->name);
    rn_note("%s: the classifier is a %s and learns with the rest from the beginning", t->config.weights,
            op->name);
    t->config.head_epochs = 0;
    return RN_OK;
}

static rn_status take(rn_trainer *t, const rn_bundle *from, const rn_architecture *asked)
{
    rn_architecture a = from->architecture;
    a.classes = asked->classes;
    a.dropout = asked->dropout;
    if (!t->config.reset_head)
        RN_TRY(check_head(t, from, a.classes));
    RN_TRY(rn_bundle_new(&t->bundle, &a, (uint64_t)t->config.seed));
    RN_TRY(rn_bundle_hash(from, t->state.weights));
    RN_TRY(rn_preprocess_copy(&t->bundle.preprocess, &from->preprocess));
    carry_over(t, from);
    if (t->config.frozen_bn)
        freeze_normalization(&t->bundle.net);
    return settle_head(t);
}

rn_status rn_pretrained_open(rn_trainer *t, const rn_architecture *asked)
{
    rn_bundle from;
    rn_model_options wanted = { .architecture = *asked, .preprocess = t->config.preprocess };
    wanted.architecture.classes = 0;
    wanted.architecture.dropout = 0;
    RN_TRY(rn_bundle_open(&from, t->config.weights, &wanted));
    rn_status status = take(t, &from, asked);
    rn_bundle_close(&from);
    return status;
}
