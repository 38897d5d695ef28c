#include "train/tensorboard.h"
#include "base/crc.h"
#include "weights/protobuf.h"

#include <sys/utsname.h>
#include <unistd.h>

/* Fields of the messages, as tensorflow's event.proto and summary.proto number them. */
enum { EVENT_WALL_TIME = 1, EVENT_STEP = 2, EVENT_FILE_VERSION = 3, EVENT_SUMMARY = 5, EVENT_SESSION = 7 };
enum { SUMMARY_VALUE = 1, VALUE_TAG = 1, VALUE_NUMBER = 2, SESSION_STATUS = 1, SESSION_START = 1 };

void rn_events_name(char *name, size_t size, double time)
{
    struct utsname system;
    uname(&system);
    snprintf(name, size, RN_EVENTS_PREFIX "%010lld.%s.%ld", (long long)time, system.nodename, (long)getpid());
}

static uint32_t mask(uint32_t sum)
{
    return (sum >> 15 | sum << 17) + 0xa282ead8;
}

static void add_masked_sum(rn_text *to, const void *bytes, size_t size)
{
    uint32_t sum = mask(rn_crc32c(0, bytes, size));
    rn_text_add_bytes(to, &sum, sizeof sum);
}

/* Add an event as a record and free it. */
static void add_record(rn_text *to, rn_text *event)
{
    uint64_t length = event->length;
    rn_text_add_bytes(to, &length, sizeof length);
    add_masked_sum(to, &length, sizeof length);
    rn_text_add_bytes(to, event->bytes, event->length);
    add_masked_sum(to, event->bytes, event->length);
    to->failed |= event->failed;
    rn_text_free(event);
}

/* Add a message to another and free it. */
static void add_inner(rn_text *to, int number, rn_text *message)
{
    rn_proto_add_message(to, number, message);
    rn_text_free(message);
}

void rn_events_begin(rn_text *to, double time, int64_t step)
{
    rn_text version = { 0 }, start = { 0 }, session = { 0 };
    rn_proto_add_double(&version, EVENT_WALL_TIME, time);
    rn_proto_add_text(&version, EVENT_FILE_VERSION, "brain.Event:2");
    add_record(to, &version);
    rn_proto_add_int(&session, SESSION_STATUS, SESSION_START);
    rn_proto_add_double(&start, EVENT_WALL_TIME, time);
    rn_proto_add_int(&start, EVENT_STEP, step + 1);     /* the first that is taken back */
    add_inner(&start, EVENT_SESSION, &session);
    add_record(to, &start);
}

void rn_events_add(rn_text *to, double time, int64_t step, const char *tag, double value)
{
    rn_text event = { 0 }, summary = { 0 }, inner = { 0 };
    rn_proto_add_text(&inner, VALUE_TAG, tag);
    rn_proto_add_float(&inner, VALUE_NUMBER, (float)value);
    add_inner(&summary, SUMMARY_VALUE, &inner);
    rn_proto_add_double(&event, EVENT_WALL_TIME, time);
    rn_proto_add_int(&event, EVENT_STEP, step);
    add_inner(&event, EVENT_SUMMARY, &summary);
    add_record(to, &event);
}
