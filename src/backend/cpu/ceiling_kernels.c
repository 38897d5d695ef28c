/* Multiply-adds that wait for nothing: how many a thread can do at most. */
#include "backend/cpu/kernels.h"

enum { CHAINS = 12 };

/* Independent chains hide the latency; each goes to 1, so that no number becomes tiny or huge.  How many it
 * did, from a sum that no compiler can leave out. */
int64_t ISA_NAME(rn_cpu_multiply)(int64_t rounds)
{
    vec sum[CHAINS];
    const vec shrink = broadcast(0.5f);
    UNROLL(12) for (int i = 0; i < CHAINS; i++)
        sum[i] = broadcast((float)i);
    for (int64_t round = 0; round < rounds; round++) {
        UNROLL(12) for (int i = 0; i < CHAINS; i++)
            sum[i] = sum[i] * shrink + shrink;
    }
    vec total = { 0 };
    for (int i = 0; i < CHAINS; i++)
        total += sum[i];
    return total[0] >= 0 ? rounds * CHAINS * VL : 0;
}
