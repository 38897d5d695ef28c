/* What kind the processors are; how many, rn_processors() tells (resnet.h). */
#ifndef RN_BASE_PROCESSOR_H
#define RN_BASE_PROCESSOR_H

#include "base/error.h"

/* The kind's own name, without '|'; "unknown" where the system does not tell. */
enum { RN_PROCESSOR_SIZE = 128 };
void rn_processor_name(char name[RN_PROCESSOR_SIZE]);

#endif
