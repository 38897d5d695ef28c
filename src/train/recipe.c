/*
 * Recipes: where the options of a training start from (section 3.4, section 4.2, and a quick one).  A recipe
 * may have one row for CIFAR networks and another for ImageNet networks.
 */
#include "model/models.h"
#include "train/pretrained.h"
#include "train/run_folder.h"

#include <math.h>
#include <string.h>

typedef enum { ANY, CIFAR, IMAGENET } networks;

typedef struct {
    const char *name, *help;
    networks networks;
    int64_t batch, bn_groups, iterations, warmup;
    double epochs, lr, weight_decay;
    const char *schedule, *milestones, *augment, *preprocess;
    bool zero_residual;
    int features;               /* what the classifier may read at that rate; 0: any number */
    double head_epochs, head_lr;
    bool reset_head;
    int64_t bn_average;
    bool slow_start_when_deep;  /* section 4.2: 0.01 until the training error is below 80 % */
} recipe;

#define FINE_TUNE "from a trained network: a new classifier alone, then everything gently"
#define BN_AVERAGE "from a trained network: nothing but its batch normalization's statistics, averaged"
#define QUICK "a good network in about 10 passes: warm-up, then a cosine"

static const recipe recipes[] = {
    { .name = "quick", .help = QUICK, .networks = CIFAR, .batch = 128, .bn_groups = 1, .epochs = 10,
      .lr = 0.2, .weight_decay = 5e-4, .warmup = 60, .schedule = "cosine", .augment = "cifar" },
    { .name = "quick", .help = QUICK, .networks = IMAGENET, .batch = 32, .bn_groups = 1, .epochs = 10,
      .lr = 0.0125, .weight_decay = 1e-4, .warmup = 100, .schedule = "cosine", .augment = "imagenet",
      .zero_residual = true, .features = 512 },
    { .name = "fine-tune", .help = FINE_TUNE, .networks = CIFAR, .batch = 32, .bn_groups = 1, .epochs = 10,
      .lr = 0.005, .weight_decay = 1e-4, .schedule = "cosine", .augment = "cifar", .reset_head = true,
      .head_epochs = 50, .head_lr = 1 },
    { .name = "fine-tune", .help = FINE_TUNE, .networks = IMAGENET, .batch = 32, .bn_groups = 1, .epochs = 10,
      .lr = 0.005, .weight_decay = 1e-4, .schedule = "cosine", .augment = "imagenet", .reset_head = true,
      .head_epochs = 50, .head_lr = 1 },
    { .name = "bn-average", .help = BN_AVERAGE, .networks = CIFAR, .batch = 128, .bn_groups = 1,
      .schedule = "constant", .augment = "cifar", .bn_average = 10000 },
    { .name = "bn-average", .help = BN_AVERAGE, .networks = IMAGENET, .batch = 32, .bn_groups = 1,
      .schedule = "constant", .augment = "imagenet", .bn_average = 10000 },
    { .name = "paper-cifar", .help = "section 4.2: 64,000 steps of 128 pictures, on two GPUs of 64",
      .networks = ANY, .batch = 128, .bn_groups = 2, .iterations = 64000, .lr = 0.1, .weight_decay = 1e-4,
      .schedule = "step", .milestones = "32000,48000", .augment = "cifar", .preprocess = "paper-cifar",
      .slow_start_when_deep = true },
    { .name = "paper-imagenet",
      .help = "section 3.4: up to 600,000 steps of 256 pictures, on eight GPUs of 32",
      .networks = ANY, .batch = 256, .bn_groups = 8, .iterations = 600000, .lr = 0.1, .weight_decay = 1e-4,
      .schedule = "plateau", .augment = "imagenet", .preprocess = "paper-imagenet,mean=pixel" },
};

enum { RECIPES = sizeof recipes / sizeof *recipes };

const char *const *rn_recipe_names(void)
{
    static const char *const names[] = { "quick", "fine-tune", "bn-average", "paper-cifar",
                                         "paper-imagenet", NULL };
    return names;
}

static const recipe *find(const char *name, networks wanted)
{
    for (int i = 0; i < RECIPES; i++)
        if (strcmp(recipes[i].name, name) == 0
            && (wanted == ANY || recipes[i].networks == ANY || recipes[i].networks == wanted))
            return &recipes[i];
    return NULL;
}

const char *rn_recipe_help(const char *name)
{
    const recipe *found = find(name, ANY);
    return found ? found->help : NULL;
}

static rn_status unknown(const char *name)
{
    const char *near = rn_suggest(name, rn_recipe_names());
    rn_status status = rn_fail(RN_BAD_ARGUMENT, "unknown recipe \"%s\"", name);
    return near ? rn_hint(status, "did you mean \"%s\"?", near)
                : rn_hint(status, "use quick, fine-tune, bn-average, paper-cifar or paper-imagenet");
}

static void set_text(char to[RN_TEXT_SIZE], const char *text)
{
    snprintf(to, RN_TEXT_SIZE, "%s", text ? text : "");
}

