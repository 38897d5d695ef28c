/* Names of tensors as other programs write them, made torchvision's. */
#ifndef RN_WEIGHTS_NAMES_H
#define RN_WEIGHTS_NAMES_H

#include "weights/tensor_file.h"

void rn_names_translate(rn_tensor_file *file);

#endif
