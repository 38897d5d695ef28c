/*
 * Whole networks: the cpu device, fused and unfused, against the plain loops; the same bits for any number of
 * threads; inference against training's frozen statistics.
 */
#include "backend/registry.h"
#include "base/check.h"
#include "base/memory.h"
#include "base/random.h"
#include "net/session.h"

#include <math.h>
#include <string.h>

static rn_args conv_args(int64_t filters, int64_t size, int64_t stride)
{
    return (rn_args){ .filters = filters,
                      .kernel_h = size,
                      .kernel_w = size,
                      .stride = stride,
                      .pad_h = size / 2,
                      .pad_w = size / 2 };
}

static rn_value conv_bn(rn_net *net, const char *name, rn_value x, int64_t filters, int64_t size,
                        int64_t stride)
{
    char bn[32];
    snprintf(bn, sizeof bn, "%s_bn", name);
    return rn_apply(net, &rn_op_batchnorm, bn,
                    rn_apply(net, &rn_op_conv2d, name, x, conv_args(filters, size, stride)), (rn_args){ 0 });
}

static rn_value relu(rn_net *net, const char *name, rn_value x)
{
    return rn_apply(net, &rn_op_relu, name, x, (rn_args){ 0 });
}

typedef enum { IDENTITY, PAD, SPLIT, PROJECT } shortcut_kind;

static rn_value shortcut(rn_net *net, rn_value x, int64_t filters, int64_t stride, shortcut_kind kind)
{
    if (kind == PROJECT)
        return conv_bn(net, "down", x, filters, 1, stride);
    rn_args args = { .filters = filters,
                     .stride = stride,
                     .place = kind == SPLIT ? RN_PLACE_SPLIT : RN_PLACE_END };
    return kind == IDENTITY ? x : rn_apply(net, &rn_op_pad_shortcut, "pad", x, args);
}

static rn_value basic(rn_net *net, int number, rn_value x, int64_t filters, int64_t stride,
                      shortcut_kind kind)
{
    rn_scope(net, "b%d.", number);
    rn_value y = relu(net, "relu1", conv_bn(net, "conv1", x, filters, 3, stride));
    y = conv_bn(net, "conv2", y, filters, 3, 1);
    y = rn_apply2(net, &rn_op_add, "add", y, shortcut(net, x, filters, stride, kind), (rn_args){ 0 });
    return relu(net, "relu2", y);
}

static rn_value bottleneck(rn_net *net, int number, rn_value x, int64_t filters, int64_t stride,
                           shortcut_kind kind)
{
    rn_scope(net, "b%d.", number);
    rn_value y = relu(net, "relu1", conv_bn(net, "conv1", x, filters, 1, stride));
    y = relu(net, "relu2", conv_bn(net, "conv2", y, filters, 3, 1));
    y = conv_bn(net, "conv3", y, 4 * filters, 1, 1);
    y = rn_apply2(net, &rn_op_add, "add", y, shortcut(net, x, 4 * filters, stride, kind), (rn_args){ 0 });
    return relu(net, "relu3", y);
}

/* Batch normalization and relu before the convolutions (He et al. 2016): gradients meet in other ways. */
static rn_value preactivated(rn_net *net, int number, rn_value x, int64_t filters)
{
    rn_scope(net, "b%d.", number);
    rn_value y = relu(net, "relu1", rn_apply(net, &rn_op_batchnorm, "bn1", x, (rn_args){ 0 }));
    y = rn_apply(net, &rn_op_conv2d, "conv1", y, conv_args(filters, 3, 1));
    return rn_apply2(net, &rn_op_add, "add", y, x, (rn_args){ 0 });
}

static rn_value finish(rn_net *net, rn_value x, int64_t classes)
{
    rn_scope(net, "%s", "");
    x = rn_apply(net, &rn_op_averagepool, "avgpool", x, (rn_args){ 0 });
    x = rn_apply(net, &rn_op_linear, "fc", x, (rn_args){ .filters = classes, .bias = true });
    return rn_head(net, x, 1);
}

