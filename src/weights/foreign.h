/* Weights of other programs: what the file cannot tell is asked for and never guessed. */
#ifndef RN_WEIGHTS_FOREIGN_H
#define RN_WEIGHTS_FOREIGN_H

#include "base/text.h"
#include "weights/bundle.h"

/* What the facts do not tell of architecture and preprocessing, from the file's tensors and from what is
 * wanted. */
rn_status rn_foreign_complete(rn_bundle *bundle, const rn_tensor_file *file, const char *path,
                              const rn_model_options *wanted);

/* What the file tells beside what is wanted, and what must still be said to use it. */
enum { RN_MOST_QUESTIONS = 4 };
typedef struct {
    rn_architecture architecture;   /* as far as it is known */
    int count;                      /* of networks whose parameters are the file's tensors ... */
    rn_text names;                  /* ... "resnet20 or plain20" */
    rn_file_question question[RN_MOST_QUESTIONS];
    int questions;
} rn_foreign;

rn_status rn_foreign_examine(rn_foreign *found, const rn_tensor_file *file, const rn_model_options *wanted);
void rn_foreign_free(rn_foreign *found);        /* also after a failure */

/* Class names from a text file, one a line. */
rn_status rn_foreign_class_names(rn_bundle *bundle, const char *path);

#endif
