/*
 * What a finished run errs on, tested in the experiment's way: its own last test, or 10-crop or dense testing
 * of its weights.  The latter is kept in the run directory as tested-VIEWS.json and not done twice.
 */
#ifndef RN_PAPER_TESTING_H
#define RN_PAPER_TESTING_H

#include "paper/paper.h"

typedef struct { double top1, top5; } rn_paper_errors;        /* per cent */

rn_status rn_paper_test(const rn_paper_work *work, const rn_paper_run *run, rn_paper_errors *errors);

/* The answers of a run's network in that way; the caller frees them. */
rn_status rn_paper_answer(const rn_paper_work *work, const rn_paper_run *run, rn_answers **answers);

#endif
