#include "base/check_files.h"
#include "base/memory.h"
#include "weights/bundle.h"
#include "weights/bundle_facts.h"
#include "weights/safetensors.h"

#include <math.h>
#include <string.h>

static char *const names[] = { "one", "two \"2\"", "\xc3\xa9t\xc3\xa9" };

static void open_new(rn_bundle *bundle, const char *model, int classes, rn_shortcut shortcut)
{
    rn_architecture a = { .classes = classes, .shortcut = shortcut };
    strcpy(a.model, model);
    CHECK_OK(rn_bundle_new(bundle, &a, 7));
    CHECK_OK(rn_preprocess_named(&bundle->preprocess, rn_model_is_cifar(model) ? "paper-cifar" : "imagenet"));
}

/* resnet8 with everything that a bundle can have. */
static void open_full(rn_bundle *bundle)
{
    open_new(bundle, "resnet8", 3, RN_SHORTCUT_A_SPLIT);
    bundle->architecture.dropout = 0.25;
    CHECK_OK(rn_bundle_set_classes(bundle, names, 3));
    CHECK_OK(rn_copy_text(&bundle->recipe, "{\"lr\":0.1}"));
    CHECK_OK(rn_copy_text(&bundle->training, "{\"iteration\":12}"));
    CHECK_OK(rn_new(&bundle->preprocess.mean_image, 3 * 32 * 32));
    for (int i = 0; i < 3 * 32 * 32; i++)
        bundle->preprocess.mean_image[i] = (float)i;
}

static void same_rule(const rn_preprocess *a, const rn_preprocess *b)
{
    CHECK(strcmp(a->name, b->name) == 0 && a->resize == b->resize && a->exact == b->exact, "%s", b->name);
    CHECK(a->filter == b->filter && a->crop_height == b->crop_height && a->crop_width == b->crop_width
          && a->bgr == b->bgr, "%s", b->name);
    CHECK(a->scale == b->scale && memcmp(a->mean, b->mean, sizeof a->mean) == 0
          && memcmp(a->std, b->std, sizeof a->std) == 0, "%s: %.9g", b->name, (double)b->mean[0]);
    CHECK(!a->mean_image == !b->mean_image, "%s", b->name);
}

/* Where values lie, as a calibration would have found it. */
static void set_ranges(rn_bundle *bundle)
{
    const int values = rn_net_answer_nodes(&bundle->net);
    CHECK_OK(rn_new(&bundle->weights.range, values));
    for (int v = 0; v < values; v++)
        bundle->weights.range[v] = (rn_range){ -0.1f * (float)v, 0.3f * (float)v };
}

static void ranges_come_back(void)
{
    rn_bundle a, b;
    const char *path = check_path("ranges");
    open_new(&a, "resnet8", 3, RN_SHORTCUT_A);
    set_ranges(&a);
    CHECK_OK(rn_bundle_save(&a, path, NULL));
    CHECK_OK(rn_bundle_open(&b, path, NULL));
    CHECK(b.weights.range && memcmp(a.weights.range, b.weights.range,
                                    (size_t)rn_net_answer_nodes(&a.net) * sizeof *a.weights.range) == 0,
          "other ranges");
    rn_bundle_close(&a);
    rn_bundle_close(&b);
}

static void refuses_ranges(void)
{
    static const struct { const char *text, *message; } bad[] = {
        { "{}", "its ranges lack" },
        { "[]", "its ranges lack" },
        { "{\"input\":[0]}", "is not two numbers" },
        { "{\"input\":[0,1,2]}", "is not two numbers" },
        { "{\"input\":[1,0]}", "is not two numbers" },
        { "{\"input\":[\"0\",1]}", "is not two numbers" },
        { "{\"input\":[0,1e60]}", "is not two numbers" },
        { "{\"input\":7}", "is not two numbers" },
        { "{\"input\":[0,1]}", "its ranges lack" },
        { "{\"input\":[0,", "ranges" },
    };
    rn_bundle bundle;
    open_new(&bundle, "resnet8", 3, RN_SHORTCUT_A);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        rn_status status = rn_ranges_from_json(&bundle.weights, bad[i].text, "ranges");
        CHECK(status == RN_BAD_FILE && strstr(rn_error_text(), bad[i].message), "%s: %d %s", bad[i].text,
              (int)status, rn_error_text());
        rn_free(bundle.weights.range);
        bundle.weights.range = NULL;
    }
    rn_bundle_close(&bundle);
}

