/*
 * The table of answers: an ensemble is the mean of its members' probabilities, scores come back from their
 * file, a picture that cannot be read stays a row, and what does not belong together is refused.
 */
#include "data/fixture.h"
#include "net/score.h"
#include "predict/answers.h"
#include "predict/predict.h"
#include "weights/npy.h"

#include <math.h>

enum { CLASSES = 6, DATA_CLASSES = 3, PICTURES = 8, BROKEN = 4 };

static void make_data(void)
{
    for (int i = 0; i < PICTURES; i++)
        put_picture(at("data/val/%c/%d.png", 'a' + i / 3, i), i);
    put_text(at("data/val/b/%d.png", BROKEN), "no picture");
}

static rn_model *make_model(int number, int classes)
{
    rn_bundle bundle;
    rn_model *model;
    rn_architecture a = { .model = "resnet8", .classes = classes };
    CHECK_OK(rn_bundle_new(&bundle, &a, (uint64_t)number));
    CHECK_OK(rn_preprocess_named(&bundle.preprocess, "cifar-imagenet-norm"));
    CHECK_OK(rn_bundle_save(&bundle, at("model%d.safetensors", number), NULL));
    rn_bundle_close(&bundle);
    CHECK_OK(rn_model_open(&model, at("model%d.safetensors", number), NULL));
    return model;
}

static void check_average(rn_answers *const *member, const rn_answers *average)
{
    for (int64_t row = 0; row < average->count; row++) {
        double sum[CLASSES] = { 0 };
        float probability[CLASSES];
        for (int m = 0; m < 3; m++) {
            rn_probabilities(rn_answers_scores(member[m], row), CLASSES, probability);
            for (int c = 0; c < CLASSES; c++)
                sum[c] += (double)probability[c] / 3;
        }
        rn_probabilities(rn_answers_scores(average, row), CLASSES, probability);
        for (int c = 0; c < CLASSES && row != BROKEN; c++)
            CHECK(fabs(sum[c] - (double)probability[c]) < 1e-6, "row %lld, class %d: %g, by hand %g",
                  (long long)row, c, (double)probability[c], sum[c]);
        CHECK(isnan(rn_answers_scores(average, row)[0]) == (row == BROKEN), "row %lld", (long long)row);
    }
}

/* The same pictures one by one. */
static void check_classify(rn_model *const *model, const rn_answers *average)
{
    rn_answers *answers;
    CHECK_OK(rn_answers_open(&answers, model, 3));
    for (int i = 0; i < PICTURES; i++) {
        rn_guess guess[CLASSES + 1], wanted[CLASSES + 1];
        rn_status status = rn_answers_classify(answers, at("data/val/%c/%d.png", 'a' + i / 3, i));
        CHECK(status == (i == BROKEN ? RN_BAD_FILE : RN_OK), "picture %d: %s", i, rn_error_text());
        int found = rn_answers_best(answers, i, guess, CLASSES + 1);
        CHECK(found == CLASSES && rn_answers_best(average, i, wanted, CLASSES + 1) == CLASSES, "%d", found);
        for (int g = 0; g < CLASSES && i != BROKEN; g++)
            CHECK(guess[g].index == wanted[g].index && guess[g].probability == wanted[g].probability
                  && strcmp(guess[g].name, wanted[g].name) == 0, "picture %d, guess %d", i, g);
    }
    rn_evaluation *e;
    CHECK(rn_answers_count(answers, &e) == RN_BAD_ARGUMENT && said("true class is not known"), "%s",
          rn_error_text());
    rn_answers_free(answers);
}

static void check_file(const rn_answers *answers)
{
    rn_answers *read;
    rn_evaluation *e, *again;
    CHECK_OK(rn_answers_write_scores(answers, at("scores.npy")));
    CHECK_OK(rn_answers_read(&read, at("scores.npy"), at("data")));
    CHECK(memcmp(read->scores, answers->scores, sizeof(float) * CLASSES * BROKEN) == 0, "scores differ");
    CHECK_OK(rn_answers_count(answers, &e));
    CHECK_OK(rn_answers_count(read, &again));
    CHECK(e->images == PICTURES - 1 && e->bad_files == 1, "%lld images", (long long)e->images);
    CHECK(again->images == e->images && again->wrong == e->wrong && again->loss == e->loss
          && again->bad_files == 1, "%lld wrong, %lld again", (long long)e->wrong, (long long)again->wrong);
    CHECK(strcmp(read->class_name[0], "a") == 0 && strcmp(read->class_name[5], "class 5") == 0, "%s, %s",
          read->class_name[0], read->class_name[5]);
    rn_evaluation_free(e);
    rn_evaluation_free(again);
    rn_answers_free(read);
}

static void refuse(int dims, int64_t pictures, int64_t classes, const char *data, const char *fails)
{
    static const float zeros[PICTURES * CLASSES];
    rn_answers *answers;
    CHECK_OK(rn_npy_write(at("wrong.npy"), zeros, dims, (int64_t[]){ pictures, classes }));
    CHECK(rn_answers_read(&answers, at("wrong.npy"), data) != RN_OK && said(fails), "%s: %s", fails,
          rn_error_text());
}

static void check_refusals(rn_answers *first)
{
    rn_model *fewer = make_model(7, DATA_CLASSES);
    rn_answers *other, *average;
    refuse(1, PICTURES, 1, at("data"), "1 dimensions");
    refuse(2, PICTURES - 1, CLASSES, at("data"), "scores of 7 pictures");
    refuse(2, PICTURES, DATA_CLASSES - 1, at("data"), "scores of 2 classes");
    refuse(2, 3, DATA_CLASSES, at("data/val"), "drawn as a training says");
    CHECK_OK(rn_model_answer(fewer, at("data"), 0, &other));
    CHECK(rn_answers_average(&average, (rn_answers *[]){ first, other }, 2) == RN_BAD_ARGUMENT
          && said("model 2 tells 3 classes apart, the first one 6"), "%s", rn_error_text());
    rn_answers_free(other);
    rn_model_close(fewer);
}

static void check_guesses(const rn_answers *answers)
{
    char line[512];
    CHECK_OK(rn_answers_write_guesses(answers, at("guesses.csv")));
    FILE *file = fopen(at("guesses.csv"), "r");
    for (int row = -1; row < PICTURES && file; row++) {
        int commas = 0;
        CHECK(fgets(line, sizeof line, file), "row %d is missing", row);
        for (const char *c = line; *c; c++)
            commas += *c == ',';
        CHECK(commas == 11, "%s", line);
        CHECK(row != BROKEN || strcmp(line, "val/b/4.png,class 1,,,,,,,,,,\n") == 0, "%s", line);
    }
    if (file)
        fclose(file);
}

int main(void)
{
    rn_model *model[3];
    rn_answers *member[3], *average;
    check_folder_open();
    listen_now();
    make_data();
    for (int m = 0; m < 3; m++) {
        model[m] = make_model(m, CLASSES);
        CHECK_OK(rn_model_answer(model[m], at("data"), 3, &member[m]));
    }
    CHECK_OK(rn_answers_average(&average, member, 3));
    check_average(member, average);
    check_classify(model, average);
    check_file(average);
    check_guesses(average);
    check_refusals(member[0]);
    rn_answers_free(average);
    for (int m = 0; m < 3; m++) {
        rn_answers_free(member[m]);
        rn_model_close(model[m]);
    }
    check_folder_close();
    return check_result();
}
