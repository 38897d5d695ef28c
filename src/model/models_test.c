/* The counts of Table 1 and section 4.2 for every option, torchvision's parameter names, and refusals. */
#include "base/check.h"
#include "base/digest.h"
#include "base/memory.h"
#include "base/text.h"
#include "model/models.h"

#include <string.h>

typedef struct {
    const char *model;
    rn_shortcut shortcut;
    rn_stride_place stride_in;
    int64_t parameters, multiply_adds;
} count;

static const count counts[] = {
    { "resnet18", RN_SHORTCUT_A, 0, 11515688, 1794805760 },
    { "resnet34", RN_SHORTCUT_A, 0, 21623848, 3644493824 },
    { "resnet50", RN_SHORTCUT_A, 0, 22780456, 3498311680 },
    { "resnet101", RN_SHORTCUT_A, 0, 41772584, 7210532864 },
    { "resnet152", RN_SHORTCUT_A, 0, 57416232, 10922754048 },
    { "resnet50", RN_SHORTCUT_A_SPLIT, 0, 22780456, 3498311680 },
    { "resnet18", RN_SHORTCUT_B, 0, 11689512, 1814073344 },
    { "resnet34", RN_SHORTCUT_B, 0, 21797672, 3663761408 },
    { "resnet50", RN_SHORTCUT_B, 0, 25557032, 3857973248 },
    { "resnet101", RN_SHORTCUT_B, 0, 44549160, 7570194432 },
    { "resnet152", RN_SHORTCUT_B, 0, 60192808, 11282415616 },
    { "resnet18", RN_SHORTCUT_C, 0, 12043816, 1878298624 },
    { "resnet34", RN_SHORTCUT_C, 0, 22716840, 3830747136 },
    { "resnet50", RN_SHORTCUT_C, 0, 40128552, 6324224000 },
    { "resnet101", RN_SHORTCUT_C, 0, 76981288, 13530300416 },
    { "resnet152", RN_SHORTCUT_C, 0, 107335720, 20736376832 },
    /* torchvision's stride; its published counts are 4.09, 7.80 and 11.51e9 */
    { "resnet50", 0, RN_STRIDE_IN_3X3, 25557032, 4089184256 },
    { "resnet101", 0, RN_STRIDE_IN_3X3, 44549160, 7801405440 },
    { "resnet152", 0, RN_STRIDE_IN_3X3, 60192808, 11513626624 },
    { "resnet34", 0, RN_STRIDE_IN_3X3, 21797672, 3663761408 },
    /* a plain network costs what option A costs, whatever shortcut is asked for */
    { "plain18", 0, 0, 11515688, 1794805760 },
    { "plain34", RN_SHORTCUT_B, 0, 21623848, 3644493824 },
    { "plain50", RN_SHORTCUT_C, 0, 22780456, 3498311680 },
    { "plain101", 0, 0, 41772584, 7210532864 },
    { "plain152", 0, 0, 57416232, 10922754048 },
    { "resnet20", 0, 0, 269722, 40551040 },
    { "resnet32", 0, 0, 464154, 68862592 },
    { "resnet44", 0, 0, 658586, 97174144 },
    { "resnet56", 0, 0, 853018, 125485696 },
    { "resnet110", 0, 0, 1727962, 252887680 },
    { "resnet1202", 0, 0, 19421274, 2829238912 },
    { "resnet20", RN_SHORTCUT_A_SPLIT, RN_STRIDE_IN_3X3, 269722, 40551040 },
    { "plain20", 0, 0, 269722, 40551040 },
    { "plain32", 0, 0, 464154, 68862592 },
    { "plain44", 0, 0, 658586, 97174144 },
    { "plain56", 0, 0, 853018, 125485696 },
    { "plain110", 0, 0, 1727962, 252887680 },
    { "plain1202", 0, 0, 19421274, 2829238912 },
    /* a bias in place of each scale and shift */
    { "resnet34_nobn", 0, 0, 21789160, 3663761408 },
    { "plain50_nobn", 0, 0, 22757736, 3498311680 },
    { "resnet56_nobn", 0, 0, 850986, 125485696 },
    { "plain20_nobn", 0, 0, 269034, 40551040 },
    /* torchvision's, counted by hooks on its convolutions and linear layers */
    { "vgg11", 0, 0, 132863336, 7609090048 },
    { "vgg13", 0, 0, 133047848, 11308466176 },
    { "vgg16", 0, 0, 138357544, 15470264320 },
    { "vgg19", 0, 0, 143667240, 19632062464 },
    { "vgg11_bn", 0, 0, 132868840, 7609090048 },
    { "vgg13_bn", 0, 0, 133053736, 11308466176 },
    { "vgg16_bn", 0, 0, 138365992, 15470264320 },
    { "vgg19_bn", 0, 0, 143678248, 19632062464 },
    { "googlenet", 0, 0, 13004888, 1498376192 },
    { "alexnet", 0, 0, 61100840, 714188480 },
    { "wide_resnet50_2", 0, 0, 68883240, 11398021120 },
    { "wide_resnet101_2", 0, 0, 126886696, 22753050624 },
    { "resnext50_32x4d", 0, 0, 25028904, 4230479872 },
    { "resnext101_32x8d", 0, 0, 88791336, 16414015488 },
    { "resnext101_64x4d", 0, 0, 83455272, 15460270080 },
    /* published as 1.7, 10.3, 11.0, 36.5 and 8.9 million */
    { "resnet164v2", 0, 0, 1703258, 244500992 },
    { "resnet1001v2", 0, 0, 10327706, 1487849984 },
    { "wide_resnet16_8", 0, 0, 10961370, 1548145664 },
    { "wide_resnet28_10", 0, 0, 36479194, 5243328768 },
    { "wide_resnet40_4", 0, 0, 8949210, 1298582016 },
    /* published as 19.0e9 and 23.2e9 */
    { "prelunet19", 0, 0, 178032072, 19058106368 },
    { "prelunet22", 0, 0, 183343048, 23219904512 },
    /* published with 2.3 and 1.25 million parameters */
    { "highway19", 0, 0, 2262714, 348882176 },
    { "highway32", 0, 0, 1269210, 172118736 },
    { "nin", 0, 0, 966986, 222486528 },
    { "lenet", 0, 0, 62006, 651720 },
};

