/*
 * The device "cpu": blocked tensors, a pool of threads, and kernels for the best instruction set of this
 * processor (RESNET_ISA=avx512|avx2|baseline forces one).
 */
#ifndef RN_BACKEND_CPU_CPU_DEVICE_H
#define RN_BACKEND_CPU_CPU_DEVICE_H

#include "tensor/device.h"

rn_status rn_cpu_device_open(rn_device **device, int threads);

/* For the kernel "plain": any operation by its plain loops, on copies in n,c,h,w order. */
extern const rn_kernel rn_cpu_plain;

#endif
