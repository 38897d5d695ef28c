/* Finding the command that was meant. */
#include "cli/command.h"
#include "cli/messages.h"

#include <string.h>

static const struct { const char *name, *ours; } synonyms[] = {
    { "predict", "classify" }, { "test", "eval" },      { "evaluate", "eval" },     { "validate", "eval" },
    { "val", "eval" },         { "inspect", "info" },   { "benchmark", "bench" },   { "summary", "describe" },
    { "list", "models" },      { "fit", "train" },      { "download", "data get" }, { "export", "convert" },
    { "import", "convert" },
};

const command *command_find(const char *name)
{
    for (size_t i = 0; i < sizeof synonyms / sizeof *synonyms; i++)
        if (strcmp(name, synonyms[i].name) == 0)
            name = synonyms[i].ours;
    for (const command *row = commands; row->name; row++)
        if (strcmp(row->name, name) == 0)
            return row;
    return NULL;
}

/* "data" alone is no command, but begins some. */
bool command_is_family(const char *word)
{
    size_t length = strlen(word);
    for (const command *row = commands; row->name; row++)
        if (strncmp(row->name, word, length) == 0 && row->name[length] == ' ')
            return true;
    return false;
}

/* The first word is the command, but a word after an option may be that option's value. */
request command_request(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        char pair[64];
        bool value = i > 1 && argv[i - 1][0] == '-' && !strchr(argv[i - 1], '=');
        if (argv[i][0] == '-')
            continue;
        if (command_is_family(argv[i])) {
            snprintf(pair, sizeof pair, "%s %.30s", argv[i], i + 1 < argc ? argv[i + 1] : "");
            const command *row = command_find(pair);
            bool option = i + 1 == argc || argv[i + 1][0] == '-';
            return (request){ row, argv[i], i, 2, row || option ? NULL : argv[i + 1] };
        }
        const command *row = command_find(argv[i]);
        if (row || !value)
            return (request){ row, NULL, i, 1, row ? NULL : argv[i] };
    }
    return (request){ 0 };
}

rn_status command_unknown(const char *family, const char *word)
{
    enum { ROOM = 64 };
    const char *names[ROOM + 1];
    char full[64];
    int count = 0;
    snprintf(full, sizeof full, "%s%s%.40s", family ? family : "", family ? " " : "", word);
    for (const command *row = commands; row->name && count < ROOM; row++)
        names[count++] = row->name;
    names[count] = NULL;
    const char *near = rn_suggest(full, names);
    if (near)
        return complain(RN_BAD_ARGUMENT, "unknown command %s; did you mean %s?", full, near);
    complain(RN_BAD_ARGUMENT, "unknown command %s", full);
    hint("resnet --help lists the commands");
    return RN_BAD_ARGUMENT;
}
