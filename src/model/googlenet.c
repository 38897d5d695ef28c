/*
 * GoogLeNet (Szegedy et al. 2015): nine Inception modules, each four branches side by side, and two further
 * classifiers that help training.  It is the network that torchvision has: batch normalization behind every
 * convolution, and 3x3 where the paper has 5x5.
 */
#include "model/common_layers.h"
#include "model/models.h"

enum { BRANCHES = 4 };

typedef struct {
    const char *name;
    int64_t one;            /* branch 1: 1x1 */
    int64_t before3, three; /* branch 2: 1x1, then 3x3 */
    int64_t before5, five;  /* branch 3: the paper's 5x5 */
    int64_t pooled;         /* branch 4: 3x3 maximum pooling, then 1x1 */
    int64_t pool;           /* kernel of the maximum pooling behind the module; 0: none */
    bool helps;             /* a classifier that helps training sits on it */
} module;

static const module modules[] = {
    { "inception3a", 64, 96, 128, 16, 32, 32, 0, false },
    { "inception3b", 128, 128, 192, 32, 96, 64, 3, false },
    { "inception4a", 192, 96, 208, 16, 48, 64, 0, true },
    { "inception4b", 160, 112, 224, 24, 64, 64, 0, false },
    { "inception4c", 128, 128, 256, 24, 64, 64, 0, false },
    { "inception4d", 112, 144, 288, 32, 64, 64, 0, true },
    { "inception4e", 256, 160, 320, 32, 128, 128, 2, false },
    { "inception5a", 256, 160, 320, 32, 128, 128, 0, false },
    { "inception5b", 384, 192, 384, 48, 128, 128, 0, false },
};
enum { MODULES = sizeof modules / sizeof *modules, HELPERS = 2 };

/* Convolution, batch normalization and ReLU: NAME.conv, NAME.bn. */
static rn_value unit(rn_net *net, const char *name, rn_value x, int64_t filters, int64_t kernel,
                     int64_t stride)
{
    rn_scope(net, "%s.", name);
    x = rn_conv(net, "conv", x, (rn_args){ .filters = filters, .kernel_h = kernel, .stride = stride });
    x = rn_apply(net, &rn_op_batchnorm, "bn", x, (rn_args){ .epsilon = 1e-3, .momentum = 0.1 });
    x = rn_relu(net, "relu", x);
    rn_scope(net, "%s", "");
    return x;
}

static rn_value branch_unit(rn_net *net, const module *m, const char *branch, rn_value x, int64_t filters,
                            int64_t kernel)
{
    char name[32];
    snprintf(name, sizeof name, "%s.%s", m->name, branch);
    return unit(net, name, x, filters, kernel, 1);
}

static rn_value maxpool(rn_net *net, const char *name, rn_value x, rn_args args)
{
    args.kernel_w = args.kernel_h;
    args.pad_w = args.pad_h;
    args.ceil_mode = true;
    return rn_apply(net, &rn_op_maxpool, name, x, args);
}

static rn_value inception(rn_net *net, const module *m, rn_value x)
{
    rn_value branch[BRANCHES];
    char pool[32], end[32];
    snprintf(pool, sizeof pool, "%s.branch4.0", m->name);
    snprintf(end, sizeof end, "%s.concat", m->name);
    branch[0] = branch_unit(net, m, "branch1", x, m->one, 1);
    branch[1] = branch_unit(net, m, "branch2.0", x, m->before3, 1);
    branch[1] = branch_unit(net, m, "branch2.1", branch[1], m->three, 3);
    branch[2] = branch_unit(net, m, "branch3.0", x, m->before5, 1);
    branch[2] = branch_unit(net, m, "branch3.1", branch[2], m->five, 3);
    branch[3] = maxpool(net, pool, x, (rn_args){ .kernel_h = 3, .stride = 1, .pad_h = 1 });
    branch[3] = branch_unit(net, m, "branch4.1", branch[3], m->pooled, 1);
    return rn_apply_all(net, &rn_op_concat, end, branch, BRANCHES, (rn_args){ 0 });
}

static rn_value stem(rn_net *net, rn_value x)
{
    x = unit(net, "conv1", x, 64, 7, 2);
    x = maxpool(net, "maxpool1", x, (rn_args){ .kernel_h = 3, .stride = 2 });
    x = unit(net, "conv2", x, 64, 1, 1);
    x = unit(net, "conv3", x, 192, 3, 1);
    return maxpool(net, "maxpool2", x, (rn_args){ .kernel_h = 3, .stride = 2 });
}

/* A classifier beside the trunk; its loss counts 0.3. */
static rn_value helper(rn_net *net, int number, rn_value x, int classes)
{
    char conv[32];
    snprintf(conv, sizeof conv, "aux%d.conv", number);
    rn_scope(net, "aux%d.", number);
    x = rn_apply(net, &rn_op_averagepool, "avgpool", x, (rn_args){ .bins = 4 });
    x = unit(net, conv, x, 128, 1, 1);
    rn_scope(net, "aux%d.", number);
    x = rn_apply(net, &rn_op_linear, "fc1", x, (rn_args){ .filters = 1024, .bias = true });
    x = rn_relu(net, "relu", x);
    x = rn_apply(net, &rn_op_dropout, "dropout", x, (rn_args){ .rate = 0.7 });
    x = rn_apply(net, &rn_op_linear, "fc2", x, (rn_args){ .filters = classes, .bias = true });
    rn_scope(net, "%s", "");
    return rn_head(net, x, 0.3);
}

rn_value rn_build_googlenet(rn_net *net, const rn_architecture *a, const int *number)
{
    rn_value helped[HELPERS], x = stem(net, rn_input(net, 3, a->height, a->width));
    int helpers = 0;
    (void)number;
    for (int i = 0; i < MODULES; i++) {
        x = inception(net, &modules[i], x);
        if (modules[i].helps)
            helped[helpers++] = x;
        if (modules[i].pool)
            x = maxpool(net, modules[i].pool == 3 ? "maxpool3" : "maxpool4", x,
                        (rn_args){ .kernel_h = modules[i].pool, .stride = 2 });
    }
    x = rn_classifier(net, x, a);
    for (int i = 0; i < HELPERS && x >= 0; i++) {
        rn_value scores = helper(net, i + 1, helped[i], a->classes);
        if (scores < 0)
            return scores;
    }
    return x;
}
