/*
 * Every backward against differences, in double.  With f = sum of output * g for a fixed random g,
 *
 *     (f(x + e d) - f(x - e d)) / 2e  =  sum of gradient * d
 *
 * for directions d: one that moves every number of a tensor, and some that move a single one.  Gradients hold
 * noise beforehand, since backward must add to them.
 */
#include "op/in_double.h"
#include "op/cases.h"
#include "base/check.h"

#include <math.h>

static const double step = 1e-6, tolerance = 1e-6;

typedef struct {
    rn_call *call;
    const char *name;
    double *value, *grad;
    int64_t count;
} variable;

static double noise(int64_t i)
{
    return rn_case_number(40, i);
}

static double objective(const rn_call *call)
{
    double sum = 0;
    call->op->forward(call);
    for (int64_t i = 0; i < rn_count(call->output.shape); i++)
        sum += call->output.data[i] * call->output_grad.data[i];
    return sum;
}

/* Direction: number `only`, or all of them by stream 50 when it is negative. */
static double direction(int64_t i, int64_t only)
{
    return only < 0 ? rn_case_number(50, i) : i == only;
}

static void move(const variable *v, int64_t only, double distance)
{
    for (int64_t i = 0; i < v->count; i++)
        v->value[i] += distance * direction(i, only);
}

static double slope_by_differences(const variable *v, int64_t only)
{
    move(v, only, step);
    double above = objective(v->call);
    move(v, only, -2 * step);
    double below = objective(v->call);
    move(v, only, step);
    return (above - below) / (2 * step);
}

static void check_direction(const variable *v, int64_t only)
{
    double slope = 0, size = 1, wanted = slope_by_differences(v, only);
    for (int64_t i = 0; i < v->count; i++) {
        double part = (v->grad[i] - noise(i)) * direction(i, only);
        slope += part;
        size += fabs(part);
    }
    CHECK(fabs(slope - wanted) <= tolerance * size, "%s: gradient of %s along %lld is %.9g, wanted %.9g",
          rn_case_text(v->call), v->name, (long long)only, slope, wanted);
}

static void check_variable(const variable *v)
{
    check_direction(v, -1);
    for (int i = 0; i < 3; i++)
        check_direction(v, (int64_t)(rn_random_mix(60, (uint64_t)i) % (uint64_t)v->count));
}

static int list(rn_call *call, variable *v)
{
    static const char *const input_name[] = { "input 0", "input 1", "input 2", "input 3" };
    int count = 0;
    for (int i = 0; i < call->inputs; i++)
        v[count++] = (variable){ call, input_name[i], call->input[i].data, call->input_grad[i].data,
                                 rn_count(call->input[i].shape) };
    for (int p = 0; p < call->params; p++)
        if (call->op->param_role[p] != RN_STATE)
            v[count++] = (variable){ call, call->op->param_name[p], call->param[p], call->param_grad[p],
                                     rn_count(call->param_shape[p]) };
    return count;
}

static void check_case(const rn_case *row)
{
    rn_call call;
    variable v[RN_MAX_INPUTS + RN_MAX_PARAMS];
    CHECK_OK(rn_case_open(row, &call));
    int variables = list(&call, v);
    for (int k = 0; k < variables; k++)
        for (int64_t i = 0; i < v[k].count; i++)
            v[k].grad[i] = noise(i);
    call.op->forward(&call);
    call.op->backward(&call);
    for (int k = 0; k < variables; k++)
        check_variable(&v[k]);
    rn_call_close(&call);
}

/* Backward leaves alone what is not wanted. */
static void check_unwanted(const rn_case *row)
{
    rn_call call;
    CHECK_OK(rn_case_open(row, &call));
    call.op->forward(&call);
    for (int i = 0; i < call.inputs; i++)
        call.input_grad[i].data = NULL;
    for (int p = 0; p < call.params; p++)
        call.param_grad[p] = NULL;
    call.op->backward(&call);
    rn_call_close(&call);
}

int main(void)
{
    for (int i = 0; i < RN_CASES; i++) {
        check_case(&rn_cases[i]);
        check_unwanted(&rn_cases[i]);
    }
    return check_result();
}
