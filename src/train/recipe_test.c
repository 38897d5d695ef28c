/* Recipes give the paper's numbers, and options survive being written and read. */
#include "train/train_options.h"
#include "base/check.h"

#include <math.h>
#include <string.h>

static rn_train_config defaults(const char *data, const char *model, const char *recipe)
{
    rn_train_config c = { .out = "unused" };
    strcpy(c.data, data);
    strcpy(c.model, model);
    CHECK_OK(rn_train_defaults(&c, recipe));
    CHECK_OK(rn_train_check(&c));
    return c;
}

/* Section 4.2. */
static void check_paper_cifar(void)
{
    rn_train_config c = defaults("cifar10:x", "", "paper-cifar");
    CHECK(strcmp(c.model, "resnet20") == 0, "%s", c.model);
    CHECK(c.batch == 128 && c.bn_groups == 2 && c.shards == 8 && c.iterations == 64000, "%lld %lld %lld %lld",
          (long long)c.batch, (long long)c.bn_groups, (long long)c.shards, (long long)c.iterations);
    CHECK(c.lr == 0.1 && c.momentum == 0.9 && c.weight_decay == 1e-4 && c.warmup == 0, "%g %g %g", c.lr,
          c.momentum, c.weight_decay);
    CHECK(strcmp(c.milestones, "32000,48000") == 0 && strcmp(c.schedule, "step") == 0, "%s", c.milestones);
    CHECK(c.warmup_error == 0 && c.dropout == -1, "resnet20 starts at once");
    for (int i = 0; i < 2; i++) {
        c = defaults("cifar10:x", i ? "resnet1202" : "plain110", "paper-cifar");
        CHECK(c.warmup_error == 80 && c.warmup_lr == 0.01, "%g %g", c.warmup_error, c.warmup_lr);
    }
}

/* Section 3.4. */
static void check_paper_imagenet(void)
{
    rn_train_config c = defaults("pictures", "resnet50", "paper-imagenet");
    CHECK(c.batch == 256 && c.bn_groups == 8 && c.iterations == 600000 && c.lr == 0.1, "%lld %lld %lld",
          (long long)c.batch, (long long)c.bn_groups, (long long)c.iterations);
    CHECK(strcmp(c.schedule, "plateau") == 0 && strcmp(c.augment, "imagenet") == 0, "%s %s", c.schedule,
          c.augment);
}

static void check_choices(void)
{
    rn_train_config c = defaults("", "", "");
    CHECK(strcmp(c.data, "builtin") == 0 && strcmp(c.model, "resnet20") == 0
              && strcmp(c.recipe, "quick") == 0,
          "%s %s %s", c.data, c.model, c.recipe);
    c = defaults("pictures", "", "");
    CHECK(strcmp(c.model, "resnet18") == 0 && strcmp(c.augment, "imagenet") == 0, "%s %s", c.model,
          c.augment);
    double rate = c.lr;
    c = defaults("pictures", "resnet50", "");
    CHECK(c.lr == rate / 4, "rate %g for 512 features, %g for 2048", rate, c.lr);
    c = defaults("cifar10:x", "plain20_nobn", "paper-cifar");
    CHECK(c.lr == 0.01, "rate %g without batch normalization", c.lr);
    c = (rn_train_config){ .out = "unused", .epochs = 3 };
    CHECK_OK(rn_train_defaults(&c, "paper-cifar"));
    CHECK(c.epochs == 3 && c.iterations == 0, "%g epochs, %lld iterations", c.epochs,
          (long long)c.iterations);
    CHECK(rn_train_defaults(&c, "paper-cifer") == RN_BAD_ARGUMENT && strstr(rn_error_hint(), "paper-cifar"),
          "%s", rn_error_hint());
    for (const char *const *name = rn_recipe_names(); *name; name++)
        CHECK(rn_recipe_help(*name), "%s has no help", *name);
    CHECK(!rn_recipe_help("slow"), "a recipe that is none has help");
}

static void check_ranges(void)
{
    static const struct { const char *option, *value; } bad[] = {
        { "batch", "0" }, { "lr", "-1" }, { "momentum", "1.5" }, { "workers", "-2" }, { "max-bad", "101" },
        { "schedule", "linear" }, { "milestones", "7,3" }, { "size", "100000" }, { "validation", "1" },
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        rn_train_config c = defaults("", "", "");
        CHECK_OK(rn_option_set(rn_train_options(), &c, bad[i].option, bad[i].value));
        CHECK(rn_train_check(&c) == RN_BAD_ARGUMENT, "--%s %s was accepted", bad[i].option, bad[i].value);
    }
}

static void check_round_trip(void)
{
    rn_train_config a = defaults("a \"quoted\"\\ path", "resnet20", "quick"), b = { .resume = true };
    rn_text text = { 0 };
    a.lr = 1.0 / 3;
    a.weight_decay = 5e-324;
    a.seed = INT64_MIN + 1;
    a.dropout = NAN;
    rn_options_write(&text, rn_train_options(), &a);
    CHECK_OK(rn_text_finish(&text));
    CHECK_OK(rn_options_read(rn_train_options(), &b, text.bytes, text.length, "text"));
    CHECK(b.lr == a.lr && b.weight_decay == a.weight_decay && b.seed == a.seed && isnan(b.dropout),
          "%.17g %g %lld", b.lr, b.weight_decay, (long long)b.seed);
    CHECK(strcmp(a.data, b.data) == 0 && strcmp(a.schedule, b.schedule) == 0 && !b.resume, "'%s'", b.data);
    rn_text_free(&text);
    static const char *const wrong[] = {
        "{\"lr\": \"x\"}", "{\"batch\": 1.5}", "{\"force\": 1}", "{\"data\": 3}", "[", ""
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        CHECK(rn_options_read(rn_train_options(), &b, wrong[i], strlen(wrong[i]), "text") == RN_BAD_FILE,
              "%s", wrong[i]);
}

int main(void)
{
    check_paper_cifar();
    check_paper_imagenet();
    check_choices();
    check_ranges();
    check_round_trip();
    return check_result();
}
