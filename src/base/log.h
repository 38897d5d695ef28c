/* Messages that are no failures.  The library hands them to the program's listener and prints nothing itself.
 */
#ifndef RN_BASE_LOG_H
#define RN_BASE_LOG_H

#include "base/error.h"

void rn_warn(const char *format, ...) RN_FORMAT(1, 2);
void rn_note(const char *format, ...) RN_FORMAT(1, 2);
void rn_detail(const char *format, ...) RN_FORMAT(1, 2);

#endif
