/*
 * Looking inside the model that comes with the program.  Where a network ends in global average pooling and a
 * linear layer with weights W, three things are known beforehand: the scores are W times the features; the
 * features are the last map's means; and the heat for class c is ReLU(sum_k W_ck A_k) / pixels, the class
 * activation map of Zhou et al. 2016.
 */
#include "base/check.h"
#include "base/check_files.h"
#include "base/file.h"
#include "base/memory.h"
#include "net/score.h"
#include "predict/inside.h"
#include "weights/npy.h"

#include <math.h>
#include <string.h>

#define MODEL "models/cifar10-resnet20.safetensors"

enum { PICTURES = 30 };

static char pictures[512];       /* their folder */

static rn_features *features_of(rn_model *model, const char *name, rn_features_options options)
{
    rn_features *features;
    CHECK_OK(rn_model_features(model, &name, 1, &options, &features));
    return features;
}

static const float *classifier(const rn_model *model, const char *part)
{
    return rn_weights_param(&model->bundle.weights, rn_net_find_param(&model->bundle.net, part));
}

static void check_vectors(rn_model *model)
{
    rn_features *f = features_of(model, pictures, (rn_features_options){ .batch = 7 });
    rn_features *alone = features_of(model, pictures, (rn_features_options){ .batch = 1 });
    rn_features *map = features_of(model, pictures, (rn_features_options){ .layer = "layer3" });
    rn_features *mean = features_of(model, pictures,
                                    (rn_features_options){ .layer = "layer3", .pool = true });
    const float *weight = classifier(model, "fc.weight"), *bias = classifier(model, "fc.bias");
    CHECK(f->pictures == PICTURES && f->channels == 64 && f->height * f->width == 1, "%lld pictures, %lld",
          (long long)f->pictures, (long long)f->channels);
    CHECK(map->height == 8 && map->width == 8 && mean->height == 1, "%lldx%lld", (long long)map->height,
          (long long)map->width);
    CHECK(memcmp(f->value, alone->value, (size_t)(f->pictures * 64) * sizeof(float)) == 0, "batches differ");
    for (int64_t i = 0; i < f->pictures * 64; i++)
        CHECK(fabsf(f->value[i] - mean->value[i]) < 1e-5f, "number %lld: %g, mean of the map %g",
              (long long)i, (double)f->value[i], (double)mean->value[i]);
    for (int64_t row = 0; row < f->pictures; row++) {
        rn_guess guess;
        float scores[10], probability[10];
        for (int c = 0; c < 10; c++) {
            scores[c] = bias[c];
            for (int k = 0; k < 64; k++)
                scores[c] += weight[64 * c + k] * f->value[64 * row + k];
        }
        rn_probabilities(scores, 10, probability);
        CHECK_OK(rn_model_classify(model, f->file[row], &guess, 1, NULL));
        CHECK(fabsf(guess.probability - probability[guess.index]) < 1e-4f, "%s: %g, by features %g",
              f->file[row], (double)guess.probability, (double)probability[guess.index]);
        CHECK(f->class_name[row] && strstr(f->file[row], f->class_name[row]), "%s: class %s", f->file[row],
              f->class_name[row]);
    }
    rn_features *all[] = { f, alone, map, mean };
    for (int i = 0; i < 4; i++)
        rn_features_free(all[i]);
}

static void check_heat(rn_model *model, const char *picture)
{
    rn_features *map = features_of(model, picture, (rn_features_options){ .layer = "layer3" });
    const float *weight = classifier(model, "fc.weight");
    for (int class = 0; class < 10; class++) {
        rn_explanation *e;
        CHECK_OK(rn_model_explain(model, picture, NULL, class, check_path("cam.png"), &e));
        CHECK(e->height == 8 && e->width == 8 && strcmp(e->layer, map->layer) == 0, "%dx%d of %s", e->height,
              e->width, e->layer);
        for (int i = 0; i < 64; i++) {
            double sum = 0;
            for (int k = 0; k < 64; k++)
                sum += (double)weight[64 * class + k] * (double)map->value[64 * k + i] / 64;
            CHECK(fabs((double)e->heat[i] - fmax(sum, 0)) < 1e-4, "%s, class %d, place %d: %g, wanted %g",
                  picture, class, i, (double)e->heat[i], fmax(sum, 0));
        }
        rn_explanation_free(e);
    }
    rn_features_free(map);
}

