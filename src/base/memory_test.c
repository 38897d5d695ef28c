#include "base/check.h"
#include "base/memory.h"

#include <string.h>

static bool all_zero(const uint8_t *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (bytes[i])
            return false;
    return true;
}

static void gives_aligned_zeros(void)
{
    for (size_t count = 0; count < 200; count += 7) {
        uint8_t *block;
        CHECK_OK(rn_new(&block, count));
        CHECK((uintptr_t)block % 64 == 0 && all_zero(block, count), "%zu bytes", count);
        memset(block, 1, count);
        CHECK_OK(rn_reallocate((void **)&block, count, count + 100, 1, "test"));
        CHECK((count == 0 || block[count - 1] == 1) && all_zero(block + count, 100), "%zu bytes", count);
        rn_free(block);
    }
}

static void refuses_the_impossible(void)
{
    void *block = &block;
    CHECK(rn_allocate(&block, SIZE_MAX / 2, 4, "numbers") == RN_NO_MEMORY && !block, "beyond size_t");
    CHECK(rn_allocate(&block, SIZE_MAX, 1, "numbers") == RN_NO_MEMORY && !block, "with alignment");
    CHECK(strstr(rn_error_text(), "MiB for numbers"), "%s", rn_error_text());
}

static void fails_on_demand(void)
{
    int *block = NULL, *kept;
    CHECK_OK(rn_new(&kept, 3));
    kept[2] = 9;
    rn_memory_fail_at(2, false);
    CHECK_OK(rn_new(&block, 1));
    rn_free(block);
    CHECK(rn_new(&block, 1) == RN_NO_MEMORY && !block, "the second");
    CHECK(strcmp(rn_error_text(), "out of memory: 4 bytes for block") == 0, "%s", rn_error_text());
    CHECK_OK(rn_new(&block, 1));
    rn_free(block);
    rn_memory_fail_at(1, true);
    CHECK(rn_reallocate((void **)&kept, 3, 10, sizeof *kept, "more") == RN_NO_MEMORY && kept[2] == 9, "kept");
    CHECK(rn_new(&block, 1) == RN_NO_MEMORY, "and all that follow");
    rn_memory_fail_at(0, false);
    rn_free(kept);
}

static void copies_text(void)
{
    char *copy;
    CHECK_OK(rn_copy_text_part(&copy, "residual", 3));
    CHECK(strcmp(copy, "res") == 0, "%s", copy);
    rn_free(copy);
    CHECK_OK(rn_copy_text_part(&copy, "net", 100));
    CHECK(strcmp(copy, "net") == 0, "%s", copy);
    rn_free(copy);
    size_t product, sum;
    CHECK(rn_times(6, 7, &product) && product == 42 && !rn_times(SIZE_MAX, 2, &product), "checked products");
    CHECK(rn_plus(6, 7, &sum) && sum == 13 && !rn_plus(SIZE_MAX, 1, &sum), "checked sums");
}

int main(void)
{
    gives_aligned_zeros();
    refuses_the_impossible();
    fails_on_demand();
    copies_text();
    return check_result();
}
