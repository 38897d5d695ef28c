#include "cli/help.h"
#include "cli/option_groups.h"

#include <string.h>

enum { WIDTH = 96, COLUMN = 28 };

static const char *const exit_codes[] = {
    "0  done",
    "1  failed for a reason not listed here",
    "2  wrong use: an unknown option, an impossible value",
    "3  a model, picture, data set or configuration is damaged or of the wrong kind",
    "4  the system refused to open, read, write or connect",
    "5  memory, or a limit that protects it",
    "6  a loss or weight is no longer a number",
    "7  the device is absent",
    "8  another process of the job is gone",
    "130, 143  interrupted by Ctrl-C or SIGTERM; a training has saved and can go on",
};

/* Write `text` from column `at` on, broken between words, later lines beginning at `indent`. */
static void wrap(FILE *to, int at, int indent, const char *text)
{
    for (bool first = true; *text; first = false) {
        int length = (int)strcspn(text, " ");
        if (!first && at + 1 + length > WIDTH) {
            fprintf(to, "\n%*s", indent, "");
            at = indent;
        } else if (!first) {
            at += fprintf(to, " ");
        }
        at += fprintf(to, "%.*s", length, text);
        text += length;
        text += strspn(text, " ");
    }
    putc('\n', to);
}

static void entry(FILE *to, const char *label, const char *text)
{
    int at = fprintf(to, "  %s", label);
    if (at + 2 > COLUMN) {
        putc('\n', to);
        at = 0;
    }
    fprintf(to, "%*s", COLUMN - at, "");
    wrap(to, COLUMN, COLUMN, text);
}

static void option_entry(FILE *to, const rn_option *row)
{
    char label[128], letter[8] = "    ";
    const char *space = row->value ? " " : "", *value = row->value ? row->value : "";
    if (row->letter)
        snprintf(letter, sizeof letter, "-%c, ", row->letter);
    snprintf(label, sizeof label, "%s--%s%s%s", letter, row->name, space, value);
    entry(to, label, row->help);
}

enum { MOST_OPTIONS = 128 };

/* All rows of a command's tables, the common ones last. */
static int all_options(const command *row, const rn_option *all[MOST_OPTIONS])
{
    int count = 0;
    for (option_table *const *table = row->options; *table; table++)
        for (const rn_option *option = (*table)(); option->name && count < MOST_OPTIONS; option++)
            all[count++] = option;
    for (const rn_option *option = common_table(); option->name && count < MOST_OPTIONS; option++)
        all[count++] = option;
    return count;
}

static bool begins_group(const rn_option *const *all, int which)
{
    for (int i = 0; i < which; i++)
        if (strcmp(all[i]->group, all[which]->group) == 0)
            return false;
    return true;
}

static void options(FILE *to, const command *row)
{
    const rn_option *all[MOST_OPTIONS];
    int count = all_options(row, all);
    for (int first = 0; first < count; first++) {
        if (!begins_group(all, first))
            continue;
        fprintf(to, "\n%s:\n", all[first]->group);
        for (int i = first; i < count; i++)
            if (strcmp(all[i]->group, all[first]->group) == 0)
                option_entry(to, all[i]);
    }
}

static void usage(FILE *to, const command *row)
{
    fprintf(to, "resnet %s%s%s [options]\n", row->name, row->words[0] ? " " : "", row->words);
}

static void examples(FILE *to, const command *row)
{
    for (const char *const *example = row->examples; *example; example++)
        fprintf(to, "  resnet %s\n", *example);
}

void help_overview(FILE *to)
{
    fputs("resnet - deep residual networks: describe, train, test and use them\n\n"
          "usage: resnet COMMAND [words] [options]\n\n"
          "first steps:\n"
          "  resnet train                                   a residual network on built-in pictures\n"
          "  resnet describe resnet50                       a network and what it costs\n"
          "  resnet classify cat.jpg -w models/cifar10-resnet20.safetensors\n\n"
          "commands:\n", to);
    for (const command *row = commands; row->name; row++)
        entry(to, row->name, row->help);
    fputs("\nresnet COMMAND --help shows a command's options, resnet help COMMAND its manual.\n", to);
}