static void check_files(rn_model *model)
{
    rn_features *f = features_of(model, pictures, (rn_features_options){ .layer = "layer2" });
    rn_npy npy;
    float *number;
    CHECK_OK(rn_features_write(f, check_path("map.npy")));
    CHECK_OK(rn_npy_open(&npy, check_path("map.npy")));
    CHECK(rn_array_count(&npy.array) == PICTURES * 32 * 16 * 16, "%lld numbers",
          (long long)rn_array_count(&npy.array));
    CHECK_OK(rn_new(&number, PICTURES * 32 * 16 * 16));
    CHECK_OK(rn_array_floats(&npy.array, number));
    CHECK(memcmp(number, f->value, PICTURES * 32 * 16 * 16 * sizeof(float)) == 0, "the array differs");
    CHECK(rn_file_exists(check_path("map.csv")), "there are no names");
    CHECK(rn_features_write(f, check_path("map.csv")) == RN_BAD_ARGUMENT, "a map in a table");
    CHECK(rn_features_write(f, check_path("map.txt")) == RN_BAD_ARGUMENT, "an unknown ending");
    rn_free(number);
    rn_npy_close(&npy);
    rn_features_free(f);
}

static void check_refusals(rn_model *model, const char *picture)
{
    const char *names[] = { picture, check_path("none.png"), check_path("text.png") };
    rn_features *f;
    rn_explanation *e;
    int class;
    CHECK_OK(rn_file_replace(check_path("text.png"), "text", 4));
    CHECK_OK(rn_model_features(model, names, 3, NULL, &f));
    CHECK(f->pictures == 1 && f->bad_files == 2 && f->first_failure == RN_IO && !f->class_name[0],
          "%lld pictures, %lld bad, %d", (long long)f->pictures, (long long)f->bad_files, f->first_failure);
    rn_features_free(f);
    CHECK(rn_model_features(model, names + 2, 1, NULL, &f) == RN_BAD_FILE && !f, "no picture at all");
    CHECK(rn_model_features(model, names, 1, &(rn_features_options){ .layer = "layer9" }, &f)
          == RN_BAD_ARGUMENT, "layer9");
    CHECK(strstr(rn_error_hint(), "layer1, layer2, layer3"), "hint: %s", rn_error_hint());
    CHECK(rn_model_explain(model, picture, "fc", -1, NULL, &e) == RN_BAD_ARGUMENT, "fc");
    CHECK(rn_model_explain(model, picture, "avgpool", -1, NULL, &e) == RN_BAD_ARGUMENT, "avgpool");
    CHECK(rn_model_draw_filters(model, "layer1.0.bn1", check_path("f.png")) == RN_BAD_ARGUMENT, "bn1");
    CHECK(rn_model_class(model, "cat", &class) == RN_OK && class == 3, "cat is %d", class);
    CHECK(rn_model_class(model, "7", &class) == RN_OK && class == 7, "7 is %d", class);
    CHECK(rn_model_class(model, "10", &class) == RN_BAD_ARGUMENT, "10");
    CHECK(rn_model_class(model, "catt", &class) == RN_BAD_ARGUMENT && strstr(rn_error_hint(), "cat"), "catt");
}

static void check_sheets(rn_model *model, const char *picture)
{
    static const char *const layers[] = { NULL, "conv1", "layer1", "layer3.2.conv2", "avgpool", "fc" };
    rn_image image;
    for (size_t i = 0; i < sizeof layers / sizeof *layers; i++) {
        CHECK_OK(rn_model_draw_maps(model, picture, layers[i], check_path("maps.png")));
        CHECK_OK(rn_image_read(&image, check_path("maps.png"), NULL));
        rn_image_free(&image);
    }
    CHECK_OK(rn_model_draw_filters(model, NULL, check_path("filters.png")));
    CHECK_OK(rn_model_draw_filters(model, "layer2.0.conv1", check_path("filters.png")));
    CHECK_OK(rn_image_read(&image, check_path("filters.png"), NULL));
    rn_image_free(&image);
}

int main(void)
{
    rn_model *model;
    check_folder_open();
    snprintf(pictures, sizeof pictures, "%s", check_path("pictures"));
    CHECK_OK(rn_data_draw(pictures, PICTURES, 3));
    CHECK_OK(rn_model_open(&model, MODEL, NULL));
    check_vectors(model);
    rn_features *f = features_of(model, pictures, (rn_features_options){ 0 });
    check_heat(model, f->file[0]);
    check_heat(model, f->file[PICTURES - 1]);
    check_sheets(model, f->file[3]);
    check_files(model);
    check_refusals(model, f->file[0]);
    rn_features_free(f);
    rn_model_close(model);
    check_folder_close();
    return check_result();
}
