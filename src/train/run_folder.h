/*
 * The run directory: who may write into it, and the files that say what was asked for (args.json) and where
 * it ran (env.json).  It is never overwritten without `force`.
 */
#ifndef RN_TRAIN_RUN_FOLDER_H
#define RN_TRAIN_RUN_FOLDER_H

#include "base/file.h"
#include "base/json.h"
#include "tensor/device.h"

#define RN_SNAPSHOT "step-%lld.safetensors"

/* The first of runs/train, runs/train2, ... that is free, or with `existing` the last that is not. */
rn_status rn_run_choose(char out[RN_TEXT_SIZE], bool existing);

/* Claim `config->out`: it must be new or empty, or `resume` or `force` allows what is there, and no other
 * process may train in it; *lock keeps others out until it is released.  What an overwritten run left is
 * removed. */
rn_status rn_run_claim(const rn_train_config *config, int *lock);
void rn_run_release(int lock);          /* accepts -1 */

/* The path of a file in the run directory. */
rn_status rn_run_path(char path[RN_TEXT_SIZE], const char *out, const char *name);

/* Put a text into a file of the run, or at its end, and free it. */
rn_status rn_run_write(const char *out, const char *name, rn_text *text);
rn_status rn_run_append(const char *out, const char *name, rn_text *text);
/* The same for an object, which is taken; `filled` tells whether filling it went well. */
rn_status rn_run_write_json(const char *out, const char *name, json_t *object, rn_status filled);

/* Read the configuration that the run in `out` recorded, if there is such a run. */
rn_status rn_run_recorded(rn_train_config *config, const char *out, bool *recorded);

/* Whether the run in `out` ended by itself, as its summary.json says. */
bool rn_run_is_finished(const char *out);

/* Write args.json, env.json and, where kernels were measured, the choice of them. */
rn_status rn_run_describe(const rn_train_config *config, const rn_device *device);

#endif
