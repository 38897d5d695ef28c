/* What the paper shows, and what it reports (sections 4.1 and 4.2): one row for each table and figure. */
#include "paper/paper.h"

#include <string.h>

#define NETWORKS(array) .entry = array, .entries = sizeof array / sizeof *array

static const rn_paper_entry table1[] = {
    { .label = "18-layer", .model = "resnet18", .paper = { 1.8e9 } },
    { .label = "34-layer", .model = "resnet34", .paper = { 3.6e9 } },
    { .label = "50-layer", .model = "resnet50", .paper = { 3.8e9 } },
    { .label = "101-layer", .model = "resnet101", .paper = { 7.6e9 } },
    { .label = "152-layer", .model = "resnet152", .paper = { 11.3e9 } },
    { .label = "plain-18", .model = "plain18" },
    { .label = "plain-34", .model = "plain34", .paper = { 3.6e9 } },
    { .label = "VGG-16", .model = "vgg16", .paper = { 15.3e9 } },
    { .label = "VGG-19", .model = "vgg19", .paper = { 19.6e9 } },
    { .label = "ResNet-20", .model = "resnet20" },
    { .label = "ResNet-32", .model = "resnet32" },
    { .label = "ResNet-44", .model = "resnet44" },
    { .label = "ResNet-56", .model = "resnet56" },
    { .label = "ResNet-110", .model = "resnet110" },
    { .label = "ResNet-1202", .model = "resnet1202" },
};

static const rn_paper_entry table2[] = {
    { .label = "plain-18", .model = "plain18", .paper = { 27.94 } },
    { .label = "plain-34", .model = "plain34", .paper = { 28.54 } },
    { "ResNet-18 A", "resnet18", RN_SHORTCUT_A, .paper = { 27.88 } },
    { "ResNet-34 A", "resnet34", RN_SHORTCUT_A, .paper = { 25.03 } },
};

static const rn_paper_entry table3[] = {
    { .label = "VGG-16", .model = "vgg16", .paper = { 28.07, 9.33 }, .on_request = true },
    { .label = "GoogLeNet", .model = "googlenet", .paper = { 0, 9.15 }, .on_request = true },
    { .label = "PReLU-net", .paper = { 24.27, 7.38 } },
    { .label = "plain-34", .model = "plain34", .paper = { 28.54, 10.02 } },
    { "ResNet-34 A", "resnet34", RN_SHORTCUT_A, .paper = { 25.03, 7.76 } },
    { "ResNet-34 B", "resnet34", RN_SHORTCUT_B, .paper = { 24.52, 7.46 } },
    { "ResNet-34 C", "resnet34", RN_SHORTCUT_C, .paper = { 24.19, 7.40 } },
    { .label = "ResNet-50", .model = "resnet50", .paper = { 22.85, 6.71 } },
    { .label = "ResNet-101", .model = "resnet101", .paper = { 21.75, 6.05 } },
    { .label = "ResNet-152", .model = "resnet152", .paper = { 21.43, 5.71 } },
};

static const rn_paper_entry table4[] = {
    { .label = "VGG (test set)", .paper = { 0, 8.43 } },
    { .label = "GoogLeNet", .paper = { 0, 7.89 } },
    { .label = "VGG (v5)", .paper = { 24.4, 7.1 } },
    { .label = "PReLU-net", .paper = { 21.59, 5.71 } },
    { .label = "BN-inception", .paper = { 21.99, 5.81 } },
    { "ResNet-34 B", "resnet34", RN_SHORTCUT_B, .paper = { 21.84, 5.71 } },
    { "ResNet-34 C", "resnet34", RN_SHORTCUT_C, .paper = { 21.53, 5.60 } },
    { .label = "ResNet-50", .model = "resnet50", .paper = { 20.74, 5.25 } },
    { .label = "ResNet-101", .model = "resnet101", .paper = { 19.87, 4.60 } },
    { .label = "ResNet-152", .model = "resnet152", .paper = { 19.38, 4.49 } },
};

