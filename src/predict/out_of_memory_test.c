/*
 * Each allocation of each deed fails in turn, alone and with all that follow: the deed is refused for want of
 * memory, or gets along without and comes to the same result; it leaves nothing that a leak sanitizer finds.
 * To be quick, one allocation in STEP is tried, in each deed others; "out_of_memory_test 1" tries all.
 */
#include "base/check_files.h"
#include "base/digest.h"
#include "base/file.h"
#include "base/memory.h"
#include "data/dataset.h"
#include "predict/predict.h"

#include <string.h>

#ifdef RN_SANITIZED
enum { STEP = 100 };
#else
enum { STEP = 20 };
#endif

static char model_file[512], pictures[512], drawing[512], numbers[512];
static char result[128];

static rn_status inspect(const char *file)
{
    rn_file_info *info;
    rn_status status = rn_file_inspect(file, &info);
    if (status == RN_OK)
        snprintf(result, sizeof result, "%s %zu", info->sha256, strlen(info->metadata));
    rn_file_info_free(info);
    return status;
}

static rn_status classify(const char *file)
{
    rn_model *model;
    rn_guess guess;
    rn_status status = rn_model_open(&model, model_file, &(rn_model_options){ .placement.threads = 1 });
    if (status == RN_OK)
        status = rn_model_classify(model, file, &guess, 1, NULL);
    if (status == RN_OK)
        snprintf(result, sizeof result, "%s %.9g", guess.name, (double)guess.probability);
    rn_model_close(model);
    return status;
}

static rn_status evaluate(const char *data)
{
    rn_model *model;
    rn_evaluation *evaluation = NULL;
    rn_status status = rn_model_open(&model, model_file, &(rn_model_options){ .placement.threads = 1 });
    if (status == RN_OK)
        status = rn_model_evaluate(model, data, 4, &evaluation);
    if (status == RN_OK)
        snprintf(result, sizeof result, "%lld %lld %.17g", (long long)evaluation->images,
                 (long long)evaluation->wrong, evaluation->loss);
    rn_evaluation_free(evaluation);
    rn_model_close(model);
    return status;
}

static rn_status explain(const char *file)
{
    rn_model *model;
    rn_explanation *explanation = NULL;
    rn_status status = rn_model_open(&model, model_file, &(rn_model_options){ .placement.threads = 1 });
    if (status == RN_OK)
        status = rn_model_explain(model, file, NULL, -1, drawing, &explanation);
    if (status == RN_OK)
        status = rn_model_draw_maps(model, file, NULL, drawing);
    if (status == RN_OK)
        snprintf(result, sizeof result, "%s %.9g", explanation->guess.name, (double)explanation->heat[0]);
    rn_explanation_free(explanation);
    rn_model_close(model);
    return status;
}

static rn_status take_features(const char *data)
{
    rn_model *model;
    rn_features *features = NULL;
    rn_status status = rn_model_open(&model, model_file, &(rn_model_options){ .placement.threads = 1 });
    if (status == RN_OK)
        status = rn_model_features(model, &data, 1, &(rn_features_options){ .layer = "layer2", .pool = true },
                                   &features);
    if (status == RN_OK)
        status = rn_features_write(features, numbers);
    if (status == RN_OK)
        snprintf(result, sizeof result, "%lld %.9g", (long long)features->pictures,
                 (double)features->value[0]);
    rn_features_free(features);
    rn_model_close(model);
    return status;
}

static rn_status convert(const char *name)
{
    rn_map map;
    const char *file = check_path(name);
    RN_TRY(rn_file_convert(model_file, file, &(rn_convert_options){ .overwrite = true }));
    CHECK_OK(rn_map_open(&map, file));
    rn_digest_of(map.bytes, map.size, result);
    rn_map_close(&map);
    return RN_OK;
}

static rn_status train(const char *name)
{
    rn_train_config c = { .force = true };
    rn_train_result trained;
    snprintf(c.data, sizeof c.data, "%s", pictures);
    snprintf(c.out, sizeof c.out, "%s", check_path(name));
    strcpy(c.model, "resnet8");
    RN_TRY(rn_train_defaults(&c, "quick"));
    c.iterations = 2;
    c.batch = 4;
    c.shards = 2;
    c.threads = 1;
    c.workers = 0;
    RN_TRY(rn_train(&c, NULL, &trained));
    snprintf(result, sizeof result, "%.17g %.17g", trained.train_loss, trained.test_loss);
    return RN_OK;
}

static void make_files(void)
{
    rn_bundle bundle;
    snprintf(model_file, sizeof model_file, "%s", check_path("model.safetensors"));
    snprintf(pictures, sizeof pictures, "%s", check_path("pictures"));
    snprintf(drawing, sizeof drawing, "%s", check_path("drawing.png"));
    snprintf(numbers, sizeof numbers, "%s", check_path("numbers.npy"));
    CHECK_OK(rn_data_draw(pictures, 20, 3));
    CHECK_OK(rn_bundle_new(&bundle, &(rn_architecture){ .model = "resnet8" }, 1));
    CHECK_OK(rn_preprocess_named(&bundle.preprocess, "builtin"));
    CHECK_OK(rn_bundle_save(&bundle, model_file, NULL));
    rn_bundle_close(&bundle);
}

typedef struct {
    const char *what;
    rn_status (*deed)(const char *subject);
    const char *subject;
} task;

static void fail_each(const task *t, long first, long step, bool on)
{
    char wanted[sizeof result];
    long before = rn_memory_count();
    CHECK_OK(t->deed(t->subject));
    long count = rn_memory_count() - before;
    memcpy(wanted, result, sizeof wanted);
    for (long k = first; k <= count && check_failures < 20; k += step) {
        rn_memory_fail_at(k, on);
        rn_status status = t->deed(t->subject);
        rn_memory_fail_at(0, false);
        CHECK(status == RN_NO_MEMORY || (status == RN_OK && strcmp(result, wanted) == 0),
              "%s %s: allocation %ld%s: status %d, %s", t->what, t->subject, k,
              on ? " and all that follow" : "", status, status == RN_OK ? result : rn_error_text());
    }
    printf("%s %s: %ld allocations\n", t->what, t->subject, count);
}

int main(int argc, char **argv)
{
    long step = argc > 1 ? atol(argv[1]) : STEP;
    check_folder_open();
    make_files();
    const task tasks[] = {
        { "inspect", inspect, model_file },
        { "inspect", inspect, "fuzz/corpus/torch_zip/torch_zip-deflated" },
        { "inspect", inspect, "fuzz/corpus/torch_stream/torch_stream-two" },
        { "inspect", inspect, "fuzz/corpus/torch_tar/torch_tar-parts" },
        { "inspect", inspect, "fuzz/corpus/onnx/onnx-small" },
        { "classify", classify, "test/golden/image/cmyk.jpg" },
        { "classify", classify, "test/golden/image/palette8-interlaced.png" },
        { "classify", classify, "test/golden/image/lossy-alpha.webp" },
        { "evaluate", evaluate, pictures },
        { "explain", explain, "test/golden/image/cmyk.jpg" },
        { "features", take_features, pictures },
        { "train", train, "run" },
        { "convert", convert, "to.safetensors" },
        { "convert", convert, "to.pth" },
        { "convert", convert, "to.h" },
        { "convert", convert, "to.onnx" },
    };
    for (long i = 0; i < (long)(sizeof tasks / sizeof *tasks); i++) {
        fail_each(&tasks[i], 1 + 2 * i % step, step, false);
        fail_each(&tasks[i], 1 + (2 * i + 1) % step, step, true);
    }
    check_folder_close();
    return check_result();
}