static rn_value cifar_like(rn_net *net)
{
    rn_value x = relu(net, "relu", conv_bn(net, "stem", rn_input(net, 3, 12, 12), 16, 3, 1));
    x = basic(net, 1, x, 16, 1, IDENTITY);
    x = basic(net, 2, x, 32, 2, SPLIT);
    x = basic(net, 3, x, 32, 1, IDENTITY);
    x = basic(net, 4, x, 48, 2, PAD);
    return finish(net, x, 10);
}

static rn_value imagenet_like(rn_net *net)
{
    rn_value x = relu(net, "relu", conv_bn(net, "stem", rn_input(net, 3, 37, 33), 32, 7, 2));
    x = rn_apply(net, &rn_op_maxpool, "maxpool", x,
                 (rn_args){ .kernel_h = 3, .kernel_w = 3, .stride = 2, .pad_h = 1, .pad_w = 1 });
    x = bottleneck(net, 1, x, 16, 1, PROJECT);
    x = bottleneck(net, 2, x, 16, 1, IDENTITY);
    x = bottleneck(net, 3, x, 32, 2, PROJECT);
    return finish(net, x, 24);
}

static rn_value odd(rn_net *net)
{
    rn_value x = relu(net, "relu", conv_bn(net, "stem", rn_input(net, 3, 9, 7), 20, 5, 1));
    x = preactivated(net, 1, x, 20);
    x = preactivated(net, 2, x, 20);
    x = basic(net, 3, x, 40, 3, PROJECT);
    x = rn_apply(net, &rn_op_prelu, "prelu", x, (rn_args){ 0 });
    x = rn_apply(net, &rn_op_conv2d, "dilated", x,
                 (rn_args){ .filters = 16,
                            .kernel_h = 3,
                            .kernel_w = 1,
                            .stride = 1,
                            .pad_h = 2,
                            .pad_w = 0,
                            .dilation = 2 });
    x = rn_apply(net, &rn_op_conv2d, "grouped", x,
                 (rn_args){ .filters = 32,
                            .kernel_h = 3,
                            .kernel_w = 3,
                            .stride = 1,
                            .pad_h = 1,
                            .pad_w = 1,
                            .groups = 4,
                            .bias = true });
    return finish(net, relu(net, "relu_", x), 7);
}

/* Convolutions with a bias where others have a batch normalization: VGG, and networks that came folded. */
static rn_value folded(rn_net *net)
{
    rn_args with_bias = conv_args(32, 3, 1);
    with_bias.bias = true;
    rn_value x = rn_input(net, 3, 13, 11);
    x = relu(net, "relu1", rn_apply(net, &rn_op_conv2d, "conv1", x, with_bias));
    rn_value y = relu(net, "relu2", rn_apply(net, &rn_op_conv2d, "conv2", x, with_bias));
    y = rn_apply(net, &rn_op_conv2d, "conv3", y, with_bias);
    x = relu(net, "relu3", rn_apply2(net, &rn_op_add, "add", y, x, (rn_args){ 0 }));
    y = rn_apply(net, &rn_op_conv2d, "conv4", x, with_bias);
    return finish(net, relu(net, "relu4", rn_apply(net, &rn_op_batchnorm, "bn", y, (rn_args){ 0 })), 5);
}

/* Channels side by side, of promises and of what is read elsewhere too; then a highway layer. */
static rn_value branching(rn_net *net)
{
    rn_value x = relu(net, "relu", conv_bn(net, "stem", rn_input(net, 3, 10, 9), 16, 3, 1));
    rn_value left = relu(net, "relu1", conv_bn(net, "left", x, 32, 1, 1));
    rn_value right = conv_bn(net, "right", x, 48, 3, 1);
    x = rn_apply_all(net, &rn_op_concat, "concat", (rn_value[]){ left, x, right }, 3, (rn_args){ 0 });
    x = rn_apply(net, &rn_op_maxpool, "bins", x, (rn_args){ .bins = 4 });
    rn_value h = relu(net, "relu2", conv_bn(net, "h", x, 96, 1, 1)), t = conv_bn(net, "t", x, 96, 1, 1);
    x = rn_apply_all(net, &rn_op_highway, "highway", (rn_value[]){ h, t, x }, 3, (rn_args){ 0 });
    x = rn_apply(net, &rn_op_averagepool, "mean", x, (rn_args){ .bins = 3 });
    return finish(net, x, 5);
}