static const rn_paper_entry table5[] = {
    { .label = "VGG", .paper = { 7.32 } },
    { .label = "GoogLeNet", .paper = { 6.66 } },
    { .label = "VGG (v5)", .paper = { 6.8 } },
    { .label = "PReLU-net", .paper = { 4.94 } },
    { .label = "BN-inception", .paper = { 4.82 } },
    { .label = "ResNet-34 B", .model = "resnet34", .shortcut = RN_SHORTCUT_B },
    { .label = "ResNet-34 C", .model = "resnet34", .shortcut = RN_SHORTCUT_C },
    { .label = "ResNet-50", .model = "resnet50" },
    { .label = "ResNet-101", .model = "resnet101" },
    { .label = "ResNet-152", .model = "resnet152" },
    { .label = "ResNet, all", .model = "ensemble", .paper = { 3.57 } },
};

static const rn_paper_entry table6[] = {
    { .label = "Maxout", .paper = { 9.38 } },
    { .label = "NIN", .model = "nin", .paper = { 8.81 }, .on_request = true },
    { .label = "DSN", .paper = { 8.22 } },
    { .label = "FitNet-19", .paper = { 8.39 } },
    { .label = "Highway-19", .model = "highway19", .paper = { 7.54 }, .mean = 7.72, .deviation = 0.16,
      .on_request = true },
    { .label = "Highway-32", .model = "highway32", .paper = { 8.80 }, .on_request = true },
    { .label = "ResNet-20", .model = "resnet20", .paper = { 8.75 } },
    { .label = "ResNet-32", .model = "resnet32", .paper = { 7.51 } },
    { .label = "ResNet-44", .model = "resnet44", .paper = { 7.17 } },
    { .label = "ResNet-56", .model = "resnet56", .paper = { 6.97 } },
    { .label = "ResNet-110", .model = "resnet110", .paper = { 6.43 }, .mean = 6.61, .deviation = 0.16 },
    { .label = "ResNet-1202", .model = "resnet1202", .paper = { 7.93 } },
};

static const rn_paper_entry figure1[] = {
    { .label = "plain-20", .model = "plain20" },
    { .label = "plain-56", .model = "plain56" },
};

static const rn_paper_entry figure3[] = {
    { .label = "VGG-19", .model = "vgg19", .paper = { 19.6e9 } },
    { .label = "plain-34", .model = "plain34", .paper = { 3.6e9 } },
    { "ResNet-34 A", "resnet34", RN_SHORTCUT_A, .paper = { 3.6e9 } },
};

static const rn_paper_entry figure4[] = {
    { .label = "plain-18", .model = "plain18" },
    { .label = "plain-34", .model = "plain34" },
    { "ResNet-18", "resnet18", RN_SHORTCUT_A, .panel = 1 },
    { "ResNet-34", "resnet34", RN_SHORTCUT_A, .panel = 1 },
};

static const rn_paper_entry figure5[] = {
    { .label = "ResNet-34", .model = "resnet34", .paper = { 3.6e9 } },
    { .label = "ResNet-50", .model = "resnet50", .paper = { 3.8e9 } },
};

static const rn_paper_entry figure6[] = {
    { .label = "plain-20", .model = "plain20" },
    { .label = "plain-32", .model = "plain32" },
    { .label = "plain-44", .model = "plain44" },
    { .label = "plain-56", .model = "plain56" },
    { .label = "ResNet-20", .model = "resnet20", .panel = 1 },
    { .label = "ResNet-32", .model = "resnet32", .panel = 1 },
    { .label = "ResNet-44", .model = "resnet44", .panel = 1 },
    { .label = "ResNet-56", .model = "resnet56", .panel = 1 },
    { .label = "ResNet-110", .model = "resnet110", .panel = 1 },
    { .label = "ResNet-110", .model = "resnet110", .panel = 2 },
    { .label = "ResNet-1202", .model = "resnet1202", .panel = 2 },
};

static const rn_paper_entry figure7[] = {
    { .label = "plain-20", .model = "plain20" },
    { .label = "plain-56", .model = "plain56" },
    { .label = "ResNet-20", .model = "resnet20" },
    { .label = "ResNet-56", .model = "resnet56" },
    { .label = "ResNet-110", .model = "resnet110" },
};

/* Panel 1: without batch normalization.  A residual network of 56 layers does not bear to learn without it:
 * each block doubles the variance. */
