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

/* An architecture's dropout from a training's, where 0 is none and a negative number the network's own. */
double rn_architecture_dropout(double asked);

/* Whether the network is one for CIFAR's pictures of 32x32 pixels. */
bool rn_model_is_cifar(const char *model);

/* The number of layers in its name: 110 of "resnet110"; 0 where the name tells none. */
int rn_model_depth(const char *model);

/* The families, for the table in models.c.  `number` holds the numbers in the network's name, in order. */
bool rn_table1_has(const int *number);                  /* 18, 34, 50, 101, 152 */
bool rn_cifar_has(const int *number);                   /* any other 6n+2 */
bool rn_cifar_v2_has(const int *number);
bool rn_cifar_v2_has_bottlenecks(const int *number);
bool rn_wide_cifar_has(const int *number);              /* depth 6n+4; times the width */
bool rn_wide_resnet_has(const int *number);             /* depth; times the inner width */
bool rn_resnext_has(const int *number);                 /* depth; groups; the width of one */
bool rn_vgg_has(const int *number);
bool rn_prelunet_has(const int *number);
bool rn_highway_has(const int *number);

rn_value rn_build_resnet(rn_net *net, const rn_architecture *architecture, const int *number);
rn_value rn_build_plain(rn_net *net, const rn_architecture *architecture, const int *number);
rn_value rn_build_resnet_nobn(rn_net *net, const rn_architecture *architecture, const int *number);
rn_value rn_build_plain_nobn(rn_net *net, const rn_architecture *architecture, const int *number);
rn_value rn_build_resnet_v2(rn_net *net, const rn_architecture *architecture, const int *number);
rn_value rn_build_cifar_v2(rn_net *net, const rn_architecture *architecture, const int *number);
rn_value rn_build_wide_cifar(rn_net *net, const rn_architecture *architecture, const int *number);
rn_value rn_build_wide_resnet(rn_net *net, const rn_architecture *architecture, const int *number);
rn_value rn_build_resnext(rn_net *net, const rn_architecture *architecture, const int *number);
rn_value rn_build_vgg(rn_net *net, const rn_architecture *architecture, const int *number);
rn_value rn_build_vgg_bn(rn_net *net, const rn_architecture *architecture, const int *number);
rn_value rn_build_googlenet(rn_net *net, const rn_architecture *architecture, const int *number);
rn_value rn_build_prelunet(rn_net *net, const rn_architecture *architecture, const int *number);
rn_value rn_build_alexnet(rn_net *net, const rn_architecture *architecture, const int *number);
rn_value rn_build_nin(rn_net *net, const rn_architecture *architecture, const int *number);
rn_value rn_build_highway(rn_net *net, const rn_architecture *architecture, const int *number);
rn_value rn_build_lenet(rn_net *net, const rn_architecture *architecture, const int *number);

#endif
