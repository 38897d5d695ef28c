/*
 * The command line, read by the tables of its command.  Options and words come in any order; `--` ends the
 * options; `-` is a word.  Nothing is converted here, so what is wrong with a value is told in one place
 * (arguments_apply) wherever the value came from.
 */
#include "cli/arguments.h"
#include "cli/messages.h"
#include "cli/option_groups.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_SIZE = 64 };

/* What other programs call the same thing. */
static const struct { const char *name, *ours; } aliases[] = {
    { "imgsz", "size" },            { "image-size", "size" },       { "img-size", "size" },
    { "input-size", "size" },       { "lr0", "lr" },                { "learning-rate", "lr" },
    { "wd", "weight-decay" },       { "batch-size", "batch" },      { "num-workers", "workers" },
    { "num-classes", "classes" },   { "num-threads", "threads" },   { "arch", "model" },
    { "dataset", "data" },          { "output", "out" },            { "run", "out" },
    { "iters", "iterations" },      { "max-iter", "iterations" },   { "warmup-iterations", "warmup" },
    { "topk", "top" },              { "top-k", "top" },             { "checkpoint", "weights" },
    { "file", "weights" },          { "save-period", "save-every" }, { "print-freq", "log-every" },
};

static const rn_option *find_here(const arguments *args, const char *name)
{
    const rn_option *row = NULL;
    for (int i = 0; !row && i < args->tables; i++)
        row = rn_option_find(args->table[i], name);
    return row;
}

const rn_option *arguments_find(const arguments *args, const char *name)
{
    const rn_option *row = find_here(args, name);
    for (size_t i = 0; !row && i < sizeof aliases / sizeof *aliases; i++)
        if (strcmp(name, aliases[i].name) == 0)
            row = find_here(args, aliases[i].ours);
    return row;
}

static const rn_option *find_letter(const arguments *args, char letter)
{
    for (int i = 0; i < args->tables; i++)
        for (const rn_option *row = args->table[i]; row->name; row++)
            if (row->letter == letter)
                return row;
    return NULL;
}

rn_status arguments_add(arguments *args, setting said)
{
    if (args->settings == args->room) {
        int room = args->room ? 2 * args->room : 16;
        setting *grown = realloc(args->setting, (size_t)room * sizeof *grown);
        if (!grown)
            return complain(RN_NO_MEMORY, "out of memory: %d options", room);
        args->setting = grown;
        args->room = room;
    }
    args->setting[args->settings++] = said;
    return RN_OK;
}

static rn_status add(arguments *args, const rn_option *row, const char *text)
{
    return arguments_add(args, (setting){ row, text, FROM_COMMAND_LINE, 0 });
}

rn_status arguments_unknown(const arguments *args, const char *prefix, const char *name)
{
    enum { ROOM = 128 };
    const char *names[ROOM + 1];
    int count = 0;
    for (int i = 0; i < args->tables; i++)
        for (const rn_option *row = args->table[i]; row->name && count < ROOM; row++)
            names[count++] = row->name;
    names[count] = NULL;
    const char *near = rn_suggest(name, names);
    if (near)
        return complain(RN_BAD_ARGUMENT, "%sunknown option --%s; did you mean --%s?", prefix, name, near);
    complain(RN_BAD_ARGUMENT, "%sunknown option --%s", prefix, name);
    hint("resnet %s --help lists the options", args->command->name);
    return RN_BAD_ARGUMENT;
}

/* The value of an option without '=': the next argument, unless that is an option of this command itself. */
static rn_status take_value(const arguments *args, const rn_option *row, int argc, char **argv, int *at,
                            const char **value)
{
    *value = *at + 1 < argc ? argv[*at + 1] : NULL;
    bool dashes = *value && strncmp(*value, "--", 2) == 0;
    bool is_option = dashes && ((*value)[2] == '\0' || find_here(args, *value + 2));
    if (!*value || is_option)
        return complain(RN_BAD_ARGUMENT, "--%s: its value is missing, wanted --%s %s", row->name, row->name,
                        row->value ? row->value : "VALUE");
    ++*at;
    return RN_OK;
}

static rn_status read_long(arguments *args, int argc, char **argv, int *at)
{
    char name[NAME_SIZE];
    const char *text = argv[*at] + 2, *value = strchr(text, '=');
    size_t length = value ? (size_t)(value - text) : strlen(text);
    snprintf(name, sizeof name, "%.*s", (int)(length < NAME_SIZE ? length : NAME_SIZE - 1), text);
    for (char *c = name; *c; c++)
        if (*c == '_')
            *c = '-';
    const rn_option *row = arguments_find(args, name);
    bool no = !row && !value && strncmp(name, "no-", 3) == 0;
    if (no)
        row = arguments_find(args, name + 3);
    if (!row || (no && row->kind != RN_KIND_SWITCH))
        return arguments_unknown(args, "", name);
    if (value)
        value++;
    else if (row->kind == RN_KIND_SWITCH)
        value = no ? "no" : "yes";
    else
        TRY(take_value(args, row, argc, argv, at, &value));
    return add(args, row, value);
}

