#include "train/keep.h"
#include "base/memory.h"
#include "train/checkpoint.h"
#include "train/run_folder.h"
#include "train/statistics.h"
#include "train/train_options.h"

#include <string.h>

/* Whether the results depend on an option.  Where data and weights lie is nobody's business who gets the
 * model. */
static bool matters(const rn_option *row)
{
    return strcmp(row->group, "machine") != 0 && strcmp(row->group, "run") != 0
           && strcmp(row->name, "workers") != 0 && strcmp(row->name, "data") != 0
           && strcmp(row->name, "weights") != 0;
}

static void write_recipe(rn_text *text, const rn_train_config *config)
{
    enum { ROOM = 64 };
    rn_option kept[ROOM] = { { 0 } };
    int rows = 0;
    for (const rn_option *row = rn_train_options(); row->name && rows < ROOM - 1; row++)
        if (matters(row))
            kept[rows++] = *row;
    rn_options_write(text, kept, config);
}

/* What a model tells of its training. */
typedef struct {
    char data[RN_TEXT_SIZE], program[RN_TEXT_SIZE], began_from[RN_TEXT_SIZE], bn_statistics[RN_TEXT_SIZE];
    int64_t iterations, seed, train_images, test_images, test_wrong;
    double epochs, validation, train_loss, train_error, test_loss, test_error, test_top5_error;
} story;

#define ROW(name, kind, field) { name, 0, RN_KIND_##kind, offsetof(story, field), NULL, NULL, NULL }

static const rn_option story_table[] = {
    ROW("data", TEXT, data), ROW("program", TEXT, program), ROW("began_from", TEXT, began_from),
    ROW("bn_statistics", TEXT, bn_statistics),
    ROW("iterations", INT, iterations),
    ROW("epochs", REAL, epochs), ROW("seed", INT, seed), ROW("validation", REAL, validation),
    ROW("train_images", INT, train_images), ROW("train_loss", REAL, train_loss),
    ROW("train_error", REAL, train_error), ROW("test_images", INT, test_images),
    ROW("test_wrong", INT, test_wrong), ROW("test_loss", REAL, test_loss),
    ROW("test_error", REAL, test_error), ROW("test_top5_error", REAL, test_top5_error),
    { 0 },
};

/* Where the statistics of batch normalization come from. */
static void tell_statistics(char text[RN_TEXT_SIZE], const rn_trainer *t)
{
    long long pictures = (long long)t->state.averaged;
    if (pictures)
        snprintf(text, RN_TEXT_SIZE, "averages over %lld training pictures", pictures);
    else if (rn_statistics_move(&t->bundle.net))
        snprintf(text, RN_TEXT_SIZE, "moving averages");
    else if (t->config.frozen_bn)
        snprintf(text, RN_TEXT_SIZE, "those of the network that it began from");
}

static void write_story(rn_text *text, const rn_trainer *t)
{
    const rn_train_state *s = &t->state;
    story told = {
        .iterations = s->iteration, .seed = t->config.seed, .epochs = rn_trainer_epoch(t),
        .validation = t->config.validation, .train_images = t->train->count,
        .train_loss = rn_score_loss(&s->epoch), .train_error = rn_score_error(&s->epoch),
        .test_images = s->test.images, .test_wrong = s->test.wrong, .test_loss = rn_score_loss(&s->test),
        .test_error = rn_score_error(&s->test), .test_top5_error = rn_score_error5(&s->test),
    };
    snprintf(told.data, sizeof told.data, "%s", t->train->kind);
    snprintf(told.program, sizeof told.program, "%s", rn_version());
    snprintf(told.began_from, sizeof told.began_from, "%s", s->weights);
    tell_statistics(told.bn_statistics, t);
    rn_options_write(text, story_table, &told);
}

/* Give the text to the bundle in place of what it had. */
static rn_status hand_over(rn_text *text, char **to)
{
    rn_status status = rn_text_finish(text);
    if (status != RN_OK) {
        rn_text_free(text);
        return status;
    }
    rn_free(*to);
    *to = text->bytes;
    return RN_OK;
}

static rn_status save_model(rn_trainer *t, const char *name)
{
    char path[RN_TEXT_SIZE];
    rn_text recipe = { 0 }, training = { 0 };
    RN_TRY(rn_run_path(path, t->config.out, name));
    write_recipe(&recipe, &t->config);
    RN_TRY(hand_over(&recipe, &t->bundle.recipe));
    write_story(&training, t);
    RN_TRY(hand_over(&training, &t->bundle.training));
    return rn_bundle_save(&t->bundle, path, NULL);
}

rn_status rn_keep(rn_trainer *t)
{
    RN_TRY(rn_checkpoint_save(t));
    return save_model(t, "last.safetensors");
}

rn_status rn_keep_best(rn_trainer *t)
{
    return save_model(t, "best.safetensors");
}

rn_status rn_keep_snapshot(rn_trainer *t)
{
    char name[64];
    snprintf(name, sizeof name, RN_SNAPSHOT, (long long)t->state.iteration);
    for (int i = 0; i < t->snapshots.count; i++)
        if (t->snapshots.step[i] == t->state.iteration)
            return save_model(t, name);
    return RN_OK;
}