static void comes_back_as_it_was(void)
{
    rn_bundle a, b;
    char before[65], after[65];
    const char *path = check_path("full");
    open_full(&a);
    CHECK_OK(rn_bundle_save(&a, path, NULL));
    CHECK_OK(rn_bundle_open(&b, path, NULL));
    CHECK(strcmp(b.architecture.model, "resnet8") == 0 && b.architecture.classes == 3
          && b.architecture.shortcut == RN_SHORTCUT_A_SPLIT && b.architecture.height == 32
          && b.architecture.dropout == 0.25, "%s", b.architecture.model);
    CHECK(a.weights.count == b.weights.count, "%lld numbers", (long long)b.weights.count);
    CHECK(memcmp(a.weights.values, b.weights.values, (size_t)a.weights.count * sizeof(float)) == 0, "values");
    same_rule(&a.preprocess, &b.preprocess);
    CHECK(memcmp(a.preprocess.mean_image, b.preprocess.mean_image, 3 * 32 * 32 * sizeof(float)) == 0, "mean");
    for (int i = 0; i < 3; i++)
        CHECK(strcmp(b.class_name[i], names[i]) == 0, "%s", b.class_name[i]);
    CHECK(strcmp(b.recipe, "{\"lr\":0.1}") == 0, "%s", b.recipe);
    CHECK(strcmp(b.training, "{\"iteration\":12}") == 0, "%s", b.training);
    CHECK_OK(rn_bundle_hash(&a, before));
    CHECK_OK(rn_bundle_hash(&b, after));
    CHECK(strcmp(before, after) == 0, "%s and %s", before, after);
    rn_bundle_close(&a);
    rn_bundle_close(&b);
}

static void keeps_every_rule(void)
{
    for (const char *const *name = rn_preprocess_names(); *name; name++) {
        rn_bundle a, b;
        open_new(&a, "plain8", 2, 0);
        CHECK_OK(rn_preprocess_named(&a.preprocess, *name));
        CHECK_OK(rn_bundle_save(&a, check_path("rule"), NULL));
        CHECK_OK(rn_bundle_open(&b, check_path("rule"), NULL));
        same_rule(&a.preprocess, &b.preprocess);
        CHECK(b.architecture.height == b.preprocess.crop_height, "%s: %d", *name, b.architecture.height);
        CHECK(!b.class_name && !b.recipe && !b.training, "%s", *name);
        rn_bundle_close(&a);
        rn_bundle_close(&b);
    }
}

static void is_inspected(void)
{
    rn_bundle bundle;
    rn_file_info *info;
    char hex[65];
    open_full(&bundle);
    CHECK_OK(rn_bundle_hash(&bundle, hex));
    CHECK_OK(rn_file_inspect(check_path("full"), &info));
    CHECK(strcmp(info->format, "safetensors") == 0, "%s", info->format);
    CHECK(strcmp(info->checksum, "good") == 0, "%s", info->checksum);
    CHECK(strcmp(info->sha256, hex) == 0, "%s, not %s", info->sha256, hex);
    CHECK(info->parameters == rn_net_parameters(&bundle.net), "%lld", (long long)info->parameters);
    CHECK(info->tensors == bundle.net.params + 1, "%d tensors", info->tensors);
    CHECK(strstr(info->metadata, "\"resnet.training\":{\"iteration\":12}"), "%s", info->metadata);
    CHECK(strstr(info->metadata, "\"resnet.model\":\"resnet8\""), "%s", info->metadata);
    CHECK(strstr(info->metadata, hex), "%s", info->metadata);
    CHECK(strcmp(info->network, "resnet8") == 0 && info->classes == 3, "%s", info->network);
    CHECK(info->questions == 0 && !info->refused, "%d questions", info->questions);
    CHECK(strcmp(info->writer, "resnet") == 0, "%s", info->writer);
    rn_file_info_free(info);
    rn_file_info_free(NULL);
    rn_bundle_close(&bundle);
}

