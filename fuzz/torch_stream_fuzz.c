/* PyTorch's files of 2017 to 2020: pickles, then numbers. */
#include "fuzz/weights_file.h"
#include "weights/pytorch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_weights(&(fuzz_reader){ rn_torch_stream_recognises, rn_torch_stream_read, false }, data, size);
    return 0;
}
