/* A model file as a C header, for programs that have no files. */
#ifndef RN_WEIGHTS_C_HEADER_H
#define RN_WEIGHTS_C_HEADER_H

#include "weights/tensor_file.h"

/* The bytes of the safetensors file as an array that is named after `path`; see docs/embedded.c. */
rn_status rn_c_header_write(rn_tensor_file *file, const char *path);

#endif
