/*
 * Calibration: where the numbers of each value lie, found by watching pictures go through the network, so
 * that devices can keep values in bytes.
 *
 *     rn_calibration *calibration;
 *     RN_TRY(rn_calibration_open(&calibration, net));
 *     RN_TRY(rn_calibration_watch(calibration, session));      unfused, RN_INFER
 *     ... rn_session_forward(session, images, 0), again and again ...
 *     RN_TRY(rn_calibration_finish(calibration, weights));     weights->range
 *     rn_calibration_close(calibration);
 *
 * A range does not reach out to the rarest numbers: it is the one with the least squared error when 255 steps
 * are to hold all numbers that were seen, some rounded and some cut off.
 */
#ifndef RN_NET_CALIBRATION_H
#define RN_NET_CALIBRATION_H

#include "net/session.h"

typedef struct rn_calibration rn_calibration;

rn_status rn_calibration_open(rn_calibration **calibration, const rn_net *net);
rn_status rn_calibration_watch(rn_calibration *calibration, rn_session *session);
rn_status rn_calibration_finish(const rn_calibration *calibration, rn_weights *weights);
void rn_calibration_close(rn_calibration *calibration);     /* after the session's last forward */

#endif
