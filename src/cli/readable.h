/* Numbers for people.  Each function writes into `to` and returns it. */
#ifndef RN_CLI_READABLE_H
#define RN_CLI_READABLE_H

#include <resnet.h>

typedef struct { char text[32]; } number_text;

const char *grouped(number_text *to, int64_t number);       /* "1,814,073,344" */
const char *bytes_text(number_text *to, int64_t bytes);     /* "12.3 MiB" */
const char *duration(number_text *to, double seconds);      /* "00:12:40" */

#endif
