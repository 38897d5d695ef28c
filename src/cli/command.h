/*
 * What a command is: a row.  Parsing, help, completion and the list of commands are made from these rows and
 * from the tables of options that they name.
 */
#ifndef RN_CLI_COMMAND_H
#define RN_CLI_COMMAND_H

#include <resnet.h>

typedef struct arguments arguments;
typedef const rn_option *option_table(void);

enum { MAX_TABLES = 7 };

typedef struct {
    const char *name;                   /* "eval"; "data get" is one command of two words */
    const char *help;                   /* one line */
    const char *words;                  /* what follows, for people: "PICTURE..." */
    int least, most;                    /* how many words follow */
    const char *word_option;            /* the option that the first word stands for, or NULL */
    const char *implies;                /* a switch that the command itself turns on, or NULL */
    const char *examples[6];            /* without "resnet", NULL-terminated */
    option_table *options[MAX_TABLES + 1];  /* besides the common ones */
    rn_status (*run)(const arguments *args);
} command;

/* All commands, ended by a row without a name. */
extern const command commands[];

/* The row of that name, or NULL; another common word for the same thing is understood too. */
const command *command_find(const char *name);

/* "data" is no command, but commands begin with it. */
bool command_is_family(const char *word);

/* Tell that `word` (after "data", or NULL) is no command, and what it may have meant. */
rn_status command_unknown(const char *family, const char *word);

/* What the command line asks for. */
typedef struct {
    const command *row;     /* NULL: no command */
    const char *family;     /* "data", where that was said */
    int at, words;          /* where the command's name stands */
    const char *unknown;    /* the word that should have been a command */
} request;
request command_request(int argc, char **argv);

/* Leave the current function at the first failure. */
#define TRY(call)                       \
    do {                                \
        rn_status try_status = (call);  \
        if (try_status != RN_OK)        \
            return try_status;          \
    } while (0)

#endif
