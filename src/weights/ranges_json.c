/* Where a network's values lie (net/calibration.h) as JSON: {"relu":[0,3.25],"layer1.0.relu1":[0,2.5]}. */
#include "base/json.h"
#include "base/memory.h"
#include "weights/bundle_facts.h"

#include <float.h>
#include <math.h>
#include <string.h>

static rn_status add_range(json_t *object, const char *name, rn_range range)
{
    json_t *pair = json_array();
    rn_status status = rn_json_add(pair, rn_json_real((double)range.least));
    if (status == RN_OK)
        status = rn_json_add(pair, rn_json_real((double)range.greatest));
    if (status == RN_OK)
        return rn_json_set(object, name, pair);
    json_decref(pair);
    return status;
}

rn_status rn_ranges_to_json(const rn_weights *weights, rn_text *text)
{
    const rn_net *net = weights->net;
    json_t *object = json_object();
    rn_status status = RN_OK;
    for (int v = 0; v < rn_net_answer_nodes(net) && status == RN_OK; v++)
        status = add_range(object, net->node[v].name, weights->range[v]);
    if (status == RN_OK)
        status = rn_json_write(text, object, 0);
    json_decref(object);
    return status;
}

static bool read_end(const json_t *pair, size_t which, float *end)
{
    const json_t *number = json_array_get(pair, which);
    const double value = json_number_value(number);
    *end = (float)value;
    return json_is_number(number) && fabs(value) <= (double)FLT_MAX;
}

static rn_status read_range(const json_t *object, const char *name, rn_range *range, const char *path)
{
    const json_t *pair = json_object_get(object, name);
    if (!pair)
        return rn_fail(RN_BAD_FILE, "%s: its ranges lack '%.80s'", path, name);
    if (json_array_size(pair) != 2 || !read_end(pair, 0, &range->least)
        || !read_end(pair, 1, &range->greatest) || range->least > range->greatest)
        return rn_fail(RN_BAD_FILE, "%s: its range of '%.80s' is not two numbers, the lesser first", path,
                       name);
    return RN_OK;
}

static rn_status read_all(rn_weights *weights, const json_t *object, const char *path)
{
    const rn_net *net = weights->net;
    const int values = rn_net_answer_nodes(net);
    RN_TRY(rn_new(&weights->range, values));
    for (int v = 0; v < values; v++)
        RN_TRY(read_range(object, net->node[v].name, &weights->range[v], path));
    return RN_OK;
}

rn_status rn_ranges_from_json(rn_weights *weights, const char *text, const char *path)
{
    json_t *object;
    RN_TRY(rn_json_parse(&object, text, strlen(text), path));
    rn_status status = read_all(weights, object, path);
    json_decref(object);
    return status;
}
