/* For tests: a training of seconds, of ResNet-8 on a few built-in pictures that lie in a folder. */
#ifndef RN_TRAIN_SMALL_RUN_H
#define RN_TRAIN_SMALL_RUN_H

#include "base/check.h"
#include "base/file.h"

#include <stdlib.h>
#include <string.h>

static char small_folder[64];

static inline const char *small_path(const char *name)
{
    static char path[4][RN_TEXT_SIZE];
    static int turn;
    turn = (turn + 1) % 4;
    snprintf(path[turn], RN_TEXT_SIZE, "%s/%s", small_folder, name);
    return path[turn];
}

static inline void small_begin(void)
{
    strcpy(small_folder, "/tmp/resnet-train-XXXXXX");
    CHECK(mkdtemp(small_folder), "cannot make %s", small_folder);
    CHECK_OK(rn_data_draw(small_path("data"), 120, 3));
}

static inline void small_end(void)
{
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", small_folder);
    CHECK(system(command) == 0, "%s", command);
}

/* 40 steps in about 5 passes. */
static inline rn_train_config small_config(const char *run)
{
    rn_train_config c = { 0 };
    snprintf(c.data, sizeof c.data, "%s", small_path("data"));
    snprintf(c.out, sizeof c.out, "%s", small_path(run));
    strcpy(c.model, "resnet8");
    CHECK_OK(rn_train_defaults(&c, "quick"));
    c.batch = 12;
    c.shards = 4;
    c.bn_groups = 2;
    c.iterations = 40;
    c.warmup = 8;
    c.threads = 1;
    c.workers = 0;
    c.save_every = 3;
    c.seed = 5;
    return c;
}

/* The hash of a run's last model. */
typedef struct { char hex[65]; } small_hash;
static inline small_hash small_hash_of(const char *run)
{
    char path[RN_TEXT_SIZE];
    rn_file_info *info;
    small_hash hash = { "" };
    snprintf(path, sizeof path, "%s/last.safetensors", small_path(run));
    CHECK_OK(rn_file_inspect(path, &info));
    if (info)
        memcpy(hash.hex, info->sha256, sizeof hash.hex);
    rn_file_info_free(info);
    return hash;
}

/* Stop when so many steps are done. */
typedef struct { int64_t at; volatile int stop; } small_stop;
static inline void small_stop_at(void *context, const rn_train_event *event)
{
    small_stop *stop = context;
    stop->stop |= event->moment == RN_TRAIN_STEP && event->iteration >= stop->at;
}

#endif