static bool is_folder(const char *data)
{
    static const char *const others[] = { "cifar10:", "cifar10-45k:", "cifar100:" };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (strncmp(data, others[i], strlen(others[i])) == 0)
            return false;
    return strcmp(data, "builtin") != 0;
}

static bool has_batchnorm(const rn_net *net)
{
    for (int i = 0; i < net->nodes; i++)
        if (net->node[i].op == &rn_op_batchnorm)
            return true;
    return false;
}

/* The curvature of the classifier's loss grows with the squared length of what it reads, so on few classes
 * the 2,048 features of ResNet-50 do not bear the rate of ResNet-18's 512.  Networks without batch
 * normalization bear a tenth: 0.01, as VGG and AlexNet had it. */
static double fit_rate(const recipe *r, const rn_net *net)
{
    const rn_node *classifier = &net->node[rn_net_classifier(net, 0)];
    bool linear = classifier->op == &rn_op_linear;
    int64_t features = linear ? rn_count(rn_value_shape(net, classifier->input[0])) : 0;
    double rate = r->features && features > r->features ? r->lr * r->features / (double)features : r->lr;
    return has_batchnorm(net) ? rate : fmin(rate, r->lr / 10);
}

static double choose_rate(const recipe *r, const char *model)
{
    rn_net net = { 0 };
    rn_architecture a = { 0 };
    double rate = r->lr;
    if (snprintf(a.model, sizeof a.model, "%s", model) < (int)sizeof a.model
        && rn_model_build(&net, &a) == RN_OK)
        rate = fit_rate(r, &net);
    rn_net_free(&net);
    return rate;
}

static void take(rn_train_config *c, const recipe *r, double epochs)
{
    bool slow = r->slow_start_when_deep && rn_model_depth(c->model) >= 110;
    set_text(c->recipe, r->name);
    set_text(c->schedule, r->schedule);
    set_text(c->milestones, r->milestones);
    set_text(c->augment, r->augment);
    set_text(c->preprocess, r->preprocess);
    c->batch = r->batch;
    c->bn_groups = r->bn_groups;
    c->iterations = epochs > 0 ? 0 : r->iterations;
    c->epochs = epochs > 0 ? epochs : r->epochs;
    c->lr = choose_rate(r, c->model);
    c->weight_decay = r->weight_decay;
    c->zero_residual = r->zero_residual;
    c->warmup = r->warmup;
    c->reset_head = r->reset_head;
    c->head_epochs = r->head_epochs;
    c->head_lr = r->head_lr;
    c->bn_average = r->bn_average;
    c->warmup_lr = slow ? 0.01 : 0;
    c->warmup_error = slow ? 80 : 0;
}

/* What no recipe says otherwise. */
static rn_train_config general(void)
{
    return (rn_train_config){ .dropout = -1, .momentum = 0.9, .validation = 0.1, .type = "fp32", .shards = 8,
                              .patience = 5, .workers = -1, .evaluate_every = 1, .max_bad = 1 };
}

/* What the caller said already; threads, workers and memory are this machine's, not those that a run
 * recorded. */
static void keep(rn_train_config *c, const rn_train_config *said)
{
    const size_t texts[] = { offsetof(rn_train_config, data), offsetof(rn_train_config, out),
                             offsetof(rn_train_config, weights),
                             offsetof(rn_train_config, model), offsetof(rn_train_config, device) };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (((const char *)said)[texts[i]])
            set_text((char *)c + texts[i], (const char *)said + texts[i]);
    c->threads = said->threads;
    c->memory = said->memory;
    c->workers = -1;
    c->resume = said->resume;
    c->force = said->force;
    if (said->epochs > 0) {
        c->epochs = said->epochs;
        c->iterations = 0;
    }
}

static rn_status choose(rn_train_config *c)
{
    if (!c->data[0])
        set_text(c->data, "builtin");
    if (!c->model[0] && c->weights[0])
        RN_TRY(rn_pretrained_model(c->model, c->weights));
    else if (!c->model[0])
        set_text(c->model, is_folder(c->data) ? "resnet18" : "resnet20");
    return c->out[0] ? RN_OK : rn_run_choose(c->out, c->resume);
}

rn_status rn_train_defaults(rn_train_config *config, const char *name)
{
    rn_train_config c = general();
    bool recorded = false;
    if (config->resume && !config->out[0])
        RN_TRY(rn_run_choose(config->out, true));
    if (config->resume)
        RN_TRY(rn_run_recorded(&c, config->out, &recorded));
    keep(&c, config);
    RN_TRY(choose(&c));
    if (!recorded || (name && *name && strcmp(name, c.recipe) != 0)) {
        const char *fitting = c.weights[0] ? "fine-tune" : "quick";
        const recipe *r = find(name && *name ? name : fitting, rn_model_is_cifar(c.model) ? CIFAR : IMAGENET);
        if (!r)
            return unknown(name);
        take(&c, r, config->epochs);
    }
    *config = c;
    return RN_OK;
}
