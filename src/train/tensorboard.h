/*
 * TensorBoard's event files: records, each
 *
 *     length (u64)   its masked CRC-32C (u32)   an Event (protocol buffer)   its masked CRC-32C (u32)
 *
 * where masking turns the sum by 15 bits and adds a constant.  Every process of a run writes a file of its
 * own, events.out.tfevents.SECONDS.HOST.PROCESS, and its beginning takes back what earlier ones told of later
 * steps, so that a resumed run makes one curve.
 */
#ifndef RN_TRAIN_TENSORBOARD_H
#define RN_TRAIN_TENSORBOARD_H

#include "base/text.h"

#define RN_EVENTS_PREFIX "events.out.tfevents."

/* The name of a file that this process begins now; `time` is in seconds since 1970. */
void rn_events_name(char *name, size_t size, double time);

/* Records added to a text.  The first: this is such a file, and goes on where `step` steps are done. */
void rn_events_begin(rn_text *to, double time, int64_t step);
void rn_events_add(rn_text *to, double time, int64_t step, const char *tag, double value);

#endif
