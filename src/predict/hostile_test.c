/*
 * Files made to break decoders and readers, each classified, inspected and converted: it is accepted or
 * clearly refused, within two seconds, and within twice its size and 64 MiB.  A process of its own reads some
 * fifty files, so that a crash, a leak or an endless loop is told with the files that it came from.
 */
#include "base/check_files.h"
#include "base/file.h"
#include "data/dataset.h"
#include "predict/predict.h"

#include <math.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { GROUP = 50, MOST_SECONDS = 2, MOST_KIB = 64 << 10 };

/* For the sanitizer: memory that was given back is not kept for long, so that the limit holds there, too. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "quarantine_size_mb=1";
}

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static long peak_kib(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

/* PngSuite calls its broken pictures x... */
static rn_status classify(rn_model *model, const char *path)
{
    rn_guess guess;
    rn_status status = rn_model_classify(model, path, &guess, 1, NULL);
    bool suite = strstr(path, "/pngsuite/") && rn_image_name(path), broken = strrchr(path, '/')[1] == 'x';
    CHECK(status != RN_OK || isfinite(guess.probability), "%s: %g", path, (double)guess.probability);
    CHECK(!suite || broken == (status != RN_OK), "%s: %d", path, status);
    return status;
}

static rn_status inspect(rn_model *model, const char *path)
{
    (void)model;
    rn_file_info *info;
    rn_status status = rn_file_inspect(path, &info);
    rn_file_info_free(info);
    return status;
}

static rn_status convert(rn_model *model, const char *path)
{
    (void)model;
    const rn_convert_options options = {
        .overwrite = true, .model = { .architecture.model = "resnet8", .preprocess = "builtin" },
    };
    return rn_file_convert(path, check_path("converted.safetensors"), &options);
}

/* Pickles that want to run something are refused by the name of what they want. */
static void check_words(const char *path, bool picture)
{
    const char *text = rn_error_text(), *name = strrchr(path, '/') + 1, *dot = strrchr(name, '.');
    bool code = strncmp(name, "malicious-", 10) == 0 && strcmp(dot, ".npy") && strcmp(dot, ".npz")
             && strcmp(dot, ".zip");
    CHECK(strncmp(text, path, strlen(path)) == 0 && strlen(text) > strlen(path) + 10, "%s: %s", path, text);
    CHECK(picture || !code || strstr(text, "refused: contains code (global \""), "%s", text);
}

typedef rn_status reading(rn_model *model, const char *path);

static void read_one(reading *read, rn_model *model, const char *path, long before)
{
    rn_map map = { 0 };
    double start = seconds();
    long peak = peak_kib(), size = rn_map_open(&map, path) == RN_OK ? (long)(map.size >> 10) : 0;
    rn_map_close(&map);
    rn_status status = read(model, path);
    CHECK(status == RN_OK || status == RN_BAD_FILE || status == RN_NO_MEMORY, "%s: %d", path, status);
    if (status != RN_OK)
        check_words(path, read == classify);
    CHECK(seconds() - start < MOST_SECONDS, "%s: %.1f s", path, seconds() - start);
    long grown = peak_kib() - before;
    CHECK(peak_kib() == peak || grown < 2 * size + MOST_KIB, "%s: %ld KiB", path, grown);
}

/* In a process of its own; it ends as the test does, so that leaks are found. */
static void read_group(reading *read, rn_model *model, const char *folder, char *const *name, int count)
{
    char path[1024];
    struct rlimit limit = { GROUP * MOST_SECONDS, GROUP * MOST_SECONDS };
    long before = peak_kib();
    setrlimit(RLIMIT_CPU, &limit);
    for (int i = 0; i < count; i++) {
        CHECK_OK(rn_path_join(path, sizeof path, folder, name[i]));
        read_one(read, model, path, before);
    }
    fflush(stdout);
    rn_model_close(model);
}

static void read_folder(reading *read, rn_model *model, const char *part)
{
    rn_listing listing;
    char folder[512];
    CHECK_OK(rn_path_join(folder, sizeof folder, check_data(), part));
    CHECK_OK(rn_listing_open(&listing, folder));
    CHECK(listing.count > 0, "%s is empty", folder);
    for (int i = 0; i < listing.count; i += GROUP) {
        int status = 0, count = listing.count - i < GROUP ? listing.count - i : GROUP;
        fflush(stdout);
        pid_t child = fork();
        if (child == 0) {
            read_group(read, model, folder, listing.name + i, count);
            rn_listing_close(&listing);
            exit(check_failures != 0);
        }
        CHECK(child > 0 && waitpid(child, &status, 0) == child, "no process");
        CHECK(status == 0, "%s: status %#x, reading %d files from %s on", part, (unsigned)status, count,
              listing.name[i]);
    }
    printf("%s: %d files\n", part, listing.count);
    rn_listing_close(&listing);
}

static void make_model(rn_model **model)
{
    rn_bundle bundle;
    const char *path = check_path("model.safetensors");
    CHECK_OK(rn_bundle_new(&bundle, &(rn_architecture){ .model = "resnet8" }, 1));
    CHECK_OK(rn_preprocess_named(&bundle.preprocess, "builtin"));
    CHECK_OK(rn_bundle_save(&bundle, path, NULL));
    rn_bundle_close(&bundle);
    CHECK_OK(rn_model_open(model, path, &(rn_model_options){ .placement.threads = 1, .exif_rotate = true }));
}

int main(void)
{
    static const char *const parts[] = {
        "hostile/jpeg", "hostile/png", "hostile/pngsuite", "hostile/pickle", "hostile/broken_files",
    };
    rn_model *model;
    if (!check_data())
        return check_skip("RESNET_TEST_DATA is not set");
    check_folder_open();
    make_model(&model);
    for (size_t i = 0; i < sizeof parts / sizeof *parts && model; i++) {
        read_folder(classify, model, parts[i]);
        read_folder(inspect, model, parts[i]);
        read_folder(convert, model, parts[i]);
    }
    rn_model_close(model);
    check_folder_close();
    return check_result();
}
