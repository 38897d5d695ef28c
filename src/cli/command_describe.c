/*
 * describe: a network in the manner of the paper's Table 1, or layer by layer; several side by side, as a
 * table or as a picture.
 */
#include "cli/commands.h"
#include "cli/document.h"
#include "cli/messages.h"
#include "cli/readable.h"
#include "cli/option_groups.h"
#include "cli/side_by_side.h"
#include "cli/stages.h"

#include <string.h>

typedef struct {
    char graph[RN_TEXT_SIZE];
    int64_t batch;
    bool layers, folded;
} describe_options;

const rn_option *describe_table(void)
{
    static const rn_option table[] = {
        OPTION(describe_options, batch, "batch", 'b', RN_KIND_INT, "N", "table",
               "pictures at a time, for the memory (default 1 for inference, 128 or 32 for training)"),
        OPTION(describe_options, layers, "layers", 0, RN_KIND_SWITCH, NULL, "table", "every layer on a line"),
        OPTION(describe_options, graph, "graph", 0, RN_KIND_TEXT, "FILE", "picture",
               "instead, draw the network as SVG; several MODELs stand side by side"),
        OPTION(describe_options, folded, "folded", 0, RN_KIND_SWITCH, NULL, "picture",
               "draw what runs when pictures are classified: convolutions that do batch normalization, sums "
               "and rectifiers besides"),
        { 0 },
    };
    return table;
}

/* ---- one line for each stage ---- */

static void print_row(const stage *row, int width)
{
    number_text a, b;
    printf("%-12s  %-8s  %-*s  %12s  %15s\n", row->name, row->output, width, row->what,
           grouped(&a, row->parameters), grouped(&b, row->multiply_adds));
}

static void print_stages(const rn_description *d)
{
    stage row;
    int width = 36;
    for (int i = 0; i < d->layers;) {
        i = take_stage(d, i, &row);
        if ((int)strlen(row.what) > width)
            width = (int)strlen(row.what);
    }
    printf("%-12s  %-8s  %-*s  %12s  %15s\n", "stage", "output", width, "layers", "parameters",
           "multiply-adds");
    for (int i = 0; i < d->layers;) {
        i = take_stage(d, i, &row);
        print_row(&row, width);
    }
    print_row(&(stage){ .name = "total", .parameters = d->parameters, .multiply_adds = d->multiply_adds },
              width);
}

/* ---- one line for each layer ---- */

static void print_layers(const rn_description *d)
{
    number_text a, b, c;
    printf("%-24s %-12s %-14s %12s %15s %10s\n", "layer", "kind", "output", "parameters", "multiply-adds",
           "memory");
    for (int i = 0; i < d->layers; i++) {
        const rn_layer *layer = &d->layer[i];
        char output[64];
        snprintf(output, sizeof output, "%lldx%lldx%lld", (long long)layer->channels,
                 (long long)layer->height, (long long)layer->width);
        printf("%-24s %-12s %-14s %12s %15s %10s\n", layer->name, layer->kind, output,
               grouped(&a, layer->parameters), grouped(&b, layer->multiply_adds),
               bytes_text(&c, layer->bytes));
    }
    printf("%-24s %-12s %-14s %12s %15s\n", "total", "", "", grouped(&a, d->parameters),
           grouped(&b, d->multiply_adds));
}

static void print_head(const rn_description *d)
{
    const rn_architecture *a = &d->architecture;
    printf("%s: %d layers, input %dx%d, %d classes", a->model, d->depth, a->height, a->width, a->classes);
    if (a->shortcut)
        printf(", shortcuts %s", rn_shortcut_name(a->shortcut));
    printf("\n\n");
}

static void print_tail(const rn_description *d, int batch)
{
    number_text a, b;
    const char *answer = bytes_text(&a, d->inference_bytes), *train = bytes_text(&b, d->training_bytes);
    printf("\nmultiply-adds are for one image\n");
    if (batch > 0)
        printf("memory with batches of %d: %s to classify, %s to train\n", batch, answer, train);
    else
        printf("memory: %s to classify one image at a time, %s to train with batches of %d\n", answer, train,
               d->batch);
}

static void put_layer(document *doc, const rn_layer *layer)
{
    put_object(doc, NULL);
    put_text(doc, "name", layer->name);
    put_text(doc, "kind", layer->kind);
    put_int(doc, "channels", layer->channels);
    put_int(doc, "height", layer->height);
    put_int(doc, "width", layer->width);
    put_int(doc, "kernel", layer->kernel);
    put_int(doc, "stride", layer->stride);
    put_int(doc, "groups", layer->groups);
    put_int(doc, "parameters", layer->parameters);
    put_int(doc, "multiply_adds", layer->multiply_adds);
    put_int(doc, "bytes", layer->bytes);
    put_end(doc);
}

