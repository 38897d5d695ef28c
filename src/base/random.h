/*
 * Randomness that depends on names, not on time or threads: a stream is opened from a seed and the numbers of
 * the thing it serves (epoch, picture, ...), so the same thing always meets the same numbers.
 * SplitMix64 (Steele, Lea, Flood 2014).
 */
#ifndef RN_BASE_RANDOM_H
#define RN_BASE_RANDOM_H

#include <stdint.h>

typedef struct { uint64_t state; } rn_random;

rn_random rn_random_open(uint64_t seed, uint64_t a, uint64_t b);
uint64_t rn_random_bits(rn_random *random);
double rn_random_uniform(rn_random *random);                    /* in [0, 1) */
int64_t rn_random_below(rn_random *random, int64_t limit);      /* 0 .. limit-1 */
double rn_random_normal(rn_random *random);                     /* mean 0, standard deviation 1 */
void rn_random_shuffle(rn_random *random, int64_t *item, int64_t count);

/* One well-mixed number from a key and an index, for random access. */
uint64_t rn_random_mix(uint64_t key, uint64_t index);

#endif
