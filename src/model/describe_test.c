/* Descriptions: depths as the paper counts them, rows that add up, memory that grows with the batch. */
#include "base/check.h"
#include "base/memory.h"

#include <string.h>

static rn_description *describe(const char *model, int batch)
{
    rn_architecture a = { 0 };
    rn_description *d = NULL;
    snprintf(a.model, sizeof a.model, "%s", model);
    CHECK_OK(rn_describe(&a, &(rn_placement){ .device = "plain" }, batch, &d));
    return d;
}

static void check_depth(const char *model, int depth)
{
    rn_description *d = describe(model, 0);
    if (!d)
        return;
    int64_t parameters = 0, multiply_adds = 0;
    for (int i = 0; i < d->layers; i++) {
        parameters += d->layer[i].parameters;
        multiply_adds += d->layer[i].multiply_adds;
    }
    CHECK(d->depth == depth, "%s: depth %d", model, d->depth);
    CHECK(parameters == d->parameters, "%s: rows have %lld parameters, the whole %lld", model,
          (long long)parameters, (long long)d->parameters);
    CHECK(multiply_adds == d->multiply_adds, "%s: rows have %lld multiply-adds, the whole %lld", model,
          (long long)multiply_adds, (long long)d->multiply_adds);
    rn_description_free(d);
}

static void check_rows(void)
{
    rn_description *d = describe("resnet50", 0);
    if (!d)
        return;
    const rn_layer *first = &d->layer[0], *last = &d->layer[d->layers - 1];
    CHECK(strcmp(first->name, "conv1") == 0, "the first layer is %s", first->name);
    CHECK(strcmp(first->kind, "conv2d") == 0, "conv1 is a %s", first->kind);
    CHECK(first->channels == 64 && first->height == 112 && first->width == 112, "output of conv1");
    CHECK(first->kernel == 7 && first->stride == 2 && first->groups == 1, "shape of conv1");
    CHECK(first->parameters == 9408 && first->multiply_adds == 112 * 112 * 9408, "cost of conv1");
    CHECK(first->bytes == 4 * 64 * 112 * 112, "bytes of conv1: %lld", (long long)first->bytes);
    CHECK(strcmp(last->name, "fc") == 0, "the last layer is %s", last->name);
    CHECK(last->parameters == 2049000 && last->channels == 1000, "classifier");
    CHECK(d->architecture.shortcut == RN_SHORTCUT_B, "default shortcut");
    CHECK(d->architecture.height == 224 && d->architecture.width == 224, "default size");
    rn_description_free(d);
}

static void check_bytes(void)
{
    rn_description *one = describe("resnet20", 1), *many = describe("resnet20", 64);
    if (one && many) {
        CHECK(one->batch == 1 && many->batch == 64, "batches %d and %d", one->batch, many->batch);
        CHECK(one->inference_bytes < many->inference_bytes, "inference grows with the batch");
        CHECK(one->training_bytes < many->training_bytes, "training grows with the batch");
        CHECK(many->inference_bytes < many->training_bytes, "training needs more than inference");
        CHECK(many->training_bytes > 64 * 20 * 16 * 32 * 32 && many->training_bytes < 1 << 29,
              "training resnet20 takes %lld bytes", (long long)many->training_bytes);
    }
    rn_description_free(one);
    rn_description_free(many);
}

static void check_refusals(void)
{
    rn_architecture good = { .model = "resnet20" }, bad = { .model = "resnet21" };
    rn_description *d;
    CHECK(rn_describe(&bad, NULL, 0, &d) == RN_BAD_ARGUMENT && !d, "%s", rn_error_text());
    CHECK(rn_describe(&good, NULL, -1, &d) == RN_BAD_ARGUMENT && !d, "%s", rn_error_text());
    CHECK(rn_describe(&good, &(rn_placement){ .device = "abacus" }, 0, &d) != RN_OK && !d, "abacus");
    rn_description_free(NULL);
}

static void check_memory(void)
{
    rn_architecture a = { .model = "resnet20" };
    rn_description *d;
    for (long k = 1, status = !RN_OK; status != RN_OK; k++) {
        rn_memory_fail_at(k, false);
        status = rn_describe(&a, &(rn_placement){ .device = "plain" }, 8, &d);
        CHECK(status == RN_OK || !d, "allocation %ld: a description after a failure", k);
        rn_description_free(d);
    }
    rn_memory_fail_at(0, false);
}

int main(void)
{
    check_depth("resnet18", 18);
    check_depth("plain34", 34);
    check_depth("resnet50", 50);
    check_depth("resnet101", 101);
    check_depth("resnet152", 152);
    check_depth("resnet20", 20);
    check_depth("plain110", 110);
    check_depth("resnet1202", 1202);
    check_depth("vgg16", 16);
    check_depth("googlenet", 22);
    check_depth("prelunet22", 22);
    check_depth("highway32", 32);
    check_depth("resnet164v2", 164);
    check_rows();
    check_bytes();
    check_refusals();
    check_memory();
    return check_result();
}
