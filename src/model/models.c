/*
 * All networks by name.  A name is a family's word and a depth, "resnet50"; the family's row says which
 * depths it has, what its options are when nothing is said, and who builds it.
 *
 * In a row's defaults, zero means that the family has no such choice; what was asked for is then dropped, so
 * that a residual network and its plain twin can be made with the same options.
 */
#include "model/models.h"

#include <string.h>

enum { MAX_SIDE = 16384 };      /* keeps every size below within 64 bits */

typedef rn_value builder(rn_net *net, const rn_architecture *architecture, int depth);

typedef struct {
    const char *word;
    bool (*has)(int depth);
    builder *build;
    bool cifar;
    rn_architecture defaults;
} family;

static const family families[] = {
    { "resnet", rn_table1_has, rn_build_resnet, false,
      { .shortcut = RN_SHORTCUT_B, .stride_in = RN_STRIDE_IN_1X1,
        .classes = 1000, .height = 224, .width = 224 } },
    { "plain", rn_table1_has, rn_build_plain, false,
      { .stride_in = RN_STRIDE_IN_1X1, .classes = 1000, .height = 224, .width = 224 } },
    { "resnet", rn_cifar_has, rn_build_resnet, true,
      { .shortcut = RN_SHORTCUT_A, .classes = 10, .height = 32, .width = 32 } },
    { "plain", rn_cifar_has, rn_build_plain, true,
      { .classes = 10, .height = 32, .width = 32 } },
};
enum { FAMILIES = sizeof families / sizeof *families };

static const char *const names[] = {
    "resnet18", "resnet34", "resnet50", "resnet101", "resnet152",
    "plain18", "plain34", "plain50", "plain101", "plain152",
    "resnet20", "resnet32", "resnet44", "resnet56", "resnet110", "resnet1202",
    "plain20", "plain32", "plain44", "plain56", "plain110", "plain1202", NULL
};

const char *const *rn_model_names(void)
{
    return names;
}

/* The depth in a name of that family, or -1. */
static int read_depth(const char *word, const char *name)
{
    size_t length = strlen(word);
    const char *digits = name + length;
    int depth = 0;
    if (strncmp(name, word, length) != 0 || digits[0] < '1' || digits[0] > '9' || strlen(digits) > 6)
        return -1;
    for (; *digits; digits++) {
        if (*digits < '0' || *digits > '9')
            return -1;
        depth = 10 * depth + *digits - '0';
    }
    return depth;
}

static const family *find_family(const char *name, int *depth)
{
    for (int i = 0; i < FAMILIES; i++) {
        *depth = read_depth(families[i].word, name);
        if (*depth >= 0 && families[i].has(*depth))
            return &families[i];
    }
    return NULL;
}

bool rn_model_is_cifar(const char *model)
{
    int depth;
    const family *found = find_family(model, &depth);
    return found && found->cifar;
}

static int nearest_depth(int wanted)
{
    for (int away = 1;; away++)
        for (int sign = -1; sign <= 1; sign += 2)
            if (rn_table1_has(wanted + sign * away) || rn_cifar_has(wanted + sign * away))
                return wanted + sign * away;
}

static rn_status fail_unknown(const char *name)
{
    for (int i = 0; i < FAMILIES; i++) {
        int depth = read_depth(families[i].word, name);
        if (depth < 0)
            continue;
        rn_fail(RN_BAD_ARGUMENT, "Table 1 has no network of depth %d and section 4.2 only 6n+2 layers: "
                "use 18, 34, 50, 101 or 152, or 20, 32, 44, 56, 110, ...", depth);
        return rn_hint(RN_BAD_ARGUMENT, "did you mean '%s%d'?", families[i].word, nearest_depth(depth));
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
    if (!(a->dropout >= 0 && a->dropout < 1))
        return rn_fail(RN_BAD_ARGUMENT, "%s: dropout %g; it must be at least 0 and below 1",
                       a->model, a->dropout);
    return RN_OK;
}

static rn_status complete(rn_architecture *a, const family **found, int *depth)
{
    *found = find_family(a->model, depth);
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
    return check(a);
}

rn_status rn_architecture_complete(rn_architecture *architecture)
{
    const family *found;
    int depth;
    return complete(architecture, &found, &depth);
}

rn_status rn_model_build(rn_net *net, rn_architecture *architecture)
{
    const family *found;
    int depth;
    *net = (rn_net){ 0 };
    RN_TRY(complete(architecture, &found, &depth));
    rn_value scores = found->build(net, architecture, depth);
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