/* ---- Refusals -------------------------------------------------------------------------------- */

static void fails(const char *path, const rn_model_options *wanted, rn_status status, const char *text)
{
    rn_bundle bundle;
    CHECK(rn_bundle_open(&bundle, path, wanted) == status, "%s: %s", text, rn_error_text());
    CHECK(strstr(rn_error_text(), text), "\"%s\" does not say \"%s\"", rn_error_text(), text);
    rn_bundle_close(&bundle);
}

static void is_not_contradicted(void)
{
    const char *path = check_path("full");
    rn_bundle bundle;
    static const struct { rn_model_options wanted; const char *fails; } sample[] = {
        { { .architecture.model = "resnet20" }, "network is resnet8, not resnet20" },
        { { .architecture.shortcut = RN_SHORTCUT_A }, "shortcut is A-split, not A" },
        { { .architecture.classes = 10 }, "number of classes is 3, not 10" },
        { { .preprocess = "caffe" }, "preprocessing is paper-cifar, not caffe" },
        { { .architecture.height = 64 }, "mean image is 32x32 pixels, not 64x64" },
    };
    for (size_t i = 0; i < sizeof sample / sizeof *sample; i++)
        fails(path, &sample[i].wanted, RN_BAD_ARGUMENT, sample[i].fails);
    rn_model_options same = { .architecture = { .model = "resnet8", .height = 32 } };
    CHECK_OK(rn_bundle_open(&bundle, path, &same));
    rn_bundle_close(&bundle);
}

static void scales_with_the_input(void)
{
    rn_bundle bundle;
    const char *path = check_path("eighteen");
    open_new(&bundle, "resnet18", 2, 0);
    CHECK_OK(rn_bundle_save(&bundle, path, NULL));
    rn_bundle_close(&bundle);
    CHECK_OK(rn_bundle_open(&bundle, path, &(rn_model_options){ .architecture.height = 112 }));
    CHECK(bundle.preprocess.crop_width == 112, "%d", bundle.preprocess.crop_width);
    CHECK(bundle.preprocess.resize == 128, "%d", bundle.preprocess.resize);
    CHECK(bundle.architecture.width == 112, "%d", bundle.architecture.width);
    rn_bundle_close(&bundle);
}

static void refuses_what_is_not_finite(void)
{
    rn_bundle bundle;
    const char *path = check_path("full");
    open_full(&bundle);
    bundle.weights.values[5] = NAN;
    CHECK(rn_bundle_save(&bundle, path, NULL) == RN_NOT_FINITE, "NaN is written");
    CHECK(strstr(rn_error_text(), "not finite"), "%s", rn_error_text());
    bundle.weights.values[5] = 0;
    bundle.preprocess.mean_image[7] = INFINITY;
    CHECK_OK(rn_bundle_save(&bundle, check_path("infinite"), NULL));
    fails(check_path("infinite"), NULL, RN_BAD_FILE, "its mean image holds values that are not finite");
    rn_bundle_close(&bundle);
}

/* A file with all facts of `full`, but one changed (or, with value NULL, left out). */
static const char *change_fact(const char *key, const char *value)
{
    rn_tensor_file file, changed = { 0 };
    const char *path = check_path("changed");
    CHECK_OK(rn_tensor_file_open(&file, check_path("full")));
    for (int i = 0; i < file.facts; i++) {
        bool same = strcmp(file.fact[i].key, key) != 0;
        if (same || value)
            CHECK_OK(rn_tensor_file_add_fact(&changed, file.fact[i].key, same ? file.fact[i].value : value));
    }
    for (int i = 0; i < file.arrays; i++)
        CHECK_OK(rn_tensor_file_add(&changed, file.array[i].name, file.array[i].type, file.array[i].dims,
                                    file.array[i].size, file.array[i].data));
    CHECK_OK(rn_safetensors_write(&changed, path, NULL));
    rn_tensor_file_close(&changed);
    rn_tensor_file_close(&file);
    return path;
}

