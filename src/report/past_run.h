/*
 * A finished run directory, read for a report: what was asked for (args.json), what came out (summary.json),
 * and how the errors went (results.csv, one row an epoch).
 */
#ifndef RN_REPORT_PAST_RUN_H
#define RN_REPORT_PAST_RUN_H

#include "base/json.h"

enum { RN_ITERATION, RN_TRAIN_ERROR, RN_TEST_ERROR, RN_PAST_COLUMNS };

typedef struct {
    char folder[RN_TEXT_SIZE];
    char name[128];                     /* the folder's own name */
    json_t *args, *summary;
    double *column[RN_PAST_COLUMNS];    /* NaN where a row says nothing */
    int rows;
    rn_description *description;        /* of its network */
    bool tables;                        /* its confusion matrix is also wanted as files in its folder */
} rn_past_run;

rn_status rn_past_run_open(rn_past_run *run, const char *folder);
void rn_past_run_close(rn_past_run *run);       /* also of a zeroed structure */

const char *rn_past_run_model(const rn_past_run *run);                      /* "resnet20" */
const char *rn_past_run_text(const rn_past_run *run, const char *argument); /* of args.json; "" when absent */
double rn_past_run_number(const rn_past_run *run, const char *result);      /* of summary.json; else NaN */

#endif
