/*
 * Views are what they are said to be: ten crops cut by hand and asked one by one give the answer of 10-crop;
 * the classifier at every place of the last feature map gives that of dense; pictures of many sizes in a
 * folder get the answers that they get one by one.
 */
#include "base/check_files.h"
#include "base/memory.h"
#include "data/kinds.h"
#include "image/window.h"
#include "net/score.h"
#include "predict/answers.h"
#include "predict/look.h"

#include <math.h>
#include <string.h>

enum { CLASSES = 3, CROP = 32, PICTURES = 9 };

static const struct { int width, height; } side[PICTURES] = {
    { 60, 45 }, { 45, 60 }, { 40, 40 }, { 60, 45 }, { 33, 81 }, { 45, 60 }, { 120, 90 }, { 40, 41 },
    { 60, 45 },
};

static rn_image picture[PICTURES];

static const char *picture_path(int i)
{
    char name[64];
    snprintf(name, sizeof name, "data/val/%c/%d.png", "abc"[i % CLASSES], i);
    return check_path(name);
}

static void draw_pictures(void)
{
    for (int i = 0; i < PICTURES; i++) {
        rn_image drawn;
        char folder[64];
        snprintf(folder, sizeof folder, "data/val/%c", "abc"[i % CLASSES]);
        CHECK_OK(rn_folder_make(check_path(folder)));
        CHECK_OK(rn_builtin_draw(&drawn, 1, RN_STREAM_FRESH, i));
        CHECK_OK(rn_image_resize(&picture[i], &drawn, side[i].width, side[i].height, RN_BICUBIC));
        CHECK_OK(rn_image_write_png(&picture[i], picture_path(i)));
        rn_image_free(&drawn);
    }
}

/* The same on both sides, so that it does not matter whether it is mirrored with the picture. */
static void set_mean_image(rn_preprocess *rule)
{
    CHECK_OK(rn_new(&rule->mean_image, 3 * CROP * CROP));
    for (int i = 0; i < 3 * CROP * CROP; i++)
        rule->mean_image[i] = 0.3f + 0.01f * (float)(i % CROP * (CROP - 1 - i % CROP) % 7)
                              + 0.001f * (float)(i / CROP);
}

/* A network with random weights, whose rule resizes to 36 and crops 32, or sees a whole crop as it is. */
static const char *make_model(const char *name, int resize, uint64_t seed)
{
    rn_bundle bundle;
    rn_architecture a = { .model = "resnet8", .classes = CLASSES };
    CHECK_OK(rn_bundle_new(&bundle, &a, seed));
    CHECK_OK(rn_preprocess_named(&bundle.preprocess, "cifar-imagenet-norm"));
    bundle.preprocess.resize = resize;
    set_mean_image(&bundle.preprocess);
    CHECK_OK(rn_bundle_save(&bundle, check_path(name), NULL));
    rn_bundle_close(&bundle);
    return check_path(name);
}

static rn_model *open_model(const char *name, const char *views, const char *scales)
{
    rn_model *model;
    rn_model_options options = { .views = views, .scales = scales };
    CHECK_OK(rn_model_open(&model, check_path(name), &options));
    return model;
}

/* ---- By hand --------------------------------------------------------------------------------- */

static void cut(rn_image *to, const rn_image *from, int left, int top, bool mirrored)
{
    CHECK_OK(rn_image_new(to, CROP, CROP));
    for (int y = 0; y < CROP; y++)
        for (int x = 0; x < CROP; x++) {
            int at = (top + y) * from->width + left + (mirrored ? CROP - 1 - x : x);
            memcpy(to->pixels + 3 * (y * CROP + x), from->pixels + 3 * at, 3);
        }
}

static void add_crop(rn_model *single, const rn_image *whole, int left, int top, bool mirrored, double *sum)
{
    rn_image crop;
    float scores[CLASSES], probability[CLASSES];
    cut(&crop, whole, left, top, mirrored);
    CHECK_OK(rn_model_score(single, &crop, scores));
    rn_probabilities(scores, CLASSES, probability);
    for (int c = 0; c < CLASSES; c++)
        sum[c] += (double)probability[c];
    rn_image_free(&crop);
}

static void ten_crops(rn_model *single, const rn_image *image, int shorter, double *sum)
{
    rn_image whole;
    bool wide = image->width > image->height;
    int w = wide ? shorter * image->width / image->height : shorter;
    int h = wide ? shorter : shorter * image->height / image->width;
    CHECK_OK(rn_image_resize(&whole, image, w, h, RN_BILINEAR));
    for (int mirrored = 0; mirrored < 2; mirrored++) {
        int middle = rn_center(w, CROP);
        add_crop(single, &whole, 0, 0, mirrored, sum);
        add_crop(single, &whole, w - CROP, 0, mirrored, sum);
        add_crop(single, &whole, 0, h - CROP, mirrored, sum);
        add_crop(single, &whole, w - CROP, h - CROP, mirrored, sum);
        add_crop(single, &whole, mirrored ? w - CROP - middle : middle, rn_center(h, CROP), mirrored, sum);
    }
    rn_image_free(&whole);
}

