/* paper: the paper's tables and figures, made again.  Without a name it lists them; "report" is all. */
#include "cli/commands.h"
#include "cli/document.h"
#include "cli/messages.h"
#include "cli/option_groups.h"
#include "cli/progress.h"
#include "cli/readable.h"
#include "cli/stop.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    rn_paper_options paper;
    char out[RN_TEXT_SIZE];
} paper_options;

#define PAPER(field, ...) OPTION(paper_options, paper.field, __VA_ARGS__)

const rn_option *paper_table(void)
{
    static const rn_option table[] = {
        PAPER(cifar, "cifar", 0, RN_KIND_TEXT, "DATA", "data",
              "what section 4.2's networks learn: cifar10:DIR (default builtin, for a first look)"),
        PAPER(photos, "photos", 0, RN_KIND_TEXT, "DIR", "data",
              "what section 4.1's networks learn, in ImageNet's place: a folder of pictures"),
        PAPER(size, "size", 0, RN_KIND_INT, "PIXELS", "data",
              "height and width of the input of section 4.1's networks (default 224)"),
        PAPER(scale, "scale", 0, RN_KIND_REAL, "PART", "runs",
              "part of the paper's iterations, the whole schedule shortened (default 1)"),
        PAPER(photo_scale, "photo-scale", 0, RN_KIND_REAL, "PART", "runs",
              "the same for section 4.1's networks alone (default: as --scale)"),
        PAPER(seeds, "seeds", 0, RN_KIND_INT, "N", "runs",
              "runs of each network, with the seeds 1, 2, ... (default 1)"),
        PAPER(only, "only", 0, RN_KIND_TEXT, "MODEL,MODEL", "runs",
              "only these networks; those that the paper compares with (nin, highway19, vgg16, ...) learn "
              "only when they are named"),
        PAPER(runs, "runs", 0, RN_KIND_TEXT, "DIR", "runs",
              "where the run directories lie (default runs/paper)"),
        PAPER(read_only, "read-only", 0, RN_KIND_SWITCH, NULL, "runs",
              "train nothing, show what is finished"),
        PAPER(tensorboard, "tensorboard", 0, RN_KIND_SWITCH, NULL, "runs",
              "the runs also write event files for TensorBoard"),
        PAPER(jobs, "jobs", 0, RN_KIND_INT, "N", "machine",
              "runs side by side (default: one for every 8 processors)"),
        PAPER(memory, "memory", 0, RN_KIND_BYTES, "SIZE", "machine",
              "a limit for each run, such as 8GB, for the price of speed (default: none)"),
        PAPER(type, "type", 0, RN_KIND_TEXT, "TYPE", "machine",
              "what activations and their gradients are kept in: fp32 (default), or bf16, which is faster "
              "where the processor has it"),
        PAPER(threads, "threads", 't', RN_KIND_INT, "N", "machine",
              "threads of each run (default: its part of the processors this process may use)"),
        OPTION(paper_options, out, "out", 'o', RN_KIND_TEXT, "FILE", "output",
               "also a page: .html with the figures, or .md with the charts in files beside it (report: "
               "default paper.html)"),
        { 0 },
    };
    return table;
}

/* ---- The list -------------------------------------------------------------------------------- */

static void list(void)
{
    for (const rn_paper_item *item = rn_paper_items(); item->name; item++)
        printf("%-9s %s%s%s%s\n", item->name, item->title, *item->data ? " [" : "", item->data,
               *item->data ? "]" : "");
    printf("%-9s all that is finished, for the options given, on one page\n", "report");
}

static void list_json(void)
{
    document doc = { 0 };
    put_object(&doc, NULL);
    put_int(&doc, "schema", 1);
    put_array(&doc, "items");
    for (const rn_paper_item *item = rn_paper_items(); item->name; item++) {
        put_object(&doc, NULL);
        put_text(&doc, "name", item->name);
        put_text(&doc, "title", item->title);
        put_text(&doc, "data", item->data);
        put_end(&doc);
    }
    put_end(&doc);
    put_end(&doc);
}

/* ---- A result -------------------------------------------------------------------------------- */

static const double *row_of(const rn_paper_result *r, int row)
{
    return r->value + (ptrdiff_t)row * r->columns;
}

/* The inside of an object. */
static void json_result(document *doc, const rn_paper_result *r)
{
    put_text(doc, "name", r->item.name);
    put_text(doc, "title", r->item.title);
    put_array(doc, "rows");
    for (int i = 0; i < r->rows; i++) {
        put_object(doc, NULL);
        put_text(doc, "network", r->row[i]);
        for (int c = 0; c < r->columns; c++)
            if (r->column[c].decimals == 0 && isfinite(row_of(r, i)[c]))
                put_int(doc, r->column[c].name, (int64_t)row_of(r, i)[c]);
            else
                put_real(doc, r->column[c].name, row_of(r, i)[c]);
        put_end(doc);
    }
    put_end(doc);
    put_text(doc, "note", r->note);
    put_text(doc, "command", r->command);
    put_array(doc, "runs");
    for (const rn_paper_evidence *e = r->evidence; e < r->evidence + r->evidences; e++) {
        put_object(doc, NULL);
        put_text(doc, "run", e->run);
        put_text(doc, "sha256", e->sha256);
        put_int(doc, "iterations", e->iterations);
        put_real(doc, "test_error", e->test_error);
        put_real(doc, "seconds", e->seconds);
        put_end(doc);
    }
    put_end(doc);
}

