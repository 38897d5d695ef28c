/*
 * A model file of our own: safetensors whose metadata says everything needed to use the weights: the network,
 * its class names, its preprocessing, the recipe that trained it and a hash.  Enough by itself.
 *
 * Metadata keys begin with "resnet.": format (1), model, shortcut, stride_in, dropout or, for a network
 * that has no name, network (JSON); classes, height, width, class_names (JSON), preprocess (JSON), recipe
 * (JSON), training (JSON), ranges (JSON), sha256 (rn_bundle_hash), and the sums of weights/safetensors.h.  A
 * per-pixel mean is the tensor "preprocess.mean_image".
 */
#ifndef RN_WEIGHTS_BUNDLE_H
#define RN_WEIGHTS_BUNDLE_H

#include "image/preprocess.h"
#include "model/models.h"
#include "weights/load.h"

typedef struct {
    rn_architecture architecture;   /* `model` "" for a network that has no name */
    rn_net net;
    rn_weights weights;             /* of `net`: a bundle must not be moved */
    rn_preprocess preprocess;
    char **class_name;              /* architecture.classes of them, or NULL */
    char *recipe, *training;        /* JSON text or NULL; owned */
    rn_map map;                     /* of the file, where the weights stay in it */
} rn_bundle;

/* Open a model file for use.  `wanted` says what the file cannot tell (NULL: nothing); what the file does
 * tell may not be contradicted, except the input size.  Crop and input size agree afterwards. */
rn_status rn_bundle_open(rn_bundle *bundle, const char *path, const rn_model_options *wanted);
/* The same for answers alone: numbers that lie in the file as floats stay there.  It must not be changed in
 * place as long as the bundle is open; to be replaced by another does no harm. */
rn_status rn_bundle_look(rn_bundle *bundle, const char *path, const rn_model_options *wanted);
/* The same as rn_bundle_open of a model file's bytes in memory, which are not needed afterwards. */
rn_status rn_bundle_open_memory(rn_bundle *bundle, const void *bytes, size_t size,
                                const rn_model_options *wanted);

/* A fresh one, with initialised weights; the caller fills in `preprocess`. */
rn_status rn_bundle_new(rn_bundle *bundle, const rn_architecture *architecture, uint64_t seed);
rn_status rn_bundle_set_classes(rn_bundle *bundle, char *const *class_name, int classes);

/* Make batch normalization part of the convolutions.  The network is then none that has a name. */
rn_status rn_bundle_fold(rn_bundle *bundle);

/* All that a file of it holds, tensors and facts, for a writer.  Borrows the values, and refuses those that
 * are not finite; `path` stands in messages.  The caller closes `file`, also after a failure. */
rn_status rn_bundle_list(const rn_bundle *bundle, rn_tensor_file *file, const char *path);

/* Write it; the old file becomes `keep_as` when that is not NULL. */
rn_status rn_bundle_save(const rn_bundle *bundle, const char *path, const char *keep_as);
void rn_bundle_close(rn_bundle *bundle);        /* also of a zeroed structure */

/* SHA-256 over names, shapes and values of the network's tensors, sorted by name. */
rn_status rn_bundle_hash(const rn_bundle *bundle, char hex[65]);

#endif
