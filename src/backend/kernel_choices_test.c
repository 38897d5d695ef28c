/* Lines written and read back, lines about other machines kept, and files that nobody should trust. */
#include "backend/kernel_choices.h"
#include "backend/registry.h"
#include "base/check_files.h"
#include "base/file.h"

#include <stdlib.h>
#include <string.h>

static rn_call conv(int64_t channels, bool training)
{
    return (rn_call){ .op = &rn_op_conv2d, .training = training, .shards = 4, .inputs = 1,
                      .args = { .filters = 32, .kernel_h = 3, .kernel_w = 3, .pad_h = 1, .pad_w = 1 },
                      .input[0].shape = { 4, channels, 32, 32 } };
}

static rn_choice choice_for(const rn_choices *choices, const rn_call *call, const char *kernel)
{
    rn_choice choice = { .measured = "1 ms" };
    rn_choices_use(choices, call, choice.use);
    snprintf(choice.kernel, sizeof choice.kernel, "%s", kernel);
    return choice;
}

static void check_kernel(const rn_choices *choices, const rn_call *call, const char *wanted)
{
    const char *kernel = rn_choices_find(choices, call);
    CHECK(wanted ? kernel && strcmp(kernel, wanted) == 0 : !kernel, "%s, wanted %s", kernel ? kernel : "none",
          wanted ? wanted : "none");
}

static int warnings;

static void count(void *context, rn_log_level level, const char *text)
{
    (void)context;
    (void)text;
    warnings += level == RN_LOG_WARNING;
}

static void check_warnings(const char *what, int wanted)
{
    CHECK(warnings == wanted, "%s: %d warnings, wanted %d", what, warnings, wanted);
    warnings = 0;
}

static void check_round_trip(void)
{
    const rn_call learning = conv(32, true), answering = conv(32, false);
    const char *file = check_path("new/folder/kernels");
    rn_choices choices, other;
    CHECK_OK(rn_choices_open(&choices, file, "avx512", "fp32"));
    rn_choice choice = choice_for(&choices, &learning, "winograd");
    CHECK_OK(rn_choices_set(&choices, &choice));
    CHECK_OK(rn_choices_save(&choices, file));
    CHECK_OK(rn_choices_open(&other, file, "avx2", "fp32"));
    check_kernel(&other, &learning, NULL);
    choice = choice_for(&other, &learning, "direct");
    CHECK_OK(rn_choices_set(&other, &choice));
    CHECK_OK(rn_choices_save(&other, file));
    rn_choices_close(&choices);
    rn_choices_close(&other);
    CHECK_OK(rn_choices_open(&choices, file, "avx512", "fp32"));
    check_kernel(&choices, &learning, "winograd");
    check_kernel(&choices, &answering, NULL);
    CHECK(choices.rows == 1, "%d lines for this machine", choices.rows);
    rn_choices_close(&choices);
    check_warnings("round trip", 0);
}

static void check_damaged(void)
{
    static char long_line[100000];
    const rn_call call = conv(32, true);
    char text[2048];
    rn_choices choices;
    rn_choices_open(&choices, "none", "avx512", "fp32");
    rn_choice choice = choice_for(&choices, &call, "direct");
    rn_choices_close(&choices);
    snprintf(text, sizeof text, "# comment\n\n | | | | | | \na | b\n%s | %s\n%s | direct | 1 ms | more\n"
             "%s | \001 | 1 ms\n%s | %s | 1 ms", choice.use, choice.kernel, choice.use, choice.use,
             choice.use, choice.kernel);
    const char *file = check_write("damaged", text, strlen(text));
    CHECK_OK(rn_choices_open(&choices, file, "avx512", "fp32"));
    check_kernel(&choices, &call, "direct");
    rn_choices_close(&choices);
    check_warnings("damaged lines", 1);
    memset(long_line, 'a', sizeof long_line);
    file = check_write("long", long_line, sizeof long_line);
    CHECK_OK(rn_choices_open(&choices, file, "avx512", "fp32"));
    CHECK(choices.rows == 0, "%d lines", choices.rows);
    rn_choices_close(&choices);
    check_warnings("a long line", 1);
    CHECK_OK(rn_choices_open(&choices, check_folder, "avx512", "fp32"));
    rn_choices_close(&choices);
    check_warnings("a folder", 1);
}

/* A device takes what is measured, but no kernel that does not exist or cannot run the call. */
static void check_device(void)
{
    static const struct { const char *named, *wanted; } cases[] = {
        { "direct", "direct" }, { "winograd", "winograd" }, { "plain", "winograd" }, { "int8", "winograd" },
        { "linear", "winograd" }, { "nonsense", "winograd" },
    };
    const char *file = check_path("device");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rn_device *device;
        rn_call call = conv(32, true);
        CHECK_OK(rn_op_conv2d.infer(&call));
        CHECK_OK(rn_device_open(&device, &(rn_placement){ .threads = 1, .kernels = file }));
        rn_choices choices = { .rows = 0 };
        rn_choice choice = choice_for(device->choices, &call, cases[i].named);
        CHECK_OK(rn_choices_set(&choices, &choice));
        CHECK_OK(rn_choices_save(&choices, file));
        rn_choices_close(&choices);
        rn_device_close(device);
        CHECK_OK(rn_device_open(&device, &(rn_placement){ .threads = 1, .kernels = file }));
        const char *kernel = device->choose(device, &call)->name;
        CHECK(strcmp(kernel, cases[i].wanted) == 0, "the file says %s: %s", cases[i].named, kernel);
        rn_device_close(device);
    }
}

static void check_places(void)
{
    static const struct { const char *named, *cache, *home, *wanted; } cases[] = {
        { "/a/b", "/c", "/h", "/a/b" }, { "", "/c", "/h", "/c/resnet/kernels" },
        { "", "relative", "/h", "/h/.cache/resnet/kernels" }, { "none", "/c", "/h", "" }, { "", "", "", "" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rn_choices choices;
        setenv("RESNET_KERNELS", cases[i].named, 1);
        setenv("XDG_CACHE_HOME", cases[i].cache, 1);
        setenv("HOME", cases[i].home, 1);
        CHECK_OK(rn_choices_open(&choices, NULL, "avx2", "fp32"));
        CHECK(strcmp(choices.file, cases[i].wanted) == 0, "\"%s\", wanted \"%s\"", choices.file,
              cases[i].wanted);
        rn_choices_close(&choices);
    }
    setenv("RESNET_KERNELS", "none", 1);
}

int main(void)
{
    check_folder_open();
    rn_log_listen(count, NULL);
    check_round_trip();
    check_damaged();
    rn_log_listen(NULL, NULL);
    check_device();
    check_places();
    check_folder_close();
    return check_result();
}
