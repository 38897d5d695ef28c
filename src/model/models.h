/* All networks by name.  Adding a family is adding a row to the table in models.c. */
#ifndef RN_MODEL_MODELS_H
#define RN_MODEL_MODELS_H

#include "net/net.h"

/* Fill in the defaults that a name implies and check the rest; unknown names get a suggestion.  A choice that
 * the network does not have stays at its default: a plain network has no shortcuts, whatever is asked for. */
rn_status rn_architecture_complete(rn_architecture *architecture);

/* Build the network of a complete or incomplete architecture (which is completed).  The caller frees `net`;
 * after a failure it is empty. */
rn_status rn_model_build(rn_net *net, rn_architecture *architecture);

/* Whether the name belongs to the CIFAR family (section 4.2). */
bool rn_model_is_cifar(const char *model);

/* The families, for the table in models.c.  `depth` is the number in the network's name. */
bool rn_table1_has(int depth);          /* 18, 34, 50, 101, 152 */
bool rn_cifar_has(int depth);           /* any other 6n+2 */
rn_value rn_build_resnet(rn_net *net, const rn_architecture *architecture, int depth);
rn_value rn_build_plain(rn_net *net, const rn_architecture *architecture, int depth);

#endif
