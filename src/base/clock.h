/* The clock that never goes back, in milliseconds since some moment. */
#ifndef RN_BASE_CLOCK_H
#define RN_BASE_CLOCK_H

#include <time.h>

static inline double rn_clock_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6;
}

#endif
