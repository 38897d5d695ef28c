/*
 * A network trained on six of the built-in shapes goes on to the four others: what is kept of it, what is
 * learned, and the same bits whatever happens in either phase.
 */
#include "train/small_run.h"
#include "weights/bundle.h"

#include <math.h>
#include <sys/stat.h>
#include <unistd.h>

static void move_classes(const char *from, const char *to, int least, int most)
{
    rn_listing classes;
    char old[RN_TEXT_SIZE], new[RN_TEXT_SIZE];
    CHECK_OK(rn_folder_make(small_path(to)));
    CHECK_OK(rn_listing_open(&classes, small_path(from)));
    for (int i = least; i < most && i < classes.count; i++) {
        snprintf(old, sizeof old, "%s/%s", small_path(from), classes.name[i]);
        snprintf(new, sizeof new, "%s/%s", small_path(to), classes.name[i]);
        CHECK(rename(old, new) == 0, "%s to %s", old, new);
    }
    rn_listing_close(&classes);
}

static void prepare(void)
{
    rn_train_result result;
    move_classes("data", "old", 0, 6);
    move_classes("data", "new", 0, 3);
    move_classes("data", "one", 0, 1);
    rn_train_config c = small_config("source");
    snprintf(c.data, sizeof c.data, "%s", small_path("old"));
    CHECK_OK(rn_train(&c, NULL, &result));
}

static rn_train_config tuning(const char *run)
{
    rn_train_config c = { 0 };
    snprintf(c.data, sizeof c.data, "%s", small_path("new"));
    snprintf(c.out, sizeof c.out, "%s", small_path(run));
    snprintf(c.weights, sizeof c.weights, "%s/last.safetensors", small_path("source"));
    CHECK_OK(rn_train_defaults(&c, ""));
    c.batch = 8;
    c.shards = 4;
    c.epochs = 3;
    c.head_epochs = 8;
    c.threads = 1;
    c.workers = 0;
    c.save_every = 2;
    return c;
}

static small_hash straight;

static void check_same(const char *run, const char *what)
{
    small_hash hash = small_hash_of(run);
    CHECK(strcmp(hash.hex, straight.hex) == 0, "%s: %.12s, straight %.12s", what, hash.hex, straight.hex);
}

static void check_straight(void)
{
    rn_train_result result;
    rn_train_config c = tuning("straight");
    CHECK(strcmp(c.recipe, "fine-tune") == 0 && strcmp(c.model, "resnet8") == 0 && c.reset_head, "%s %s",
          c.recipe, c.model);
    CHECK_OK(rn_train(&c, NULL, &result));
    CHECK(result.iterations == 12 && result.head_error >= 0 && result.best_error <= result.head_error,
          "%lld steps, %g after the classifier, %g at best", (long long)result.iterations, result.head_error,
          result.best_error);
    straight = small_hash_of("straight");
    for (int i = 2; i < 4; i++) {
        c = tuning("machine");
        c.force = true;
        c.threads = i;
        c.workers = i - 1;
        CHECK_OK(rn_train(&c, NULL, &result));
        check_same("machine", "threads and workers");
    }
}

/* Stop at an event of that number; the classifier's phase tells 5 batches of features and 8 passes. */
typedef struct { int at, told; volatile int stop; } event_stop;

static void stop_at_event(void *context, const rn_train_event *event)
{
    event_stop *stop = context;
    (void)event;
    stop->stop |= stop->told++ >= stop->at;
}

static void check_resumed(int at)
{
    char name[32];
    event_stop stop = { .at = at };
    rn_train_watch watch = { stop_at_event, &stop, &stop.stop };
    rn_train_result result;
    snprintf(name, sizeof name, "stopped%d", at);
    rn_train_config c = tuning(name);
    CHECK(rn_train(&c, &watch, &result) == RN_INTERRUPTED, "event %d: %s", at, rn_error_text());
    c.resume = true;
    c.threads = 1 + at % 3;
    CHECK_OK(rn_train(&c, NULL, &result));
    check_same(name, "resumed");
}

/* ---- What is kept ---------------------------------------------------------------------------- */

static void open_model_of(rn_bundle *bundle, const char *run)
{
    char path[RN_TEXT_SIZE];
    snprintf(path, sizeof path, "%s/last.safetensors", small_path(run));
    CHECK_OK(rn_bundle_open(bundle, path, NULL));
}

static bool same(const rn_bundle *a, const rn_bundle *b, const char *name)
{
    int p = rn_net_find_param(&a->net, name);
    return memcmp(rn_weights_param(&a->weights, p), rn_weights_param(&b->weights, p),
                  (size_t)rn_count(a->net.param[p].shape) * sizeof(float)) == 0;
}