/* Scores of one picture: the classifier at every place of the last feature map, averaged. */
static void classify_places(rn_model *model, const float *pixels, int width, int height, double *scores)
{
    const rn_net *net = &model->bundle.net;
    rn_session *session;
    float *map;
    int pool = 0, weight = rn_net_find_param(net, "fc.weight"), bias = rn_net_find_param(net, "fc.bias");
    while (strcmp(net->node[pool].name, "avgpool") != 0)
        pool++;
    rn_value last = net->node[pool].input[0];
    int64_t channels = net->node[last].output_shape.c;
    int64_t places = (int64_t)((height + 3) / 4) * ((width + 3) / 4);
    CHECK_OK(rn_session_open(&session, net, &model->bundle.weights, model->device,
                             &(rn_session_options){ .mode = RN_INFER, .batch = 1, .height = height,
                                                    .width = width, .watched = last }));
    CHECK_OK(rn_new(&map, channels * places));
    memcpy(rn_session_input(session), pixels, 3 * (size_t)(width * height) * sizeof *pixels);
    rn_session_forward(session, 1, 0);
    rn_session_read(session, map);
    for (int c = 0; c < CLASSES; c++) {
        scores[c] = (double)rn_weights_param(&model->bundle.weights, bias)[c];
        for (int64_t i = 0; i < channels * places; i++)
            scores[c] += (double)(rn_weights_param(&model->bundle.weights, weight)[c * channels + i / places]
                                  * map[i]) / (double)places;
    }
    rn_free(map);
    rn_session_close(session);
}

static void dense(rn_model *model, const rn_image *image, int shorter, double *sum)
{
    rn_preprocess rule = rn_preprocess_whole(&model->bundle.preprocess, shorter, image->width, image->height);
    int w = rule.crop_width, h = rule.crop_height;
    float *pixels, *mirror, probability[CLASSES], single[CLASSES];
    double scores[CLASSES];
    CHECK_OK(rn_new(&pixels, 3 * w * h));
    CHECK_OK(rn_new(&mirror, 3 * w * h));
    CHECK_OK(rn_preprocess_apply(&rule, image, pixels));
    for (int i = 0; i < 3 * w * h; i++)
        mirror[i] = pixels[i / w * w + w - 1 - i % w];
    for (int mirrored = 0; mirrored < 2; mirrored++) {
        classify_places(model, mirrored ? mirror : pixels, w, h, scores);
        for (int c = 0; c < CLASSES; c++)
            single[c] = (float)scores[c];
        rn_probabilities(single, CLASSES, probability);
        for (int c = 0; c < CLASSES; c++)
            sum[c] += (double)probability[c];
    }
    rn_free(mirror);
    rn_free(pixels);
}

/* ---- The comparison -------------------------------------------------------------------------- */

static void compare(const char *what, int i, const float *scores, const double *sum, int views)
{
    for (int c = 0; c < CLASSES; c++) {
        double difference = fabs(exp((double)scores[c]) - sum[c] / views);
        CHECK(difference < 2e-6, "%s, picture %d, class %d: %g, by hand %g", what, i, c,
              exp((double)scores[c]), sum[c] / views);
    }
}

static void check_views(const char *views, const char *scales, const int *scale, int count)
{
    rn_model *model = open_model("model", views, scales), *single = open_model("crops", NULL, NULL);
    rn_answers *answers;
    bool is_dense = strcmp(views, "dense") == 0;
    CHECK_OK(rn_model_answer(model, check_path("data"), 4, &answers));
    for (int i = 0; i < PICTURES; i++) {
        double sum[CLASSES] = { 0 };
        float scores[CLASSES];
        for (int s = 0; s < count; s++)
            if (is_dense)
                dense(model, &picture[i], scale[s], sum);
            else
                ten_crops(single, &picture[i], scale[s], sum);
        CHECK_OK(rn_model_score(model, &picture[i], scores));
        compare(views, i, scores, sum, count * (is_dense ? 2 : 10));
        int64_t row = i % CLASSES * (PICTURES / CLASSES) + i / CLASSES;     /* class by class */
        CHECK(answers->row[row].label == i % CLASSES, "row %lld", (long long)row);
        CHECK(memcmp(rn_answers_scores(answers, row), scores, sizeof scores) == 0,
              "%s, picture %d: %g in the folder, %g alone", views, i,
              (double)rn_answers_scores(answers, row)[0], (double)scores[0]);
    }
    rn_answers_free(answers);
    rn_model_close(model);
    rn_model_close(single);
}

