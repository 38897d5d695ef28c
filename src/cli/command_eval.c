/* eval: count a model's mistakes on a data set, and which class is taken for which. */
#include "cli/commands.h"
#include "cli/document.h"
#include "cli/option_groups.h"

#include <string.h>

typedef struct {
    char data[RN_TEXT_SIZE];
    int64_t batch;
    bool confusion;
    char logits[RN_TEXT_SIZE];
} eval_options;

const rn_option *eval_table(void)
{
    static const rn_option table[] = {
        OPTION(eval_options, data, "data", 'd', RN_KIND_TEXT, "DATA", "data",
               "builtin, cifar10:DIR, cifar100:DIR or a folder of pictures (default builtin)"),
        OPTION(eval_options, batch, "batch", 'b', RN_KIND_INT, "N", "data",
               "pictures at a time; changes the speed only"),
        OPTION(eval_options, confusion, "confusion", 0, RN_KIND_SWITCH, NULL, "output",
               "also count each class taken for each other"),
        OPTION(eval_options, logits, "logits", 0, RN_KIND_TEXT, "FILE", "output",
               "write all scores to FILE.npy: pictures x classes, before softmax"),
        { 0 },
    };
    return table;
}

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

static void print(const rn_evaluation *e, bool confusion)
{
    printf("top-1 error %.2f%% (%lld of %lld wrong), top-5 error %.2f%%, loss %.4f, %.0f images/s\n",
           e->top1_error, (long long)e->wrong, (long long)e->images, e->top5_error, e->loss,
           e->images_per_second);
    if (e->bad_files > 0)
        printf("%lld files could not be read\n", (long long)e->bad_files);
    if (confusion)
        print_confusion(e);
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

static void print_json(const rn_evaluation *e, bool confusion)
{
    document doc = { 0 };
    put_object(&doc, NULL);
    put_int(&doc, "schema", 1);
    put_int(&doc, "images", e->images);
    put_int(&doc, "wrong", e->wrong);
    put_int(&doc, "wrong5", e->wrong5);
    put_real(&doc, "top1_error", e->top1_error);
    put_real(&doc, "top5_error", e->top5_error);
    put_real(&doc, "loss", e->loss);
    put_real(&doc, "images_per_second", e->images_per_second);
    put_int(&doc, "bad_files", e->bad_files);
    if (confusion)
        json_confusion(&doc, e);
    put_end(&doc);
}

static rn_status report(const arguments *args, const eval_options *options, const rn_answers *answers)
{
    rn_evaluation *evaluation;
    TRY(rn_answers_count(answers, &evaluation));
    if (wants_json(args))
        print_json(evaluation, options->confusion);
    else
        print(evaluation, options->confusion);
    rn_evaluation_free(evaluation);
    return options->logits[0] ? rn_answers_write_scores(answers, options->logits) : RN_OK;
}

rn_status run_eval(const arguments *args)
{
    eval_options options = { .data = "builtin" };
    rn_model *model;
    rn_answers *answers;
    int batch;
    TRY(arguments_apply(args, eval_table(), &options));
    TRY(in_range("batch", options.batch, 0, 1 << 20, &batch));
    TRY(open_model(args, &model));
    rn_status status = rn_model_answer(model, options.data, batch, &answers);
    if (status == RN_OK)
        status = report(args, &options, answers);
    rn_answers_free(answers);
    rn_model_close(model);
    return status;
}
