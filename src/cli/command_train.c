/*
 * train and resume.  The configuration grows in this order, later sources winning: the recipe's values (or
 * those that the resumed run recorded), the configuration file, the environment, the command line.
 */
#include "cli/commands.h"
#include "cli/document.h"
#include "cli/messages.h"
#include "cli/readable.h"
#include "cli/option_groups.h"
#include "cli/progress.h"
#include "cli/stop.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

typedef struct {
    char config[RN_TEXT_SIZE];
    bool print_config, report;
} train_options;

const rn_option *train_table(void)
{
    static const rn_option table[] = {
        OPTION(train_options, config, "config", 0, RN_KIND_TEXT, "FILE", "configuration",
               "read options from a file of lines like lr = 0.1"),
        OPTION(train_options, print_config, "print-config", 0, RN_KIND_SWITCH, NULL, "configuration",
               "print every option, its value and where that comes from, and stop"),
        OPTION(train_options, report, "report", 0, RN_KIND_SWITCH, NULL, "run",
               "write index.html and the confusion matrix into the run directory at the end (default)"),
        { 0 },
    };
    return table;
}

/* Epochs that were asked for win over a recipe's iterations, and over iterations from a weaker source. */
static bool epochs_win(const arguments *args)
{
    const setting *epochs = arguments_winner(args, "epochs");
    const setting *iterations = arguments_winner(args, "iterations");
    return epochs && (!iterations || epochs->source > iterations->source);
}

/* The recipe may depend on data and model, so what was said is applied before and after it. */
static rn_status resolve(const arguments *args, rn_train_config *config)
{
    char recipe[RN_TEXT_SIZE];
    memset(config, 0, sizeof *config);
    TRY(arguments_apply(args, rn_train_options(), config));
    memcpy(recipe, config->recipe, sizeof recipe);
    TRY(rn_train_defaults(config, recipe));
    TRY(arguments_apply(args, rn_train_options(), config));
    if (epochs_win(args))
        config->iterations = 0;
    return RN_OK;
}

/* A value that every recipe has is no recipe's. */
static bool is_general(const rn_option *row, const rn_train_config *config)
{
    static rn_train_config other;
    char ours[RN_TEXT_SIZE], theirs[RN_TEXT_SIZE];
    rn_option_get(row, config, ours, sizeof ours);
    for (const char *const *recipe = rn_recipe_names(); *recipe; recipe++) {
        other = *config;
        other.epochs = 0;
        if (rn_train_defaults(&other, *recipe) != RN_OK)
            return false;
        rn_option_get(row, &other, theirs, sizeof theirs);
        if (strcmp(ours, theirs) != 0)
            return false;
    }
    return true;
}

static const char *origin(const arguments *args, const rn_option *row, const rn_train_config *config,
                          char *text, size_t size)
{
    bool by_epochs = strcmp(row->name, "iterations") == 0 && epochs_win(args);
    const setting *said = arguments_winner(args, by_epochs ? "epochs" : row->name);
    if (said)
        return arguments_source(args, said, text, size);
    if (is_general(row, config))
        snprintf(text, size, "default");
    else if (config->resume)
        snprintf(text, size, "the run's record, or recipe %.60s", config->recipe);
    else
        snprintf(text, size, "recipe %.60s", config->recipe);
    return text;
}

static void print_config(const arguments *args, const rn_train_config *config)
{
    char value[RN_TEXT_SIZE], from[RN_TEXT_SIZE];
    for (const rn_option *row = rn_train_options(); row->name; row++) {
        rn_option_get(row, config, value, sizeof value);
        printf("%-16s = %-30s # %s\n", row->name, value, origin(args, row, config, from, sizeof from));
    }
}