static void check_counts(void)
{
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        const count *want = &counts[i];
        rn_architecture a = { .shortcut = want->shortcut, .stride_in = want->stride_in };
        snprintf(a.model, sizeof a.model, "%s", want->model);
        rn_net net;
        CHECK_OK(rn_model_build(&net, &a));
        int64_t parameters = rn_net_parameters(&net), multiply_adds = rn_net_multiply_adds(&net);
        CHECK(parameters == want->parameters && multiply_adds == want->multiply_adds,
              "%s, shortcut %s, stride in %s: %lld parameters and %lld multiply-adds, wanted %lld and %lld",
              want->model, rn_shortcut_name(want->shortcut), rn_stride_place_name(want->stride_in),
              (long long)parameters, (long long)multiply_adds,
              (long long)want->parameters, (long long)want->multiply_adds);
        rn_net_free(&net);
    }
}

/* SHA-256 of torchvision's state_dict as sorted lines "layer1.0.conv1.weight 64 64 3 3\n", without
 * num_batches_tracked. */
static const struct { const char *model; int tensors; const char *sha256; } torchvision[] = {
    { "resnet18", 102, "99b1e7f496d5a43304dc8ff8022378197cf33194eeb26546dd8882d121e21f6b" },
    { "resnet34", 182, "3d562c725cb8438a75662b9284b732d2246704aa4e607ab38eed61a7d263efb4" },
    { "resnet50", 267, "15bc9f9240bc7ce571c31edf542f770a2f90c0f8d5bdeddc99b02e5961262041" },
    { "resnet101", 522, "6c698e89691ad294059cf9ed26823321618eccdb671d5902cf208bda20e1ca6d" },
    { "resnet152", 777, "43ca7f6447bba21e0477118e627d6f439670d2c2ed659f3323c943a0dc013a54" },
    { "vgg16", 32, "65ebc1485d65170122ee2c04bee7c4063b01682f0b22b2be95d58b0a91b0d48c" },
    { "vgg19_bn", 102, "a4d2954c9bd3ecfc1812058c4c22cfcdefda8e51b2572160d224da7547b56456" },
    { "googlenet", 305, "94f441d3dda95c65a0009b9ccf184468432786953af3e75f2676295994a3731a" },
    { "alexnet", 16, "0d605c695687dee253efd48a63932ac978a64a4775e1f3e3b1023602647a3ab0" },
    { "wide_resnet50_2", 267, "dbb57cbe9b0015d76b2cfe2754749389474e0694face2a7824780d0649a4e945" },
    { "resnext50_32x4d", 267, "4e0462f3146fe6bf25753d2d135b28d4855c35c56b94c4877c2280017525366a" },
    { "resnext101_64x4d", 522, "436603ae248ee00292acc509401329697d3723eb0abaf18e6decd5baa5cfcda4" },
};

