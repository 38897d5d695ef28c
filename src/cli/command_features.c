/* features: a layer's values for many pictures, as a file for NumPy or as a table. */
#include "cli/commands.h"
#include "cli/document.h"
#include "cli/messages.h"
#include "cli/option_groups.h"

typedef struct {
    char layer[RN_TEXT_SIZE], out[RN_TEXT_SIZE];
    int64_t batch;
    bool pool;
} features_options;

const rn_option *features_table(void)
{
    static const rn_option table[] = {
        OPTION(features_options, layer, "layer", 'l', RN_KIND_TEXT, "NAME", "features",
               "the layer, as `resnet describe MODEL --layers` names it, or the beginning of such names: "
               "layer3, layer3.1 (default: what the classifier reads)"),
        OPTION(features_options, pool, "pool", 0, RN_KIND_SWITCH, NULL, "features",
               "one number a channel, the mean, where a layer has height and width"),
        OPTION(features_options, batch, "batch", 'b', RN_KIND_INT, "N", "features",
               "pictures at a time; changes the speed only"),
        OPTION(features_options, out, "out", 'o', RN_KIND_TEXT, "FILE", "output",
               "FILE.npy, with the names of the pictures in FILE.csv; or FILE.csv, names and numbers "
               "(default features.npy)"),
        { 0 },
    };
    return table;
}

static void print_json(const rn_features *f, const char *out)
{
    document doc = { 0 };
    put_object(&doc, NULL);
    put_int(&doc, "schema", 1);
    put_text(&doc, "out", out);
    put_text(&doc, "layer", f->layer);
    put_int(&doc, "pictures", f->pictures);
    put_int(&doc, "channels", f->channels);
    put_int(&doc, "height", f->height);
    put_int(&doc, "width", f->width);
    put_int(&doc, "bad_files", f->bad_files);
    put_end(&doc);
}

static void print(const rn_features *f, const char *out)
{
    printf("%s: %lld pictures, %lld numbers each of %s", out, (long long)f->pictures,
           (long long)(f->channels * f->height * f->width), f->layer);
    if (f->height * f->width > 1)
        printf(", %lldx%lldx%lld", (long long)f->channels, (long long)f->height, (long long)f->width);
    printf("\n");
}

static rn_status write(const arguments *args, const rn_features *features, const char *out)
{
    TRY(rn_features_write(features, out));
    if (wants_json(args))
        print_json(features, out);
    else
        print(features, out);
    if (features->bad_files == 0)
        return RN_OK;
    return complain(features->first_failure, "%lld files could not be read and are left out",
                    (long long)features->bad_files);
}

rn_status run_features(const arguments *args)
{
    features_options options = { .out = "features.npy" };
    rn_features_options wanted = { 0 };
    rn_features *features;
    rn_model *model;
    TRY(arguments_apply(args, features_table(), &options));
    TRY(in_range("batch", options.batch, 0, 1 << 15, &wanted.batch));
    wanted.layer = options.layer[0] ? options.layer : NULL;
    wanted.pool = options.pool;
    TRY(open_model(args, &model));
    rn_status status = rn_model_features(model, args->word, args->words, &wanted, &features);
    if (status == RN_OK)
        status = write(args, features, options.out);
    rn_features_free(features);
    rn_model_close(model);
    return status;
}