static void check_freeze(void)
{
    rn_train_result result, again;
    rn_train_config c = tuning("frozen");
    rn_bundle source, frozen;
    c.freeze = true;
    CHECK_OK(rn_train(&c, NULL, &result));
    CHECK(result.iterations == 0 && result.test_error == result.head_error, "%lld steps, %g and %g",
          (long long)result.iterations, result.test_error, result.head_error);
    open_model_of(&source, "source");
    open_model_of(&frozen, "frozen");
    for (int p = 0; p < source.net.params - 2; p++)
        CHECK(same(&source, &frozen, source.net.param[p].name), "%s has changed", source.net.param[p].name);
    CHECK(frozen.architecture.classes == 3 && strcmp(frozen.class_name[0], source.class_name[0]) != 0, "%d",
          frozen.architecture.classes);
    rn_bundle_close(&source);
    rn_bundle_close(&frozen);

    /* The whole network says what the classifier said of the features. */
    c = tuning("again");
    snprintf(c.weights, sizeof c.weights, "%s/last.safetensors", small_path("frozen"));
    c.reset_head = false;
    c.head_epochs = c.lr = 0;
    c.iterations = 1;
    c.frozen_bn = true;
    CHECK_OK(rn_train(&c, NULL, &again));
    CHECK(again.head_error < 0 && again.test_wrong == result.test_wrong
              && fabs(again.test_loss - result.test_loss) < 1e-5 * result.test_loss,
          "%lld wrong, loss %.9g, the classifier said %lld, %.9g", (long long)again.test_wrong,
          again.test_loss, (long long)result.test_wrong, result.test_loss);
}

static void check_frozen_bn(void)
{
    rn_train_result result;
    rn_train_config c = tuning("frozen-bn");
    rn_bundle source, tuned;
    c.frozen_bn = true;
    CHECK_OK(rn_train(&c, NULL, &result));
    open_model_of(&source, "source");
    open_model_of(&tuned, "frozen-bn");
    CHECK(same(&source, &tuned, "bn1.running_var") && !same(&source, &tuned, "bn1.weight"),
          "statistics stay, the rest learns");
    rn_bundle_close(&source);
    rn_bundle_close(&tuned);
}

/* A classifier that is a convolution has no features to learn from; it learns with the rest. */
static void check_convolution(void)
{
    rn_train_result result;
    rn_train_config c = small_config("nin");
    snprintf(c.data, sizeof c.data, "%s", small_path("old"));
    strcpy(c.model, "nin");
    c.iterations = 1;
    CHECK_OK(rn_train(&c, NULL, &result));
    c = tuning("tuned-nin");
    snprintf(c.weights, sizeof c.weights, "%s/last.safetensors", small_path("nin"));
    strcpy(c.model, "nin");
    c.iterations = 1;
    CHECK_OK(rn_train(&c, NULL, &result));
    CHECK(result.head_error < 0 && result.iterations == 1, "%g", result.head_error);
}

/* ---- Refusals -------------------------------------------------------------------------------- */

static void refuses(rn_train_config c, rn_status wanted, const char *text)
{
    rn_train_result result;
    rn_status status = rn_train(&c, NULL, &result);
    CHECK(status == wanted && strstr(rn_error_text(), text), "%d, wanted %d with '%s': %s", (int)status,
          (int)wanted, text, rn_error_text());
}

static void check_refusals(void)
{
    rn_train_config c = tuning("refused");
    c.reset_head = false;
    refuses(c, RN_BAD_ARGUMENT, "its classifier is for 6 classes, the data has 3");
    c = tuning("refused");
    strcpy(c.model, "resnet14");
    refuses(c, RN_BAD_ARGUMENT, "its network is resnet8, not resnet14");
    c = tuning("refused");
    c.weights[0] = '\0';
    refuses(c, RN_BAD_ARGUMENT, "there is no trained network to begin from");
    c = tuning("refused");
    c.freeze = true;
    c.head_epochs = 0;
    refuses(c, RN_BAD_ARGUMENT, "--freeze: nothing would learn");
    c = tuning("refused");
    snprintf(c.weights, sizeof c.weights, "%s/last.safetensors", small_path("nin"));
    strcpy(c.model, "nin");
    c.freeze = true;
    refuses(c, RN_BAD_ARGUMENT, "the classifier of nin is a conv2d");
    c = tuning("refused");
    snprintf(c.weights, sizeof c.weights, "%s", small_path("nowhere.safetensors"));
    refuses(c, RN_IO, "nowhere.safetensors");
    c = tuning("refused");
    snprintf(c.data, sizeof c.data, "%s", small_path("one"));
    refuses(c, RN_BAD_FILE, "nothing to tell apart");
    c = tuning("refused");
    c.head_lr = 1e30;
    refuses(c, RN_NOT_FINITE, "the classifier's loss is not finite");
    c = tuning("straight");
    c.resume = true;
    snprintf(c.weights, sizeof c.weights, "%s/best.safetensors", small_path("source"));
    refuses(c, RN_BAD_ARGUMENT, "was begun with --weights");
}

/* ---- One process at a time ------------------------------------------------------------------- */

static void try_beside(void *context, const rn_train_event *event)
{
    bool *tried = context;
    if (*tried || event->moment != RN_TRAIN_STEP)
        return;
    rn_train_config c = tuning("locked");
    *tried = c.resume = true;
    refuses(c, RN_IO, "another process is training in it");
}

static void check_lock(void)
{
    bool tried = false;
    rn_train_watch watch = { try_beside, &tried, NULL };
    rn_train_result result;
    rn_train_config c = tuning("locked");
    CHECK_OK(rn_train(&c, &watch, &result));
    CHECK(tried, "nothing was tried");
    check_same("locked", "with another process at the door");
}

int main(void)
{
    small_begin();
    prepare();
    check_straight();
    static const int stops[] = { 1, 4, 9, 16, 20, 27 };
    for (size_t i = 0; i < sizeof stops / sizeof *stops; i++)
        check_resumed(stops[i]);
    check_freeze();
    check_frozen_bn();
    check_convolution();
    check_refusals();
    check_lock();
    small_end();
    return check_result();
}