static void put_network(document *doc, const rn_description *d)
{
    const rn_architecture *a = &d->architecture;
    put_text(doc, "model", a->model);
    put_text(doc, "shortcut", rn_shortcut_name(a->shortcut));
    put_text(doc, "stride_in", rn_stride_place_name(a->stride_in));
    put_int(doc, "classes", a->classes);
    put_int(doc, "height", a->height);
    put_int(doc, "width", a->width);
    put_int(doc, "depth", d->depth);
    put_int(doc, "parameters", d->parameters);
    put_int(doc, "multiply_adds", d->multiply_adds);
    put_int(doc, "batch", d->batch);
    put_int(doc, "inference_bytes", d->inference_bytes);
    put_int(doc, "training_bytes", d->training_bytes);
    put_array(doc, "layers");
    for (int i = 0; i < d->layers; i++)
        put_layer(doc, &d->layer[i]);
    put_end(doc);
}

static void put_networks(document *doc, rn_description *const *d, int count)
{
    put_array(doc, "networks");
    for (int n = 0; n < count; n++) {
        put_object(doc, NULL);
        put_network(doc, d[n]);
        put_end(doc);
    }
    put_end(doc);
}

/* A single network's keys stand at the top. */
static void print_json(rn_description *const *d, int count)
{
    document doc = { 0 };
    put_object(&doc, NULL);
    put_int(&doc, "schema", 1);
    if (count == 1)
        put_network(&doc, d[0]);
    else
        put_networks(&doc, d, count);
    put_end(&doc);
}

static void print(const rn_description *d, int batch, bool layers)
{
    print_head(d);
    if (layers)
        print_layers(d);
    else
        print_stages(d);
    print_tail(d, batch);
}

/* ---- which network ---- */

typedef struct {
    rn_architecture architecture;
    rn_model *model;            /* of a file, else NULL */
} subject;

/* Names of networks have neither dots nor slashes. */
static bool names_file(const char *name)
{
    return strpbrk(name, "./");
}

static rn_status open_subject(const arguments *args, const char *name, subject *s)
{
    held_options held;
    rn_model_options options = { 0 };
    *s = (subject){ 0 };
    if (!names_file(name))
        return read_architecture(args, name, &s->architecture);
    TRY(read_architecture(args, "", &options.architecture));
    TRY(read_placement(args, &held, &options.placement));
    TRY(rn_model_open(&s->model, name, &options));
    s->architecture = *rn_model_architecture(s->model);
    return RN_OK;
}

/* The first name is kept as --model. */
static const char *name_of(const arguments *args, int number)
{
    return number == 0 ? arguments_winner(args, "model")->text : args->word[number - 1];
}

static rn_status describe_one(const arguments *args, const char *name, int batch,
                              rn_description **description)
{
    held_options held;
    rn_placement placement = { 0 };
    subject s;
    TRY(read_placement(args, &held, &placement));
    TRY(open_subject(args, name, &s));
    rn_model_close(s.model);
    return rn_describe(&s.architecture, &placement, batch, description);
}

static rn_status describe(const arguments *args, const describe_options *options, int batch)
{
    rn_description *description[MOST_DRAWN] = { NULL };
    int count = args->words + 1;
    rn_status status = RN_OK;
    for (int n = 0; n < count && status == RN_OK; n++)
        status = describe_one(args, name_of(args, n), batch, &description[n]);
    if (status == RN_OK && wants_json(args))
        print_json(description, count);
    else if (status == RN_OK && count > 1)
        status = print_side_by_side(description, count, batch);
    else if (status == RN_OK)
        print(description[0], batch, options->layers);
    for (int n = 0; n < count; n++)
        rn_description_free(description[n]);
    return status;
}

static rn_status draw(const arguments *args, const describe_options *options)
{
    subject s[MOST_DRAWN];
    rn_network network[MOST_DRAWN];
    int count = 0, wanted = args->words + 1;
    rn_status status = RN_OK;
    for (; count < wanted && status == RN_OK; count++) {
        status = open_subject(args, name_of(args, count), &s[count]);
        network[count] = (rn_network){ &s[count].architecture, s[count].model };
    }
    if (status == RN_OK)
        status = rn_networks_draw(options->graph, network, count, options->folded);
    while (count > 0)
        rn_model_close(s[--count].model);
    if (status == RN_OK)
        printf("%s\n", options->graph);
    return status;
}

rn_status run_describe(const arguments *args)
{
    describe_options options = { 0 };
    int batch;
    TRY(arguments_apply(args, describe_table(), &options));
    TRY(in_range("batch", options.batch, 0, 1 << 20, &batch));
    if (options.graph[0])
        return draw(args, &options);
    if (options.folded)
        return complain(RN_BAD_ARGUMENT, "--folded goes with --graph FILE");
    if (options.layers && args->words > 0)
        return complain(RN_BAD_ARGUMENT, "--layers lists one network, \"%s\" is one too many", args->word[0]);
    return describe(args, &options, batch);
}
