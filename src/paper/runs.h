/*
 * The runs of an experiment.  A run is known by its directory, whose name says what it is,
 *
 *     RUNS/photos-resnet34-B-112px-x0.125-seed1
 *
 * so experiments share runs, a finished one is never repeated, and an unfinished one goes on.  One that
 * learned from other data of the same name is refused.
 */
#ifndef RN_PAPER_RUNS_H
#define RN_PAPER_RUNS_H

#include "paper/paper.h"

/* The runs of an experiment, complete; the caller frees `*run` with rn_free. */
rn_status rn_paper_plan(const rn_experiment *experiment, const rn_paper_options *options, rn_paper_run **run,
                        int *runs);

/* Whether the run was there already: a network may stand in a figure twice. */
bool rn_paper_is_twin(const rn_paper_run *run, int number);

/* Train what is not finished, options->jobs at a time. */
rn_status rn_paper_train(rn_paper_run *run, int runs, const rn_paper_options *options,
                         const rn_paper_watch *watch);

#endif