#define RULE(crop, mean_image)                                                                  \
    "{\"name\":\"x\",\"resize\":0,\"exact\":false,\"filter\":\"bilinear\",\"crop\":" crop         \
    ",\"bgr\":false,\"scale\":1,\"mean\":[0,0,0],\"std\":[1,1,1],\"mean_image\":" mean_image "}"

static void distrusts_its_metadata(void)
{
    static const struct { const char *key, *value, *fails; } sample[] = {
        { "resnet.format", "2", "format 2, this program reads format 1" },
        { "resnet.model", "resnet7", "no network of depth 7" },
        { "resnet.model", "resnet999998", "tensors are too few for resnet999998" },
        { "resnet.model", "resnet14", "30 missing: " },
        { "resnet.model", "a name that is longer than any of ours", "unknown network" },
        { "resnet.shortcut", "D", "unknown shortcut 'D'" },
        { "resnet.shortcut", "B", "missing: layer2.0.downsample" },
        { "resnet.classes", "4", "3 class names for 4 classes" },
        { "resnet.classes", "-1", "wanted a positive number" },
        { "resnet.classes", "2147483647", "2147483647 classes" },
        { "resnet.classes", NULL, "lack 'resnet.classes'" },
        { "resnet.height", "-1", "wanted a positive number" },
        { "resnet.dropout", "nan", "wanted a number" },
        { "resnet.dropout", "2", "dropout 2" },
        { "resnet.class_names", "[\"a\"]", "1 class names for 3 classes" },
        { "resnet.class_names", "[1,2,3]", "class 0 is not a text" },
        { "resnet.class_names", "{", "not valid JSON" },
        { "resnet.preprocess", "{}", "preprocessing is not understood" },
        { "resnet.preprocess", RULE("[0,32]", "false"), "preprocessing is not understood" },
        { "resnet.preprocess", RULE("[16,32]", "true"), "mean image is not [3,16,32]" },
    };
    for (size_t i = 0; i < sizeof sample / sizeof *sample; i++)
        fails(change_fact(sample[i].key, sample[i].value), NULL, RN_BAD_FILE, sample[i].fails);
    fails(change_fact("resnet.preprocess", NULL), NULL, RN_BAD_ARGUMENT, "how pictures are prepared");
}

/* ---- Weights of other programs ---------------------------------------------------------------- */

/* The tensors of a network without a word about them. */
static const char *write_foreign_without(const char *model, rn_shortcut shortcut, const char *left_out)
{
    rn_bundle bundle;
    rn_tensor_file file = { 0 };
    int64_t batches = 1000;
    const char *path = check_path("foreign");
    open_new(&bundle, model, 5, shortcut);
    for (int p = 0; p < bundle.net.params; p++) {
        int64_t size[4];
        int dims = rn_param_sizes(&bundle.net.param[p], size);
        if (left_out && strstr(bundle.net.param[p].name, left_out))
            continue;
        CHECK_OK(rn_tensor_file_add(&file, bundle.net.param[p].name, RN_F32, dims, size,
                                    rn_weights_param(&bundle.weights, p)));
    }
    CHECK_OK(rn_tensor_file_add(&file, "bn1.num_batches_tracked", RN_I64, 0, NULL, &batches));
    CHECK_OK(rn_safetensors_write(&file, path, NULL));
    rn_tensor_file_close(&file);
    rn_bundle_close(&bundle);
    return path;
}

static const char *write_foreign(const char *model, rn_shortcut shortcut)
{
    return write_foreign_without(model, shortcut, NULL);
}

