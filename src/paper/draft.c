/* Results while they grow: memory for a table, its note and its figure; what stands in several of them. */
#include "base/memory.h"
#include "paper/paper.h"

#include <math.h>

rn_status rn_draft_table(rn_paper_draft *draft, int columns, const rn_paper_column *column, int rows)
{
    rn_paper_result *r = &draft->result;
    RN_TRY(rn_new(&draft->row, rows));
    RN_TRY(rn_new(&draft->value, rows * columns));
    for (int i = 0; i < columns; i++)
        draft->column[i] = column[i];
    for (int i = 0; i < rows * columns; i++)
        draft->value[i] = NAN;
    r->columns = columns;
    r->rows = rows;
    r->column = draft->column;
    r->row = draft->row;
    r->value = draft->value;
    return RN_OK;
}

const rn_paper_run *rn_work_find(const rn_paper_work *work, const rn_paper_entry *entry)
{
    for (int i = 0; i < work->runs; i++)
        if (work->run[i].entry == entry && work->run[i].finished)
            return &work->run[i];
    return NULL;
}

rn_status rn_count_network(const rn_architecture *a, double *parameters, double *multiply_adds)
{
    rn_description *d;
    RN_TRY(rn_describe(a, NULL, 0, &d));
    *parameters = (double)d->parameters;
    *multiply_adds = (double)d->multiply_adds;
    rn_description_free(d);
    return RN_OK;
}

void rn_paper_result_free(rn_paper_result *result)
{
    rn_paper_draft *draft = (rn_paper_draft *)result;
    if (!draft)
        return;
    rn_free(draft->row);
    rn_free(draft->value);
    rn_free(draft->evidence);
    rn_text_free(&draft->note);
    rn_text_free(&draft->figure);
    rn_text_free(&draft->command);
    rn_free(draft);
}
