/* PyTorch's files until early 2017: a tar archive of pickles and numbers. */
#include "fuzz/weights_file.h"
#include "weights/pytorch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_weights(&(fuzz_reader){ rn_torch_tar_recognises, rn_torch_tar_read, false }, data, size);
    return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
    size = LLVMFuzzerMutate(data, size, max_size);
    if (seed % 4)
        fuzz_mend_tar(data, size);
    return size;
}
