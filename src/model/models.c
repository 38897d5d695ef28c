/*
 * All networks by name.  A family's row has the form of its names, in which % stands for a number ("resnet%",
 * "resnext%_%x%d"), and says which numbers it has, what its options are when nothing is said, and who builds
 * it.
 *
 * In a row's defaults, zero means that the family has no such choice; what was asked for is then dropped, so
 * that a residual network and its plain twin can be made with the same options.
 */
#include "model/models.h"

#include <math.h>
#include <string.h>

enum { MAX_SIDE = 16384, MAX_NUMBERS = 3 };     /* the side keeps every size below within 64 bits */

typedef struct {
    const char *form, *kind;
    bool (*has)(const int *number);             /* NULL: all there are */
    rn_value (*build)(rn_net *, const rn_architecture *, const int *number);
    bool cifar;
    rn_architecture defaults;
} family;

#define IMAGENET .classes = 1000, .height = 224, .width = 224
#define CIFAR .classes = 10, .height = 32, .width = 32

#define TABLE1 "Table 1: networks for ImageNet"
#define SECTION_4_2 "section 4.2: networks for CIFAR, any depth 6n+2"
#define NO_BN "without batch normalization (section 4.1), any depth of the paper's networks"
#define LATER "residual networks that came later, any width and any number of groups"
#define COMPARED "networks that the paper compares with"

static const family families[] = {
    { "resnet%", TABLE1, rn_table1_has, rn_build_resnet, false,
      { .shortcut = RN_SHORTCUT_B, .stride_in = RN_STRIDE_IN_1X1, IMAGENET } },
    { "plain%", TABLE1, rn_table1_has, rn_build_plain, false, { .stride_in = RN_STRIDE_IN_1X1, IMAGENET } },
    { "resnet%", SECTION_4_2, rn_cifar_has, rn_build_resnet, true, { .shortcut = RN_SHORTCUT_A, CIFAR } },
    { "plain%", SECTION_4_2, rn_cifar_has, rn_build_plain, true, { CIFAR } },

    { "resnet%_nobn", NO_BN, rn_table1_has, rn_build_resnet_nobn, false,
      { .shortcut = RN_SHORTCUT_B, .stride_in = RN_STRIDE_IN_1X1, IMAGENET } },
    { "plain%_nobn", NO_BN, rn_table1_has, rn_build_plain_nobn, false,
      { .stride_in = RN_STRIDE_IN_1X1, IMAGENET } },
    { "resnet%_nobn", NO_BN, rn_cifar_has, rn_build_resnet_nobn, true,
      { .shortcut = RN_SHORTCUT_A, CIFAR } },
    { "plain%_nobn", NO_BN, rn_cifar_has, rn_build_plain_nobn, true, { CIFAR } },

    { "vgg%", COMPARED, rn_vgg_has, rn_build_vgg, false, { .dropout = 0.5, IMAGENET } },
    { "vgg%_bn", COMPARED, rn_vgg_has, rn_build_vgg_bn, false, { .dropout = 0.5, IMAGENET } },
    { "googlenet", COMPARED, NULL, rn_build_googlenet, false, { .dropout = 0.2, IMAGENET } },
    { "prelunet%", COMPARED, rn_prelunet_has, rn_build_prelunet, false, { .dropout = 0.5, IMAGENET } },
    { "alexnet", COMPARED, NULL, rn_build_alexnet, false, { .dropout = 0.5, IMAGENET } },
    { "nin", COMPARED, NULL, rn_build_nin, true, { .dropout = 0.5, CIFAR } },
    { "highway%", COMPARED, rn_highway_has, rn_build_highway, true, { CIFAR } },
    { "lenet", COMPARED, NULL, rn_build_lenet, true, { CIFAR } },

    { "resnet%v2", LATER, rn_table1_has, rn_build_resnet_v2, false,
      { .shortcut = RN_SHORTCUT_B, .stride_in = RN_STRIDE_IN_1X1, IMAGENET } },
    { "resnet%v2", LATER, rn_cifar_v2_has, rn_build_cifar_v2, true, { .shortcut = RN_SHORTCUT_A, CIFAR } },
    { "resnet%v2", LATER, rn_cifar_v2_has_bottlenecks, rn_build_cifar_v2, true,
      { .shortcut = RN_SHORTCUT_B, .stride_in = RN_STRIDE_IN_1X1, CIFAR } },
    { "wide_resnet%_%", LATER, rn_wide_resnet_has, rn_build_wide_resnet, false,
      { .shortcut = RN_SHORTCUT_B, .stride_in = RN_STRIDE_IN_3X3, IMAGENET } },
    { "wide_resnet%_%", LATER, rn_wide_cifar_has, rn_build_wide_cifar, true,
      { .shortcut = RN_SHORTCUT_B, CIFAR } },
    { "resnext%_%x%d", LATER, rn_resnext_has, rn_build_resnext, false,
      { .shortcut = RN_SHORTCUT_B, .stride_in = RN_STRIDE_IN_3X3, IMAGENET } },
};
enum { FAMILIES = sizeof families / sizeof *families };

