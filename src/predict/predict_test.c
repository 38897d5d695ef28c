/*
 * A model that this program trained says the same everywhere: in training's last test, in an evaluation with
 * any batch size, and picture by picture.
 */
#include "base/check.h"
#include "base/file.h"
#include "net/score.h"
#include "predict/predict.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static char folder[64];

static const char *path(const char *name)
{
    static char text[4][RN_TEXT_SIZE];
    static int turn;
    turn = (turn + 1) % 4;
    snprintf(text[turn], RN_TEXT_SIZE, "%s/%s", folder, name);
    return text[turn];
}

static rn_train_result trained(void)
{
    rn_train_config c = { .resume = false };
    rn_train_result result;
    snprintf(c.data, sizeof c.data, "%s", path("data"));
    snprintf(c.out, sizeof c.out, "%s", path("run"));
    strcpy(c.model, "resnet8");
    CHECK_OK(rn_train_defaults(&c, "quick"));
    c.batch = 20;
    c.iterations = 30;
    c.seed = 11;
    c.validation = 0.2;
    CHECK_OK(rn_train(&c, NULL, &result));
    return result;
}

static void check_evaluation(rn_model *model, const rn_train_result *result)
{
    static const int batches[] = { 0, 1, 7, 64 };
    for (int i = 0; i < 4; i++) {
        rn_evaluation *e;
        int64_t right = 0, all = 0;
        CHECK_OK(rn_model_evaluate(model, path("data"), batches[i], &e));
        if (!e)
            return;
        CHECK(e->images == result->test_images && e->wrong == result->test_wrong
              && e->top1_error == result->test_error && e->top5_error == result->test_top5_error,
              "batch %d: %lld wrong of %lld, training said %lld of %lld", batches[i], (long long)e->wrong,
              (long long)e->images, (long long)result->test_wrong, (long long)result->test_images);
        CHECK(e->loss == result->test_loss, "batch %d: loss %.17g, training said %.17g", batches[i], e->loss,
              result->test_loss);
        for (int c = 0; c < e->classes * e->classes; c++) {
            all += e->confusion[c];
            right += c % (e->classes + 1) == 0 ? e->confusion[c] : 0;
        }
        CHECK(all == e->images && all - right == e->wrong, "batch %d: confusion %lld right of %lld",
              batches[i], (long long)right, (long long)all);
        CHECK(e->bad_files == 0, "%lld bad", (long long)e->bad_files);
        rn_evaluation_free(e);
    }
}

/* Each picture of the testing part, classified by its own file, gets the answer that the evaluation gave. */
static rn_status check_answer(void *context, const rn_answer *answer)
{
    rn_model *model = context;
    char name[RN_TEXT_SIZE], file[RN_TEXT_SIZE];
    rn_guess guess[32];
    float probability[16];
    int found;
    answer->dataset->describe(answer->dataset, answer->index, name, sizeof name);
    RN_TRY(rn_path_join(file, sizeof file, path("data"), name));
    rn_probabilities(answer->scores, answer->classes, probability);
    CHECK_OK(rn_model_classify(model, file, guess, 32, &found));
    CHECK(found == answer->classes && guess[0].index == rn_best_class(answer->scores, answer->classes),
          "%s: %d guesses", name, found);
    double sum = 0;
    for (int i = 0; i < found; i++) {
        CHECK(guess[i].probability == probability[guess[i].index], "%s class %d: %g, evaluation %g", name,
              guess[i].index, (double)guess[i].probability, (double)probability[guess[i].index]);
        CHECK(i == 0 || guess[i].probability <= guess[i - 1].probability,
              "%s: guess %d is better than the one before", name, i);
        sum += (double)guess[i].probability;
    }
    CHECK(fabs(sum - 1) < 1e-5, "%s: probabilities sum to %g", name, sum);
    return RN_OK;
}

/* Within the least memory that suffices kernels pack less, and the answer is the same but for rounding. */
static void check_limit(rn_model *model, const char *file)
{
    rn_model_options options = { .placement.memory = 10 << 20 };
    rn_guess guess, wanted;
    rn_status status = RN_NO_MEMORY;
    CHECK_OK(rn_model_classify(model, file, &wanted, 1, NULL));
    const int64_t bytes = rn_session_bytes(model->session);
    while (status == RN_NO_MEMORY && options.placement.memory < 64 << 20) {
        rn_model *limited;
        options.placement.memory += 1 << 16;
        CHECK_OK(rn_model_open(&limited, path("run/last.safetensors"), &options));
        status = rn_model_classify(limited, file, &guess, 1, NULL);
        if (status == RN_OK)
            CHECK(rn_session_bytes(limited->session) < bytes, "%lld bytes of %lld are saved",
                  (long long)(bytes - rn_session_bytes(limited->session)), (long long)bytes);
        rn_model_close(limited);
    }
    CHECK(status == RN_OK && guess.index == wanted.index
          && fabs((double)guess.probability - (double)wanted.probability) < 1e-4,
          "within %lld bytes: %s, %d %g, wanted %d %g", (long long)options.placement.memory, rn_error_text(),
          guess.index, (double)guess.probability, wanted.index, (double)wanted.probability);
}