/* One crop at two sizes is the mean of the answers of two models whose rules have these sizes. */
static void check_scales(void)
{
    rn_model *both = open_model("model", "1-crop", "36,50"), *one[2];
    make_model("larger", 50, 1);
    one[0] = open_model("model", NULL, NULL);
    one[1] = open_model("larger", NULL, NULL);
    for (int i = 0; i < PICTURES; i++) {
        double sum[CLASSES] = { 0 };
        float scores[CLASSES], probability[CLASSES];
        for (int m = 0; m < 2; m++) {
            CHECK_OK(rn_model_score(one[m], &picture[i], scores));
            rn_probabilities(scores, CLASSES, probability);
            for (int c = 0; c < CLASSES; c++)
                sum[c] += (double)probability[c];
        }
        CHECK_OK(rn_model_score(both, &picture[i], scores));
        compare("1-crop", i, scores, sum, 2);
    }
    rn_model_close(both);
    rn_model_close(one[0]);
    rn_model_close(one[1]);
}

static const struct { const char *model, *views, *scales, *fails; } refused[] = {
    { "crops", "10-crop", NULL, "there is only one view" },
    { "crops", "dense", "", "there is only one view" },
    { "model", "11-crop", NULL, "unknown views '11-crop'" },
    { "model", "10-crop", "36,31", "do not fit" },
    { "model", "1-crop", "20", "do not fit" },
    { "model", "dense", "36,", "scales '36,'" },
    { "model", "dense", "0", "scales '0'" },
    { "model", "dense", "99999999999999999999", "scales '9" },
    { "model", NULL, "3x", "scales '3x'" },
    { "model", NULL, "40,40,40,40,40,40,40,40,40,40,40,40,40,40,40,40,40", "more than 16" },
};

static void check_refusals(void)
{
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        rn_model *model;
        rn_model_options options = { .views = refused[i].views, .scales = refused[i].scales };
        rn_status status = rn_model_open(&model, check_path(refused[i].model), &options);
        CHECK(status == RN_BAD_ARGUMENT && strstr(rn_error_text(), refused[i].fails), "%zu: %d, %s", i,
              status, rn_error_text());
        rn_model_close(model);
    }
}

/* A picture that is too thin for dense views is left out, and refused alone. */
static void check_thin(void)
{
    rn_model *model = open_model("model", "dense", NULL);
    rn_image thin;
    float scores[CLASSES];
    rn_answers *answers;
    CHECK_OK(rn_image_new(&thin, 1000, 1));
    CHECK_OK(rn_folder_make(check_path("thin/val/a")));
    CHECK_OK(rn_image_write_png(&thin, check_path("thin/val/a/0.png")));
    CHECK_OK(rn_image_write_png(&picture[0], check_path("thin/val/a/1.png")));
    CHECK(rn_model_score(model, &thin, scores) == RN_BAD_FILE && strstr(rn_error_text(), "1000x1 pixels"),
          "%s", rn_error_text());
    CHECK_OK(rn_model_answer(model, check_path("thin"), 0, &answers));
    CHECK(answers->row[0].views == 0 && answers->row[1].views == 2, "%d and %d views", answers->row[0].views,
          answers->row[1].views);
    rn_answers_free(answers);
    rn_image_free(&thin);
    rn_model_close(model);
}

/* Every seventh allocation fails in turn. */
static void check_memory(void)
{
    rn_model *model = open_model("model", "dense", "36,50");
    rn_answers *answers;
    rn_status status = RN_NO_MEMORY;
    for (int k = 1; status != RN_OK && k < 10000; k += 7) {
        rn_memory_fail_at(k, false);
        status = rn_model_answer(model, check_path("data"), 4, &answers);
        rn_memory_fail_at(0, false);
        CHECK(status == RN_OK || (status == RN_NO_MEMORY && !answers), "allocation %d: %d, %s", k, status,
              rn_error_text());
    }
    CHECK(status == RN_OK, "out of memory still");
    rn_answers_free(answers);
    rn_model_close(model);
}

int main(void)
{
    check_folder_open();
    draw_pictures();
    make_model("model", 36, 1);
    make_model("crops", CROP, 1);
    check_views("10-crop", NULL, (int[]){ 36 }, 1);
    check_views("10-crop", "32,45", (int[]){ 32, 45 }, 2);
    check_views("dense", NULL, (int[]){ 36 }, 1);
    check_views("dense", "36,24,61", (int[]){ 36, 24, 61 }, 3);
    check_scales();
    check_refusals();
    check_thin();
    check_memory();
    for (int i = 0; i < PICTURES; i++)
        rn_image_free(&picture[i]);
    check_folder_close();
    return check_result();
}
