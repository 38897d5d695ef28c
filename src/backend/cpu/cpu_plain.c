/*
 * Operations without a fast kernel run by their plain loops: tensors are copied to n,c,h,w order, worked on,
 * and copied back.
 */
#include "backend/cpu/cpu_device.h"
#include "op/op.h"

#include <string.h>

enum { ALIGNED = 16 };

static int64_t room_for(rn_shape s)
{
    return (rn_count(s) + ALIGNED - 1) / ALIGNED * ALIGNED;
}

/* Where the plain copies lie in call->shared: inputs, output, then their gradients in training. */
static void place_copies(const rn_call *call, rn_call *plain)
{
    float *room = call->shared;
    *plain = *call;
    for (int k = 0; k < call->inputs; k++) {
        plain->input[k] = (rn_tensor){ .shape = call->input[k].shape, .data = room };
        room += room_for(call->input[k].shape);
    }
    plain->output = (rn_tensor){ .shape = call->output.shape, .data = room };
    room += room_for(call->output.shape);
    plain->output_grad = (rn_tensor){ .shape = call->output.shape, .data = room };
    room += room_for(call->output.shape);
    for (int k = 0; k < call->inputs; k++) {
        plain->input_grad[k] = (rn_tensor){ .shape = call->input[k].shape,
                                            .data = call->input_grad[k].data ? room : NULL };
        room += room_for(call->input[k].shape);
    }
}

static void prepare(const rn_device *device, rn_call *call)
{
    int64_t floats = 2 * room_for(call->output.shape);
    (void)device;
    for (int k = 0; k < call->inputs; k++)
        floats += 2 * room_for(call->input[k].shape);
    call->shared_bytes = (size_t)floats * sizeof(float);
}

static void forward(rn_device *device, rn_call *call)
{
    rn_call plain;
    place_copies(call, &plain);
    for (int k = 0; k < call->inputs; k++)
        device->read(device, &call->input[k], plain.input[k].data, call->groups);
    call->op->forward(&plain);
    device->write(device, &call->output, plain.output.data);
}

/* The gradient as it is so far, or zeros. */
static void begin_grad(rn_device *device, const rn_call *call, const rn_call *plain, int k)
{
    if (call->adds[k])
        device->read(device, &call->input_grad[k], plain->input_grad[k].data, call->groups);
    else
        memset(plain->input_grad[k].data, 0, (size_t)rn_count(call->input[k].shape) * sizeof(float));
}

static void backward(rn_device *device, rn_call *call)
{
    rn_call plain;
    place_copies(call, &plain);
    for (int k = 0; k < call->inputs; k++) {
        device->read(device, &call->input[k], plain.input[k].data, call->groups);
        if (call->input_grad[k].data)
            begin_grad(device, call, &plain, k);
    }
    device->read(device, &call->output, plain.output.data, call->groups);
    device->read(device, &call->output_grad, plain.output_grad.data, call->groups);
    for (int p = 0; p < call->params; p++)
        if (call->param_grad[p])
            memset(call->param_grad[p], 0, (size_t)rn_count(call->param_shape[p]) * sizeof(float));
    call->op->backward(&plain);
    for (int k = 0; k < call->inputs; k++)
        if (call->input_grad[k].data)
            device->write(device, &call->input_grad[k], plain.input_grad[k].data);
}

const rn_kernel rn_cpu_plain = {
    .name = "plain", .prepare = prepare, .forward = forward, .backward = backward,
};
