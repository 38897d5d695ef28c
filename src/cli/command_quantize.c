/* quantize: look at pictures, so that a model's int8 knows its values beforehand, and say what it costs. */
#include "cli/commands.h"
#include "cli/document.h"
#include "cli/messages.h"
#include "cli/option_groups.h"

typedef struct {
    char data[RN_TEXT_SIZE];
    int64_t pictures, threads;
    bool force;
} quantize_options;

const rn_option *quantize_table(void)
{
    static const rn_option table[] = {
        OPTION(quantize_options, data, "data", 'd', RN_KIND_TEXT, "DATA", "data",
               "pictures such as the model will meet: a folder, cifar10:DIR, cifar100:DIR or builtin; its "
               "training part is looked at, its test part is answered in fp32 and in int8"),
        OPTION(quantize_options, pictures, "pictures", 'n', RN_KIND_INT, "N", "data",
               "how many to look at, evenly taken (default 256)"),
        OPTION(quantize_options, threads, "threads", 't', RN_KIND_INT, "N", "machine",
               "threads that compute (default: the processors this process may use)"),
        OPTION(quantize_options, force, "force", 0, RN_KIND_SWITCH, NULL, "output",
               "replace the new file where it exists"),
        { 0 },
    };
    return table;
}

static void print(const rn_quantization *q, const char *file)
{
    printf("%s: %lld pictures looked at\n", file, (long long)q->calibrated);
    if (q->labelled)
        printf("top-1 error %.2f%% in fp32, %.2f%% in int8, ", q->fp32_error, q->int8_error);
    printf("the same answer for %.2f%% of %lld pictures\n", q->agreement, (long long)q->tested);
    printf("one picture takes %.2f ms in fp32, %.2f ms in int8: ", q->fp32_ms, q->int8_ms);
    if (q->int8_ms < q->fp32_ms)
        printf("%.2f times as fast\n", q->fp32_ms / q->int8_ms);
    else
        printf("int8 is not faster on this machine\n");
}

static void print_json(const rn_quantization *q, const char *file)
{
    document doc = { 0 };
    put_object(&doc, NULL);
    put_int(&doc, "schema", 1);
    put_text(&doc, "file", file);
    put_int(&doc, "calibrated", q->calibrated);
    put_int(&doc, "tested", q->tested);
    if (q->labelled) {
        put_real(&doc, "fp32_error", q->fp32_error);
        put_real(&doc, "int8_error", q->int8_error);
    }
    put_real(&doc, "agreement", q->agreement);
    put_real(&doc, "fp32_ms", q->fp32_ms);
    put_real(&doc, "int8_ms", q->int8_ms);
    put_end(&doc);
}

rn_status run_quantize(const arguments *args)
{
    quantize_options options = { 0 };
    held_options held;
    rn_quantize_options wanted = { 0 };
    rn_quantization q;
    TRY(arguments_apply(args, quantize_table(), &options));
    TRY(read_model_options(args, &held, &wanted.model));
    if (!options.data[0])
        return complain(RN_BAD_ARGUMENT, "quantize wants --data DATA: pictures such as the model will meet");
    TRY(in_range("threads", options.threads, 0, 4096, &wanted.model.placement.threads));
    wanted.data = options.data;
    wanted.pictures = options.pictures;
    wanted.overwrite = options.force;
    TRY(rn_file_quantize(held.weights.weights, args->word[0], &wanted, &q));
    if (wants_json(args))
        print_json(&q, args->word[0]);
    else
        print(&q, args->word[0]);
    return RN_OK;
}
