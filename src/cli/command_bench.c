/* bench: how fast a network runs here, as a whole and layer by layer. */
#include "cli/commands.h"
#include "cli/document.h"
#include "cli/readable.h"
#include "cli/option_groups.h"

#include <string.h>

typedef struct {
    char mode[RN_TEXT_SIZE];
    int64_t batch, steps;
    bool layers, tune;
} bench_options;

const rn_option *bench_table(void)
{
    static const rn_option table[] = {
        OPTION(bench_options, mode, "mode", 0, RN_KIND_TEXT, "MODE", "measurement",
               "train (forward, backward and update) or infer (default infer)"),
        OPTION(bench_options, batch, "batch", 'b', RN_KIND_INT, "N", "measurement",
               "pictures a step (default 1)"),
        OPTION(bench_options, steps, "steps", 'n', RN_KIND_INT, "N", "measurement",
               "steps to measure (default: enough for a steady median)"),
        OPTION(bench_options, tune, "tune", 0, RN_KIND_SWITCH, NULL, "measurement",
               "before, time the kernels that can run each layer and keep the fastest for all later runs"),
        OPTION(bench_options, layers, "layers", 0, RN_KIND_SWITCH, NULL, "output", "every layer on a line"),
        { 0 },
    };
    return table;
}

static void print_rows(const rn_bench_report *r)
{
    printf("\n%-24s %-12s %10s %10s %9s %7s\n", "layer", "kernel", "forward", "backward", "gflops",
           "ceiling");
    for (const rn_bench_row *row = r->row; row < r->row + r->rows; row++)
        printf("%-24s %-12s %7.3f ms %7.3f ms %9.1f %5.0f %% %s\n", row->layer, row->kernel, row->forward_ms,
               row->backward_ms, row->gflops, row->ceiling_percent, row->ceiling);
    printf("\nceilings: arithmetic %.1f gflops, memory %.1f GB/s\n", r->ceiling_gflops, r->ceiling_gigabytes);
}

static void print(const rn_bench_report *r, const char *what, bool layers)
{
    number_text memory;
    printf("%s: %.2f ms a step (median; best %.2f), %.1f images/s, %.1f gflops, %s\n", what, r->ms_per_step,
           r->best_ms, r->images_per_second, r->gflops, bytes_text(&memory, r->bytes));
    if (r->repeated_percent > 0)
        printf("%.1f %% of forward's products are computed twice, to stay within the memory\n",
               r->repeated_percent);
    if (layers)
        print_rows(r);
}

static void json_rows(document *doc, const rn_bench_report *r)
{
    put_array(doc, "layers");
    for (int i = 0; i < r->rows; i++) {
        put_object(doc, NULL);
        put_text(doc, "layer", r->row[i].layer);
        put_text(doc, "kernel", r->row[i].kernel);
        put_real(doc, "forward_ms", r->row[i].forward_ms);
        put_real(doc, "backward_ms", r->row[i].backward_ms);
        put_real(doc, "gflops", r->row[i].gflops);
        put_real(doc, "ceiling_percent", r->row[i].ceiling_percent);
        put_text(doc, "ceiling", r->row[i].ceiling);
        put_end(doc);
    }
    put_end(doc);
}

static void print_tuning(const rn_tuning *t)
{
    printf("%d kinds of layers measured, %d by another kernel from now on: %s\n", t->uses, t->changed,
           t->file);
}

static void json_tuning(document *doc, const rn_tuning *t)
{
    put_object(doc, "tuning");
    put_text(doc, "file", t->file);
    put_int(doc, "uses", t->uses);
    put_int(doc, "changed", t->changed);
    put_end(doc);
}

static void print_json(const rn_bench_report *r, const char *model, const char *type,
                       const bench_options *options, const rn_tuning *tuning)
{
    document doc = { 0 };
    put_object(&doc, NULL);
    put_int(&doc, "schema", 1);
    put_text(&doc, "model", model);
    put_text(&doc, "mode", options->mode);
    put_text(&doc, "type", type);
    put_int(&doc, "batch", options->batch);
    put_text(&doc, "isa", rn_cpu_isa(type));
    put_real(&doc, "ms_per_step", r->ms_per_step);
    put_real(&doc, "best_ms", r->best_ms);
    put_real(&doc, "processor_ms", r->processor_ms);
    put_real(&doc, "images_per_second", r->images_per_second);
    put_real(&doc, "gflops", r->gflops);
    put_real(&doc, "ceiling_gflops", r->ceiling_gflops);
    put_real(&doc, "ceiling_gigabytes", r->ceiling_gigabytes);
    put_int(&doc, "bytes", r->bytes);
    if (options->tune)
        json_tuning(&doc, tuning);
    put_real(&doc, "repeated_percent", r->repeated_percent);
    json_rows(&doc, r);
    put_end(&doc);
}

rn_status run_bench(const arguments *args)
{
    bench_options options = { .mode = "infer", .batch = 1 };
    held_options held;
    rn_architecture architecture;
    rn_placement placement = { 0 };
    rn_bench_report *report;
    rn_tuning tuning;
    char what[3 * RN_TEXT_SIZE];
    int batch, steps;
    TRY(arguments_apply(args, bench_table(), &options));
    TRY(in_range("batch", options.batch, 1, 1 << 20, &batch));
    TRY(in_range("steps", options.steps, 0, 1 << 20, &steps));
    TRY(read_architecture(args, NULL, &architecture));
    TRY(read_placement(args, &held, &placement));
    if (options.tune)
        TRY(rn_bench_tune(&architecture, &placement, options.mode, batch, &tuning));
    TRY(rn_bench(&architecture, &placement, options.mode, batch, steps, &report));
    snprintf(what, sizeof what, "%s, %s, %s, batch %d", architecture.model, options.mode, placement.type,
             batch);
    if (wants_json(args))
        print_json(report, architecture.model, placement.type, &options, &tuning);
    else {
        if (options.tune)
            print_tuning(&tuning);
        print(report, what, options.layers);
    }
    rn_bench_report_free(report);
    return RN_OK;
}
