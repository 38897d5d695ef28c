/*
 * A figure from runs of a few steps: made, made again from what is there, written as pages; names and numbers
 * that mean nothing are refused.
 */
#define _GNU_SOURCE
#include "base/check.h"
#include "base/check_files.h"
#include "base/file.h"

#include <math.h>
#include <string.h>

static int steps;

static void count_steps(void *context, const char *run, const rn_train_event *event)
{
    (void)context;
    CHECK(strstr(run, "builtin-plain20-x0.0001-seed1"), "%s", run);
    steps += event->moment == RN_TRAIN_STEP;
}

static void check_page(const char *name, const char *wanted, rn_paper_result *result)
{
    const char *path = check_path(name);
    rn_map map;
    CHECK_OK(rn_paper_write(path, &result, 1));
    CHECK_OK(rn_map_open(&map, path));
    CHECK(memmem(map.bytes, map.size, wanted, strlen(wanted)), "%s has no %s", path, wanted);
    rn_map_close(&map);
}

static void check_figure(void)
{
    rn_paper_options options = { .scale = 1e-4, .only = "plain20" };
    rn_paper_watch watch = { .on_event = count_steps };
    rn_paper_result *result;
    snprintf(options.runs, sizeof options.runs, "%s", check_folder);
    for (int again = 0; again < 2; again++) {
        CHECK_OK(rn_paper_reproduce("figure1", &options, &watch, &result));
        CHECK(steps == 6, "%d steps, wanted 6 in all", steps);
        CHECK(result->rows == 1 && result->columns == 3, "%d x %d", result->rows, result->columns);
        CHECK(isfinite(result->value[0]) && result->value[2] == 6, "%g %g", result->value[0],
              result->value[2]);
        CHECK(result->figure && strstr(result->figure, "</svg>"), "no figure");
        CHECK(strstr(result->note, "1 of 1 runs finished; 6 of the paper's 64,000"), "%s", result->note);
        CHECK(result->evidences == 1 && strcmp(result->evidence->run, "builtin-plain20-x0.0001-seed1") == 0
              && strlen(result->evidence->sha256) == 64 && result->evidence->iterations == 6,
              "%d runs, %s, %s", result->evidences, result->evidence->run, result->evidence->sha256);
        if (again) {
            check_page("page.html", "<h2>Figure 1</h2>", result);
            check_page("page.html", result->evidence->run, result);
            check_page("page.md", "| plain-20 |", result);
            check_page("page.md", "    resnet paper figure1 --cifar builtin --scale 0.0001 --only plain20",
                       result);
            check_page("page.md", "![Figure 1, chart 1](page-figure1-1.svg)", result);
            CHECK(rn_file_exists(check_path("page-figure1-1.svg")), "no chart beside the page");
        }
        rn_paper_result_free(result);
    }
}

/* What a run recorded makes its figure without the network. */
static void check_records(void)
{
    rn_paper_options options = { .scale = 1e-4, .only = "plain20", .read_only = true };
    rn_paper_result *result;
    char network[RN_TEXT_SIZE], away[RN_TEXT_SIZE];
    snprintf(options.runs, sizeof options.runs, "%s", check_folder);
    CHECK_OK(rn_path_join(network, sizeof network, check_folder,
                          "builtin-plain20-x0.0001-seed1/last.safetensors"));
    CHECK_OK(rn_path_join(away, sizeof away, check_folder, "away.safetensors"));
    CHECK(rename(network, away) == 0, "%s", network);
    CHECK_OK(rn_paper_reproduce("figure1", &options, &(rn_paper_watch){ 0 }, &result));
    CHECK(result->evidences == 1 && strlen(result->evidence->sha256) == 64, "%d runs", result->evidences);
    CHECK(isfinite(result->value[0]) && result->figure, "no figure");
    rn_paper_result_free(result);
    CHECK(rename(away, network) == 0, "%s", network);
}

/* In bf16 it is another run, with another name. */
static void check_type(void)
{
    rn_paper_options options = { .scale = 1e-4, .only = "plain20", .type = "bf16" };
    rn_paper_result *result;
    snprintf(options.runs, sizeof options.runs, "%s", check_folder);
    CHECK_OK(rn_paper_reproduce("figure1", &options, &(rn_paper_watch){ 0 }, &result));
    CHECK(result->evidences == 1 && strcmp(result->evidence->run, "builtin-plain20-bf16-x0.0001-seed1") == 0,
          "%s", result->evidence->run);
    CHECK(strstr(result->note, ", in bf16; data "), "%s", result->note);
    CHECK(strstr(result->command, " --type bf16 --only plain20"), "%s", result->command);
    rn_paper_result_free(result);
}

