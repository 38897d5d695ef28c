/* Another program, run to its end. */
#ifndef RN_DATA_RUN_H
#define RN_DATA_RUN_H

#include "base/error.h"

/* Run `command`, a NULL-terminated list whose first word is looked up in PATH, with nothing to read and
 * nowhere to * print, or, with `talks`, the standard error to print on.  *code is its exit code.  Fails
 * when the program is not * there, or with RN_INTERRUPTED when a signal ended it. */
rn_status rn_run(const char *const *command, bool talks, int *code);

#endif
