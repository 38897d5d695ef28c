#include "base/random.h"

#include <math.h>

static uint64_t mixed(uint64_t z)
{
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

uint64_t rn_random_mix(uint64_t key, uint64_t index)
{
    return mixed(mixed(key + 0x9e3779b97f4a7c15u) + (index + 1) * 0x9e3779b97f4a7c15u);
}

rn_random rn_random_open(uint64_t seed, uint64_t a, uint64_t b)
{
    return (rn_random){ rn_random_mix(rn_random_mix(seed, a), b) };
}

uint64_t rn_random_bits(rn_random *random)
{
    return mixed(random->state += 0x9e3779b97f4a7c15u);
}

double rn_random_uniform(rn_random *random)
{
    return (double)(rn_random_bits(random) >> 11) * 0x1p-53;
}

int64_t rn_random_below(rn_random *random, int64_t limit)
{
    return (int64_t)(rn_random_uniform(random) * (double)limit);
}

/* Box and Muller. */
double rn_random_normal(rn_random *random)
{
    double radius = sqrt(-2 * log(1 - rn_random_uniform(random)));
    return radius * cos(6.283185307179586 * rn_random_uniform(random));
}

/* Fisher and Yates. */
void rn_random_shuffle(rn_random *random, int64_t *item, int64_t count)
{
    for (int64_t i = count - 1; i > 0; i--) {
        int64_t j = rn_random_below(random, i + 1), keep = item[i];
        item[i] = item[j];
        item[j] = keep;
    }
}
