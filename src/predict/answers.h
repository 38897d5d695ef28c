/*
 * Answers for many pictures: a table of scores, one row a picture.  What is counted, averaged and written to
 * files is read from it.
 */
#ifndef RN_PREDICT_ANSWERS_H
#define RN_PREDICT_ANSWERS_H

#include "base/text.h"
#include "data/dataset.h"

enum { RN_NO_LABEL = -1 };

typedef struct {
    size_t name;                    /* where it begins in rn_answers.names */
    int32_t label;                  /* or RN_NO_LABEL */
    int views;                      /* that its scores average; 0: it could not be read, they are NaN */
} rn_answers_row;

struct rn_answers {
    int classes;
    char **class_name;
    int64_t count, room;
    rn_answers_row *row;
    float *scores;                  /* room x classes, before softmax */
    rn_text names;                  /* of all pictures, each ended by a zero byte */
    rn_model *const *model;         /* borrowed: who answers for pictures one by one */
    int models;
    double seconds;                 /* that the answers took; 0: unknown */
};

/* An empty table; `class_name` is copied. */
rn_status rn_answers_new(rn_answers **answers, const char *const *class_name, int classes);

/* Add a picture, at first one that could not be read; then perhaps its scores, or those of one more view. */
rn_status rn_answers_add(rn_answers *answers, const char *name, int32_t label);
void rn_answers_set(rn_answers *answers, int64_t row, const float *scores);
void rn_answers_average_in(rn_answers *answers, int64_t row, const float *scores);

/* Add every picture of a data set. */
rn_status rn_answers_add_data(rn_answers *answers, const rn_dataset *data);

/* A model's answers for every picture of a data set; `batch` 0: as in training's own tests. */
rn_status rn_answers_for(rn_model *model, const rn_dataset *data, int batch, rn_answers **answers);

/* Scores that were written for these pictures; `spec` is what a person calls them. */
rn_status rn_answers_read_for(rn_answers **answers, const char *npy, const char *spec,
                              const rn_dataset *data);

const float *rn_answers_scores(const rn_answers *answers, int64_t row);
const char *rn_answers_name(const rn_answers *answers, int64_t row);

/* The `count` best classes, best first, of equal ones the first; returns how many there are. */
int rn_guess_best(const float *scores, const char *const *class_name, int classes, rn_guess *guess,
                  int count);

#endif