static const char *const names[] = {
    "resnet18", "resnet34", "resnet50", "resnet101", "resnet152",
    "plain18", "plain34", "plain50", "plain101", "plain152",
    "resnet20", "resnet32", "resnet44", "resnet56", "resnet110", "resnet1202",
    "plain20", "plain32", "plain44", "plain56", "plain110", "plain1202",
    "resnet18_nobn", "resnet34_nobn", "plain18_nobn", "plain34_nobn",
    "resnet20_nobn", "resnet56_nobn", "plain20_nobn", "plain56_nobn",
    "vgg11", "vgg13", "vgg16", "vgg19", "vgg11_bn", "vgg13_bn", "vgg16_bn", "vgg19_bn",
    "googlenet", "prelunet19", "prelunet22", "alexnet", "nin", "highway19", "highway32", "lenet",
    "resnet18v2", "resnet34v2", "resnet50v2", "resnet101v2", "resnet152v2",
    "resnet110v2", "resnet164v2", "resnet1001v2",
    "wide_resnet50_2", "wide_resnet101_2", "wide_resnet16_8", "wide_resnet28_10", "wide_resnet40_4",
    "resnext50_32x4d", "resnext101_32x8d", "resnext101_64x4d", NULL
};

const char *const *rn_model_names(void)
{
    return names;
}

/* The number at the head of a text, of at most six digits and not 0, or -1. */
static int read_number(const char **text)
{
    const char *begin = *text;
    int number = 0;
    if (*begin < '1' || *begin > '9')
        return -1;
    for (; **text >= '0' && **text <= '9'; ++*text) {
        if (*text - begin == 6)
            return -1;
        number = 10 * number + **text - '0';
    }
    return number;
}

/* Whether the name has that form; its numbers are taken. */
static bool has_form(const char *name, const char *form, int number[MAX_NUMBERS])
{
    for (; *form; form++)
        if (*form == '%') {
            *number = read_number(&name);
            if (*number++ < 0)
                return false;
        } else if (*name++ != *form) {
            return false;
        }
    return !*name;
}

static const family *find_family(const char *name, int number[MAX_NUMBERS])
{
    for (int i = 0; i < FAMILIES; i++)
        if (has_form(name, families[i].form, number) && (!families[i].has || families[i].has(number)))
            return &families[i];
    return NULL;
}

const char *rn_model_kind(const char *name)
{
    int number[MAX_NUMBERS];
    const family *found = find_family(name, number);
    return found ? found->kind : NULL;
}

bool rn_model_is_cifar(const char *model)
{
    int number[MAX_NUMBERS];
    const family *found = find_family(model, number);
    return found && found->cifar;
}

int rn_model_depth(const char *model)
{
    int number[MAX_NUMBERS] = { 0 };
    return find_family(model, number) ? number[0] : 0;
}

static bool has_depth(int depth)
{
    return rn_table1_has(&depth) || rn_cifar_has(&depth);
}

static int nearest_depth(int wanted)
{
    for (int away = 1;; away++)
        for (int sign = -1; sign <= 1; sign += 2)
            if (has_depth(wanted + sign * away))
                return wanted + sign * away;
}