/* The run of figure 1 again: measured at four moments, without a step more. */
static void check_gradients(void)
{
    rn_paper_options options = { .scale = 1e-4, .only = "plain20" };
    rn_paper_watch watch = { .on_event = count_steps };
    rn_paper_result *result;
    snprintf(options.runs, sizeof options.runs, "%s", check_folder);
    CHECK_OK(rn_paper_reproduce("gradients", &options, &watch, &result));
    CHECK(steps == 6, "%d steps, wanted no more than 6", steps);
    CHECK(result->columns == 9 && result->value[0] == 19, "%d columns, %g layers", result->columns,
          result->value[0]);
    for (int c = 1; c < 9; c++)
        CHECK(result->value[c] >= 0 && result->value[c] < 3, "%s: %g", result->column[c].name,
              result->value[c]);
    CHECK(strstr(result->note, "With it, the weakest response") && !strstr(result->note, "Without it"), "%s",
          result->note);
    CHECK(strstr(result->note, "filters, divided by that of the last's, is ")
          && strstr(result->note, " when trained (plain-20)."), "%s", result->note);
    rn_paper_result_free(result);
}

/* Figure 7 of the same run, and of its residual twin. */
static void check_responses(void)
{
    rn_paper_options options = { .scale = 1e-4, .only = "plain20,resnet20" };
    rn_paper_result *result;
    snprintf(options.runs, sizeof options.runs, "%s", check_folder);
    CHECK_OK(rn_paper_reproduce("figure7", &options, &(rn_paper_watch){ 0 }, &result));
    CHECK(result->value[0] == 19 && result->value[1] > 0 && result->value[2] >= result->value[1], "%g %g %g",
          result->value[0], result->value[1], result->value[2]);
    bool told = strstr(result->note, "The mean of ResNet-20 is ") && strstr(result->note, " of plain-20's (");
    CHECK(told, "%s", result->note);
    CHECK(result->figure && strstr(result->figure, "sorted"), "no second chart");
    rn_paper_result_free(result);
}

/* One run has an error, but no spread. */
static void check_errors(void)
{
    rn_paper_options options = { .scale = 1e-4, .only = "resnet20" };
    rn_paper_result *result;
    snprintf(options.runs, sizeof options.runs, "%s", check_folder);
    CHECK_OK(rn_paper_reproduce("table6", &options, &(rn_paper_watch){ 0 }, &result));
    const double *twenty = result->value + 6 * result->columns;
    CHECK(strcmp(result->row[6], "ResNet-20") == 0 && twenty[0] == 8.75, "%s %g", result->row[6], twenty[0]);
    CHECK(isfinite(twenty[1]) && isnan(twenty[2]) && isnan(twenty[3]), "%g, spread %g, difference %g",
          twenty[1], twenty[2], twenty[3]);
    CHECK(twenty[4] == 269722 && twenty[5] == 1, "%g parameters, %g runs", twenty[4], twenty[5]);
    rn_paper_result_free(result);
}

/* On photographs: two networks tested densely, once, and their ensemble. */
static void check_ensemble(void)
{
    static const char kept[] = "photos-resnet34-B-32px-x0.001-seed1/tested-dense.npy";
    rn_paper_options options = { .scale = 1, .photo_scale = 1e-3, .only = "resnet34", .size = 32 };
    rn_paper_result *result;
    snprintf(options.runs, sizeof options.runs, "%s", check_folder);
    snprintf(options.photos, sizeof options.photos, "%s", check_path("photos"));
    CHECK_OK(rn_data_draw(options.photos, 80, 3));
    CHECK_OK(rn_paper_reproduce("table5", &options, &(rn_paper_watch){ 0 }, &result));
    const double *b = result->value + 5 * result->columns, *all = result->value + 7 * result->columns;
    CHECK(result->evidences == 2 && b[1] >= 0 && b[1] <= 100, "%d runs, %g", result->evidences, b[1]);
    CHECK(all[0] == 3.57 && all[1] >= 0 && all[1] <= 100, "%g, ours %g", all[0], all[1]);
    CHECK(rn_file_exists(check_path(kept)), "not kept");
    CHECK(strcmp(result->column[5].name, "paper, top-1") == 0 && all[6] >= 0, "%s %g", result->column[5].name,
          all[6]);
    CHECK(strstr(result->command, " --scale 0.001 "), "%s", result->command);
    const double before = all[1];
    check_write(kept, "damaged", 7);
    rn_paper_result *again;
    CHECK_OK(rn_paper_reproduce("table5", &options, &(rn_paper_watch){ 0 }, &again));
    CHECK(again->value[7 * again->columns + 1] == before, "%g, before %g",
          again->value[7 * again->columns + 1], before);
    rn_paper_result_free(again);
    rn_paper_result_free(result);
}