static int by_text(const void *a, const void *b)
{
    return strcmp(a, b);
}

static void write_param(char *line, size_t size, const rn_param *param)
{
    const int64_t side[] = { param->shape.n, param->shape.c, param->shape.h, param->shape.w };
    int used = snprintf(line, size, "%s", param->name);
    for (int d = 0; d < param->dims; d++)
        used += snprintf(line + used, size - (size_t)used, " %lld", (long long)side[d]);
    snprintf(line + used, size - (size_t)used, "\n");
}

static void check_names(void)
{
    for (size_t i = 0; i < sizeof torchvision / sizeof *torchvision; i++) {
        rn_architecture a = { 0 };
        snprintf(a.model, sizeof a.model, "%s", torchvision[i].model);
        rn_net net;
        char (*line)[128], sha256[65];
        rn_text all = { 0 };
        CHECK_OK(rn_model_build(&net, &a));
        CHECK_OK(rn_new(&line, net.params));
        for (int p = 0; p < net.params; p++)
            write_param(line[p], sizeof line[p], &net.param[p]);
        qsort(line, (size_t)net.params, sizeof *line, by_text);
        for (int p = 0; p < net.params; p++)
            rn_text_add(&all, "%s", line[p]);
        CHECK_OK(rn_text_finish(&all));
        rn_digest_of(all.bytes, all.length, sha256);
        CHECK(net.params == torchvision[i].tensors && strcmp(sha256, torchvision[i].sha256) == 0,
              "%s: %d tensors, names and shapes hash to %s; they begin\n%.200s",
              a.model, net.params, sha256, all.bytes);
        rn_text_free(&all);
        rn_free(line);
        rn_net_free(&net);
    }
}

static void check_options(void)
{
    rn_architecture a = { .model = "resnet50", .classes = 7, .height = 65, .width = 33, .dropout = 0.5 };
    rn_net net;
    CHECK_OK(rn_model_build(&net, &a));
    CHECK(a.shortcut == RN_SHORTCUT_B && a.stride_in == RN_STRIDE_IN_1X1, "defaults of %s", a.model);
    CHECK(rn_value_shape(&net, net.head[0]).c == 7, "7 classes");
    const rn_node *before = &net.node[net.nodes - 2];
    CHECK(before->op == &rn_op_dropout, "%s before the classifier", before->name);
    CHECK(rn_value_shape(&net, net.nodes - 4).h == 3 && rn_value_shape(&net, net.nodes - 4).w == 2,
          "last map of 65 x 33 pixels");
    rn_net_free(&net);

    rn_architecture plain = { .model = "plain20", .shortcut = RN_SHORTCUT_C };
    CHECK_OK(rn_model_build(&net, &plain));
    for (int i = 0; i < net.nodes; i++)
        CHECK(net.node[i].op != &rn_op_add, "%s adds in a plain network", net.node[i].name);
    CHECK(plain.shortcut == RN_SHORTCUT_DEFAULT, "a plain network has shortcuts");
    CHECK(plain.classes == 10 && plain.height == 32 && plain.width == 32, "defaults of plain20");
    rn_net_free(&net);

    rn_architecture dense = { .model = "vgg11", .dropout = rn_architecture_dropout(0) };
    for (int again = 0; again < 2; again++) {
        CHECK_OK(rn_model_build(&net, &dense));
        for (int i = 0; i < net.nodes; i++)
            CHECK(net.node[i].op != &rn_op_dropout || net.node[i].args.rate == 0, "%s drops",
                  net.node[i].name);
        rn_net_free(&net);
    }
    dense.dropout = rn_architecture_dropout(-1);
    CHECK_OK(rn_architecture_complete(&dense));
    CHECK(dense.dropout == 0.5, "dropout %g", dense.dropout);

    rn_architecture tiny = { .model = "resnet18", .height = 1, .width = 1 };
    CHECK_OK(rn_model_build(&net, &tiny));
    rn_net_free(&net);
    rn_architecture wide = { .model = "resnet20", .width = 64 };
    CHECK_OK(rn_architecture_complete(&wide));
    CHECK(wide.height == 64, "one side given: height %d", wide.height);
    CHECK(rn_model_is_cifar("resnet20") && rn_model_is_cifar("plain8") && !rn_model_is_cifar("plain34")
          && !rn_model_is_cifar("resnet50") && !rn_model_is_cifar("nothing"), "families");
    CHECK(rn_model_depth("resnet1202") == 1202 && rn_model_depth("wide_resnet28_10") == 28
          && rn_model_depth("nin") == 0 && rn_model_depth("resnet7") == 0, "depths");
}

