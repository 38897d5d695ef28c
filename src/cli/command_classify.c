/*
 * classify: the best classes of each picture.  A picture that cannot be read is told and passed over; the
 * exit code is that of the first such failure.
 */
#include "cli/commands.h"
#include "cli/document.h"
#include "cli/messages.h"
#include "cli/option_groups.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_GUESSES = 1000, STDIN_LIMIT = 256 << 20 };

typedef struct {
    int64_t top;
    char csv[RN_TEXT_SIZE], logits[RN_TEXT_SIZE];
} classify_options;

const rn_option *classify_table(void)
{
    static const rn_option table[] = {
        OPTION(classify_options, top, "top", 0, RN_KIND_INT, "N", "output",
               "classes told of each picture (default 5)"),
        OPTION(classify_options, csv, "csv", 0, RN_KIND_TEXT, "FILE", "output",
               "the five best guesses for each picture, to FILE.csv"),
        OPTION(classify_options, logits, "logits", 0, RN_KIND_TEXT, "FILE", "output",
               "all scores, pictures x classes before softmax, to FILE.npy"),
        { 0 },
    };
    return table;
}

static rn_status read_stdin(unsigned char **bytes, size_t *size)
{
    size_t room = 1 << 20;
    *bytes = NULL;
    for (*size = 0; *size < STDIN_LIMIT; room *= 2) {
        unsigned char *grown = realloc(*bytes, room);
        if (!grown)
            return complain(RN_NO_MEMORY, "out of memory: %zu MiB for standard input", room >> 20);
        *bytes = grown;
        *size += fread(*bytes + *size, 1, room - *size, stdin);
        if (ferror(stdin))
            return complain(RN_IO, "standard input: cannot be read");
        if (*size < room)
            return RN_OK;
    }
    return complain(RN_NO_MEMORY, "standard input: larger than the limit of %d MiB", STDIN_LIMIT >> 20);
}

/* Adds its row in any case. */
static rn_status classify_stdin(rn_answers *answers)
{
    unsigned char *bytes;
    size_t size;
    rn_status read = read_stdin(&bytes, &size);
    rn_status status = rn_answers_classify_memory(answers, "standard input", bytes, read == RN_OK ? size : 0);
    if (read == RN_OK && status != RN_OK)
        tell_failure(status);
    free(bytes);
    return read == RN_OK ? status : read;
}

static rn_status classify(rn_answers *answers, const char *picture)
{
    if (strcmp(picture, "-") == 0)
        return classify_stdin(answers);
    rn_status status = rn_answers_classify(answers, picture);
    if (status != RN_OK)
        tell_failure(status);
    return status;
}

static void print(const char *picture, const rn_guess *guess, int count)
{
    if (count == 1) {
        printf("%s: %s %.2f%%\n", picture, guess->name, 100 * (double)guess->probability);
        return;
    }
    printf("%s\n", picture);
    for (int i = 0; i < count; i++)
        printf("  %6.2f%%  %s\n", 100 * (double)guess[i].probability, guess[i].name);
    fflush(stdout);
}

static void print_json(document *doc, const char *picture, rn_status status, const rn_guess *guess, int count)
{
    put_object(doc, NULL);
    put_text(doc, "file", picture);
    if (status != RN_OK) {
        put_text(doc, "error", rn_error_text());
    } else {
        put_array(doc, "guesses");
        for (int i = 0; i < count; i++) {
            put_object(doc, NULL);
            put_int(doc, "class", guess[i].index);
            put_text(doc, "name", guess[i].name);
            put_single(doc, "probability", guess[i].probability);
            put_end(doc);
        }
        put_end(doc);
    }
    put_end(doc);
}

static rn_status classify_all(const arguments *args, rn_answers *answers, int top)
{
    static rn_guess guess[MOST_GUESSES];
    bool as_json = wants_json(args);
    rn_status first = RN_OK;
    document doc = { 0 };
    if (as_json)
        put_array(&doc, NULL);
    for (int i = 0; i < args->words; i++) {
        rn_status status = classify(answers, args->word[i]);
        int found = rn_answers_best(answers, i, guess, top);
        if (first == RN_OK)
            first = status;
        if (as_json)
            print_json(&doc, args->word[i], status, guess, found);
        else if (status == RN_OK)
            print(args->word[i], guess, found);
    }
    if (as_json)
        put_end(&doc);
    return first;
}

typedef struct {
    int count;
    rn_model *model[MAX_MODELS];
} ensemble;

static rn_status open_members(const arguments *args, ensemble *members)
{
    const char *file[MAX_MODELS];
    int count;
    TRY(weights_files(args, file, &count));
    if (count == 0)
        return want_weights(args);
    for (; members->count < count; members->count++)
        TRY(open_model_file(args, file[members->count], &members->model[members->count]));
    return RN_OK;
}

/* What can be written is written, also when some pictures could not be read. */
static rn_status answer(const arguments *args, const classify_options *options, ensemble *members, int top)
{
    rn_answers *answers;
    TRY(open_members(args, members));
    TRY(rn_answers_open(&answers, members->model, members->count));
    rn_status status = classify_all(args, answers, top);
    rn_status written = write_answers(answers, options->csv, options->logits);
    if (written != RN_OK)
        tell_failure(written);
    rn_answers_free(answers);
    return status == RN_OK ? written : status;
}

rn_status run_classify(const arguments *args)
{
    classify_options options = { .top = 5 };
    ensemble members = { 0 };
    int top;
    TRY(arguments_apply(args, classify_table(), &options));
    TRY(in_range("top", options.top, 1, MOST_GUESSES, &top));
    rn_status status = answer(args, &options, &members, top);
    for (int m = 0; m < members.count; m++)
        rn_model_close(members.model[m]);
    return status;
}