/* -qv, -b 128, -b128 */
static rn_status read_letters(arguments *args, int argc, char **argv, int *at)
{
    for (const char *letter = argv[*at] + 1; *letter; letter++) {
        const rn_option *row = find_letter(args, *letter);
        const char *value = "yes";
        if (!row) {
            complain(RN_BAD_ARGUMENT, "unknown option -%c", *letter);
            hint("resnet %s --help lists the options", args->command->name);
            return RN_BAD_ARGUMENT;
        }
        bool is_switch = row->kind == RN_KIND_SWITCH;
        if (!is_switch && letter[1])
            value = letter + 1;
        else if (!is_switch)
            TRY(take_value(args, row, argc, argv, at, &value));
        TRY(add(args, row, value));
        if (!is_switch)
            return RN_OK;
    }
    return RN_OK;
}

static rn_status read_all(arguments *args, int argc, char **argv, int name_at, int name_words)
{
    bool only_words = false;
    for (int i = 1; i < argc; i++) {
        const char *text = argv[i];
        if (i >= name_at && i < name_at + name_words)
            continue;
        if (only_words || text[0] != '-' || text[1] == '\0')
            args->word[args->words++] = text;
        else if (strcmp(text, "--") == 0)
            only_words = true;
        else if (text[1] == '-')
            TRY(read_long(args, argc, argv, &i));
        else
            TRY(read_letters(args, argc, argv, &i));
    }
    return RN_OK;
}

static rn_status add_implied(arguments *args)
{
    const char *implied = args->command->implies;
    return implied ? add(args, find_here(args, implied), "yes") : RN_OK;
}

/* The first word may stand for an option; an option said by name then satisfies the demand for a word. */
static rn_status settle_words(arguments *args)
{
    const command *row = args->command;
    int least = row->least;
    if (args->words > row->most) {
        const char *wanted = row->most > 0 ? row->words : "no more words";
        return complain(RN_BAD_ARGUMENT, "%s wants %s, \"%s\" is one too many", row->name, wanted,
                        args->word[row->most]);
    }
    if (row->word_option && args->words > 0) {
        TRY(add(args, find_here(args, row->word_option), args->word[0]));
        args->words--;
        memmove(args->word, args->word + 1, (size_t)args->words * sizeof *args->word);
    }
    if (row->word_option)
        least -= arguments_winner(args, row->word_option) ? 1 : 0;
    if (args->words >= least)
        return RN_OK;
    complain(RN_BAD_ARGUMENT, "%s wants %s", row->name, row->words);
    hint("resnet %s --help", row->name);
    return RN_BAD_ARGUMENT;
}

rn_status arguments_read(arguments *args, const command *row, int argc, char **argv, int name_at,
                         int name_words)
{
    *args = (arguments){ .command = row };
    args->table[args->tables++] = common_table();
    for (option_table *const *table = row->options; *table; table++)
        args->table[args->tables++] = (*table)();
    args->word = calloc((size_t)argc + 1, sizeof *args->word);
    if (!args->word)
        return complain(RN_NO_MEMORY, "out of memory: %d words", argc);
    rn_status status = read_all(args, argc, argv, name_at, name_words);
    if (arguments_winner(args, "help"))
        return RN_OK;
    TRY(status);
    TRY(add_implied(args));
    TRY(arguments_read_environment(args));
    const setting *config = arguments_winner(args, "config");
    if (config)
        TRY(arguments_read_config(args, config->text));
    return settle_words(args);
}

void arguments_free(arguments *args)
{
    free(args->setting);
    free(args->word);
    free(args->config_text);
    *args = (arguments){ 0 };
}

const setting *arguments_winner(const arguments *args, const char *name)
{
    const setting *winner = NULL;
    for (int i = 0; i < args->settings; i++) {
        const setting *said = &args->setting[i];
        if (strcmp(said->row->name, name) == 0 && (!winner || said->source >= winner->source))
            winner = said;
    }
    return winner;
}

int arguments_all(const arguments *args, const char *name, const char **text, int most)
{
    const setting *winner = arguments_winner(args, name);
    int count = 0;
    for (const setting *said = args->setting; winner && said <= winner; said++)
        if (said->row == winner->row && said->source == winner->source) {
            if (count < most)
                text[count] = said->text;
            count++;
        }
    return count;
}

const char *arguments_source(const arguments *args, const setting *said, char *text, size_t size)
{
    if (said->source == FROM_COMMAND_LINE)
        snprintf(text, size, "command line");
    else if (said->source == FROM_CONFIG)
        snprintf(text, size, "%s:%d", args->config_name, said->line);
    else {
        int length = snprintf(text, size, "RESNET_%s", said->row->name);
        for (int i = 0; i < length && text[i]; i++)
            text[i] = text[i] == '-' ? '_' : (char)toupper((unsigned char)text[i]);
    }
    return text;
}

rn_status arguments_apply(const arguments *args, const rn_option *table, void *structure)
{
    char source[RN_TEXT_SIZE];
    for (setting_source from = FROM_CONFIG; from <= FROM_COMMAND_LINE; from++)
        for (int i = 0; i < args->settings; i++) {
            const setting *said = &args->setting[i];
            if (said->source != from || rn_option_find(table, said->row->name) != said->row)
                continue;
            if (rn_option_set(table, structure, said->row->name, said->text) == RN_OK)
                continue;
            if (from == FROM_COMMAND_LINE)
                return complain(RN_BAD_ARGUMENT, "%s", rn_error_text());
            return complain(from == FROM_CONFIG ? RN_BAD_FILE : RN_BAD_ARGUMENT, "%s: %s",
                            arguments_source(args, said, source, sizeof source), rn_error_text() + 2);
        }
    return RN_OK;
}