void help_family(FILE *to, const char *first_word)
{
    size_t length = strlen(first_word);
    fprintf(to, "usage: resnet %s COMMAND [words] [options]\n\ncommands:\n", first_word);
    for (const command *row = commands; row->name; row++)
        if (strncmp(row->name, first_word, length) == 0 && row->name[length] == ' ')
            entry(to, row->name, row->help);
}

void help_command(FILE *to, const command *row)
{
    fprintf(to, "resnet %s - %s\n\nusage: ", row->name, row->help);
    usage(to, row);
    fputs("\nexamples:\n", to);
    examples(to, row);
    options(to, row);
}

static void recipes(FILE *to, const command *row)
{
    const rn_option *all[MOST_OPTIONS];
    bool has_recipes = false;
    for (int count = all_options(row, all); count > 0; count--)
        has_recipes |= strcmp(all[count - 1]->name, "recipe") == 0;
    if (!has_recipes)
        return;
    fputs("\nRECIPES\n", to);
    for (const char *const *name = rn_recipe_names(); *name; name++)
        entry(to, *name, rn_recipe_help(*name));
}

void help_manual(FILE *to, const command *row)
{
    fprintf(to, "NAME\n  resnet %s - %s\n\nSYNOPSIS\n  ", row->name, row->help);
    usage(to, row);
    fputs("\nEXAMPLES\n", to);
    examples(to, row);
    fputs("\nOPTIONS\n"
          "  Options and words come in any order. --name VALUE and --name=VALUE are the same, --no-name\n"
          "  turns a switch off, -- ends the options.\n", to);
    options(to, row);
    recipes(to, row);
    fputs("\nENVIRONMENT\n"
          "  RESNET_NAME stands for every option --name (RESNET_THREADS=2); the command line wins.\n"
          "  RESNET_ISA forces the instruction set: amx (for bf16), avx512, avx2 or baseline.\n"
          "  RESNET_KERNELS names the file of `bench --tune`; none: kernels are chosen by rule.\n"
          "  NO_COLOR and CLICOLOR_FORCE are obeyed.\n\nEXIT STATUS\n", to);
    for (size_t i = 0; i < sizeof exit_codes / sizeof *exit_codes; i++)
        fprintf(to, "  %s\n", exit_codes[i]);
}

/* ---- completion ---- */

/* Commands of two words are completed word by word: `first` NULL for the first words. */
static void completion_commands(FILE *to, const char *first)
{
    const char *previous = "";
    for (const command *row = commands; row->name; previous = row++->name) {
        size_t length = strcspn(row->name, " ");
        bool again = strcspn(previous, " ") == length && strncmp(row->name, previous, length) == 0;
        bool in_family = first && row->name[length] && strncmp(row->name, first, length) == 0;
        if (!first && !again)
            fprintf(to, " %.*s", (int)length, row->name);
        else if (in_family)
            fprintf(to, " %s", row->name + length + 1);
    }
}

static void completion_case(FILE *to, const command *row)
{
    const char *space = strchr(row->name, ' ');
    if (space)
        fprintf(to, "        \"%s\") words=\"", row->name);
    else
        fprintf(to, "        \"%s \"*) words=\"", row->name);
    const rn_option *all[MOST_OPTIONS];
    int count = all_options(row, all);
    for (int i = 0; i < count; i++)
        fprintf(to, " --%s", all[i]->name);
    if (row->word_option && strcmp(row->word_option, "model") == 0)
        for (const char *const *name = rn_model_names(); *name; name++)
            fprintf(to, " %s", *name);
    fputs("\" ;;\n", to);
}

void help_completion(FILE *to)
{
    fputs("_resnet()\n{\n"
          "    local words cur=\"${COMP_WORDS[COMP_CWORD]}\"\n"
          "    case \"${COMP_WORDS[1]} ${COMP_WORDS[2]}\" in\n", to);
    for (const command *row = commands; row->name; row++)
        completion_case(to, row);
    fputs("        \"data \"*) words=\"", to);
    completion_commands(to, "data");
    fputs("\" ;;\n        *) words=\"", to);
    completion_commands(to, NULL);
    fputs(" --help --version\" ;;\n    esac\n"
          "    [ \"$COMP_CWORD\" -eq 1 ] && words=\"", to);
    completion_commands(to, NULL);
    fputs(" --help --version\"\n"
          "    COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
          "}\ncomplete -o default -F _resnet resnet\n", to);
}
