/*
 * A network as data: JSON text that names the operations, their arguments and what they read.
 *
 *     {"input":[3,32,32],"nodes":[{"op":"conv2d","name":"conv1","inputs":[0],"filters":16},...],"head":7}
 *
 * Nodes are numbered from 1, the input is 0.  Arguments that are zero are left out.
 */
#ifndef RN_NET_NET_JSON_H
#define RN_NET_NET_JSON_H

#include "base/text.h"
#include "net/net.h"

rn_status rn_net_to_json(const rn_net *net, rn_text *text);

/* Build the network of that text for pictures of another size where that is not 0; `name` begins messages.
 * The caller frees `net`; after a failure it is empty.  The text is not trusted. */
rn_status rn_net_from_json(rn_net *net, const char *text, int64_t height, int64_t width, const char *name);

#endif
