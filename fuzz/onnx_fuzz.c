/* ONNX: constants of a graph, and what the file says of itself. */
#include "fuzz/weights_file.h"
#include "weights/onnx.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_weights(&(fuzz_reader){ rn_onnx_recognises, rn_onnx_read, false }, data, size);
    return 0;
}
