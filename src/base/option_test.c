/* Options by name: every kind set and got back, refusals with their sentences, suggestions. */
#include "base/error.h"

#include "base/check.h"

#include <string.h>

typedef struct {
    bool force;
    int64_t epochs;
    double lr;
    char out[RN_TEXT_SIZE];
    int64_t memory;
} config;

#define ROW(field, kind) { #field, 0, kind, offsetof(config, field), "X", "group", "help" }

static const rn_option table[] = {
    ROW(force, RN_KIND_SWITCH), ROW(epochs, RN_KIND_INT), ROW(lr, RN_KIND_REAL), ROW(out, RN_KIND_TEXT),
    ROW(memory, RN_KIND_BYTES),
    { 0 },
};

static const struct { const char *name, *text, *back; } good[] = {
    { "force", "yes", "yes" },
    { "force", "off", "no" },
    { "force", "1", "yes" },
    { "epochs", "90", "90" },
    { "epochs", "-3", "-3" },
    { "epochs", "9223372036854775807", "9223372036854775807" },
    { "lr", "0.1", "0.1" },
    { "lr", "1e-4", "0.0001" },
    { "lr", "0.30000000000000004", "0.30000000000000004" },
    { "out", "runs/a b", "runs/a b" },
    { "out", "", "" },
    { "memory", "8GB", "8000000000" },
    { "memory", "1.5 GiB", "1610612736" },
    { "memory", "512MiB", "536870912" },
    { "memory", "64 kB", "64000" },
    { "memory", "100", "100" },
    { "memory", "7B", "7" },
};

static const struct { const char *name, *text, *sentence; } bad[] = {
    { "memory", "8G", "--memory: \"8G\" is no size such as 8GB or 512MiB" },
    { "memory", "GB", "--memory: \"GB\" is no size such as 8GB or 512MiB" },
    { "memory", "-1GB", "--memory: \"-1GB\" is no size such as 8GB or 512MiB" },
    { "memory", "9999TB", "--memory: \"9999TB\" is no size such as 8GB or 512MiB" },
    { "lr", "abc", "--lr: \"abc\" is not a number" },
    { "lr", "", "--lr: \"\" is not a number" },
    { "lr", "nan", "--lr: \"nan\" is not a number" },
    { "lr", "0,1", "--lr: \"0,1\" is not a number" },
    { "epochs", "1.5", "--epochs: \"1.5\" is not a whole number in range" },
    { "epochs", "9223372036854775808", "--epochs: \"9223372036854775808\" is not a whole number in range" },
    { "epochs", "ten", "--epochs: \"ten\" is not a number" },
    { "force", "maybe", "--force: \"maybe\" is neither yes nor no" },
    { "epoch", "3", "unknown option --epoch; did you mean --epochs?" },
    { "eopchs", "3", "unknown option --eopchs; did you mean --epochs?" },
    { "colour", "3", "unknown option --colour" },
};

static void values(void)
{
    config c = { 0 };
    char text[RN_TEXT_SIZE];
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        CHECK_OK(rn_option_set(table, &c, good[i].name, good[i].text));
        rn_option_get(rn_option_find(table, good[i].name), &c, text, sizeof text);
        CHECK(strcmp(text, good[i].back) == 0, "%s=%s came back as %s", good[i].name, good[i].text, text);
    }
}

static void refusals(void)
{
    config c = { .epochs = 7, .lr = 0.5 };
    char text[2 * RN_TEXT_SIZE];
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        rn_status status = rn_option_set(table, &c, bad[i].name, bad[i].text);
        CHECK(status == RN_BAD_ARGUMENT, "%s=%s: status %d", bad[i].name, bad[i].text, status);
        CHECK(strcmp(rn_error_text(), bad[i].sentence) == 0, "said: %s", rn_error_text());
    }
    memset(text, 'a', sizeof text);
    text[RN_TEXT_SIZE] = '\0';
    CHECK(rn_option_set(table, &c, "out", text) == RN_BAD_ARGUMENT, "%d bytes were taken", RN_TEXT_SIZE);
    text[RN_TEXT_SIZE - 1] = '\0';
    CHECK_OK(rn_option_set(table, &c, "out", text));
    CHECK(c.epochs == 7 && c.lr == 0.5 && !c.force, "a refused value was stored");
}

static const struct { const char *word, *suggestion; } near[] = {
    { "tain", "train" },
    { "trian", "train" },
    { "trains", "train" },
    { "desc", "describe" },
    { "clasify", "classify" },
    { "evil", "eval" },
    { "xyzzy", NULL },
    { "v", NULL },
    { "", NULL },
    { "a-word-that-is-much-longer-than-any-command-that-anybody-would-type", NULL },
};

static void suggestions(void)
{
    static const char *const words[] = { "train", "describe", "eval", "classify", NULL };
    for (size_t i = 0; i < sizeof near / sizeof *near; i++) {
        const char *got = rn_suggest(near[i].word, words), *want = near[i].suggestion;
        bool same = got && want ? strcmp(got, want) == 0 : got == want;
        CHECK(same, "%s gave %s", near[i].word, got ? got : "nothing");
    }
}

int main(void)
{
    values();
    refusals();
    suggestions();
    return check_result();
}
