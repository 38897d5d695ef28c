/*
 * eval: count the mistakes of a model, or of several together, on a data set.  A member of an ensemble is a
 * model file or the scores that it gave earlier.
 */
#include "cli/commands.h"
#include "cli/document.h"
#include "cli/messages.h"
#include "cli/option_groups.h"

#include <string.h>

typedef struct {
    char data[RN_TEXT_SIZE];
    int64_t batch;
    char logits_from[RN_TEXT_SIZE];
    char confusion[RN_TEXT_SIZE], per_class[RN_TEXT_SIZE], csv[RN_TEXT_SIZE], logits[RN_TEXT_SIZE];
} eval_options;

const rn_option *eval_table(void)
{
    static const rn_option table[] = {
        OPTION(eval_options, data, "data", 'd', RN_KIND_TEXT, "DATA", "data",
               "builtin, cifar10:DIR, cifar100:DIR, a folder of pictures or tar archives of one (default "
               "builtin)"),
        OPTION(eval_options, batch, "batch", 'b', RN_KIND_INT, "N", "data",
               "pictures at a time; changes the speed only"),
        OPTION(eval_options, logits_from, "logits-from", 0, RN_KIND_TEXT, "FILE", "model file",
               "scores that --logits wrote for the same data, in place of a model; may be repeated"),
        OPTION(eval_options, confusion, "confusion", 0, RN_KIND_TEXT, "FILE", "output",
               "how often each class was taken for each, to FILE.svg or FILE.csv; - prints it"),
        OPTION(eval_options, per_class, "per-class", 0, RN_KIND_TEXT, "FILE", "output",
               "the mistakes of each class, to FILE.csv"),
        OPTION(eval_options, csv, "csv", 0, RN_KIND_TEXT, "FILE", "output",
               "the five best guesses for each picture, to FILE.csv"),
        OPTION(eval_options, logits, "logits", 0, RN_KIND_TEXT, "FILE", "output",
               "all scores, pictures x classes before softmax, to FILE.npy"),
        { 0 },
    };
    return table;
}

/* ---- The members ----------------------------------------------------------------------------- */

typedef struct {
    int count;
    const char *file[2 * MAX_MODELS];
    rn_answers *answers[2 * MAX_MODELS];
} ensemble;

static rn_status answer(const arguments *args, const eval_options *options, const char *file,
                        rn_answers **answers)
{
    rn_model *model;
    int batch;
    TRY(in_range("batch", options->batch, 0, 1 << 15, &batch));
    TRY(open_model_file(args, file, &model));
    rn_status status = rn_model_answer(model, options->data, batch, answers);
    rn_model_close(model);
    return status;
}

static rn_status gather(const arguments *args, const eval_options *options, ensemble *members)
{
    int models, tables = arguments_all(args, "logits-from", members->file, MAX_MODELS);
    if (tables > MAX_MODELS)
        return complain(RN_BAD_ARGUMENT, "--logits-from: said %d times, the limit is %d", tables, MAX_MODELS);
    for (; members->count < tables; members->count++)
        TRY(rn_answers_read(&members->answers[members->count], members->file[members->count], options->data));
    TRY(weights_files(args, members->file + tables, &models));
    if (models + tables == 0)
        return want_weights(args);
    for (; members->count < tables + models; members->count++)
        TRY(answer(args, options, members->file[members->count], &members->answers[members->count]));
    return RN_OK;
}

/* ---- What they say --------------------------------------------------------------------------- */

static void print_confusion(const rn_evaluation *e)
{
    printf("\n%-20s  guessed as\n%-20s", "true class", "");
    for (int guess = 0; guess < e->classes; guess++)
        printf(" %6d", guess);
    printf("\n");
    for (int truth = 0; truth < e->classes; truth++) {
        printf("%3d %-16.16s", truth, e->class_name ? e->class_name[truth] : "");
        for (int guess = 0; guess < e->classes; guess++)
            printf(" %6lld", (long long)e->confusion[(int64_t)truth * e->classes + guess]);
        printf("\n");
    }
}

static void print(const rn_evaluation *e)
{
    printf("top-1 error %.2f%% (%lld of %lld wrong), top-5 error %.2f%%, loss %.4f", e->top1_error,
           (long long)e->wrong, (long long)e->images, e->top5_error, e->loss);
    if (e->images_per_second > 0)
        printf(", %.0f images/s", e->images_per_second);
    printf("\n");
}

