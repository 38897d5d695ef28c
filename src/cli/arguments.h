/*
 * What was said on the command line, in the environment and in a configuration file, before it is converted.
 *
 *     describe_options options = { 0 };
 *     TRY(arguments_apply(args, describe_table(), &options));
 *
 * A setting is an option, its text and its source.  Later sources win: configuration file, environment,
 * command line; the defaults are what the structure held before.
 */
#ifndef RN_CLI_ARGUMENTS_H
#define RN_CLI_ARGUMENTS_H

#include "cli/command.h"

typedef enum { FROM_CONFIG, FROM_ENVIRONMENT, FROM_COMMAND_LINE } setting_source;

typedef struct {
    const rn_option *row;
    const char *text;
    setting_source source;
    int line;                           /* of the configuration file */
} setting;

struct arguments {
    const command *command;
    const rn_option *table[MAX_TABLES + 1];
    int tables;
    setting *setting;
    int settings, room;
    const char **word;                  /* those that stand for no option */
    int words;
    char *config_text;                  /* the settings from the configuration file point into it */
    const char *config_name;
};

/* Read the command line for a known command, whose own name stands in `name_words` words from `name_at` on.
 * A request for help ends the reading early and is left to the caller. */
rn_status arguments_read(arguments *args, const command *row, int argc, char **argv, int name_at,
                         int name_words);
void arguments_free(arguments *args);

/* Store every setting that belongs to `table` in the structure that it describes. */
rn_status arguments_apply(const arguments *args, const rn_option *table, void *structure);

/* The setting that wins for this option, or NULL. */
const setting *arguments_winner(const arguments *args, const char *name);
/* Every text that was said for it, in order, by the source that wins; returns how many, also when `most` are
 * fewer. */
int arguments_all(const arguments *args, const char *name, const char **text, int most);
/* "command line", "RESNET_LR", "paper.conf:3". */
const char *arguments_source(const arguments *args, const setting *said, char *text, size_t size);

/* For the readers of the environment and of configuration files. */
const rn_option *arguments_find(const arguments *args, const char *name);
rn_status arguments_add(arguments *args, setting said);
rn_status arguments_unknown(const arguments *args, const char *prefix, const char *name);
rn_status arguments_read_environment(arguments *args);
rn_status arguments_read_config(arguments *args, const char *file);

#endif
