/*
 * The device "cpu": blocked tensors, a pool of threads, and kernels for the best instruction set of this
 * processor (RESNET_ISA=amx|avx512|avx2|baseline forces one; amx is for bf16 alone).  RESNET_CONV=direct
 * keeps Winograd's convolution away, RESNET_CONV=winograd takes it wherever it can be taken, even where it is
 * slower.  Otherwise a call is run by the kernel that was measured to be the fastest (kernel_choices.h), else
 * by the first of the list that accepts it.  All this is read when the device is opened.
 */
#ifndef RN_BACKEND_CPU_CPU_DEVICE_H
#define RN_BACKEND_CPU_CPU_DEVICE_H

#include "tensor/device.h"

rn_status rn_cpu_device_open(rn_device **device, const rn_placement *placement, rn_precision precision);

/* RN_CONV_ANY: every kernel that can run a call accepts it. */
typedef enum { RN_CONV_FASTEST, RN_CONV_DIRECT, RN_CONV_WINOGRAD, RN_CONV_ANY } rn_conv_choice;
rn_conv_choice rn_cpu_conv_choice(const rn_device *device);

rn_precision rn_cpu_precision(const rn_device *device);

/* So many rounds of multiply-adds on one thread; how many these were.  What all threads reach (ceiling.c). */
typedef int64_t rn_cpu_multiply(int64_t rounds);
rn_status rn_cpu_measure(rn_device *device, rn_cpu_multiply *multiply_adds, rn_ceiling *ceiling);

/* For the kernel "plain": any operation by its plain loops, on copies in n,c,h,w order. */
extern const rn_kernel rn_cpu_plain;

#endif
