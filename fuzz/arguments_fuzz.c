/*
 * The command line and the configuration file.  The input is the words after "resnet", one a line; what
 * follows an empty line is the file that the word "fuzzed" names.  Everything that is said is converted
 * by the tables; what was accepted is the same after it was written as text and set again.
 */
#define _GNU_SOURCE
#include "cli/arguments.h"
#include "fuzz/fuzz.h"

#include <string.h>

enum { MOST_WORDS = 40, LARGEST = 1 << 16 };

static void check_row(const rn_option *table, const rn_option *row, void *structure)
{
    char text[RN_TEXT_SIZE], again[RN_TEXT_SIZE];
    rn_option_get(row, structure, text, sizeof text);
    MUST_OK(rn_option_set(table, structure, row->name, text));
    rn_option_get(row, structure, again, sizeof again);
    MUST(strcmp(text, again) == 0, "--%s: '%s' became '%s'", row->name, text, again);
}

static void check_tables(const arguments *args)
{
    static _Alignas(16) char structure[LARGEST];
    for (int i = 0; i < args->tables; i++) {
        memset(structure, 0, sizeof structure);
        rn_status status = arguments_apply(args, args->table[i], structure);
        MUST(status == RN_OK || status == RN_BAD_ARGUMENT || status == RN_BAD_FILE, "status %d", status);
        for (const rn_option *row = args->table[i]; status == RN_OK && row->name; row++)
            check_row(args->table[i], row, structure);
    }
}

static void check(int argc, char **argv)
{
    arguments args = { 0 };
    request asked = command_request(argc, argv);
    if (asked.unknown)
        MUST(command_unknown(asked.family, asked.unknown) == RN_BAD_ARGUMENT, "%s", asked.unknown);
    if (!asked.row)
        return;
    rn_status status = arguments_read(&args, asked.row, argc, argv, asked.at, asked.words);
    MUST(status == RN_OK || status == RN_BAD_ARGUMENT || status == RN_BAD_FILE || status == RN_IO,
         "status %d", status);
    MUST(status != RN_OK || arguments_winner(&args, "help") || args.words <= asked.row->most, "%d words",
         args.words);
    if (status == RN_OK)
        check_tables(&args);
    arguments_free(&args);
}

/* Where what the commands tell goes meanwhile. */
static FILE *silence(void)
{
    static FILE *nowhere;
    if (!nowhere)
        nowhere = fopen("/dev/null", "w");
    FILE *before = stderr;
    if (nowhere)
        stderr = nowhere;
    return before;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = calloc(size + 1, 1), *word[MOST_WORDS + 1] = { (char *)(uintptr_t)"resnet" };
    MUST(text, "out of memory");
    memcpy(text, data, size);
    char *config = memmem(text, size, "\n\n", 2);
    int words = 1;
    if (config) {
        config[0] = config[1] = '\0';
        config += 2;
        fuzz_write(FUZZ_NAME, config, size - (size_t)(config - text));
    }
    for (char *line = strtok(text, "\n"); line && words < MOST_WORDS; line = strtok(NULL, "\n"))
        word[words++] = strcmp(line, FUZZ_NAME) == 0 ? (char *)(uintptr_t)fuzz_path(FUZZ_NAME) : line;
    FILE *shown = silence();
    check(words, word);
    stderr = shown;
    free(text);
    return 0;
}
