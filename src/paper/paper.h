/*
 * The paper's tables and figures as experiments, and experiments as data: a row of the table in experiments.c
 * names the networks, what they learn and which maker turns their runs into a result.
 *
 *     plan the runs (runs.h), do what is missing of them, and let experiment->make fill the result.
 */
#ifndef RN_PAPER_PAPER_H
#define RN_PAPER_PAPER_H

#include "base/text.h"

typedef enum { RN_NO_DATA, RN_CIFAR, RN_PHOTOS } rn_paper_data;

#define RN_PAPER_RUNS "runs/paper"      /* where run directories lie unless someone says otherwise */

enum { RN_PAPER_NUMBERS = 2, RN_MAX_COLUMNS = 12, RN_PAPER_PASSES = 120, RN_PAPER_CIFAR_STEPS = 64000 };

/* One network of an experiment, or, without a model, a row of other people's numbers. */
typedef struct {
    const char *label;                  /* as the paper calls it: "ResNet-34 B" */
    const char *model;                  /* "ensemble": of the other networks of the experiment */
    rn_shortcut shortcut;
    int panel;                          /* figures: in which chart, from 0 */
    double paper[RN_PAPER_NUMBERS];     /* what the paper says; 0: nothing */
    double mean, deviation;             /* over several runs, where the paper gives its best: 6.61 +- 0.16 */
    bool on_request;                    /* trained only where `only` names it */
} rn_paper_entry;

typedef struct rn_experiment rn_experiment;

/* One training of one network. */
typedef struct {
    const rn_paper_entry *entry;
    rn_train_config config;
    int classes;                        /* of photographs */
    bool finished;
} rn_paper_run;

/* All that a maker may look at. */
typedef struct {
    const rn_experiment *experiment;
    const rn_paper_options *options;
    const rn_paper_run *run;            /* planned; of entry after entry, seed after seed */
    int runs;
    const rn_paper_watch *watch;
} rn_paper_work;

/* A result that grows.  Labels are borrowed from the tables of experiments. */
typedef struct {
    rn_paper_result result;             /* first, so that a pointer to it is one to the whole */
    rn_paper_column column[RN_MAX_COLUMNS];
    const char **row;
    double *value;
    rn_paper_evidence *evidence;
    rn_text note, figure, command;
} rn_paper_draft;

struct rn_experiment {
    rn_paper_item item;
    rn_paper_data data;
    rn_status (*make)(const rn_paper_work *, rn_paper_draft *);
    const char *views;                          /* "10-crop", "dense"; NULL: the run's own last test */
    const char *measure[RN_PAPER_NUMBERS];      /* what paper[] tells: "top-1", "top-5" */
    const char *panel[3];                       /* figures: titles of the charts */
    const rn_paper_entry *entry;                /* ended by a row without a label */
    int entries;
};

const rn_experiment *rn_experiments(void);      /* ended by a row without a name */

/* The first row of the same network: figure 6 shows ResNet-110 in two charts. */
int rn_entry_first(const rn_experiment *experiment, int number);

/* The makers. */
rn_status rn_make_counts(const rn_paper_work *work, rn_paper_draft *draft);
rn_status rn_make_drawing(const rn_paper_work *work, rn_paper_draft *draft);
rn_status rn_make_errors(const rn_paper_work *work, rn_paper_draft *draft);
rn_status rn_make_curves(const rn_paper_work *work, rn_paper_draft *draft);
rn_status rn_make_responses(const rn_paper_work *work, rn_paper_draft *draft);
rn_status rn_make_gradients(const rn_paper_work *work, rn_paper_draft *draft);

/* Whether the runs learn from what the paper's networks learned from, so that numbers can be compared. */
bool rn_work_has_papers_data(const rn_paper_work *work);

/* The finished run of an entry with the lowest seed, or NULL. */
const rn_paper_run *rn_work_find(const rn_paper_work *work, const rn_paper_entry *entry);

/* Begin the table of a result: all its values are NaN. */
rn_status rn_draft_table(rn_paper_draft *draft, int columns, const rn_paper_column *column, int rows);

/* What a network costs: its parameters, and multiply-adds for one picture. */
rn_status rn_count_network(const rn_architecture *architecture, double *parameters, double *multiply_adds);

/* Add the command that makes a result again and the finished runs behind it. */
rn_status rn_draft_evidence(rn_paper_draft *draft, const rn_paper_work *work);

#endif
