/* A row of results.csv is found by the names in its first line; a last line that is cut short is left out. */
#include "report/past_run.h"
#include "base/file.h"
#include "base/memory.h"
#include "model/models.h"

#include <math.h>
#include <string.h>

#define LARGEST 9e15    /* of a summary's numbers: a double counts that far */

static const char *const column_name[RN_PAST_COLUMNS] = { "iteration", "train_error", "test_error" };

static rn_status read_json(json_t **value, const char *folder, const char *file)
{
    char path[RN_TEXT_SIZE];
    rn_map map;
    RN_TRY(rn_path_join(path, sizeof path, folder, file));
    RN_TRY(rn_map_open(&map, path));
    rn_status status = rn_json_parse(value, (const char *)map.bytes, map.size, path);
    rn_map_close(&map);
    return status;
}

/* ---- results.csv ----------------------------------------------------------------------------- */

typedef struct { const char *at, *end; } text_part;

/* Take what stands before the next `stop`, and `stop` itself; false when there is no more `stop`. */
static bool take_until(text_part *rest, char stop, text_part *part)
{
    const char *found = rest->at < rest->end ? memchr(rest->at, stop, (size_t)(rest->end - rest->at)) : NULL;
    if (!found)
        return false;
    *part = (text_part){ rest->at, found };
    rest->at = found + 1;
    return true;
}

/* The field of that number in a line, as a number; NaN when it is none. */
static double read_field(text_part line, int number)
{
    text_part field = { line.at, line.at };
    char text[64];
    double value;
    for (int i = 0; i <= number; i++)
        if (!take_until(&line, ',', &field)) {
            if (i < number)
                return NAN;
            field = line;
        }
    snprintf(text, sizeof text, "%.*s", (int)(field.end - field.at), field.at);
    return rn_read_real(text, &value) ? value : NAN;
}

/* The number of the field with that name in the first line, or -1. */
static int find_field(text_part line, const char *name)
{
    text_part field;
    for (int number = 0; line.at < line.end; number++) {
        if (!take_until(&line, ',', &field)) {
            field = line;
            line.at = line.end;
        }
        if ((size_t)(field.end - field.at) == strlen(name) && memcmp(field.at, name, strlen(name)) == 0)
            return number;
    }
    return -1;
}

static int count_lines(text_part rest)
{
    text_part line;
    int count = 0;
    while (take_until(&rest, '\n', &line))
        count++;
    return count;
}

static rn_status read_table(rn_past_run *run, text_part rest)
{
    text_part line;
    int field[RN_PAST_COLUMNS];
    int lines = count_lines(rest);
    if (!take_until(&rest, '\n', &line))
        return RN_OK;
    for (int c = 0; c < RN_PAST_COLUMNS; c++) {
        field[c] = find_field(line, column_name[c]);
        RN_TRY(rn_new(&run->column[c], lines));
    }
    for (; take_until(&rest, '\n', &line); run->rows++)
        for (int c = 0; c < RN_PAST_COLUMNS; c++)
            run->column[c][run->rows] = field[c] < 0 ? NAN : read_field(line, field[c]);
    return RN_OK;
}

static rn_status read_results(rn_past_run *run)
{
    char path[RN_TEXT_SIZE];
    rn_map map;
    RN_TRY(rn_path_join(path, sizeof path, run->folder, "results.csv"));
    RN_TRY(rn_map_open(&map, path));
    const char *text = (const char *)map.bytes;
    rn_status status = read_table(run, (text_part){ text, text + map.size });
    rn_map_close(&map);
    return status;
}

/* ---- The whole ------------------------------------------------------------------------------- */

const char *rn_past_run_text(const rn_past_run *run, const char *argument)
{
    const char *text = json_string_value(json_object_get(run->args, argument));
    return text ? text : "";
}

double rn_past_run_number(const rn_past_run *run, const char *result)
{
    const json_t *field = json_object_get(run->summary, result);
    const double number = json_is_number(field) ? json_number_value(field) : NAN;
    return fabs(number) <= LARGEST ? number : NAN;
}

const char *rn_past_run_model(const rn_past_run *run)
{
    return rn_past_run_text(run, "model");
}

/* "runs/plain20/" is called "plain20". */
static void find_name(rn_past_run *run)
{
    size_t end = strlen(run->folder), begin;
    while (end > 1 && run->folder[end - 1] == '/')
        end--;
    for (begin = end; begin > 0 && run->folder[begin - 1] != '/'; begin--)
        ;
    snprintf(run->name, sizeof run->name, "%.*s", (int)(end - begin), run->folder + begin);
}

static int whole_number(const json_t *object, const char *key)
{
    json_int_t number = json_integer_value(json_object_get(object, key));
    return number > 0 && number <= INT32_MAX ? (int)number : 0;
}

static rn_status describe(rn_past_run *run)
{
    double dropout = json_number_value(json_object_get(run->args, "dropout"));
    int classes = whole_number(run->summary, "classes");
    rn_architecture a = { .classes = classes ? classes : whole_number(run->args, "classes"),
                          .height = whole_number(run->args, "size"),
                          .dropout = rn_architecture_dropout(dropout) };
    const char *shortcut = rn_past_run_text(run, "shortcut"), *stride = rn_past_run_text(run, "stride-in");
    snprintf(a.model, sizeof a.model, "%s", rn_past_run_model(run));
    if (*shortcut)
        RN_TRY(rn_shortcut_parse(shortcut, &a.shortcut));
    if (*stride)
        RN_TRY(rn_stride_place_parse(stride, &a.stride_in));
    return rn_describe(&a, NULL, 0, &run->description);
}

static rn_status read_run(rn_past_run *run)
{
    RN_TRY(read_json(&run->args, run->folder, "args.json"));
    RN_TRY(read_json(&run->summary, run->folder, "summary.json"));
    RN_TRY(read_results(run));
    return describe(run);
}

rn_status rn_past_run_open(rn_past_run *run, const char *folder)
{
    *run = (rn_past_run){ 0 };
    if (snprintf(run->folder, sizeof run->folder, "%s", folder) >= (int)sizeof run->folder)
        return rn_fail(RN_BAD_ARGUMENT, "a run directory's name has more than %d bytes", RN_TEXT_SIZE - 1);
    find_name(run);
    rn_status status = read_run(run);
    if (status != RN_OK)
        rn_past_run_close(run);
    rn_while(status, "cannot report on '%s'", folder);
    return rn_hint(status, "a run directory is what `resnet train --out DIR` leaves when it is done");
}

void rn_past_run_close(rn_past_run *run)
{
    json_decref(run->args);
    json_decref(run->summary);
    for (int c = 0; c < RN_PAST_COLUMNS; c++)
        rn_free(run->column[c]);
    rn_description_free(run->description);
    *run = (rn_past_run){ 0 };
}
