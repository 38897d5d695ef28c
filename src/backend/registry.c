#include "backend/registry.h"
#include "backend/cpu/cpu_device.h"
#include "backend/plain/plain_device.h"

#include <string.h>

typedef struct {
    const char *name;
    rn_status (*open)(rn_device **device, const rn_placement *placement, rn_precision type);
} device_row;

static rn_status open_plain(rn_device **device, const rn_placement *placement, rn_precision type)
{
    (void)placement;
    if (type != RN_IN_FP32)
        return rn_fail(RN_BAD_ARGUMENT, "device plain computes in fp32, not in other types");
    return rn_plain_device_open(device);
}

static rn_status refuse_cuda(rn_device **device, const rn_placement *placement, rn_precision type)
{
    (void)type;
    (void)device;
    (void)placement;
    return rn_hint(rn_fail(RN_NO_DEVICE, "device cuda: this build cannot drive it"), "--device cpu");
}

/* The first is the default. */
static const device_row devices[] = {
    { "cpu", rn_cpu_device_open },
    { "plain", open_plain },
    { "cuda", refuse_cuda },
};

enum { DEVICES = sizeof devices / sizeof *devices };

static rn_status unknown(const char *name)
{
    const char *names[DEVICES + 1] = { NULL };
    for (int i = 0; i < DEVICES; i++)
        names[i] = devices[i].name;
    const char *near = rn_suggest(name, names);
    if (near)
        return rn_fail(RN_BAD_ARGUMENT, "unknown device \"%s\"; did you mean \"%s\"?", name, near);
    return rn_hint(rn_fail(RN_BAD_ARGUMENT, "unknown device \"%s\"", name), "--device cpu");
}

static rn_status read_type(const char *name, rn_precision *type)
{
    *type = RN_IN_FP32;
    if (!name || !*name)
        return RN_OK;
    for (; *type < RN_PRECISIONS; ++*type)
        if (strcmp(rn_precision_name(*type), name) == 0)
            return RN_OK;
    return rn_fail(RN_BAD_ARGUMENT, "unknown type \"%s\": use fp32, bf16 or int8", name);
}

rn_status rn_trains_in(const char *type)
{
    rn_precision precision;
    RN_TRY(read_type(type, &precision));
    if (precision == RN_IN_INT8)
        return rn_hint(rn_fail(RN_BAD_ARGUMENT, "type int8 has no gradients: it is for inference"),
                       "--type bf16");
    return RN_OK;
}

rn_status rn_device_open(rn_device **device, const rn_placement *placement)
{
    rn_placement wanted = placement ? *placement : (rn_placement){ 0 };
    const char *name = wanted.device && *wanted.device ? wanted.device : devices[0].name;
    rn_precision type;
    *device = NULL;
    RN_TRY(read_type(wanted.type, &type));
    if (wanted.threads < 0)
        return rn_fail(RN_BAD_ARGUMENT, "%d threads, wanted at least 1", wanted.threads);
    for (int i = 0; i < DEVICES; i++)
        if (strcmp(devices[i].name, name) == 0)
            return devices[i].open(device, &wanted, type);
    return unknown(name);
}

void rn_device_close(rn_device *device)
{
    if (device)
        device->close(device);
}
