/* What a model file says of itself, as metadata. */
#ifndef RN_WEIGHTS_BUNDLE_FACTS_H
#define RN_WEIGHTS_BUNDLE_FACTS_H

#include "base/text.h"
#include "weights/bundle.h"

/* The network as data (net/net_json.h), where it is none that has a name. */
#define RN_NETWORK_FACT "resnet.network"

/* Whether they tell the network.  Preprocessing may still be missing: that of an ONNX file, for one. */
bool rn_facts_are_ours(const rn_tensor_file *file);

/* The network alone: by its name, or `net` as data where it has none.  Height and width 0: any. */
rn_status rn_facts_write_network(rn_tensor_file *file, const rn_architecture *a, const rn_net *net);

/* Everything of the bundle but its weights, to and from the facts of the file. */
rn_status rn_facts_write(rn_tensor_file *file, const rn_bundle *bundle);
rn_status rn_facts_read(rn_bundle *bundle, const rn_tensor_file *file, const char *path);

/* Where its values lie, if that is known: to its facts, and from them when weights->net is built. */
#define RN_RANGES_FACT "resnet.ranges"
rn_status rn_ranges_to_json(const rn_weights *weights, rn_text *text);
rn_status rn_ranges_from_json(rn_weights *weights, const char *text, const char *path);

/* The same of its preprocessing, without the mean image, as JSON text. */
rn_status rn_preprocess_to_json(const rn_preprocess *rule, rn_text *text);
rn_status rn_preprocess_from_json(rn_preprocess *rule, bool *mean_image, const char *text, const char *path);

#endif
