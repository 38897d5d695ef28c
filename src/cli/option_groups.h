/* Options that several commands share, each group a structure and the table that describes it. */
#ifndef RN_CLI_OPTION_GROUPS_H
#define RN_CLI_OPTION_GROUPS_H

#include "cli/arguments.h"

#define OPTION(type, field, name, letter, kind, value, group, help) \
    { name, letter, kind, offsetof(type, field), value, group, help }

typedef struct {
    bool help, quiet, verbose;
    char color[RN_TEXT_SIZE];
} common_options;

typedef struct {
    bool json;
} output_options;

typedef struct {
    char model[RN_TEXT_SIZE], shortcut[RN_TEXT_SIZE], stride_in[RN_TEXT_SIZE];
    int64_t classes, size;
} network_options;

typedef struct {
    char device[RN_TEXT_SIZE], type[RN_TEXT_SIZE];
    int64_t threads, memory;
} place_options;

typedef struct {
    char weights[RN_TEXT_SIZE], preprocess[RN_TEXT_SIZE], class_names[RN_TEXT_SIZE];
    char views[RN_TEXT_SIZE], scales[RN_TEXT_SIZE];
    int64_t max_pixels;
    bool exif_rotate;
} weights_options;

option_table common_table, output_table, network_table, place_table, weights_table, views_table,
    picture_table;

/* Convert what was said; on failure the message is told.  After read_common, wants_json cannot fail.
 * `name`: of the network; NULL: that of --model. */
rn_status read_common(const arguments *args, common_options *options);
bool wants_json(const arguments *args);
rn_status read_architecture(const arguments *args, const char *name, rn_architecture *architecture);

/* The strings of `placement` and `options` stay in `held`. */
typedef struct {
    place_options place;
    weights_options weights;
} held_options;
rn_status read_placement(const arguments *args, held_options *held, rn_placement *placement);
rn_status read_model_options(const arguments *args, held_options *held, rn_model_options *options);

/* Open the model file of --weights. */
rn_status open_model(const arguments *args, rn_model **model);

/* Where --weights may be said several times: its files, at most MAX_MODELS, and opening one of them. */
enum { MAX_MODELS = 64 };
rn_status weights_files(const arguments *args, const char *file[MAX_MODELS], int *count);
rn_status open_model_file(const arguments *args, const char *file, rn_model **model);

/* Tell that --weights is missing. */
rn_status want_weights(const arguments *args);

/* What --csv and --logits ask for; "": nothing. */
rn_status write_answers(const rn_answers *answers, const char *csv, const char *logits);

/* A whole number from an option that must lie in a range. */
rn_status in_range(const char *name, int64_t value, int64_t least, int64_t most, int *result);

#endif
