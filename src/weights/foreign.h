/* Weights of other programs: what the file cannot tell is asked for and never guessed. */
#ifndef RN_WEIGHTS_FOREIGN_H
#define RN_WEIGHTS_FOREIGN_H

#include "weights/bundle.h"

/* What the facts do not tell of architecture and preprocessing, from the file's tensors and from what is
 * wanted. */
rn_status rn_foreign_complete(rn_bundle *bundle, const rn_tensor_file *file, const char *path,
                              const rn_model_options *wanted);

/* Class names from a text file, one a line. */
rn_status rn_foreign_class_names(rn_bundle *bundle, const char *path);

#endif