static void print_config_json(const arguments *args, const rn_train_config *config)
{
    char value[RN_TEXT_SIZE], from[RN_TEXT_SIZE];
    document doc = { 0 };
    put_object(&doc, NULL);
    put_int(&doc, "schema", 1);
    put_object(&doc, "options");
    for (const rn_option *row = rn_train_options(); row->name; row++) {
        rn_option_get(row, config, value, sizeof value);
        put_object(&doc, row->name);
        put_text(&doc, "value", value);
        put_text(&doc, "from", origin(args, row, config, from, sizeof from));
        put_end(&doc);
    }
    put_end(&doc);
    put_end(&doc);
}

static void or_null(document *doc, const char *key, double number, bool known)
{
    if (known)
        put_real(doc, key, number);
    else
        put_text(doc, key, NULL);
}

static void print_result_json(const rn_train_config *config, const rn_train_result *r)
{
    bool tested = r->test_images > 0;
    document doc = { 0 };
    put_object(&doc, NULL);
    put_int(&doc, "schema", 1);
    put_text(&doc, "model", config->model);
    put_text(&doc, "out", config->out);
    put_text(&doc, "weights", r->weights);
    put_int(&doc, "iterations", r->iterations);
    put_real(&doc, "train_loss", r->train_loss);
    put_real(&doc, "train_error", r->train_error);
    put_int(&doc, "test_images", r->test_images);
    put_int(&doc, "test_wrong", r->test_wrong);
    or_null(&doc, "test_loss", r->test_loss, tested);
    or_null(&doc, "test_error", r->test_error, tested);
    or_null(&doc, "test_top5_error", r->test_top5_error, tested);
    or_null(&doc, "best_error", r->best_error, tested);
    or_null(&doc, "head_error", r->head_error, r->head_error >= 0);
    put_real(&doc, "seconds", r->seconds);
    put_real(&doc, "images_per_second", r->images_per_second);
    put_end(&doc);
}

static void print_result(const rn_train_result *r)
{
    number_text time;
    if (r->test_images > 0)
        printf("test error %.2f%% (%lld of %lld wrong), ", r->test_error, (long long)r->test_wrong,
               (long long)r->test_images);
    if (r->head_error >= 0 && r->iterations > 0)
        printf("the classifier alone %.2f%%, ", r->head_error);
    printf("training error %.2f%%, %lld iterations in %s: %s\n", r->train_error, (long long)r->iterations,
           duration(&time, r->seconds), r->weights);
}

/* A training is none the worse for want of its page. */
static void write_page(const char *run)
{
    if (rn_report_run(run) == RN_OK)
        say("confusion matrix, worst pictures and curves: %s/index.html", run);
    else
        say("no report: %s", rn_error_text());
}

static rn_status train(const arguments *args, rn_train_config *config, bool report)
{
    char log[RN_TEXT_SIZE + 16];
    progress shown = { .log = log };
    rn_train_watch watch = { progress_event, &shown, stop_listen() };
    rn_train_result result = { 0 };
    snprintf(log, sizeof log, "%s/log.txt", config->out);
    rn_status status = rn_train(config, &watch, &result);
    redraw("");
    if (status != RN_OK)
        return status;
    if (report && shown.finished)
        write_page(config->out);
    if (wants_json(args))
        print_result_json(config, &result);
    else
        print_result(&result);
    return RN_OK;
}

rn_status run_train(const arguments *args)
{
    static rn_train_config config;
    train_options options = { .report = true };
    messages_keep();
    TRY(arguments_apply(args, train_table(), &options));
    TRY(resolve(args, &config));
    if (!options.print_config)
        return train(args, &config, options.report);
    if (wants_json(args))
        print_config_json(args, &config);
    else
        print_config(args, &config);
    return RN_OK;
}

/* train --resume begins a run that is not there yet; here its name must be a mistake. */
rn_status run_resume(const arguments *args)
{
    const char *run = arguments_winner(args, "out")->text;
    if (access(run, F_OK) == 0)
        return run_train(args);
    complain(RN_IO, "%s: %s", run, strerror(errno));
    hint("resnet train --out %s begins a run", run);
    return RN_IO;
}
