/* Figures 2, 3 and 5: networks drawn side by side, and what they cost. */
#include "base/memory.h"
#include "paper/paper.h"
#include "report/graph.h"

enum { PARAMETERS, ADDS, PAPERS, COLUMNS };

static const rn_paper_column columns[COLUMNS] = {
    { "parameters", 0 }, { "multiply-adds", 0 }, { "paper", 0 },
};

static rn_status draw(const rn_experiment *e, rn_architecture *a, rn_network *network, rn_paper_draft *draft)
{
    for (int i = 0; i < e->entries; i++) {
        double *value = &draft->value[i * COLUMNS];
        snprintf(a[i].model, sizeof a[i].model, "%s", e->entry[i].model);
        a[i].shortcut = e->entry[i].shortcut;
        network[i].architecture = &a[i];
        draft->row[i] = e->entry[i].label;
        RN_TRY(rn_count_network(&a[i], &value[PARAMETERS], &value[ADDS]));
        value[PAPERS] = e->entry[i].paper[0];
    }
    return rn_networks_write(&draft->figure, network, e->entries, true);
}

rn_status rn_make_drawing(const rn_paper_work *work, rn_paper_draft *draft)
{
    const rn_experiment *e = work->experiment;
    rn_architecture *a = NULL;
    rn_network *network = NULL;
    RN_TRY(rn_draft_table(draft, COLUMNS, columns, e->entries));
    rn_status status = rn_new(&a, e->entries);
    if (status == RN_OK)
        status = rn_new(&network, e->entries);
    if (status == RN_OK)
        status = draw(e, a, network, draft);
    rn_text_add(&draft->note, "A box is what runs at once when a picture is classified; dotted shortcuts "
                "change the dimensions.");
    rn_free(network);
    rn_free(a);
    return status;
}
