/* What a training is asked for, by name.  The table itself is rn_train_options. */
#ifndef RN_TRAIN_TRAIN_OPTIONS_H
#define RN_TRAIN_TRAIN_OPTIONS_H

#include "base/json.h"

/* A structure that a table describes as a JSON object of one line a row, exact to the last bit, and back.  A
 * text may lack rows, which then stay as they are, and have others, which are passed over. */
void rn_options_write(rn_text *text, const rn_option *table, const void *structure);
rn_status rn_options_read(const rn_option *table, void *structure, const char *text, size_t length,
                          const char *name);

/* Refuse numbers out of their range and words that mean nothing. */
rn_status rn_train_check(const rn_train_config *config);

#endif