static void print_json(rn_paper_result *const *result, int results, bool report)
{
    document doc = { 0 };
    put_object(&doc, NULL);
    put_int(&doc, "schema", 1);
    if (report)
        put_array(&doc, "results");
    for (int i = 0; i < results; i++) {
        if (report)
            put_object(&doc, NULL);
        json_result(&doc, result[i]);
        if (report)
            put_end(&doc);
    }
    if (report)
        put_end(&doc);
    put_end(&doc);
}

static const char *cell(number_text *to, double number, int decimals)
{
    if (!isfinite(number))
        return "-";
    if (decimals == 0)
        return grouped(to, (int64_t)number);
    snprintf(to->text, sizeof to->text, "%.*f", decimals, number);
    return to->text;
}

static int width_of(const rn_paper_result *r, int column)
{
    int width = (int)strlen(r->column[column].name);
    for (int i = 0; i < r->rows; i++) {
        number_text text;
        int length = (int)strlen(cell(&text, row_of(r, i)[column], r->column[column].decimals));
        width = length > width ? length : width;
    }
    return width;
}

static int width_of_names(const rn_paper_result *r)
{
    int width = 0;
    for (int i = 0; i < r->rows; i++)
        width = (int)strlen(r->row[i]) > width ? (int)strlen(r->row[i]) : width;
    return width;
}

static void print_result(const rn_paper_result *r)
{
    const int names = width_of_names(r);
    printf("%s: %s\n\n%-*s", r->item.name, r->item.title, names, "");
    for (int c = 0; c < r->columns; c++)
        if (!rn_paper_column_is_empty(r, c))
            printf("  %*s", width_of(r, c), r->column[c].name);
    for (int i = 0; i < r->rows; i++) {
        number_text text;
        printf("\n%-*s", names, r->row[i]);
        for (int c = 0; c < r->columns; c++)
            if (!rn_paper_column_is_empty(r, c))
                printf("  %*s", width_of(r, c), cell(&text, row_of(r, i)[c], r->column[c].decimals));
    }
    printf("\n\n%s\n", r->note);
}

/* ---- The whole ------------------------------------------------------------------------------- */

typedef struct {
    progress shown;
    char followed[RN_TEXT_SIZE];    /* the run whose steps are shown until it ends; others beside it are heard
                                     * when they are tested or saved */
    char named[RN_TEXT_SIZE];       /* whose name was said latest */
} witness;

static void name_run(witness *w, const char *run)
{
    if (strcmp(w->named, run) == 0)
        return;
    redraw("");
    say("%s", run);
    snprintf(w->named, sizeof w->named, "%s", run);
}

static void see(void *context, const char *run, const rn_train_event *event)
{
    witness *w = context;
    const bool moving = event->moment == RN_TRAIN_PREPARING || event->moment == RN_TRAIN_STEP;
    if (!w->followed[0])
        snprintf(w->followed, sizeof w->followed, "%s", run);
    const bool is_followed = strcmp(w->followed, run) == 0;
    if (is_followed && event->moment == RN_TRAIN_ENDED)
        w->followed[0] = '\0';
    if (moving && !is_followed)
        return;
    name_run(w, run);
    progress_event(&w->shown, event);
}

typedef struct {
    rn_paper_result **result;
    int results;
} gathered;

static rn_status gather(gathered *g, const char *name, const rn_paper_options *options)
{
    witness seen = { 0 };
    rn_paper_watch watch = { see, &seen, stop_listen() };
    TRY(rn_paper_reproduce(name, options, &watch, &g->result[g->results]));
    g->results++;
    return RN_OK;
}

/* "report" shows what is finished of everything. */
static rn_status gather_all(gathered *g, paper_options *options)
{
    options->paper.read_only = true;
    if (!options->out[0])
        snprintf(options->out, sizeof options->out, "paper.html");
    for (const rn_paper_item *item = rn_paper_items(); item->name; item++)
        TRY(gather(g, item->name, &options->paper));
    return RN_OK;
}

static rn_status make(const arguments *args, paper_options *options, gathered *g)
{
    const bool report = strcmp(args->word[0], "report") == 0;
    if (options->out[0])
        TRY(rn_paper_check_page(options->out));     /* before days of training */
    if (report)
        TRY(gather_all(g, options));
    else
        TRY(gather(g, args->word[0], &options->paper));
    if (wants_json(args))
        print_json(g->result, g->results, report);
    for (int i = 0; i < g->results && !wants_json(args); i++) {
        printf("%s", i ? "\n" : "");
        print_result(g->result[i]);
    }
    if (!options->out[0])
        return RN_OK;
    TRY(rn_paper_write(options->out, g->result, g->results));
    say("%s", options->out);
    return RN_OK;
}

rn_status run_paper(const arguments *args)
{
    static paper_options options;
    rn_paper_result *result[32] = { 0 };
    gathered g = { result, 0 };
    TRY(arguments_apply(args, paper_table(), &options));
    if (args->words == 0)
        return wants_json(args) ? list_json() : list(), RN_OK;
    rn_status status = make(args, &options, &g);
    for (int i = 0; i < g.results; i++)
        rn_paper_result_free(result[i]);
    return status;
}
