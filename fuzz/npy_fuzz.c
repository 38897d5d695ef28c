/* NumPy's files of one array: what opens can be read, and is the same after it was written and read again. */
#include "base/memory.h"
#include "fuzz/fuzz.h"
#include "weights/npy.h"

#include <string.h>

static float *read_all(const rn_npy *npy)
{
    float *values;
    MUST_OK(rn_new(&values, rn_array_count(&npy->array)));
    MUST_OK(rn_array_floats(&npy->array, values));
    return values;
}

static void check(const rn_npy *npy)
{
    rn_npy again;
    const rn_array *a = &npy->array;
    size_t bytes = (size_t)rn_array_count(a) * sizeof(float);
    float *values = read_all(npy);
    MUST_OK(rn_npy_write(fuzz_path("again.npy"), values, a->dims, a->size));
    MUST_OK(rn_npy_open(&again, fuzz_path("again.npy")));
    float *read = read_all(&again);
    MUST(again.array.dims == a->dims, "%d dimensions", again.array.dims);
    MUST(memcmp(again.array.size, a->size, sizeof a->size) == 0, "another shape");
    MUST(memcmp(values, read, bytes) == 0, "other numbers");
    rn_free(values);
    rn_free(read);
    rn_npy_close(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    rn_npy npy = { 0 };
    if (size == 0)
        return 0;
    rn_status status = rn_npy_open(&npy, fuzz_write(FUZZ_NAME, data, size));
    fuzz_check_refusal(status);
    if (status == RN_OK)
        check(&npy);
    rn_npy_close(&npy);
    return 0;
}
