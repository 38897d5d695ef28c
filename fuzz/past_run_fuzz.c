/*
 * Runs read back for a report.  The input is args.json, summary.json and results.csv, with a zero byte
 * between them.  What opens has as many rows in each column and a network that was described.
 */
#include "base/file.h"
#include "fuzz/fuzz.h"
#include "report/past_run.h"

#include <string.h>

static void put_part(const char *name, const uint8_t **data, size_t *size)
{
    const uint8_t *end = *size ? memchr(*data, '\0', *size) : NULL;
    size_t length = end ? (size_t)(end - *data) : *size;
    fuzz_write(name, *data, length);
    *data += length + (end != NULL);
    *size -= length + (end != NULL);
}

static void check(const rn_past_run *run)
{
    double sum = 0;
    for (int c = 0; c < RN_PAST_COLUMNS; c++)
        for (int i = 0; i < run->rows; i++)
            sum += run->column[c][i];
    MUST(run->rows >= 0 && run->name[0], "%d rows, %g", run->rows, sum);
    MUST(run->description && run->description->layers > 0 && run->description->parameters > 0,
         "a network without layers");
    MUST(*rn_past_run_model(run), "a network without a name");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    rn_past_run run = { 0 };
    MUST_OK(rn_folder_make(fuzz_path(FUZZ_NAME)));
    put_part(FUZZ_NAME "/args.json", &data, &size);
    put_part(FUZZ_NAME "/summary.json", &data, &size);
    put_part(FUZZ_NAME "/results.csv", &data, &size);
    rn_status status = rn_past_run_open(&run, fuzz_path(FUZZ_NAME));
    MUST(status == RN_OK || status == RN_BAD_ARGUMENT || strstr(rn_error_text(), FUZZ_NAME), "%s",
         rn_error_text());
    if (status == RN_OK)
        check(&run);
    rn_past_run_close(&run);
    return 0;
}
