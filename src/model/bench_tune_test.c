/* Tuning leaves a line for every use with several kernels, and later runs go by it. */
#include "backend/kernel_choices.h"
#include "base/check_files.h"

#include <string.h>

static const rn_architecture small = { .model = "resnet8" };

static void make_all_direct(const char *file)
{
    rn_choices choices;
    CHECK_OK(rn_choices_open(&choices, file, rn_cpu_isa("fp32"), "fp32"));
    CHECK(choices.rows == 3, "%d lines", choices.rows);
    for (int i = 0; i < choices.rows; i++)
        strcpy(choices.row[i].kernel, "direct");
    CHECK_OK(rn_choices_save(&choices, file));
    rn_choices_close(&choices);
}

static int count_kernel(const rn_placement *placement, const char *mode, const char *kernel)
{
    rn_bench_report *report;
    int count = 0;
    CHECK_OK(rn_bench(&small, placement, mode, 2, 1, &report));
    for (int i = 0; i < report->rows; i++)
        count += strcmp(report->row[i].kernel, kernel) == 0;
    rn_bench_report_free(report);
    return count;
}

int main(void)
{
    rn_tuning tuning;
    check_folder_open();
    const rn_placement placement = { .threads = 1, .kernels = check_path("kernels") };
    CHECK_OK(rn_bench_tune(&small, &placement, "train", 2, &tuning));
    CHECK(tuning.uses == 3 && tuning.changed <= 3 && strcmp(tuning.file, placement.kernels) == 0,
          "%d uses, %d changed, in %s", tuning.uses, tuning.changed, tuning.file);
    make_all_direct(placement.kernels);
    CHECK(count_kernel(&placement, "train", "winograd") == 0, "a measured kernel is not used");
    CHECK(count_kernel(&placement, "infer", "winograd") > 0, "training's kernels are used for answers");
    CHECK(rn_bench_tune(&small, &(rn_placement){ .kernels = "none" }, "train", 2, &tuning) == RN_BAD_ARGUMENT,
          "tuned without a file");
    CHECK(rn_bench_tune(&small, &(rn_placement){ .device = "plain" }, "train", 2, &tuning) == RN_BAD_ARGUMENT,
          "tuned without a choice");
    check_folder_close();
    return check_result();
}
