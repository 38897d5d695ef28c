/* Answers in files: scores for NumPy and for later, guesses for spreadsheets. */
#include "base/memory.h"
#include "predict/answers.h"
#include "weights/npy.h"

#include <math.h>

enum { GUESSES = 5, MOST_CLASSES = 1 << 20 };

/* ---- Guesses --------------------------------------------------------------------------------- */

static void add_row(rn_text *csv, const rn_answers *answers, int64_t row)
{
    rn_guess guess[GUESSES];
    const rn_answers_row *r = &answers->row[row];
    int found = r->views ? rn_answers_best(answers, row, guess, GUESSES) : 0;
    rn_text_add_csv(csv, rn_answers_name(answers, row));
    rn_text_add(csv, ",");
    if (r->label != RN_NO_LABEL)
        rn_text_add_csv(csv, answers->class_name[r->label]);
    for (int i = 0; i < GUESSES; i++) {
        rn_text_add(csv, ",");
        if (i < found)
            rn_text_add_csv(csv, guess[i].name);
        rn_text_add(csv, ",");
        if (i < found)
            rn_text_add(csv, "%.6g", (double)guess[i].probability);
    }
    rn_text_add(csv, "\n");
}

rn_status rn_answers_write_guesses(const rn_answers *answers, const char *file)
{
    rn_text csv = { 0 };
    rn_text_add(&csv, "file,true");
    for (int i = 1; i <= GUESSES; i++)
        rn_text_add(&csv, ",guess%d,probability%d", i, i);
    rn_text_add(&csv, "\n");
    for (int64_t row = 0; row < answers->count; row++)
        add_row(&csv, answers, row);
    rn_status status = rn_text_finish(&csv);
    if (status == RN_OK)
        status = rn_file_replace(file, csv.bytes, csv.length);
    rn_text_free(&csv);
    return status;
}

/* ---- Scores ---------------------------------------------------------------------------------- */

rn_status rn_answers_write_scores(const rn_answers *answers, const char *npy)
{
    return rn_npy_write(npy, answers->scores, 2, (int64_t[]){ answers->count, answers->classes });
}

static rn_status check_shape(const rn_array *scores, const rn_dataset *data, const char *npy,
                             const char *spec)
{
    if (scores->dims != 2)
        return rn_fail(RN_BAD_FILE, "%s: an array of %d dimensions, wanted pictures x classes", npy,
                       scores->dims);
    if (scores->size[0] != data->count)
        return rn_fail(RN_BAD_FILE, "%s: scores of %lld pictures, %s has %lld", npy,
                       (long long)scores->size[0], spec, (long long)data->count);
    if (scores->size[1] < data->classes || scores->size[1] > MOST_CLASSES)
        return rn_fail(RN_BAD_FILE, "%s: scores of %lld classes, %s has %d", npy,
                       (long long)scores->size[1], spec, data->classes);
    return RN_OK;
}

/* The names that the data know, and for classes beyond them "class 7". */
static rn_status open_table(rn_answers **answers, const rn_dataset *data, int classes)
{
    const char **name;
    char (*made)[24] = NULL;
    RN_TRY(rn_new(&name, classes));
    rn_status status = rn_allocate((void **)&made, (size_t)classes, sizeof *made, "class names");
    for (int c = 0; c < classes && status == RN_OK; c++) {
        snprintf(made[c], sizeof *made, "class %d", c);
        name[c] = c < data->classes ? data->class_name[c] : made[c];
    }
    if (status == RN_OK)
        status = rn_answers_new(answers, name, classes);
    rn_free(made);
    rn_free(name);
    return status;
}

static bool is_missing(const float *scores, int classes)
{
    bool missing = true;
    for (int c = 0; c < classes; c++)
        missing = missing && isnan(scores[c]);
    return missing;
}

static rn_status fill(rn_answers *answers, const rn_dataset *data, const rn_array *array)
{
    RN_TRY(rn_answers_add_data(answers, data));
    RN_TRY(rn_array_floats(array, answers->scores));
    for (int64_t row = 0; row < answers->count; row++)
        answers->row[row].views = !is_missing(rn_answers_scores(answers, row), answers->classes);
    return RN_OK;
}

static rn_status read_scores(rn_answers **answers, const rn_array *array, const char *npy, const char *spec,
                             const rn_dataset *data)
{
    RN_TRY(check_shape(array, data, npy, spec));
    RN_TRY(open_table(answers, data, (int)array->size[1]));
    return fill(*answers, data, array);
}

rn_status rn_answers_read_for(rn_answers **answers, const char *npy, const char *spec,
                              const rn_dataset *data)
{
    rn_npy file;
    *answers = NULL;
    RN_TRY(rn_npy_open(&file, npy));
    rn_status status = read_scores(answers, &file.array, npy, spec, data);
    rn_npy_close(&file);
    if (status != RN_OK) {
        rn_answers_free(*answers);
        *answers = NULL;
    }
    return status;
}

rn_status rn_answers_read(rn_answers **answers, const char *npy, const char *spec)
{
    rn_dataset *data;
    *answers = NULL;
    RN_TRY(rn_dataset_open(&data, spec, RN_SPLIT_TEST, NULL));
    rn_status status = RN_OK;
    if (data->divided)
        status = rn_hint(rn_fail(RN_BAD_ARGUMENT, "%s: its test pictures are drawn as a training says, which "
                                 "saved scores do not know", spec),
                         "put the test pictures into %s/val/CLASS/", spec);
    if (status == RN_OK)
        status = rn_answers_read_for(answers, npy, spec, data);
    rn_dataset_close(data);
    return status;
}
