/*
 * Three public networks on the 10,000 test pictures of CIFAR-10: the scores that an independent program
 * computed, and exactly as many wrong answers.
 */
#include "base/check.h"
#include "base/memory.h"
#include "predict/answers.h"
#include "weights/npy.h"

#include <math.h>

static const struct { const char *model, *name; int64_t wrong; } reference[] = {
    { "resnet20", "resnet20-12fca82f", 827 },
    { "resnet32", "resnet32-d509ac18", 737 },
    { "resnet56", "resnet56-4bfd9763", 661 },
};

static void compare(const char *name, const rn_answers *answers)
{
    char path[1024];
    rn_npy npy;
    float *wanted;
    double worst = 0;
    snprintf(path, sizeof path, "%s/reference/logits/%s.npy", check_data(), name);
    CHECK_OK(rn_npy_open(&npy, path));
    CHECK_OK(rn_new(&wanted, rn_array_count(&npy.array)));
    CHECK_OK(rn_array_floats(&npy.array, wanted));
    for (int64_t i = 0; i < rn_array_count(&npy.array); i++)
        worst = fmax(worst, fabs((double)wanted[i] - (double)rn_answers_scores(answers, 0)[i]));
    CHECK(rn_array_count(&npy.array) == answers->count * answers->classes && worst < 1e-4,
          "%s: scores differ by %g", name, worst);
    printf("%s: scores differ by %.2g at most\n", name, worst);
    rn_free(wanted);
    rn_npy_close(&npy);
}

static void check(int i)
{
    char file[1024], data[1024];
    rn_model *model;
    rn_answers *answers;
    rn_evaluation *e;
    rn_model_options options = { .preprocess = "cifar-imagenet-norm" };
    snprintf(options.architecture.model, sizeof options.architecture.model, "%s", reference[i].model);
    options.architecture.shortcut = RN_SHORTCUT_A_SPLIT;
    snprintf(file, sizeof file, "%s/cifar-weights/%s.th", check_data(), reference[i].name);
    snprintf(data, sizeof data, "cifar10:%s/cifar-10", check_data());
    CHECK_OK(rn_model_open(&model, file, &options));
    CHECK_OK(rn_model_answer(model, data, 0, &answers));
    CHECK_OK(rn_answers_count(answers, &e));
    CHECK(e->wrong == reference[i].wrong && e->images == 10000, "%s: %lld of %lld wrong, known are %lld",
          reference[i].name, (long long)e->wrong, (long long)e->images, (long long)reference[i].wrong);
    compare(reference[i].name, answers);
    rn_evaluation_free(e);
    rn_answers_free(answers);
    rn_model_close(model);
}

int main(void)
{
    if (!check_data())
        return check_skip("RESNET_TEST_DATA is not set");
    for (int i = 0; i < 3; i++)
        check(i);
    return check_result();
}