static void json_confusion(document *doc, const rn_evaluation *e)
{
    put_array(doc, "classes");
    for (int i = 0; i < e->classes; i++)
        put_text(doc, NULL, e->class_name ? e->class_name[i] : NULL);
    put_end(doc);
    put_array(doc, "confusion");
    for (int truth = 0; truth < e->classes; truth++) {
        put_array(doc, NULL);
        for (int guess = 0; guess < e->classes; guess++)
            put_int(doc, NULL, e->confusion[(int64_t)truth * e->classes + guess]);
        put_end(doc);
    }
    put_end(doc);
}

static void json_counts(document *doc, const rn_evaluation *e)
{
    put_int(doc, "images", e->images);
    put_int(doc, "wrong", e->wrong);
    put_int(doc, "wrong5", e->wrong5);
    put_real(doc, "top1_error", e->top1_error);
    put_real(doc, "top5_error", e->top5_error);
    put_real(doc, "loss", e->loss);
    put_real(doc, "images_per_second", e->images_per_second);
    put_int(doc, "bad_files", e->bad_files);
}

static rn_status print_members(const ensemble *members, document *doc)
{
    for (int m = 0; m < members->count; m++) {
        rn_evaluation *e;
        TRY(rn_answers_count(members->answers[m], &e));
        if (doc) {
            put_object(doc, NULL);
            put_text(doc, "file", members->file[m]);
            json_counts(doc, e);
            put_end(doc);
        } else {
            printf("%s: ", members->file[m]);
            print(e);
        }
        rn_evaluation_free(e);
    }
    return RN_OK;
}

static rn_status print_all(const ensemble *members, const rn_evaluation *e, bool confusion)
{
    if (members->count > 1) {
        TRY(print_members(members, NULL));
        printf("ensemble of %d: ", members->count);
    }
    print(e);
    if (e->bad_files > 0)
        printf("%lld files could not be read\n", (long long)e->bad_files);
    if (confusion)
        print_confusion(e);
    return RN_OK;
}

static rn_status print_json(const ensemble *members, const rn_evaluation *e, bool confusion)
{
    document doc = { 0 };
    rn_status status = RN_OK;
    put_object(&doc, NULL);
    put_int(&doc, "schema", 1);
    json_counts(&doc, e);
    if (members->count > 1) {
        put_array(&doc, "members");
        status = print_members(members, &doc);
        put_end(&doc);
    }
    if (confusion)
        json_confusion(&doc, e);
    put_end(&doc);
    return status;
}

/* ---- The command ----------------------------------------------------------------------------- */

static rn_status report(const arguments *args, const eval_options *options, const ensemble *members,
                        const rn_answers *answers)
{
    bool show_confusion = strcmp(options->confusion, "-") == 0;
    rn_evaluation *e;
    TRY(rn_answers_count(answers, &e));
    rn_status status = wants_json(args) ? print_json(members, e, show_confusion)
                                        : print_all(members, e, show_confusion);
    if (status == RN_OK && options->confusion[0] && !show_confusion)
        status = rn_evaluation_write_confusion(e, options->confusion);
    if (status == RN_OK && options->per_class[0])
        status = rn_evaluation_write_classes(e, options->per_class);
    rn_evaluation_free(e);
    return status == RN_OK ? write_answers(answers, options->csv, options->logits) : status;
}

static rn_status evaluate(const arguments *args, const eval_options *options, ensemble *members)
{
    rn_answers *average;
    TRY(gather(args, options, members));
    if (members->count == 1)
        return report(args, options, members, members->answers[0]);
    TRY(rn_answers_average(&average, members->answers, members->count));
    rn_status status = report(args, options, members, average);
    rn_answers_free(average);
    return status;
}

/* Told before the work begins. */
static rn_status check_confusion(const char *file)
{
    const char *dot = strrchr(file, '.');
    if (!file[0] || strcmp(file, "-") == 0 || (dot && (strcmp(dot, ".svg") == 0 || strcmp(dot, ".csv") == 0)))
        return RN_OK;
    return complain(RN_BAD_ARGUMENT, "--confusion: \"%s\" ends neither in .svg nor in .csv", file);
}

rn_status run_eval(const arguments *args)
{
    eval_options options = { .data = "builtin" };
    ensemble members = { 0 };
    TRY(arguments_apply(args, eval_table(), &options));
    TRY(check_confusion(options.confusion));
    rn_status status = evaluate(args, &options, &members);
    for (int m = 0; m < 2 * MAX_MODELS; m++)
        rn_answers_free(members.answers[m]);
    return status;
}
