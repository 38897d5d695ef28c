/* The devices of this build, by name.  The only place that knows them all. */
#ifndef RN_BACKEND_REGISTRY_H
#define RN_BACKEND_REGISTRY_H

#include "tensor/device.h"

/* `placement` NULL: the default.  RN_NO_DEVICE with a message when there is no such device here. */
rn_status rn_device_open(rn_device **device, const rn_placement *placement);
void rn_device_close(rn_device *device);

/* RN_OK where the type of a placement exists and can train. */
rn_status rn_trains_in(const char *type);

#endif
