#include "weights/names.h"
#include "weights/bundle_facts.h"

#include <string.h>

/* Put before every name by what was wrapped around the network. */
static const char *const prefixes[] = {
    "module.", "model.", "net.", "state_dict.", "ema.", "model_ema.", "ema_model.", "_orig_mod.",
};

/* A first word, and torchvision's word for the same, which is not longer. */
static const struct { const char *theirs, *ours; } words[] = { { "linear.", "fc." } };

static bool begins(const rn_array *array, const char *word)
{
    return strncmp(array->name, word, strlen(word)) == 0;
}

/* The prefix that all names have, or NULL. */
static const char *find_prefix(const rn_tensor_file *file)
{
    for (size_t p = 0; p < sizeof prefixes / sizeof *prefixes; p++) {
        int i = 0;
        while (i < file->arrays && begins(&file->array[i], prefixes[p]))
            i++;
        if (i > 0 && i == file->arrays)
            return prefixes[p];
    }
    return NULL;
}

static void replace(rn_array *array, const char *theirs, const char *ours)
{
    if (!begins(array, theirs))
        return;
    size_t length = strlen(ours);
    const char *rest = array->name + strlen(theirs);
    memmove(array->name + length, rest, strlen(rest) + 1);
    memcpy(array->name, ours, length);
}

void rn_names_translate(rn_tensor_file *file)
{
    if (rn_facts_are_ours(file))
        return;
    for (const char *prefix; (prefix = find_prefix(file));)
        for (int i = 0; i < file->arrays; i++)
            replace(&file->array[i], prefix, "");
    for (size_t w = 0; w < sizeof words / sizeof *words; w++)
        for (int i = 0; i < file->arrays; i++)
            replace(&file->array[i], words[w].theirs, words[w].ours);
}
