#define _GNU_SOURCE
#include "train/run_folder.h"
#include "backend/kernel_choices.h"
#include "train/tensorboard.h"
#include "train/train_options.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

rn_status rn_run_path(char path[RN_TEXT_SIZE], const char *out, const char *name)
{
    return rn_path_join(path, RN_TEXT_SIZE, out, name);
}

static void numbered(char out[RN_TEXT_SIZE], int number)
{
    snprintf(out, RN_TEXT_SIZE, number > 1 ? "runs/train%d" : "runs/train", number);
}

rn_status rn_run_choose(char out[RN_TEXT_SIZE], bool existing)
{
    enum { MOST = 100000 };
    int number = 1;
    for (numbered(out, number); rn_file_exists(out); numbered(out, number))
        if (++number > MOST)
            return rn_fail(RN_BAD_ARGUMENT, "runs/train to runs/train%d exist; say --out", (int)MOST);
    if (existing && number > 1)
        numbered(out, number - 1);
    return RN_OK;
}

/* Everything that a run leaves; prev.ckpt goes before last.ckpt, so that a removal that is cut short leaves
 * nothing older than what it removed. */
static const char *const products[] = {
    "prev.ckpt", "last.ckpt", "last.safetensors", "best.safetensors", "metrics.jsonl", "results.csv",
    "curves.svg", "summary.json", "nan-report.json", "bad_files.txt", "log.txt", "index.html",
    "confusion_matrix.svg", "confusion_matrix.csv", "per_class.csv", "args.json", "env.json",
    "kernels",
};

static rn_status drop(const char *out, const char *name)
{
    char path[RN_TEXT_SIZE];
    RN_TRY(rn_run_path(path, out, name));
    return unlink(path) == 0 || errno == ENOENT ? RN_OK : rn_fail_errno(path);
}

/* Products whose names vary: event files, snapshots, and what `resnet paper` tested. */
static bool is_product(const char *name)
{
    static const struct { const char *begin, *end; } kinds[] = {
        { RN_EVENTS_PREFIX, "" }, { "step-", ".safetensors" }, { "tested-", ".npy" },
    };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strncmp(name, kinds[i].begin, strlen(kinds[i].begin)) == 0 && rn_ends_with(name, kinds[i].end))
            return true;
    return false;
}

static rn_status drop_varying(const char *out, const rn_listing *listing)
{
    for (int i = 0; i < listing->count; i++)
        if (is_product(listing->name[i]))
            RN_TRY(drop(out, listing->name[i]));
    return RN_OK;
}

static rn_status clear(const char *out)
{
    rn_listing listing;
    for (size_t i = 0; i < sizeof products / sizeof *products; i++)
        RN_TRY(drop(out, products[i]));
    RN_TRY(rn_listing_open(&listing, out));
    rn_status status = drop_varying(out, &listing);
    rn_listing_close(&listing);
    return status;
}

static rn_status count_files(const char *out, int *files)
{
    rn_listing listing;
    RN_TRY(rn_listing_open(&listing, out));
    *files = listing.count;
    rn_listing_close(&listing);
    return RN_OK;
}

/* A run that was killed before its first file left an empty folder: to resume it is to begin it. */
static rn_status claim_existing(const rn_train_config *config)
{
    char args[RN_TEXT_SIZE];
    int files;
    if (config->resume || config->force)
        RN_TRY(rn_folder_remove_stale(config->out));
    RN_TRY(count_files(config->out, &files));
    RN_TRY(rn_run_path(args, config->out, "args.json"));
    if (files == 0 || (config->resume && rn_file_exists(args)))
        return RN_OK;
    if (config->force)
        return config->resume ? RN_OK : clear(config->out);
    if (config->resume)
        return rn_fail(RN_BAD_ARGUMENT, "%s holds files, but no run", config->out);
    return rn_hint(rn_fail(RN_BAD_ARGUMENT, "%s exists", config->out), "--resume or --force");
}

/* The lock lies on the folder itself: no file is left behind, and the system lets go of it when the process
 * ends, however it ends.  Where the file system knows no locks there is none. */
