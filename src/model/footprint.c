#include "model/footprint.h"
#include "base/text.h"

enum { NUMBER = sizeof(float), LOADED = 2 };

static int64_t picture_bytes(const rn_training_use *use, int batch)
{
    const rn_shape picture = rn_value_shape(use->net, 0);
    return use->workers < 0 ? 0 : (use->workers + LOADED) * batch * rn_count(picture) * NUMBER;
}

/* All but the sessions. */
static int64_t beside(const rn_training_use *use, int batch)
{
    return RN_PROGRAM_BYTES + NUMBER * (rn_net_numbers(use->net) + rn_net_parameters(use->net))
           + picture_bytes(use, batch);
}

/* The session for training, where `other` bytes are for the rest; *bytes is of both. */
static rn_status measure(const rn_training_use *use, rn_session_options *learning, int64_t other,
                         int64_t *bytes, int64_t *lends)
{
    rn_session_size size = { 0 };
    learning->memory = !use->memory ? 0 : use->memory > other ? use->memory - other : 1;
    rn_status status = rn_session_measure(use->net, use->device, learning, &size);
    *bytes = size.bytes ? other + size.bytes : 0;
    *lends = size.lends;
    return status;
}

static rn_status measure_all(const rn_training_use *use, rn_session_options *learning, int64_t *bytes)
{
    int64_t other = beside(use, learning->batch), lends;
    rn_session_size tests = { 0 };
    rn_session_options testing = { .mode = RN_INFER, .batch = use->test_batch };
    if (use->test_batch)
        RN_TRY(rn_session_measure(use->net, use->device, &testing, &tests));
    rn_status status = measure(use, learning, other, bytes, &lends);
    if (!*bytes || (!use->test_batch && status == RN_OK))
        return status;
    return measure(use, learning, other + (tests.bytes < lends ? tests.plan : tests.bytes), bytes, &lends);
}

/* The largest batch below `batch` that fits; 0: none. */
static int fitting_batch(const rn_training_use *use, rn_session_options learning)
{
    int fits = 0, over = learning.batch;
    int64_t bytes;
    while (over - fits > 1) {
        learning.batch = fits + (over - fits) / 2;
        if (measure_all(use, &learning, &bytes) == RN_OK)
            fits = learning.batch;
        else
            over = learning.batch;
    }
    return fits;
}

rn_status rn_training_bytes(const rn_training_use *use, rn_session_options *learning, int64_t *bytes)
{
    char least[32], limit[32];
    rn_status status = measure_all(use, learning, bytes);
    if (status != RN_NO_MEMORY || !*bytes)
        return status;
    const int batch = fitting_batch(use, *learning);
    status = rn_fail(RN_NO_MEMORY, "training with batches of %d takes at least %s, the limit is %s",
                     learning->batch, rn_text_bytes(least, sizeof least, (double)*bytes),
                     rn_text_bytes(limit, sizeof limit, (double)use->memory));
    return batch ? rn_hint(status, "--batch %d", batch)
                 : rn_hint(status, "not even a batch of 1 fits: a higher --memory, or a smaller network");
}

rn_status rn_answering_bytes(const rn_net *net, rn_device *device, bool in_file, int64_t memory,
                             rn_session_options *answering, int64_t *bytes)
{
    char least[32], limit[32];
    rn_session_size size;
    answering->memory = 0;
    RN_TRY(rn_session_measure(net, device, answering, &size));
    const int64_t other = RN_PROGRAM_BYTES + (in_file ? size.unpacked : NUMBER * rn_net_numbers(net));
    *bytes = other + size.bytes;
    if (!memory || *bytes <= memory)
        return RN_OK;
    answering->memory = memory > other ? memory - other : 1;
    rn_status status = rn_session_measure(net, device, answering, &size);
    *bytes = other + size.bytes;
    if (status != RN_NO_MEMORY || !size.bytes)
        return status;
    return rn_fail(RN_NO_MEMORY, "a batch of %d takes at least %s, the limit is %s", answering->batch,
                   rn_text_bytes(least, sizeof least, (double)*bytes),
                   rn_text_bytes(limit, sizeof limit, (double)memory));
}
