/* All numbers of the call lie in one block, which begins with input 0; each part is aligned to 64 bytes. */
#include "op/call.h"
#include "base/memory.h"

enum { MAX_PARTS = 2 * (RN_MAX_INPUTS + RN_MAX_PARAMS) + 3, ALIGNMENT = 64 / sizeof(float) };

typedef struct {
    rn_real **place;
    int64_t count;
} call_part;

static int call_list(rn_call *call, call_part *part)
{
    int parts = 0;
    for (int i = 0; i < call->inputs; i++)
        part[parts++] = (call_part){ &call->input[i].data, rn_count(call->input[i].shape) };
    for (int i = 0; i < call->inputs; i++)
        part[parts++] = (call_part){ &call->input_grad[i].data, rn_count(call->input[i].shape) };
    part[parts++] = (call_part){ &call->output.data, rn_count(call->output.shape) };
    part[parts++] = (call_part){ &call->output_grad.data, rn_count(call->output.shape) };
    for (int p = 0; p < call->params; p++) {
        part[parts++] = (call_part){ &call->param[p], rn_count(call->param_shape[p]) };
        part[parts++] = (call_part){ &call->param_grad[p], rn_count(call->param_shape[p]) };
    }
    part[parts++] = (call_part){ &call->saved, call->saved_count };
    return parts;
}

rn_status rn_call_open(rn_call *call)
{
    call_part part[MAX_PARTS];
    rn_real *block;
    int64_t total = 0;
    call->input[0].data = NULL;
    RN_TRY(call->op->infer(call));
    for (int i = 0; i < call->inputs; i++)
        call->input_grad[i].shape = call->input[i].shape;
    call->output_grad.shape = call->output.shape;
    int parts = call_list(call, part);
    for (int i = 0; i < parts; i++)
        total += part[i].count = (part[i].count + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    RN_TRY(rn_allocate((void **)&block, (size_t)total, sizeof *block, "one call of an operation"));
    for (int i = 0; i < parts; i++) {
        *part[i].place = block;
        block += part[i].count;
    }
    return RN_OK;
}

void rn_call_close(rn_call *call)
{
    rn_free(call->input[0].data);
    call->input[0].data = NULL;
}