static rn_status keep_others_out(const char *out, int *lock)
{
    *lock = open(out, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (*lock < 0)
        return rn_fail_errno(out);
    if (flock(*lock, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK)
        return RN_OK;
    return rn_hint(rn_fail(RN_IO, "%s: another process is training in it", out),
                   "wait for its end, or take another --out");
}

rn_status rn_run_claim(const rn_train_config *config, int *lock)
{
    RN_TRY(rn_folder_make(config->out));
    RN_TRY(keep_others_out(config->out, lock));
    return claim_existing(config);
}

void rn_run_release(int lock)
{
    if (lock >= 0)
        close(lock);
}

rn_status rn_run_recorded(rn_train_config *config, const char *out, bool *recorded)
{
    char path[RN_TEXT_SIZE];
    rn_map map;
    RN_TRY(rn_run_path(path, out, "args.json"));
    *recorded = rn_file_exists(path);
    if (!*recorded)
        return RN_OK;
    RN_TRY(rn_map_open(&map, path));
    rn_status status = rn_options_read(rn_train_options(), config, (const char *)map.bytes, map.size, path);
    rn_map_close(&map);
    return status;
}

bool rn_run_is_finished(const char *out)
{
    char path[RN_TEXT_SIZE];
    rn_map map;
    json_t *summary = NULL;
    bool finished = false;
    if (rn_run_path(path, out, "summary.json") != RN_OK || !rn_file_exists(path)
        || rn_map_open(&map, path) != RN_OK)
        return false;
    if (rn_json_parse(&summary, (const char *)map.bytes, map.size, path) == RN_OK) {
        const char *how = json_string_value(json_object_get(summary, "exit"));
        finished = how && strcmp(how, "finished") == 0;
    }
    json_decref(summary);
    rn_map_close(&map);
    return finished;
}

/* ---- Its files ------------------------------------------------------------------------------- */

static rn_status put(const char *out, const char *name, rn_text *text,
                     rn_status (*write)(const char *path, const void *bytes, size_t size))
{
    char path[RN_TEXT_SIZE];
    rn_status status = rn_run_path(path, out, name);
    if (status == RN_OK)
        status = rn_text_finish(text);
    if (status == RN_OK)
        status = write(path, text->bytes, text->length);
    rn_text_free(text);
    return status;
}

rn_status rn_run_write(const char *out, const char *name, rn_text *text)
{
    return put(out, name, text, rn_file_replace);
}

rn_status rn_run_append(const char *out, const char *name, rn_text *text)
{
    return put(out, name, text, rn_file_append);
}

rn_status rn_run_write_json(const char *out, const char *name, json_t *object, rn_status filled)
{
    rn_text text = { 0 };
    if (filled == RN_OK)
        filled = rn_json_write(&text, object, 2);
    json_decref(object);
    if (filled != RN_OK) {
        rn_text_free(&text);
        return filled;
    }
    rn_text_add(&text, "\n");
    return rn_run_write(out, name, &text);
}

/* ---- What it is ------------------------------------------------------------------------------ */

static rn_status environment(json_t *object, const rn_device *device)
{
    struct utsname system;
    char processor[RN_PROCESSOR_SIZE];
    uname(&system);
    rn_processor_name(processor);
    RN_TRY(rn_json_set(object, "version", json_string(rn_version())));
    RN_TRY(rn_json_set(object, "device", json_string(device->name)));
    RN_TRY(rn_json_set(object, "isa", json_string(device->isa)));
    RN_TRY(rn_json_set(object, "threads", json_integer(rn_device_threads(device))));
    RN_TRY(rn_json_set(object, "processors", json_integer(rn_processors())));
    RN_TRY(rn_json_set(object, "processor", json_string(processor)));
    RN_TRY(rn_json_set(object, "machine", json_string(system.machine)));
    RN_TRY(rn_json_set(object, "system", json_sprintf("%s %s", system.sysname, system.release)));
    RN_TRY(rn_json_set(object, "host", json_string(system.nodename)));
    return rn_json_set(object, "started", json_integer((json_int_t)time(NULL)));
}

rn_status rn_run_describe(const rn_train_config *config, const rn_device *device)
{
    rn_text args = { 0 };
    char kernels[RN_TEXT_SIZE];
    RN_TRY(rn_run_path(kernels, config->out, "kernels"));
    if (device->choices && device->choices->rows)
        RN_TRY(rn_choices_save(device->choices, kernels));
    rn_options_write(&args, rn_train_options(), config);
    RN_TRY(rn_run_write(config->out, "args.json", &args));
    json_t *object = json_object();
    return rn_run_write_json(config->out, "env.json", object, environment(object, device));
}
