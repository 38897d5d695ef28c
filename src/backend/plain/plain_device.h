/*
 * The device "plain": host memory in n,c,h,w order and the loops of op/, on one thread.  Slow, and right:
 * every other device is compared with it.
 */
#ifndef RN_BACKEND_PLAIN_PLAIN_DEVICE_H
#define RN_BACKEND_PLAIN_PLAIN_DEVICE_H

#include "tensor/device.h"

rn_status rn_plain_device_open(rn_device **device);

#endif