static void asks_what_it_cannot_know(void)
{
    const char *path = write_foreign("resnet8", RN_SHORTCUT_A);
    rn_model_options known = { .architecture = { .model = "resnet8", .shortcut = RN_SHORTCUT_A },
                               .preprocess = "cifar-imagenet-norm" };
    fails(path, NULL, RN_BAD_ARGUMENT, "does not tell which network it is, where the shortcuts' new channels "
          "are zero, how pictures are prepared");
    CHECK(strstr(rn_error_hint(), "--model resnet8 or plain8 --shortcut A"), "%s", rn_error_hint());
    known.architecture.shortcut = 0;
    fails(path, &known, RN_BAD_ARGUMENT, "does not tell where the shortcuts'");
    known.architecture.shortcut = RN_SHORTCUT_A;
    known.preprocess = "";
    fails(path, &known, RN_BAD_ARGUMENT, "does not tell how pictures are prepared");
    known.preprocess = "cifar";
    fails(path, &known, RN_BAD_ARGUMENT, "unknown preprocessing 'cifar'");
    known.preprocess = "cifar-imagenet-norm";
    rn_bundle bundle;
    known.class_names = check_write("names.txt", "a\nb\r\nc\nd\ne", 10);
    CHECK_OK(rn_bundle_open(&bundle, path, &known));
    CHECK(bundle.architecture.classes == 5, "%d", bundle.architecture.classes);
    CHECK(strcmp(bundle.class_name[1], "b") == 0, "%s", bundle.class_name[1]);
    CHECK(strcmp(bundle.class_name[4], "e") == 0, "%s", bundle.class_name[4]);
    rn_bundle_close(&bundle);
    known.class_names = check_write("names.txt", "a\nb\n", 4);
    fails(path, &known, RN_BAD_FILE, "names.txt: 2 lines, wanted the names of 5 classes");
}

static void sees_projections(void)
{
    static const rn_shortcut shortcut[] = { RN_SHORTCUT_B, RN_SHORTCUT_C };
    for (int i = 0; i < 2; i++) {
        const char *path = write_foreign("resnet14", shortcut[i]);
        rn_bundle bundle;
        rn_model_options known = { .architecture.model = "resnet14", .preprocess = "cifar-imagenet-norm" };
        CHECK_OK(rn_bundle_open(&bundle, path, &known));
        CHECK(bundle.architecture.shortcut == shortcut[i], "%d", (int)bundle.architecture.shortcut);
        rn_bundle_close(&bundle);
        strcpy(known.architecture.model, "plain14");
        known.architecture.shortcut = 0;
        fails(path, &known, RN_BAD_FILE, "unexpected: layer");
    }
    rn_model_options fifty = { .architecture.model = "resnet50" };
    fails(write_foreign("resnet50", 0), &fifty, RN_BAD_ARGUMENT,
          "does not tell which convolution has the stride, how pictures");
}

static void recognises_networks(void)
{
    static const struct { const char *model, *preprocess; } sample[] = {
        { "lenet", "cifar-imagenet-norm" },
        { "nin", "cifar-imagenet-norm" },
        { "highway19", "cifar-imagenet-norm" },
        { "resnet18", "imagenet" },
        { "resnet18v2", "imagenet" },
    };
    for (size_t i = 0; i < sizeof sample / sizeof *sample; i++) {
        rn_bundle bundle;
        rn_model_options known = { .preprocess = sample[i].preprocess };
        rn_status status = rn_bundle_open(&bundle, write_foreign(sample[i].model, 0), &known);
        CHECK(status == RN_OK && strcmp(bundle.architecture.model, sample[i].model) == 0
              && bundle.architecture.classes == 5, "%s: taken for %s of %d classes: %s", sample[i].model,
              bundle.architecture.model, bundle.architecture.classes, rn_error_text());
        rn_bundle_close(&bundle);
    }
    fails(write_foreign("plain20", 0), NULL, RN_BAD_ARGUMENT, "does not tell which network it is");
    CHECK(strstr(rn_error_hint(), "--model resnet20 or plain20"), "%s", rn_error_hint());
    rn_file_info *info;
    CHECK_OK(rn_file_inspect(write_foreign("plain14", 0), &info));
    CHECK(strcmp(info->network, "resnet14 or plain14") == 0, "%s", info->network);
    CHECK(info->questions == 3 && strcmp(info->question[1].option, "shortcut") == 0, "%d", info->questions);
    CHECK(info->classes == 5 && !info->writer, "%d classes", info->classes);
    CHECK(strcmp(info->tensor[0].name, "bn1.num_batches_tracked") == 0, "%s", info->tensor[0].name);
    rn_file_info_free(info);
    fails(write_foreign("lenet", 0), NULL, RN_BAD_ARGUMENT, "foreign: does not tell how pictures");
}

