/*
 * explain: the places of a picture that speak for a class; or what a layer makes of the picture; or the
 * filters that a layer has learned.  Each is one PNG file.
 */
#include "cli/commands.h"
#include "cli/document.h"
#include "cli/messages.h"
#include "cli/option_groups.h"

#include <string.h>

typedef struct {
    char layer[RN_TEXT_SIZE], class_name[RN_TEXT_SIZE], out[RN_TEXT_SIZE];
    bool maps, filters;
} explain_options;

const rn_option *explain_table(void)
{
    static const rn_option table[] = {
        OPTION(explain_options, class_name, "class", 'c', RN_KIND_TEXT, "NAME", "explanation",
               "the class to explain: its name, its number or auto, the best guess (default auto)"),
        OPTION(explain_options, layer, "layer", 'l', RN_KIND_TEXT, "NAME", "explanation",
               "the layer to look at, as `resnet describe MODEL --layers` names it, or the beginning of such "
               "names: layer3, layer3.1 (default: the last with height and width; with --filters the first)"),
        OPTION(explain_options, maps, "maps", 0, RN_KIND_SWITCH, NULL, "explanation",
               "instead, the values of each channel of the layer"),
        OPTION(explain_options, filters, "filters", 0, RN_KIND_SWITCH, NULL, "explanation",
               "instead, the filters of the layer; wants no PICTURE"),
        OPTION(explain_options, out, "out", 'o', RN_KIND_TEXT, "FILE", "output",
               "the picture, PNG (default explain.png)"),
        { 0 },
    };
    return table;
}

static void print(const rn_explanation *e, const char *out)
{
    printf("%s: what speaks for %s (%.2f%%) in %s, %dx%d\n", out, e->guess.name,
           100 * (double)e->guess.probability, e->layer, e->height, e->width);
}

static void print_json(const rn_explanation *e, const char *picture, const char *out)
{
    document doc = { 0 };
    put_object(&doc, NULL);
    put_int(&doc, "schema", 1);
    put_text(&doc, "file", picture);
    put_text(&doc, "out", out);
    put_text(&doc, "layer", e->layer);
    put_int(&doc, "class", e->guess.index);
    put_text(&doc, "name", e->guess.name);
    put_single(&doc, "probability", e->guess.probability);
    put_real(&doc, "score", e->score);
    put_array(&doc, "heat");
    for (int y = 0; y < e->height; y++) {
        put_array(&doc, NULL);
        for (int x = 0; x < e->width; x++)
            put_single(&doc, NULL, e->heat[y * e->width + x]);
        put_end(&doc);
    }
    put_end(&doc);
    put_end(&doc);
}

static bool speaks(const rn_explanation *e)
{
    for (int i = 0; i < e->height * e->width; i++)
        if (e->heat[i] > 0)
            return true;
    return false;
}

static rn_status explain(const arguments *args, rn_model *model, const explain_options *options,
                         const char *layer)
{
    rn_explanation *explanation;
    int class_index = -1;
    if (options->class_name[0] && strcmp(options->class_name, "auto") != 0)
        TRY(rn_model_class(model, options->class_name, &class_index));
    TRY(rn_model_explain(model, args->word[0], layer, class_index, options->out, &explanation));
    if (!speaks(explanation))
        say("nothing in %s speaks for %s", explanation->layer, explanation->guess.name);
    if (wants_json(args))
        print_json(explanation, args->word[0], options->out);
    else
        print(explanation, options->out);
    rn_explanation_free(explanation);
    return RN_OK;
}

static rn_status draw(const arguments *args, rn_model *model, const explain_options *options)
{
    const char *layer = options->layer[0] ? options->layer : NULL;
    if (!options->maps && !options->filters)
        return explain(args, model, options, layer);
    if (options->filters)
        TRY(rn_model_draw_filters(model, layer, options->out));
    else
        TRY(rn_model_draw_maps(model, args->word[0], layer, options->out));
    printf("%s\n", options->out);
    return RN_OK;
}

static rn_status check_options(const arguments *args, const explain_options *options)
{
    if (options->maps && options->filters)
        return complain(RN_BAD_ARGUMENT, "--maps and --filters are two pictures: ask for one");
    if (!options->filters && args->words == 0)
        return complain(RN_BAD_ARGUMENT, "explain wants a PICTURE, or --filters");
    if (options->filters && args->words > 0)
        return complain(RN_BAD_ARGUMENT, "--filters looks at the network alone: leave out \"%s\"",
                        args->word[0]);
    if ((options->maps || options->filters) && wants_json(args))
        return complain(RN_BAD_ARGUMENT, "--json goes with the explanation of a class, not with %s",
                        options->maps ? "--maps" : "--filters");
    return RN_OK;
}

rn_status run_explain(const arguments *args)
{
    explain_options options = { .out = "explain.png" };
    rn_model *model;
    TRY(arguments_apply(args, explain_table(), &options));
    TRY(check_options(args, &options));
    TRY(open_model(args, &model));
    rn_status status = draw(args, model, &options);
    rn_model_close(model);
    return status;
}