static void check_refusals(void)
{
    static const struct { const char *name; rn_paper_options options; const char *text; } wrong[] = {
        { "table66", { .scale = 1 }, "unknown table or figure \"table66\"" },
        { "figure1", { .scale = 2 }, "--scale: 2 is out of range" },
        { "figure1", { .photo_scale = -1 }, "--photo-scale: -1 is out of range" },
        { "figure1", { .seeds = -1 }, "--seeds: -1 is out of range" },
        { "figure1", { .jobs = 100 }, "--jobs: 100 is out of range" },
        { "table2", { .scale = 1 }, "no folder of them is named" },
        { "figure1", { .only = "plain20,plain21" }, "figure1 has no network \"plain21\"" },
        { "table1", { .only = "resnet50" }, "nothing is trained for table1" },
        { "table9", { .scale = 1 }, "table9 is about detection" },
    };
    rn_paper_result *result;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        rn_paper_watch watch = { 0 };
        rn_status status = rn_paper_reproduce(wrong[i].name, &wrong[i].options, &watch, &result);
        CHECK(status == RN_BAD_ARGUMENT && !result && strstr(rn_error_text(), wrong[i].text), "%s: %d %s",
              wrong[i].name, (int)status, rn_error_text());
    }
}

static void check_table1(void)
{
    rn_paper_result *result;
    CHECK_OK(rn_paper_reproduce("table1", &(rn_paper_options){ 0 }, &(rn_paper_watch){ 0 }, &result));
    CHECK(result->rows == 15 && strcmp(result->row[2], "50-layer") == 0, "%d rows", result->rows);
    const double *fifty = result->value + 2 * result->columns;
    CHECK(fifty[1] == 25557032 && fifty[4] == 3857973248 && fifty[7] == 3.8e9, "%g %g %g", fifty[1], fifty[4],
          fifty[7]);
    rn_paper_result_free(result);
}

/* Other data under the same name are noticed: by their folder, and by their number. */
static void check_identity(void)
{
    static const char *const folder[] = { "a/set", "b/set" };
    rn_paper_options options = { .scale = 1e-3, .only = "plain18", .size = 32 };
    rn_paper_result *result;
    snprintf(options.runs, sizeof options.runs, "%s", check_path("kept"));
    for (int i = 0; i < 2; i++) {
        snprintf(options.photos, sizeof options.photos, "%s", check_path(folder[i]));
        CHECK_OK(rn_data_draw(options.photos, 80, 3));
        rn_status status = rn_paper_reproduce("figure4", &options, &(rn_paper_watch){ 0 }, &result);
        CHECK(status == (i ? RN_BAD_ARGUMENT : RN_OK), "%s: %d %s", folder[i], (int)status, rn_error_text());
        rn_paper_result_free(result);
    }
    CHECK(strstr(rn_error_text(), "a/set' in 4 steps; asked for are '"), "%s", rn_error_text());
    options.read_only = true;
    CHECK_OK(rn_paper_reproduce("figure4", &options, &(rn_paper_watch){ 0 }, &result));
    CHECK(result->evidences == 0 && !result->figure, "shown: %d runs", result->evidences);
    rn_paper_result_free(result);
}

static void check_drawing(void)
{
    rn_paper_result *result;
    CHECK_OK(rn_paper_reproduce("figure3", &(rn_paper_options){ 0 }, &(rn_paper_watch){ 0 }, &result));
    CHECK(result->value[1] == 19632062464 && result->value[7] == 3644493824, "%g %g", result->value[1],
          result->value[7]);
    CHECK(result->figure && strstr(result->figure, "plain34"), "no figure");
    rn_paper_result_free(result);
}

/* A report may do without photographs: the paper's numbers stand alone. */
static void check_without_photographs(void)
{
    rn_paper_options options = { .read_only = true };
    rn_paper_result *result;
    CHECK_OK(rn_paper_reproduce("table2", &options, &(rn_paper_watch){ 0 }, &result));
    CHECK(result->value[0] == 27.94 && isnan(result->value[1]), "%g %g", result->value[0], result->value[1]);
    CHECK(strstr(result->note, "No photographs were named"), "%s", result->note);
    CHECK(rn_paper_write("page.pdf", &result, 1) == RN_BAD_ARGUMENT, "page.pdf is written");
    rn_paper_result_free(result);
}

int main(void)
{
    check_folder_open();
    check_figure();
    check_records();
    check_type();
    check_gradients();
    check_responses();
    check_errors();
    check_ensemble();
    check_refusals();
    check_identity();
    check_drawing();
    check_without_photographs();
    check_table1();
    check_folder_close();
    return check_result();
}
