/*
 * The two sources of settings beside the command line: environment variables named RESNET_ and the option in
 * capitals (RESNET_WEIGHT_DECAY), and a configuration file of lines
 *
 *     # a comment
 *     weight-decay = 1e-4
 */
#include "cli/arguments.h"
#include "cli/messages.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { CONFIG_LIMIT = 1 << 20 };

rn_status arguments_read_environment(arguments *args)
{
    char name[RN_TEXT_SIZE];
    for (int i = 0; i < args->tables; i++)
        for (const rn_option *row = args->table[i]; row->name; row++) {
            setting said = { row, NULL, FROM_ENVIRONMENT, 0 };
            said.text = getenv(arguments_source(args, &said, name, sizeof name));
            if (said.text && said.text[0])
                TRY(arguments_add(args, said));
        }
    return RN_OK;
}

static char *trim(char *text)
{
    while (isspace((unsigned char)*text))
        text++;
    size_t length = strlen(text);
    while (length > 0 && isspace((unsigned char)text[length - 1]))
        text[--length] = '\0';
    return text;
}

/* A comment begins with # at the start of a line or after a space. */
static void cut_comment(char *line)
{
    for (char *c = strchr(line, '#'); c; c = strchr(c + 1, '#'))
        if (c == line || isspace((unsigned char)c[-1])) {
            *c = '\0';
            return;
        }
}

static rn_status read_line(arguments *args, char *line, int number)
{
    char prefix[RN_TEXT_SIZE];
    snprintf(prefix, sizeof prefix, "%s:%d: ", args->config_name, number);
    cut_comment(line);
    line = trim(line);
    if (line[0] == '\0')
        return RN_OK;
    char *equals = strchr(line, '=');
    if (!equals)
        return complain(RN_BAD_FILE, "%s\"%.40s\" is no line of the form name = value", prefix, line);
    *equals = '\0';
    char *name = trim(line);
    for (char *c = name; *c; c++)
        if (*c == '_')
            *c = '-';
    const rn_option *row = arguments_find(args, name);
    if (!row) {
        arguments_unknown(args, prefix, name);
        return RN_BAD_FILE;
    }
    return arguments_add(args, (setting){ row, trim(equals + 1), FROM_CONFIG, number });
}

static rn_status read_text(const char *file, char **text)
{
    FILE *from = fopen(file, "r");
    if (!from)
        return complain(RN_IO, "%s: %s", file, strerror(errno));
    *text = calloc(CONFIG_LIMIT + 1, 1);
    size_t size = *text ? fread(*text, 1, CONFIG_LIMIT, from) : 0;
    bool failed = ferror(from), more = size == CONFIG_LIMIT && getc(from) != EOF;
    int cause = errno;
    fclose(from);
    if (!*text)
        return complain(RN_NO_MEMORY, "out of memory: 1.0 MiB for %s", file);
    if (failed)
        return complain(RN_IO, "%s: %s", file, strerror(cause));
    if (more || memchr(*text, '\0', size))
        return complain(RN_BAD_FILE, "%s: not a configuration file, wanted lines of the form name = value",
                        file);
    return RN_OK;
}

rn_status arguments_read_config(arguments *args, const char *file)
{
    args->config_name = file;
    TRY(read_text(file, &args->config_text));
    int number = 1;
    for (char *line = args->config_text; line; number++) {
        char *next = strchr(line, '\n');
        if (next)
            *next++ = '\0';
        TRY(read_line(args, line, number));
        line = next;
    }
    return RN_OK;
}
