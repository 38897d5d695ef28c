/*
 * For tests: the operations once more with double for rn_real, under other names, so that they can be
 * compared with differences.  Include this before anything else, in one source of the program.
 */
#ifndef RN_OP_IN_DOUBLE_H
#define RN_OP_IN_DOUBLE_H

#define RN_REAL double

#define rn_op_conv2d rn_op_conv2d_in_double
#define rn_op_batchnorm rn_op_batchnorm_in_double
#define rn_op_relu rn_op_relu_in_double
#define rn_op_add rn_op_add_in_double
#define rn_op_linear rn_op_linear_in_double
#define rn_op_maxpool rn_op_maxpool_in_double
#define rn_op_averagepool rn_op_averagepool_in_double
#define rn_op_pad_shortcut rn_op_pad_shortcut_in_double
#define rn_op_softmax_loss rn_op_softmax_loss_in_double
#define rn_op_dropout rn_op_dropout_in_double
#define rn_op_prelu rn_op_prelu_in_double
#define rn_op_concat rn_op_concat_in_double
#define rn_op_highway rn_op_highway_in_double
#define rn_call_open rn_call_open_in_double
#define rn_call_close rn_call_close_in_double
#define rn_rule_begin rn_rule_begin_in_double
#define rn_rule_param rn_rule_param_in_double
#define rn_rule_output rn_rule_output_in_double
#define rn_rule_windows rn_rule_windows_in_double
#define rn_side_h rn_side_h_in_double
#define rn_side_w rn_side_w_in_double

#include "op/add.c"
#include "op/averagepool.c"
#include "op/batchnorm.c"
#include "op/call.c"
#include "op/concat.c"
#include "op/conv2d.c"
#include "op/dropout.c"
#include "op/highway.c"
#include "op/linear.c"
#include "op/maxpool.c"
#include "op/pad_shortcut.c"
#include "op/prelu.c"
#include "op/relu.c"
#include "op/rules.c"
#include "op/softmax_loss.c"

#endif