static const struct { rn_architecture asked; const char *text, *hint; } refusals[] = {
    { { .model = "resnet51" }, "no network of depth 51", "'resnet50'" },
    { { .model = "plain21" }, "no network of depth 21", "'plain20'" },
    { { .model = "resnet99999" }, "no network of depth 99999", "'resnet2000'" },
    { { .model = "resnet2" }, "no network of depth 2", "'resnet8'" },
    { { .model = "resnt50" }, "unknown network 'resnt50'", "'resnet50'" },
    { { .model = "resnet" }, "unknown network 'resnet'", "resnet" },
    { { .model = "resnet-18" }, "unknown network 'resnet-18'", "'resnet18'" },
    { { .model = "resnet018" }, "unknown network", "" },
    { { .model = "" }, "unknown network ''", "" },
    { { .model = "vgg17" }, "unknown network 'vgg17'", "'vgg1" },
    { { .model = "resnext50_32x" }, "unknown network", "'resnext50_32x4d'" },
    { { .model = "wide_resnet50_65" }, "unknown network", "'wide_resnet50_2'" },
    { { .model = "resnext50_9999x9999d" }, "unknown network", "" },
    { { .model = "resnet9999999" }, "unknown network", "" },
    { { .model = "googlenet1" }, "unknown network", "'googlenet'" },
    { { .model = "lenet", .height = 12 }, "does not fit", "" },
    { { .model = "resnet18", .height = -1 }, "-1 x -1 pixels", "" },
    { { .model = "resnet18", .width = 16385 }, "16385 x 16385 pixels", "" },
    { { .model = "resnet20", .classes = -3 }, "-3 classes", "" },
    { { .model = "resnet20", .dropout = 1 }, "dropout 1", "" },
};

static void check_refusals(void)
{
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        rn_architecture a = refusals[i].asked;
        rn_net net;
        CHECK(rn_model_build(&net, &a) == RN_BAD_ARGUMENT, "'%s' was accepted", a.model);
        CHECK(strstr(rn_error_text(), refusals[i].text), "'%s': %s", a.model, rn_error_text());
        CHECK(strstr(rn_error_hint(), refusals[i].hint), "'%s': hint %s", a.model, rn_error_hint());
        CHECK(net.node == NULL, "'%s': the network is not empty", a.model);
    }
}

static void check_words(void)
{
    for (rn_shortcut s = RN_SHORTCUT_DEFAULT; s <= RN_SHORTCUT_C; s++) {
        rn_shortcut read = RN_SHORTCUT_DEFAULT;
        CHECK(rn_shortcut_parse(rn_shortcut_name(s), &read) == RN_OK && read == s, "%s", rn_shortcut_name(s));
    }
    rn_shortcut s;
    rn_stride_place place;
    CHECK(rn_stride_place_parse("3x3", &place) == RN_OK && place == RN_STRIDE_IN_3X3, "3x3");
    CHECK(rn_shortcut_parse("D", &s) == RN_BAD_ARGUMENT, "%s", rn_error_text());
    CHECK(rn_stride_place_parse("5x5", &place) == RN_BAD_ARGUMENT, "%s", rn_error_text());
    for (const char *const *name = rn_model_names(); *name; name++) {
        rn_architecture a = { 0 };
        snprintf(a.model, sizeof a.model, "%s", *name);
        CHECK_OK(rn_architecture_complete(&a));
    }
}

/* Every allocation fails in turn: an error and an empty network. */
static void check_memory(void)
{
    for (long k = 1, status = !RN_OK; status != RN_OK; k++) {
        rn_architecture a = { .model = "resnet110" };
        rn_net net;
        rn_memory_fail_at(k, false);
        status = rn_model_build(&net, &a);
        CHECK(status == RN_OK || net.node == NULL, "allocation %ld", k);
        rn_net_free(&net);
    }
    rn_memory_fail_at(0, false);
}

int main(void)
{
    check_counts();
    check_names();
    check_options();
    check_refusals();
    check_words();
    check_memory();
    return check_result();
}
