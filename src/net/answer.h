/*
 * The part of a network that its answer depends on: without the heads that only help training, and without
 * dropout, which does nothing afterwards.  Names and arguments stay.
 */
#ifndef RN_NET_ANSWER_H
#define RN_NET_ANSWER_H

#include "net/net.h"

/* The caller frees `answer`; after a failure it is empty. */
rn_status rn_net_answer(rn_net *answer, const rn_net *net);

/* Whether two networks compute the same from the same parameters, which come in the same order; names do not
 * matter, nor arguments that only training knows. */
bool rn_net_same(const rn_net *a, const rn_net *b);

#endif
