#include "report/matrix.h"

#include <math.h>
#include <string.h>

int64_t rn_matrix_entry(const rn_matrix *matrix, int row, int column)
{
    return matrix->count[(size_t)row * (size_t)matrix->classes + (size_t)column];
}

int64_t rn_matrix_row_sum(const rn_matrix *matrix, int row)
{
    int64_t sum = 0;
    for (int c = 0; c < matrix->classes; c++)
        sum += rn_matrix_entry(matrix, row, c);
    return sum;
}

double rn_matrix_share(const rn_matrix *matrix, int row, int column)
{
    int64_t sum = rn_matrix_row_sum(matrix, row);
    return sum ? (double)rn_matrix_entry(matrix, row, column) / (double)sum : 0;
}

double rn_matrix_strength(double share, bool right)
{
    return right ? share : sqrt(share);
}

const char *rn_matrix_colour(bool right)
{
    return right ? "42,120,190" : "214,69,65";
}

int rn_matrix_mistakes(const rn_matrix *matrix, int first_row, int rows, rn_mistake *mistake, int room)
{
    int found = 0;
    for (int row = first_row; row < first_row + rows; row++)
        for (int c = 0; c < matrix->classes; c++) {
            int64_t count = row == c ? 0 : rn_matrix_entry(matrix, row, c);
            int place = found;
            while (place > 0 && mistake[place - 1].count < count)
                place--;
            if (count == 0 || place == room)
                continue;
            found += found < room;
            memmove(&mistake[place + 1], &mistake[place], (size_t)(found - 1 - place) * sizeof *mistake);
            mistake[place] = (rn_mistake){ row, c, count };
        }
    return found;
}
