/* The plain device: layout, promises paid on reading, gradients overwritten or added to; names of devices. */
#include "backend/descent.h"
#include "backend/plain/plain_device.h"
#include "backend/registry.h"
#include "base/check.h"
#include "op/cases.h"

#include <string.h>

enum { IMAGES = 3, CHANNELS = 2, PIXELS = 4, COUNT = IMAGES * CHANNELS * PIXELS, GROUPS = 2 };

static void check_round_trip(rn_device *device, const float *x)
{
    float there[COUNT] = { 0 }, back[COUNT] = { 0 };
    rn_tensor t = { .shape = { IMAGES, CHANNELS, 2, 2 }, .data = there };
    CHECK(device->bytes(device, &t) == COUNT * sizeof(float), "%lld", (long long)device->bytes(device, &t));
    device->write(device, &t, x);
    device->read(device, &t, back, 1);
    CHECK(memcmp(x, back, sizeof back) == 0, "written and read again differ");
}

/* relu(scale x + shift + other_scale other), with the facts of image n's group. */
static void check_promise(rn_device *device, float *x)
{
    float other[COUNT], scale[GROUPS * 16], shift[GROUPS * 16], other_scale[GROUPS * 16], back[COUNT];
    rn_case_draw(other, COUNT, 2, 1, 0);
    rn_case_draw(scale, GROUPS * 16, 3, 1, 0);
    rn_case_draw(shift, GROUPS * 16, 4, 1, 0);
    rn_case_draw(other_scale, GROUPS * 16, 5, 1, 0);
    rn_tensor t = { .shape = { IMAGES, CHANNELS, 2, 2 }, .data = x, .scale = scale, .shift = shift,
                    .other = other, .other_scale = other_scale, .relu = true };
    device->read(device, &t, back, GROUPS);
    for (int i = 0; i < COUNT; i++) {
        int n = i / (CHANNELS * PIXELS), c = i / PIXELS % CHANNELS, group = n >= IMAGES / GROUPS;
        int fact = group * (int)rn_padded(CHANNELS) + c;
        float wanted = scale[fact] * x[i] + shift[fact] + other_scale[fact] * other[i];
        wanted = wanted > 0 ? wanted : 0;
        CHECK(back[i] - wanted < 1e-6f && wanted - back[i] < 1e-6f, "element %d is %g, wanted %g", i,
              (double)back[i], (double)wanted);
    }
}

/* Twice backward gives the same parameter gradients; input gradients follow `adds`. */
static void check_gradients(rn_device *device)
{
    static const rn_case row = RN_CASE(conv2d, RN_IN(2, 3, 4, 4), RN_CONV(2, 3, 1, 1));
    rn_call call;
    CHECK_OK(rn_case_open(&row, &call));
    const rn_kernel *kernel = device->choose(device, &call);
    kernel->forward(device, &call);
    kernel->backward(device, &call);
    float weight_grad = call.param_grad[0][0], input_grad = call.input_grad[0].data[0];
    kernel->backward(device, &call);
    CHECK(call.param_grad[0][0] == weight_grad && call.input_grad[0].data[0] == input_grad,
          "gradients are not overwritten");
    call.adds[0] = true;
    kernel->backward(device, &call);
    CHECK(call.param_grad[0][0] == weight_grad, "the weight's gradient is not overwritten");
    CHECK(call.input_grad[0].data[0] == 2 * input_grad, "%g, wanted %g", (double)call.input_grad[0].data[0],
          2 * (double)input_grad);
    rn_call_close(&call);
}

/* v := m v + rate (g + decay w), w := w - v: two steps by hand, the last number without decay. */
static void check_descent(void)
{
    float value[] = { 1, 2, 3 }, velocity[3] = { 0 };
    const float grad[] = { 0.5f, -1, 2 };
    rn_descent step = { value, velocity, grad, .decayed = 2, .count = 3, .rate = 0.5f, .momentum = 0.5f,
                        .decay = 0.25f };
    const float after_one[] = { 0.625f, 2.25f, 2 }, after_two[] = { 0.109375f, 2.59375f, 0.5f };
    rn_descend_range(&step, 0, 1);
    rn_descend_range(&step, 1, 3);
    CHECK(memcmp(value, after_one, sizeof value) == 0, "%g %g %g", (double)value[0], (double)value[1],
          (double)value[2]);
    rn_descend_range(&step, 0, 3);
    CHECK(memcmp(value, after_two, sizeof value) == 0, "%g %g %g", (double)value[0], (double)value[1],
          (double)value[2]);
}

static void check_names(void)
{
    static const struct { rn_placement placement; rn_status status; const char *message, *hint; } rows[] = {
        { { .device = "plain", .threads = 1 }, RN_OK, "", "" },
        { { .device = "cpu", .threads = 2 }, RN_OK, "", "" },
        { { .device = NULL }, RN_OK, "", "" },
        { { .device = "cuda" }, RN_NO_DEVICE, "device cuda", "--device cpu" },
        { { .device = "plian" }, RN_BAD_ARGUMENT, "did you mean \"plain\"?", "" },
        { { .device = "toaster" }, RN_BAD_ARGUMENT, "unknown device \"toaster\"", "--device cpu" },
        { { .device = "cpu", .threads = -1 }, RN_BAD_ARGUMENT, "-1 threads", "" },
        { { .device = "cpu", .threads = 1, .type = "bf16" }, RN_OK, "", "" },
        { { .device = "cpu", .threads = 1, .type = "int8" }, RN_OK, "", "" },
        { { .device = "cpu", .threads = 1, .type = "fp8" }, RN_BAD_ARGUMENT, "unknown type \"fp8\"", "" },
        { { .device = "plain", .type = "bf16" }, RN_BAD_ARGUMENT, "device plain computes in fp32", "" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        rn_device *device;
        rn_status status = rn_device_open(&device, &rows[i].placement);
        const char *text = rn_error_text(), *hint = rn_error_hint();
        CHECK(status == rows[i].status, "row %zu: status %d", i, (int)status);
        CHECK((status == RN_OK) == (device != NULL), "row %zu: status %d", i, (int)status);
        CHECK(status == RN_OK || (strstr(text, rows[i].message) && strstr(hint, rows[i].hint)),
              "row %zu: \"%s\", hint \"%s\"", i, text, hint);
        rn_device_close(device);
    }
}

int main(void)
{
    rn_device *device;
    float x[COUNT];
    rn_case_draw(x, COUNT, 1, 1, 0);
    CHECK_OK(rn_plain_device_open(&device));
    check_round_trip(device, x);
    check_promise(device, x);
    check_gradients(device);
    rn_device_close(device);
    check_descent();
    check_names();
    return check_result();
}
