/* What the program tells of itself: models, version, help, completion. */
#include "cli/commands.h"
#include "cli/help.h"
#include "cli/document.h"
#include "cli/messages.h"
#include "cli/readable.h"
#include "cli/option_groups.h"

#include <string.h>

#if defined(__clang__)
#define COMPILER "clang " __clang_version__
#else
#define COMPILER "gcc " __VERSION__
#endif

static void model_row(document *doc, const rn_description *d)
{
    number_text a, b;
    if (!doc) {
        printf("%-16s %7d %4dx%-4d %12s %15s\n", d->architecture.model, d->depth, d->architecture.height,
               d->architecture.width, grouped(&a, d->parameters), grouped(&b, d->multiply_adds));
        return;
    }
    put_object(doc, NULL);
    put_text(doc, "model", d->architecture.model);
    put_text(doc, "kind", rn_model_kind(d->architecture.model));
    put_int(doc, "depth", d->depth);
    put_int(doc, "size", d->architecture.height);
    put_int(doc, "parameters", d->parameters);
    put_int(doc, "multiply_adds", d->multiply_adds);
    put_end(doc);
}

static rn_status model_rows(document *doc)
{
    const char *before = "";
    for (const char *const *name = rn_model_names(); *name; name++) {
        rn_architecture architecture = { 0 };
        rn_description *description;
        const char *kind = rn_model_kind(*name);
        if (!doc && strcmp(kind, before) != 0)
            printf("\n%s\n", kind);
        before = kind;
        snprintf(architecture.model, sizeof architecture.model, "%s", *name);
        TRY(rn_describe(&architecture, NULL, 1, &description));
        model_row(doc, description);
        rn_description_free(description);
    }
    return RN_OK;
}

rn_status run_models(const arguments *args)
{
    document doc = { 0 };
    if (!wants_json(args)) {
        printf("%-16s %7s %9s %12s %15s\n", "network", "layers", "input", "parameters", "multiply-adds");
        return model_rows(NULL);
    }
    put_object(&doc, NULL);
    put_int(&doc, "schema", 1);
    put_array(&doc, "models");
    TRY(model_rows(&doc));
    put_end(&doc);
    put_end(&doc);
    return RN_OK;
}

rn_status run_version(const arguments *args)
{
    document doc = { 0 };
    if (!wants_json(args)) {
        printf("resnet %s, %s (bf16: %s), %d threads, built with %s\n", rn_version(), rn_cpu_isa("fp32"),
               rn_cpu_isa("bf16"), rn_processors(), COMPILER);
        return RN_OK;
    }
    put_object(&doc, NULL);
    put_int(&doc, "schema", 1);
    put_text(&doc, "version", rn_version());
    put_text(&doc, "isa", rn_cpu_isa("fp32"));
    put_text(&doc, "isa_bf16", rn_cpu_isa("bf16"));
    put_int(&doc, "threads", rn_processors());
    put_text(&doc, "compiler", COMPILER);
    put_end(&doc);
    return RN_OK;
}

rn_status run_help(const arguments *args)
{
    char name[64];
    if (args->words == 0)
        return help_overview(stdout), RN_OK;
    snprintf(name, sizeof name, "%.30s%s%.30s", args->word[0], args->words > 1 ? " " : "",
             args->words > 1 ? args->word[1] : "");
    const command *row = command_find(name);
    if (row)
        return help_manual(stdout, row), RN_OK;
    if (command_is_family(name))
        return help_family(stdout, name), RN_OK;
    return command_unknown(NULL, name);
}

rn_status run_completion(const arguments *args)
{
    if (strcmp(args->word[0], "bash") == 0)
        return help_completion(stdout), RN_OK;
    return complain(RN_BAD_ARGUMENT, "completion: no script for %s, wanted bash", args->word[0]);
}
