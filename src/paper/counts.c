/* Table 1: what each network costs with each kind of shortcut, and with the stride in the 3x3. */
#include "paper/paper.h"

#include <string.h>

enum { PARAMETERS, ADDS = PARAMETERS + 3, ADDS_3X3 = ADDS + 3, PAPERS, COLUMNS };

static const rn_paper_column columns[COLUMNS] = {
    { "parameters A", 0 }, { "parameters B", 0 }, { "parameters C", 0 }, { "multiply-adds A", 0 },
    { "multiply-adds B", 0 }, { "multiply-adds C", 0 }, { "multiply-adds, stride in 3x3", 0 }, { "paper", 0 },
};

static rn_status count(const char *model, rn_shortcut shortcut, rn_stride_place stride, double *parameters,
                       double *multiply_adds)
{
    rn_architecture a = { .shortcut = shortcut, .stride_in = stride };
    snprintf(a.model, sizeof a.model, "%s", model);
    return rn_count_network(&a, parameters, multiply_adds);
}

/* A network without shortcuts has its numbers in column A. */
static rn_status fill(const rn_paper_entry *entry, double *value)
{
    static const rn_shortcut kinds[] = { RN_SHORTCUT_A, RN_SHORTCUT_B, RN_SHORTCUT_C };
    const bool residual = strncmp(entry->model, "resnet", 6) == 0;
    double same;
    for (int k = 0; k < (residual ? 3 : 1); k++)
        RN_TRY(count(entry->model, residual ? kinds[k] : RN_SHORTCUT_DEFAULT, RN_STRIDE_IN_1X1,
                     &value[PARAMETERS + k], &value[ADDS + k]));
    if (residual && entry->paper[0] > 3.7e9)
        RN_TRY(count(entry->model, RN_SHORTCUT_B, RN_STRIDE_IN_3X3, &same, &value[ADDS_3X3]));
    if (entry->paper[0] > 0)
        value[PAPERS] = entry->paper[0];
    return RN_OK;
}

rn_status rn_make_counts(const rn_paper_work *work, rn_paper_draft *draft)
{
    const rn_experiment *e = work->experiment;
    RN_TRY(rn_draft_table(draft, COLUMNS, columns, e->entries));
    for (int i = 0; i < e->entries; i++) {
        draft->row[i] = e->entry[i].label;
        RN_TRY(fill(&e->entry[i], &draft->value[i * COLUMNS]));
    }
    rn_text_add(&draft->note, "Parameters are those of convolutions, batch normalization and classifier; "
                "multiply-adds those of convolutions and classifier, for one picture.  Figure 3: "
                "the 34 layers take 18 %% of VGG-19's multiply-adds.");
    return RN_OK;
}