static void check_memory(rn_model *model)
{
    rn_guess a, b;
    rn_map map;
    rn_listing classes, pictures;
    char class_folder[RN_TEXT_SIZE], file[RN_TEXT_SIZE];
    CHECK_OK(rn_listing_open(&classes, path("data")));
    CHECK_OK(rn_path_join(class_folder, sizeof class_folder, path("data"), classes.name[0]));
    CHECK_OK(rn_listing_open(&pictures, class_folder));
    CHECK_OK(rn_path_join(file, sizeof file, class_folder, pictures.name[0]));
    CHECK_OK(rn_map_open(&map, file));
    CHECK_OK(rn_model_classify(model, file, &a, 1, NULL));
    CHECK_OK(rn_model_classify_memory(model, map.bytes, map.size, &b, 1, NULL));
    CHECK(a.index == b.index && a.probability == b.probability && a.name == b.name, "%d %g, %d %g", a.index,
          (double)a.probability, b.index, (double)b.probability);
    CHECK(rn_model_classify_memory(model, map.bytes, map.size / 2, &b, 1, NULL) == RN_BAD_FILE, "half a "
                                                                                                "picture");
    CHECK(rn_model_classify(model, path("none.png"), &b, 1, NULL) == RN_IO, "%s", rn_error_text());
    check_limit(model, file);
    rn_map_close(&map);
    rn_listing_close(&pictures);
    rn_listing_close(&classes);
}

/* A file without class names: "class 7". */
static void check_nameless(void)
{
    rn_bundle bundle;
    rn_model *model;
    rn_architecture a = { .model = "resnet8", .classes = 8 };
    CHECK_OK(rn_bundle_new(&bundle, &a, 1));
    CHECK_OK(rn_preprocess_named(&bundle.preprocess, "cifar-imagenet-norm"));
    CHECK_OK(rn_bundle_save(&bundle, path("nameless.safetensors"), NULL));
    rn_bundle_close(&bundle);
    CHECK_OK(rn_model_open(&model, path("nameless.safetensors"), NULL));
    CHECK(strcmp(model->class_name[7], "class 7") == 0, "'%s'", model->class_name[7]);
    rn_evaluation *e;
    CHECK(rn_model_evaluate(model, path("data"), 0, &e) == RN_BAD_ARGUMENT && !e, "10 classes fit into 8");
    rn_model_close(model);
}

static void check_score(void)
{
    static const float scores[] = { 1, 3, 3, 2, 0, -1,    5, 4, 3, 2, 1, 0,    NAN, 0, 0, 0, 0, 0 };
    static const int32_t labels[] = { 2, 5, 0 };
    rn_score score = { 0 };
    rn_score_add(&score, scores, labels, 2, 6);
    CHECK(score.images == 2 && score.wrong == 2 && score.wrong5 == 1, "%lld wrong, %lld among five",
          (long long)score.wrong, (long long)score.wrong5);
    double wanted = log(exp(-2) + 2 + exp(-1) + exp(-3) + exp(-4)) + 5
                    + log(1 + exp(-1) + exp(-2) + exp(-3) + exp(-4) + exp(-5));
    CHECK(fabs(score.loss - wanted) < 1e-12, "loss %.15g, wanted %.15g", score.loss, wanted);
    score = (rn_score){ 0 };
    rn_score_add(&score, scores + 12, labels + 2, 1, 6);
    CHECK(score.wrong == 1 && score.wrong5 == 1, "a score that is no number is right");
    score = (rn_score){ 0 };
    rn_score_add(&score, scores, labels, 1, 5);
    CHECK(score.wrong5 == 0, "five classes have no five best");
}

int main(void)
{
    char command[128];
    rn_model *model;
    check_score();
    strcpy(folder, "/tmp/resnet-predict-XXXXXX");
    CHECK(mkdtemp(folder), "cannot make %s", folder);
    CHECK_OK(rn_data_draw(path("data"), 150, 3));
    rn_train_result result = trained();
    CHECK_OK(rn_model_open(&model, path("run/last.safetensors"), NULL));
    if (model) {
        check_evaluation(model, &result);
        CHECK_OK(rn_predict_each(model, path("data"), 0, check_answer, model, NULL));
        check_memory(model);
    }
    rn_model_close(model);
    check_nameless();
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    CHECK(system(command) == 0, "%s", command);
    return check_result();
}
