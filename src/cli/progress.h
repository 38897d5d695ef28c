/*
 * The progress of a training on standard error: on a terminal one line that is redrawn at most ten times a
 * second, elsewhere one plain line every ten seconds and at each test and save.
 */
#ifndef RN_CLI_PROGRESS_H
#define RN_CLI_PROGRESS_H

#include <resnet.h>

typedef struct {
    double latest;          /* when something was last shown, seconds */
    bool stopping;          /* the request to stop has been acknowledged */
    bool finished;          /* the training has reached its end */
    const char *log;        /* where messages are kept once the run directory is claimed */
} progress;

/* For rn_train_watch; `context` is a progress, zero but for `log`. */
void progress_event(void *context, const rn_train_event *event);

#endif
