/* The clock that never goes back, since some moment. */
#ifndef RN_BASE_CLOCK_H
#define RN_BASE_CLOCK_H

#include <time.h>

static inline double rn_clock(void)             /* seconds */
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static inline double rn_clock_ms(void)
{
    return 1e3 * rn_clock();
}

#endif