/* Heads that only help training may be absent; they start anew. */
static void reads_without_helpers(void)
{
    rn_bundle bundle;
    rn_model_options known = { .preprocess = "inception" };
    CHECK_OK(rn_bundle_open(&bundle, write_foreign_without("googlenet", 0, "aux"), &known));
    CHECK(strcmp(bundle.architecture.model, "googlenet") == 0, "taken for %s", bundle.architecture.model);
    int first = rn_net_find_param(&bundle.net, "aux1.fc1.weight");
    CHECK(first >= 0 && rn_weights_param(&bundle.weights, first)[0] != 0, "aux1 is all zeros");
    rn_bundle_close(&bundle);
    fails(write_foreign_without("googlenet", 0, "fc.weight"), &known, RN_BAD_ARGUMENT, "which network it is");
    CHECK(strstr(rn_error_hint(), "--model NAME"), "%s", rn_error_hint());
}

static void knows_the_head(void)
{
    rn_bundle bundle;
    rn_tensor_file file;
    const char *path = write_foreign("resnet8", RN_SHORTCUT_A);
    open_new(&bundle, "resnet8", 7, RN_SHORTCUT_A);
    CHECK_OK(rn_tensor_file_open(&file, path));
    CHECK(rn_weights_load(&bundle.weights, &file, path) == RN_BAD_FILE, "another number of classes");
    const char *text = "expected [7,64] for fc.weight, file has [5,64], expected [7] for fc.bias";
    CHECK(strstr(rn_error_text(), text), "%s", rn_error_text());
    const char *hint = "--classes 5, or --reset-head to train a new classifier";
    CHECK(strcmp(rn_error_hint(), hint) == 0, "%s", rn_error_hint());
    rn_tensor_file_close(&file);
    rn_bundle_close(&bundle);
}

/* ---- Memory ---------------------------------------------------------------------------------- */

static rn_status try_new(void)
{
    rn_bundle bundle;
    rn_architecture a = { .model = "resnet8" };
    rn_status status = rn_bundle_new(&bundle, &a, 1);
    if (status == RN_OK) {
        char *const ten[10] = { "", "", "", "", "", "", "", "", "", "" };
        status = rn_bundle_set_classes(&bundle, ten, 10);
    }
    rn_bundle_close(&bundle);
    return status;
}

static rn_bundle full;

static rn_status try_save(void)
{
    return rn_bundle_save(&full, check_path("full"), check_path("full.before"));
}

static rn_status try_open(void)
{
    rn_bundle bundle;
    rn_status status = rn_bundle_open(&bundle, check_path("full"), NULL);
    rn_bundle_close(&bundle);
    return status;
}

static rn_status try_inspect(void)
{
    rn_file_info *info;
    rn_status status = rn_file_inspect(check_path("full"), &info);
    rn_file_info_free(info);
    return status;
}

static void survives_failed_allocations(void)
{
    static rn_status (*const deed[])(void) = { try_new, try_save, try_open, try_inspect };
    open_full(&full);
    for (int d = 0; d < 4; d++) {
        rn_status status = RN_NO_MEMORY;
        long k = 0;
        while (status != RN_OK && k < 2000) {
            rn_memory_fail_at(++k, false);
            status = deed[d]();
            rn_memory_fail_at(0, false);
        }
        CHECK(status == RN_OK && k > 10, "deed %d, allocation %ld: %s", d, k, rn_error_text());
    }
    rn_bundle_close(&full);
}

int main(void)
{
    check_folder_open();
    comes_back_as_it_was();
    ranges_come_back();
    refuses_ranges();
    keeps_every_rule();
    is_inspected();
    is_not_contradicted();
    scales_with_the_input();
    refuses_what_is_not_finite();
    distrusts_its_metadata();
    asks_what_it_cannot_know();
    sees_projections();
    recognises_networks();
    reads_without_helpers();
    knows_the_head();
    survives_failed_allocations();
    check_folder_close();
    return check_result();
}
