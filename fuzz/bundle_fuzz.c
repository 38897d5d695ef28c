/*
 * Model files of our own.  The input is a file's header; its numbers are zeros, as many as the header
 * claims. A model that opens can be saved, and opens again as the same model.
 */
#include "fuzz/weights_file.h"
#include "weights/bundle.h"

#include <string.h>

enum { LARGEST = 1 << 20 };

static void check_saved(const rn_bundle *bundle)
{
    rn_bundle again;
    char hash[65], hash_again[65];
    const char *path = fuzz_path("saved.safetensors");
    MUST_OK(rn_bundle_hash(bundle, hash));
    MUST_OK(rn_bundle_save(bundle, path, NULL));
    MUST_OK(rn_bundle_open(&again, path, NULL));
    MUST_OK(rn_bundle_hash(&again, hash_again));
    MUST(strcmp(hash, hash_again) == 0, "other weights");
    MUST(memcmp(&bundle->architecture, &again.architecture, sizeof again.architecture) == 0, "another one");
    MUST(!bundle->class_name == !again.class_name, "class names");
    rn_bundle_close(&again);
}

static void check(const char *path, const rn_model_options *wanted)
{
    rn_bundle bundle;
    rn_status status = rn_bundle_open(&bundle, path, wanted);
    MUST(status == RN_OK || status == RN_NO_MEMORY || strstr(rn_error_text(), FUZZ_NAME), "status %d: %s",
         status, rn_error_text());
    if (status == RN_OK)
        check_saved(&bundle);
    rn_bundle_close(&bundle);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t file[LARGEST];
    static const rn_model_options wanted = {
        .architecture = { .model = "resnet8", .shortcut = RN_SHORTCUT_A }, .preprocess = "paper-cifar",
    };
    rn_file_info *info;
    if (size < 10 || size > LARGEST / 8)
        return 0;
    memcpy(file, data, size);
    size = fuzz_mend_safetensors(file, size, LARGEST);
    const char *path = fuzz_write(FUZZ_NAME, file, size);
    rn_status status = rn_file_inspect(path, &info);
    fuzz_check_refusal(status);
    rn_file_info_free(info);
    if (status == RN_OK) {
        check(path, NULL);
        check(path, &wanted);
    }
    return 0;
}