static const rn_paper_entry gradients[] = {
    { .label = "plain-20", .model = "plain20" },
    { .label = "plain-56", .model = "plain56" },
    { .label = "ResNet-20", .model = "resnet20" },
    { .label = "ResNet-56", .model = "resnet56" },
    { .label = "ResNet-110", .model = "resnet110" },
    { .label = "plain-20 no BN", .model = "plain20_nobn", .panel = 1 },
    { .label = "plain-56 no BN", .model = "plain56_nobn", .panel = 1 },
    { .label = "ResNet-20 no BN", .model = "resnet20_nobn", .panel = 1 },
};

static const rn_experiment experiments[] = {
    { .item = { "table1", "The networks and what they cost, with shortcuts A, B and C", "" },
      .make = rn_make_counts, .measure = { "FLOPs" }, NETWORKS(table1) },
    { .item = { "table2", "ImageNet: plain and residual networks, top-1 error (%)", "photographs" },
      .data = RN_PHOTOS, .make = rn_make_errors, .views = "10-crop", .measure = { "top-1" },
      NETWORKS(table2) },
    { .item = { "table3", "ImageNet: options A, B, C and depth, errors (%)", "photographs" },
      .data = RN_PHOTOS, .make = rn_make_errors, .views = "10-crop", .measure = { "top-1", "top-5" },
      NETWORKS(table3) },
    { .item = { "table4", "ImageNet: dense testing at five sizes, errors (%)", "photographs" },
      .data = RN_PHOTOS, .make = rn_make_errors, .views = "dense", .measure = { "top-1", "top-5" },
      NETWORKS(table4) },
    { .item = { "table5", "ImageNet: ensembles, errors (%)", "photographs" },
      .data = RN_PHOTOS, .make = rn_make_errors, .views = "dense", .measure = { "top-5", "top-1" },
      NETWORKS(table5) },
    { .item = { "table6", "CIFAR-10: test error (%)", "CIFAR-10" },
      .data = RN_CIFAR, .make = rn_make_errors, .measure = { "top-1" }, NETWORKS(table6) },
    { .item = { "figure1", "CIFAR-10: plain networks of 20 and 56 layers while they learn", "CIFAR-10" },
      .data = RN_CIFAR, .make = rn_make_curves, NETWORKS(figure1) },
    { .item = { "figure3", "VGG-19, a plain and a residual network of 34 layers", "" },
      .make = rn_make_drawing, NETWORKS(figure3) },
    { .item = { "figure4", "ImageNet: plain and residual networks while they learn", "photographs" },
      .data = RN_PHOTOS, .make = rn_make_curves, .panel = { "plain", "ResNet" }, NETWORKS(figure4) },
    { .item = { "figure5", "Blocks of two layers (as in figure 2) and bottlenecks of three", "" },
      .make = rn_make_drawing, NETWORKS(figure5) },
    { .item = { "figure6", "CIFAR-10: plain and residual networks while they learn", "CIFAR-10" },
      .data = RN_CIFAR, .make = rn_make_curves, .panel = { "plain", "ResNet", "110 and 1202 layers" },
      NETWORKS(figure6) },
    { .item = { "figure7", "CIFAR-10: standard deviation of the responses of each 3x3 layer", "CIFAR-10" },
      .data = RN_CIFAR, .make = rn_make_responses, .measure = { "standard deviation" },
      .panel = { "in order", "sorted" }, NETWORKS(figure7) },
    { .item = { "gradients", "CIFAR-10: do signals vanish, with and without batch normalization?",
                "CIFAR-10" },
      .data = RN_CIFAR, .make = rn_make_gradients, NETWORKS(gradients) },
    { .item = { 0 } },
};

const rn_experiment *rn_experiments(void)
{
    return experiments;
}

int rn_entry_first(const rn_experiment *e, int number)
{
    const rn_paper_entry *wanted = &e->entry[number];
    for (int i = 0; i < number && wanted->model; i++)
        if (e->entry[i].model && strcmp(e->entry[i].model, wanted->model) == 0
            && e->entry[i].shortcut == wanted->shortcut)
            return i;
    return number;
}
