/* Streams depend on their names alone, and their numbers look random: mean, spread, equal shares. */
#include "base/check.h"
#include "base/random.h"

#include <math.h>

enum { COUNT = 100000 };

static void is_named(void)
{
    rn_random a = rn_random_open(1, 2, 3), b = rn_random_open(1, 2, 3);
    CHECK(rn_random_bits(&a) == rn_random_bits(&b), "the same names, the same numbers");
    rn_random other[] = { rn_random_open(2, 2, 3), rn_random_open(1, 3, 3), rn_random_open(1, 2, 4),
                          rn_random_open(1, 3, 2) };
    b = rn_random_open(1, 2, 3);
    uint64_t first = rn_random_bits(&b);
    for (int i = 0; i < 4; i++)
        CHECK(rn_random_bits(&other[i]) != first, "another name (%d), other numbers", i);
}

static void is_uniform(void)
{
    rn_random random = rn_random_open(7, 0, 0);
    double sum = 0, squares = 0;
    int share[10] = { 0 };
    for (int i = 0; i < COUNT; i++) {
        double x = rn_random_uniform(&random);
        CHECK(x >= 0 && x < 1, "%g", x);
        sum += x;
        squares += x * x;
        share[rn_random_below(&random, 10)]++;
    }
    CHECK(fabs(sum / COUNT - 0.5) < 0.005, "mean %g", sum / COUNT);
    CHECK(fabs(squares / COUNT - 1.0 / 3) < 0.005, "mean square %g", squares / COUNT);
    for (int i = 0; i < 10; i++)
        CHECK(abs(share[i] - COUNT / 10) < 500, "%d of %d are %d", share[i], COUNT, i);
}

static void is_normal(void)
{
    rn_random random = rn_random_open(8, 0, 0);
    double sum = 0, squares = 0, fourth = 0;
    for (int i = 0; i < COUNT; i++) {
        double x = rn_random_normal(&random);
        sum += x;
        squares += x * x;
        fourth += x * x * x * x;
    }
    CHECK(fabs(sum / COUNT) < 0.01, "mean %g", sum / COUNT);
    CHECK(fabs(squares / COUNT - 1) < 0.02, "variance %g", squares / COUNT);
    CHECK(fabs(fourth / COUNT - 3) < 0.15, "fourth moment %g", fourth / COUNT);
}

static void shuffles(void)
{
    enum { CARDS = 5, DEALS = 50000 };
    int place[CARDS][CARDS] = { { 0 } };
    for (int deal = 0; deal < DEALS; deal++) {
        int64_t card[CARDS] = { 0, 1, 2, 3, 4 };
        rn_random random = rn_random_open(9, (uint64_t)deal, 0);
        rn_random_shuffle(&random, card, CARDS);
        for (int i = 0; i < CARDS; i++)
            place[card[i]][i]++;
    }
    for (int i = 0; i < CARDS * CARDS; i++)
        CHECK(abs(place[i / CARDS][i % CARDS] - DEALS / CARDS) < 500, "card %d lies %d times at %d",
              i / CARDS, place[i / CARDS][i % CARDS], i % CARDS);
}

int main(void)
{
    is_named();
    is_uniform();
    is_normal();
    shuffles();
    return check_result();
}
