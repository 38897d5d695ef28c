/* The first SIGINT or SIGTERM asks to stop, the second stops at once. */
#ifndef RN_CLI_STOP_H
#define RN_CLI_STOP_H

#include <stdbool.h>

/* Keep descriptors 0, 1, 2 taken, so that no file is opened in their place; writes past a pipe's end or a
 * size limit become errors instead of deaths. */
void stop_prepare(void);

/* From now on the signals set the flag, which is their number. */
const volatile int *stop_listen(void);

/* The signal that asked to stop, or 0. */
int stop_signal(void);

#endif