typedef struct {
    const char *name;
    rn_value (*build)(rn_net *);
    int batch, shards, groups;
} network;

static const network networks[] = {
    { "cifar-like", cifar_like, 6, 4, 2 },
    { "cifar-like, one shard an image and more", cifar_like, 3, 8, 1 },
    { "imagenet-like", imagenet_like, 4, 2, 1 },
    { "odd", odd, 5, 2, 1 },
    { "folded", folded, 3, 2, 1 },
    { "branching", branching, 4, 2, 2 },
};

typedef struct {
    float *scores, *grads, *values;
    double loss;
    int64_t classes, learned, count;
} outcome;

static void fill(rn_session *session, const rn_net *net, int batch)
{
    rn_shape s = rn_value_shape(net, 0);
    rn_random random = rn_random_open(5, 5, 5);
    int64_t count = batch * s.c * s.h * s.w;
    for (int64_t i = 0; i < count; i++)
        rn_session_input(session)[i] = (float)rn_random_normal(&random);
    for (int i = 0; i < batch; i++)
        rn_session_labels(session)[i] = (int32_t)rn_random_below(&random, rn_session_classes(session));
}

static void take(outcome *o, rn_session *session, const rn_weights *weights, int batch, bool training)
{
    o->classes = batch * rn_session_classes(session);
    o->learned = training ? weights->learned : 0;
    o->count = weights->count;
    CHECK_OK(rn_new(&o->scores, o->classes));
    CHECK_OK(rn_new(&o->grads, o->learned));
    CHECK_OK(rn_new(&o->values, o->count));
    memcpy(o->scores, rn_session_scores(session), (size_t)o->classes * sizeof(float));
    if (training)
        memcpy(o->grads, rn_session_grads(session), (size_t)o->learned * sizeof(float));
    memcpy(o->values, weights->values, (size_t)o->count * sizeof(float));
    o->loss = training ? rn_session_loss(session) : 0;
}

static void forget(outcome *o)
{
    rn_free(o->scores);
    rn_free(o->grads);
    rn_free(o->values);
}

static outcome run(const network *n, rn_placement placement, rn_session_options options)
{
    outcome o = { 0 };
    rn_net net = { 0 };
    rn_weights weights;
    rn_device *device;
    rn_session *session;
    CHECK(n->build(&net) >= 0, "%s: %s", n->name, rn_error_text());
    CHECK_OK(rn_weights_open(&weights, &net));
    rn_weights_initialise(&weights, 3);
    rn_random random = rn_random_open(8, 8, 8);
    for (int64_t i = weights.decayed; i < weights.count; i++)
        weights.values[i] += (float)(0.2 * rn_random_uniform(&random));
    CHECK_OK(rn_device_open(&device, &placement));
    options.batch = n->batch;
    options.shards = n->shards;
    options.bn_groups = options.mode == RN_TRAIN ? n->groups : 1;
    rn_status status = rn_session_open(&session, &net, &weights, device, &options);
    CHECK(status == RN_OK, "%s: %s", n->name, rn_error_text());
    if (status == RN_OK) {
        rn_session_size measured;
        fill(session, &net, n->batch);
        rn_session_forward(session, n->batch, 1);
        if (options.mode == RN_TRAIN)
            rn_session_backward(session);
        take(&o, session, &weights, n->batch, options.mode == RN_TRAIN);
        CHECK(rn_session_first_bad(session) == NULL || options.mode == RN_INFER, "%s", n->name);
        CHECK_OK(rn_session_measure(&net, device, &options, &measured));
        CHECK(llabs(measured.bytes - rn_session_bytes(session)) < 4096, "%s: measured %lld, holds %lld",
              n->name, (long long)measured.bytes, (long long)rn_session_bytes(session));
    }
    rn_session_close(session);
    rn_device_close(device);
    rn_weights_close(&weights);
    rn_net_free(&net);
    return o;
}

