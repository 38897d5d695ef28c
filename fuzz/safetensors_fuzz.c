/* The reader of safetensors, and the writer after it. */
#include "fuzz/weights_file.h"
#include "weights/safetensors.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_weights(&(fuzz_reader){ rn_safetensors_recognises, rn_safetensors_read, true }, data, size);
    return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
    size = LLVMFuzzerMutate(data, size, max_size);
    return seed % 4 ? fuzz_mend_safetensors(data, size, max_size) : size;
}
