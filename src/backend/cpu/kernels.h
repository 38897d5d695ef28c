/* The kernels of one instruction set, most special first; the device takes the first that accepts a call. */
#ifndef RN_BACKEND_CPU_KERNELS_H
#define RN_BACKEND_CPU_KERNELS_H

#include "backend/cpu/cpu_device.h"
#include "backend/cpu/vector.h"

extern const rn_kernel ISA_NAME(rn_cpu_int8), ISA_NAME(rn_cpu_winograd), ISA_NAME(rn_cpu_direct),
    ISA_NAME(rn_cpu_batchnorm), ISA_NAME(rn_cpu_relu), ISA_NAME(rn_cpu_add),
    ISA_NAME(rn_cpu_maxpool), ISA_NAME(rn_cpu_average), ISA_NAME(rn_cpu_pad_shortcut),
    ISA_NAME(rn_cpu_concat), ISA_NAME(rn_cpu_highway), ISA_NAME(rn_cpu_linear);
extern rn_cpu_multiply ISA_NAME(rn_cpu_multiply);

#endif