/* The largest difference, relative to the largest number of b. */
static double difference(const float *a, const float *b, int64_t count)
{
    double worst = 0, size = 1e-9;
    for (int64_t i = 0; i < count; i++) {
        worst = fmax(worst, fabs((double)a[i] - (double)b[i]));
        size = fmax(size, fabs((double)b[i]));
        if (!isfinite(a[i]))
            return INFINITY;
    }
    return worst / size;
}

static void compare(const network *n, const char *what, const outcome *a, const outcome *b, double bound)
{
    double scores = difference(a->scores, b->scores, a->classes),
           grads = difference(a->grads, b->grads, a->learned);
    double values = difference(a->values, b->values, a->count);
    CHECK(scores <= bound, "%s, %s: scores differ by %g", n->name, what, scores);
    CHECK(grads <= bound * 10, "%s, %s: gradients differ by %g", n->name, what, grads);
    CHECK(values <= bound, "%s, %s: weights and statistics differ by %g", n->name, what, values);
    CHECK(fabs(a->loss - b->loss) <= bound * 10, "%s, %s: loss %g and %g", n->name, what, a->loss, b->loss);
}

static const rn_session_options training = { .mode = RN_TRAIN }, inference = { .mode = RN_INFER },
                                unfused = { .mode = RN_TRAIN, .unfused = true },
                                separate = { .mode = RN_INFER, .unfused = true };

static bool opens(const char *type)
{
    rn_device *device;
    const rn_status status = rn_device_open(&device, &(rn_placement){ .type = type, .threads = 1 });
    if (status == RN_OK)
        rn_device_close(device);
    else
        CHECK(status == RN_NO_DEVICE, "%s", rn_error_text());
    return status == RN_OK;
}

/* Rounding to bf16 lets some numbers fall on the other side of a relu: gradients are looked at roughly. */
static void check_type(const network *n, const char *type, const outcome *plain, const outcome *answer)
{
    if (!opens(type))
        return;
    const double bound = strcmp(type, "bf16") == 0 ? 4e-2 : 2e-5;
    const rn_placement cpu = { .device = "cpu", .threads = 1, .type = type };
    outcome fused = run(n, cpu, training), paid = run(n, cpu, unfused);
    compare(n, "plain and cpu", &fused, plain, bound);
    compare(n, "plain and unfused cpu", &paid, plain, bound);
    for (int threads = 2; threads <= 4; threads++) {
        const rn_placement more = { .device = "cpu", .threads = threads, .type = type };
        outcome other = run(n, more, training);
        compare(n, "threads", &other, &fused, 0);
        forget(&other);
    }
    outcome absorbed = run(n, (rn_placement){ .device = "cpu", .threads = 3, .type = type }, inference);
    outcome apart = run(n, (rn_placement){ .device = "cpu", .threads = 2, .type = type }, separate);
    compare(n, "inference, plain and cpu", &absorbed, answer, bound);
    compare(n, "inference, plain and separate cpu", &apart, answer, bound);
    outcome *all[] = { &fused, &paid, &absorbed, &apart };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        forget(all[i]);
}

static void check_network(const network *n)
{
    const rn_placement loops = { .device = "plain", .threads = 1 };
    outcome plain = run(n, loops, training), answer = run(n, loops, inference);
    check_type(n, "fp32", &plain, &answer);
    check_type(n, "bf16", &plain, &answer);
    forget(&plain);
    forget(&answer);
}

int main(void)
{
    static const char *const isas[] = { "amx", "avx512", "avx2", "baseline" };
    for (size_t isa = 0; isa < 4; isa++) {
        setenv("RESNET_ISA", isas[isa], 1);
        if (!opens("fp32") && !opens("bf16")) {
            printf("%s\n", rn_error_text());
            continue;
        }
        for (int conv = 0; conv < 2; conv++) {
            setenv("RESNET_CONV", conv ? "winograd" : "direct", 1);
            for (size_t i = 0; i < sizeof networks / sizeof *networks; i++)
                check_network(&networks[i]);
        }
    }
    return check_result();
}
