/* Texts made from the rows of commands and the tables of options. */
#ifndef RN_CLI_HELP_H
#define RN_CLI_HELP_H

#include "cli/command.h"

void help_overview(FILE *to);               /* all commands */
void help_family(FILE *to, const char *first_word);     /* "data": the commands that begin with it */
void help_command(FILE *to, const command *row);
void help_manual(FILE *to, const command *row);         /* the same and more, in the order of a manual page */
void help_completion(FILE *to);             /* a script for bash */

#endif
