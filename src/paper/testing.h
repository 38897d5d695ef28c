/*
 * What a finished run errs on, tested in the experiment's way: its own last test, or 10-crop or dense testing
 * of its weights.  The answers of the latter are kept in the run directory as tested-VIEWS.npy.
 */
#ifndef RN_PAPER_TESTING_H
#define RN_PAPER_TESTING_H

#include "paper/paper.h"

typedef struct { double top1, top5; } rn_paper_errors;        /* per cent */

rn_status rn_paper_test(const rn_paper_work *work, const rn_paper_run *run, rn_paper_errors *errors);

/* Its last test while it learned: one view, of the centre. */
rn_status rn_paper_last_test(const rn_paper_run *run, rn_paper_errors *errors);

/* The answers of a run's network in the experiment's way; the caller frees them, also after a failure. */
rn_status rn_paper_answer(const rn_paper_work *work, const rn_paper_run *run, rn_answers **answers);

rn_status rn_paper_count(const rn_answers *answers, rn_paper_errors *errors);

#endif
