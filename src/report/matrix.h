/* A confusion matrix: how often each class was taken for each. */
#ifndef RN_REPORT_MATRIX_H
#define RN_REPORT_MATRIX_H

#include "base/text.h"

typedef struct {
    int classes;
    const char *const *class_name;
    const int64_t *count;           /* classes x classes: [true class][guess] */
} rn_matrix;

int64_t rn_matrix_entry(const rn_matrix *matrix, int row, int column);
int64_t rn_matrix_row_sum(const rn_matrix *matrix, int row);

/* The part of a row's pictures that an entry is; 0 in an empty row. */
double rn_matrix_share(const rn_matrix *matrix, int row, int column);

/* How strongly a share is coloured, from 0 to 1: a mistake is seen earlier than its share would be. */
double rn_matrix_strength(double share, bool right);
/* "42,120,190": right answers are blue, mistakes red. */
const char *rn_matrix_colour(bool right);

typedef struct { int row, column; int64_t count; } rn_mistake;

/* The commonest mistakes of some rows, most first; returns how many, at most `room`. */
int rn_matrix_mistakes(const rn_matrix *matrix, int first_row, int rows, rn_mistake *mistake, int room);

#endif