static rn_status fail_unknown(const char *name)
{
    static const char *const words[] = { "resnet", "plain" };
    int number[MAX_NUMBERS];
    for (int i = 0; i < 2; i++)
        if (strncmp(name, words[i], strlen(words[i])) == 0
            && has_form(name + strlen(words[i]), "%", number)) {
            rn_fail(RN_BAD_ARGUMENT, "Table 1 has no network of depth %d and section 4.2 only 6n+2 layers: "
                    "use 18, 34, 50, 101 or 152, or 20, 32, 44, 56, 110, ...", number[0]);
            return rn_hint(RN_BAD_ARGUMENT, "did you mean '%s%d'?", words[i], nearest_depth(number[0]));
        }
    rn_fail(RN_BAD_ARGUMENT, "unknown network '%s'", name);
    const char *like = rn_suggest(name, names);
    return like ? rn_hint(RN_BAD_ARGUMENT, "did you mean '%s'?", like)
                : rn_hint(RN_BAD_ARGUMENT, "use resnet or plain and a depth: resnet18, plain34, ...");
}

static rn_status check(const rn_architecture *a)
{
    if (a->classes < 1)
        return rn_fail(RN_BAD_ARGUMENT, "%s: %d classes; a network needs at least 1", a->model, a->classes);
    if (a->height < 1 || a->width < 1 || a->height > MAX_SIDE || a->width > MAX_SIDE)
        return rn_fail(RN_BAD_ARGUMENT, "%s: pictures of %d x %d pixels; each side must be 1 to %d",
                       a->model, a->width, a->height, (int)MAX_SIDE);
    if (!(a->dropout < 1))
        return rn_fail(RN_BAD_ARGUMENT, "%s: dropout %g; it must be below 1",
                       a->model, a->dropout);
    return RN_OK;
}

static rn_status complete(rn_architecture *a, const family **found, int *number)
{
    *found = find_family(a->model, number);
    if (!*found)
        return fail_unknown(a->model);
    const rn_architecture *usual = &(*found)->defaults;
    if (!a->shortcut || !usual->shortcut)
        a->shortcut = usual->shortcut;
    if (!a->stride_in || !usual->stride_in)
        a->stride_in = usual->stride_in;
    if (!a->classes)
        a->classes = usual->classes;
    if (!a->height)
        a->height = a->width ? a->width : usual->height;
    if (!a->width)
        a->width = a->height;
    if (a->dropout == 0)
        a->dropout = usual->dropout;
    else if (a->dropout < 0)
        a->dropout = usual->dropout > 0 ? -1 : 0;
    return check(a);
}

double rn_architecture_dropout(double asked)
{
    return asked < 0 ? 0 : asked > 0 ? asked : -1;
}

rn_status rn_architecture_complete(rn_architecture *architecture)
{
    const family *found;
    int number[MAX_NUMBERS];
    return complete(architecture, &found, number);
}

rn_status rn_model_build(rn_net *net, rn_architecture *architecture)
{
    const family *found;
    int number[MAX_NUMBERS];
    *net = (rn_net){ 0 };
    RN_TRY(complete(architecture, &found, number));
    rn_architecture used = *architecture;
    used.dropout = fmax(0, used.dropout);
    rn_value scores = found->build(net, &used, number);
    if (scores >= 0)
        return RN_OK;
    rn_net_free(net);
    return (rn_status)-scores;
}

/* ---- Options as words ---------------------------------------------------------------------- */

static const char *const shortcut_words[] = { "default", "A", "A-split", "B", "C", NULL };
static const char *const stride_words[] = { "default", "1x1", "3x3", NULL };

/* The place of `text` among the words, or -1. */
static int find_word(const char *const *words, const char *text)
{
    for (int i = 0; words[i]; i++)
        if (strcmp(words[i], text) == 0)
            return i;
    return -1;
}

rn_status rn_shortcut_parse(const char *text, rn_shortcut *shortcut)
{
    int word = find_word(shortcut_words, text);
    if (word < 0)
        return rn_fail(RN_BAD_ARGUMENT, "unknown shortcut '%s': use A, A-split, B or C", text);
    *shortcut = (rn_shortcut)word;
    return RN_OK;
}

rn_status rn_stride_place_parse(const char *text, rn_stride_place *place)
{
    int word = find_word(stride_words, text);
    if (word < 0)
        return rn_fail(RN_BAD_ARGUMENT, "unknown place of the stride '%s': use 1x1 (the paper's) or 3x3 "
                       "(torchvision's)", text);
    *place = (rn_stride_place)word;
    return RN_OK;
}

const char *rn_shortcut_name(rn_shortcut shortcut)
{
    return shortcut_words[shortcut];
}

const char *rn_stride_place_name(rn_stride_place place)
{
    return stride_words[place];
}
