/*
 * JSON from files: what is accepted is the same after it was written and read again, and the tables that
 * are filled from it (a run's options, a preprocessing rule) are filled or refuse.
 */
#include "base/json.h"
#include "fuzz/fuzz.h"
#include "train/train_options.h"
#include "weights/bundle_facts.h"

#include <string.h>

static void check_again(const json_t *value, int indent)
{
    rn_text text = { 0 };
    json_t *again;
    MUST_OK(rn_json_write(&text, value, indent));
    MUST_OK(rn_json_parse(&again, text.bytes, text.length, FUZZ_NAME));
    rn_text second = { 0 };
    MUST_OK(rn_json_write(&second, again, indent));
    MUST(strcmp(text.bytes, second.bytes) == 0, "%s became %s", text.bytes, second.bytes);
    json_decref(again);
    rn_text_free(&text);
    rn_text_free(&second);
}

/* A run's options come back as they were written. */
static void check_options(const char *bytes, size_t size)
{
    rn_train_config config = { .seed = 7 }, again = { .seed = 8 };
    rn_text text = { 0 };
    rn_status status = rn_options_read(rn_train_options(), &config, bytes, size, FUZZ_NAME);
    fuzz_check_refusal(status);
    if (status != RN_OK)
        return;
    rn_options_write(&text, rn_train_options(), &config);
    MUST_OK(rn_text_finish(&text));
    MUST_OK(rn_options_read(rn_train_options(), &again, text.bytes, text.length, FUZZ_NAME));
    for (const rn_option *row = rn_train_options(); row->name; row++) {
        char before[RN_TEXT_SIZE], after[RN_TEXT_SIZE];
        rn_option_get(row, &config, before, sizeof before);
        rn_option_get(row, &again, after, sizeof after);
        MUST(strcmp(before, after) == 0, "%s: '%s' became '%s'", row->name, before, after);
    }
    rn_text_free(&text);
}

static void check_rule(const char *text)
{
    rn_preprocess rule;
    bool mean_image;
    rn_status status = rn_preprocess_from_json(&rule, &mean_image, text, FUZZ_NAME);
    fuzz_check_refusal(status);
    if (status != RN_OK)
        return;
    MUST(rule.crop_height > 0 && rule.crop_width > 0 && rule.resize >= 0, "a crop of %dx%d", rule.crop_width,
         rule.crop_height);
    rn_preprocess_free(&rule);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    json_t *value;
    rn_status status = rn_json_parse(&value, (const char *)data, size, FUZZ_NAME);
    fuzz_check_refusal(status);
    MUST((status == RN_OK) == (value != NULL), "status %d", status);
    if (status == RN_OK) {
        check_again(value, 0);
        check_again(value, 2);
    }
    json_decref(value);
    check_options((const char *)data, size);
    char *text = calloc(size + 1, 1);
    MUST(text, "out of memory");
    memcpy(text, data, size);
    check_rule(text);
    free(text);
    return 0;
}
