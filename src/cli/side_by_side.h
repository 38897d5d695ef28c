/* Several networks as one table in the manner of the paper's Table 1. */
#ifndef RN_CLI_SIDE_BY_SIDE_H
#define RN_CLI_SIDE_BY_SIDE_H

#include <resnet.h>

/* Print at most MOST_DRAWN networks, each a column.  `batch`: tell the memory for so many
 * images at a time; 0: tell none. */
rn_status print_side_by_side(rn_description *const *network, int count, int batch);

#endif
