#include "backend/plain/plain_device.h"
#include "base/memory.h"
#include "backend/descent.h"
#include "op/op.h"

#include <string.h>

static rn_dtype dtype(const rn_device *device, const rn_call *call)
{
    (void)device;
    (void)call;
    return RN_FLOAT;
}

static int64_t bytes(const rn_device *device, const rn_tensor *tensor)
{
    (void)device;
    return rn_count(tensor->shape) * (int64_t)sizeof(rn_real);
}

static void write_tensor(rn_device *device, const rn_tensor *to, const rn_real *from)
{
    (void)device;
    memcpy(to->data, from, (size_t)rn_count(to->shape) * sizeof *from);
}

static void read_group(const rn_tensor *from, rn_real *to, int group, int groups)
{
    rn_shape shape = from->shape;
    int64_t end = rn_part_begin(shape.n, group + 1, groups);
    for (int64_t n = rn_part_begin(shape.n, group, groups); n < end; n++)
        for (int64_t c = 0; c < shape.c; c++)
            for (int64_t i = 0; i < shape.h * shape.w; i++) {
                int64_t at = rn_at(shape, n, c, 0, i);
                to[at] = rn_paid(from, at, group * rn_padded(shape.c) + c);
            }
}

static void read_tensor(rn_device *device, const rn_tensor *from, rn_real *to, int groups)
{
    (void)device;
    for (int group = 0; group < groups; group++)
        read_group(from, to, group, groups);
}

static void forward(rn_device *device, rn_call *call)
{
    (void)device;
    call->op->forward(call);
}

static void clear(rn_real *numbers, rn_shape shape)
{
    if (numbers)
        memset(numbers, 0, (size_t)rn_count(shape) * sizeof *numbers);
}

static void backward(rn_device *device, rn_call *call)
{
    (void)device;
    for (int i = 0; i < call->inputs; i++)
        if (!call->adds[i])
            clear(call->input_grad[i].data, call->input[i].shape);
    for (int p = 0; p < call->params; p++)
        clear(call->param_grad[p], call->param_shape[p]);
    call->op->backward(call);
}

static const rn_kernel plain_kernel = {
    .name = "plain",
    .forward = forward,
    .backward = backward,
};

static const rn_kernel *choose(const rn_device *device, const rn_call *call)
{
    (void)device;
    (void)call;
    return &plain_kernel;
}

static void descend(rn_device *device, const rn_descent *step)
{
    (void)device;
    rn_descend_range(step, 0, step->count);
}

static void close_device(rn_device *device)
{
    rn_free(device);
}

rn_status rn_plain_device_open(rn_device **opened)
{
    rn_device *device;
    *opened = NULL;
    RN_TRY(rn_new(&device, 1));
    *device = (rn_device){ .name = "plain", .isa = "", .dtype = dtype, .bytes = bytes, .write = write_tensor,
                           .read = read_tensor, .choose = choose, .descend = descend, .close = close_device };
    *opened = device;
    return RN_OK;
}
