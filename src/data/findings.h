/* What a look at a data set finds; for check.c and the parts of it. */
#ifndef RN_DATA_FINDINGS_H
#define RN_DATA_FINDINGS_H

#include "data/tree.h"
#include "image/image.h"

typedef struct {
    char **item;
    int count, room;
} rn_findings;

/* Add one line of text, made printable. */
rn_status rn_findings_add(rn_findings *findings, const char *format, ...) RN_FORMAT(2, 3);
void rn_findings_free(rn_findings *findings);

/* Layout mistakes of a tree of pictures. */
rn_status rn_layout_findings(rn_findings *findings, const rn_tree *tree);

/* What is odd about a readable picture, or NULL.  `bytes` is the file and `name` its name; NULL for a
 * picture that has none. */
const char *rn_oddity(const rn_image *image, const uint8_t *bytes, size_t size, const char *name);

#endif
