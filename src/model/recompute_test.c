/*
 * Training within a limit of memory: the same bits as without it, whatever is computed again, for any number
 * of threads; and no more bytes than announced.
 */
#include "backend/registry.h"
#include "base/check.h"
#include "base/memory.h"
#include "base/random.h"
#include "model/models.h"
#include "net/session.h"

#include <string.h>

typedef struct {
    const char *model;
    int size, batch, shards, groups;
    double dropout;
    rn_shortcut shortcut;
} network;

static const network networks[] = {
    { "plain20", 16, 6, 4, 2, 0, RN_SHORTCUT_DEFAULT },
    { "resnet20", 16, 5, 2, 1, 0.3, RN_SHORTCUT_DEFAULT },
    { "resnet14", 16, 4, 2, 1, 0, RN_SHORTCUT_C },
    { "resnet110", 8, 3, 8, 1, 0, RN_SHORTCUT_DEFAULT },
    { "resnet164v2", 8, 3, 2, 1, 0, RN_SHORTCUT_DEFAULT },
    { "highway32", 16, 4, 2, 1, 0, RN_SHORTCUT_DEFAULT },
    { "googlenet", 64, 2, 2, 1, 0.5, RN_SHORTCUT_DEFAULT },
};

typedef struct {
    rn_net net;
    rn_weights weights;
    rn_device *device;
    rn_session_options options;
} subject;

static void open_subject(subject *s, const network *n, rn_placement place)
{
    rn_architecture a = { .height = n->size, .width = n->size, .classes = 7, .dropout = n->dropout,
                          .shortcut = n->shortcut };
    *s = (subject){ .options = { .mode = RN_TRAIN, .batch = n->batch, .shards = n->shards,
                                 .bn_groups = n->groups } };
    snprintf(a.model, sizeof a.model, "%s", n->model);
    CHECK(rn_model_build(&s->net, &a) == RN_OK, "%s: %s", n->model, rn_error_text());
    CHECK_OK(rn_weights_open(&s->weights, &s->net));
    rn_weights_initialise(&s->weights, 3);
    CHECK_OK(rn_device_open(&s->device, &place));
}

static void close_subject(subject *s)
{
    rn_device_close(s->device);
    rn_weights_close(&s->weights);
    rn_net_free(&s->net);
}

static void fill(rn_session *session, const subject *s, uint64_t step)
{
    const rn_shape shape = rn_value_shape(&s->net, 0);
    rn_random random = rn_random_open(5, 5, step);
    for (int64_t i = 0; i < s->options.batch * shape.c * shape.h * shape.w; i++)
        rn_session_input(session)[i] = (float)rn_random_normal(&random);
    for (int i = 0; i < s->options.batch; i++)
        rn_session_labels(session)[i] = (int32_t)rn_random_below(&random, 7);
}

/* What two steps leave: weights, running statistics, the gradients of the second. */
typedef struct {
    float *numbers;
    int64_t count, bytes;
    double loss, repeats;
} outcome;

static outcome train(const network *n, rn_placement place, int64_t memory)
{
    outcome o = { 0 };
    subject s;
    rn_session *session;
    open_subject(&s, n, place);
    s.options.memory = memory;
    rn_status status = rn_session_open(&session, &s.net, &s.weights, s.device, &s.options);
    CHECK(status == RN_OK, "%s, %s, %lld bytes: %s", n->model, place.device, (long long)memory,
          rn_error_text());
    for (uint64_t step = 0; status == RN_OK && step < 2; step++) {
        fill(session, &s, step);
        rn_session_forward(session, s.options.batch - (int)step, step);
        rn_session_backward(session);
        for (int64_t i = 0; i < s.weights.learned; i++)
            s.weights.values[i] -= 0.01f * rn_session_grads(session)[i];
        s.weights.version++;
    }
    if (status == RN_OK) {
        o.count = s.weights.count + s.weights.learned;
        o.bytes = rn_session_bytes(session);
        o.loss = rn_session_loss(session);
        o.repeats = rn_session_repeats(session);
        CHECK_OK(rn_new(&o.numbers, o.count));
        memcpy(o.numbers, s.weights.values, (size_t)s.weights.count * sizeof(float));
        memcpy(o.numbers + s.weights.count, rn_session_grads(session),
               (size_t)s.weights.learned * sizeof(float));
    }
    rn_session_close(session);
    close_subject(&s);
    return o;
}

/* The least that a session can hold: what is told for a limit of one byte. */
static int64_t least_bytes(const network *n, rn_placement place)
{
    subject s;
    rn_session_size size;
    open_subject(&s, n, place);
    s.options.memory = 1;
    CHECK(rn_session_measure(&s.net, s.device, &s.options, &size) == RN_NO_MEMORY, "%s in a byte", n->model);
    CHECK(strstr(rn_error_text(), "limit"), "%s", rn_error_text());
    close_subject(&s);
    return size.bytes;
}

static void compare(const network *n, rn_placement place, int64_t memory, const outcome *wanted)
{
    outcome o = train(n, place, memory);
    int64_t different = 0;
    for (int64_t i = 0; i < o.count; i++)
        different += memcmp(&o.numbers[i], &wanted->numbers[i], sizeof(float)) != 0;
    CHECK(different == 0 && o.count == wanted->count, "%s, %s, %d threads, %lld of %lld bytes: %lld of %lld "
          "numbers differ", n->model, place.device, place.threads, (long long)memory,
          (long long)wanted->bytes,
          (long long)different, (long long)o.count);
    CHECK(o.loss == wanted->loss, "%s, %s: loss %g and %g", n->model, place.device, o.loss, wanted->loss);
    CHECK(!memory || o.bytes <= memory + 4096, "%s, %s: holds %lld, the limit is %lld", n->model,
          place.device, (long long)o.bytes, (long long)memory);
    printf("%-16s %-6s %d threads: %6.1f of %6.1f MB, %2.0f %% of the products twice\n", n->model,
           place.device, place.threads, (double)o.bytes / 1e6, (double)wanted->bytes / 1e6, 100 * o.repeats);
    rn_free(o.numbers);
}

/* From the least on, limits that want more and less of the products again, or only packing. */
static void check_network(const network *n, rn_placement place)
{
    static const double more[] = { 1, 1.06, 1.4 };
    place.threads = 1;
    outcome wanted = train(n, place, 0);
    for (; place.threads <= 3; place.threads++) {
        const int64_t least = least_bytes(n, place);
        CHECK(least < wanted.bytes, "%s, %s: nothing is saved", n->model, place.device);
        for (int i = 0; i < (place.threads == 1 ? 3 : 1); i++)
            compare(n, place, (int64_t)((double)least * more[i]), &wanted);
    }
    rn_free(wanted.numbers);
}

int main(void)
{
    for (size_t i = 0; i < sizeof networks / sizeof *networks; i++)
        check_network(&networks[i], (rn_placement){ .device = "cpu" });
    check_network(&networks[1], (rn_placement){ .device = "cpu", .type = "bf16" });
    check_network(&networks[0], (rn_placement){ .device = "plain" });
    check_network(&networks[1], (rn_placement){ .device = "plain" });
    return check_result();
}
