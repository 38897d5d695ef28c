/* Pages about made-up runs: well-formed, self-contained, with honest sentences; and refusals. */
#include "base/check_files.h"
#include "base/file.h"
#include "base/memory.h"
#include "data/dataset.h"
#include "image/check_markup.h"
#include "weights/bundle.h"

#include <stdlib.h>
#include <unistd.h>

static void write_text(const char *run, const char *file, const char *text)
{
    char path[RN_TEXT_SIZE];
    snprintf(path, sizeof path, "%s/%s", check_folder, run);
    CHECK_OK(rn_folder_make(path));
    snprintf(path, sizeof path, "%s/%s/%s", check_folder, run, file);
    CHECK_OK(rn_file_replace(path, text, strlen(text)));
}

static void make_run(const char *run, const char *model, double train_error, double test_error)
{
    char text[512];
    snprintf(text, sizeof text, "{\"model\": \"%s\", \"data\": \"cifar10:%s/no <data>\"}", model,
             check_folder);
    write_text(run, "args.json", text);
    snprintf(text, sizeof text, "{\"iteration\": 64000, \"train_error\": %g, \"test_error\": %g, "
             "\"test_images\": 10000, \"seconds\": 4210}", train_error, test_error);
    write_text(run, "summary.json", text);
    snprintf(text, sizeof text, "epoch,iteration,train_error,test_error\n1,32000,20,19\n2,64000,%g,%g\n3,9",
             train_error, test_error);
    write_text(run, "results.csv", text);
}

static rn_status write_page(char *page, const char *const *run, int runs)
{
    char path[4][RN_TEXT_SIZE];
    const char *list[4];
    for (int i = 0; i < runs; i++) {
        snprintf(path[i], sizeof path[i], "%s/%s", check_folder, run[i]);
        list[i] = path[i];
    }
    snprintf(page, RN_TEXT_SIZE, "%s/report.html", check_folder);
    unlink(page);
    return rn_report_write(page, list, runs);
}

/* The page's text, to be freed. */
static char *read_page(const char *page)
{
    rn_map map = { 0 };
    char *text = NULL;
    CHECK_OK(rn_map_open(&map, page));
    CHECK_OK(rn_copy_text_part(&text, (const char *)map.bytes, map.size));
    rn_map_close(&map);
    return text;
}

static void check_page(void)
{
    static const char *const runs[] = { "a", "b", "c", "d" };
    static const char *const parts[] = {
        "With 20 layers, <b>resnet20</b> errs on 8.75 % of the test pictures", "on 9.63 %: 0.88 points more.",
        "From 20 to 56 layers: <b>plain20</b> errs on 9.63 % of the test pictures, <b>plain56</b> on 14.22 %",
        "the paper calls degradation",
        "<b>resnet32</b> on 8.50 %: level, since so few pictures cannot tell 0.25 points from chance",
        "270 k", "40.6 M", "64,000", "1 h 10 min", "plain56 test", "iterations (1e4)", "no &lt;data&gt;",
        "<td>3×3, 16 · 3×3, 16<b> ×3</b></td>", "853,018", "shortcut with zeros / 2",
        "56 layers with weights",
        "No confusion matrix: ",
    };
    char page[RN_TEXT_SIZE];
    make_run("a", "plain20", 3.2, 9.63);
    make_run("b", "resnet20", 2.1, 8.75);
    make_run("c", "plain56", 8.1, 14.22);
    make_run("d", "resnet32", 1.5, 8.5);
    CHECK_OK(write_page(page, runs, 4));
    char *text = read_page(page);
    CHECK(markup_is_good(text), "the page is not well-formed");
    CHECK(!strstr(text, "src='http") && !strstr(text, "href="), "the page needs the network");
    CHECK(!strstr(text, "nan") && !strstr(text, "inf "), "a number is none");
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        CHECK(strstr(text, parts[i]), "'%s' is not in the page", parts[i]);
    rn_free(text);
}

/* Weights as they are before training, for the built-in pictures. */
static void make_weights(const char *run)
{
    char path[RN_TEXT_SIZE];
    rn_bundle bundle = { 0 };
    rn_dataset *data = NULL;
    snprintf(path, sizeof path, "%s/%s/last.safetensors", check_folder, run);
    CHECK_OK(rn_bundle_new(&bundle, &(rn_architecture){ .model = "resnet8" }, 1));
    CHECK_OK(rn_dataset_open(&data, "builtin", RN_SPLIT_TEST, &(rn_dataset_options){ 0 }));
    CHECK_OK(rn_bundle_set_classes(&bundle, data->class_name, data->classes));
    CHECK_OK(rn_preprocess_named(&bundle.preprocess, "paper-cifar"));
    CHECK_OK(rn_bundle_save(&bundle, path, NULL));
    rn_dataset_close(data);
    rn_bundle_close(&bundle);
}

static void check_answers(void)
{
    static const char *const runs[] = { "answers" };
    char page[RN_TEXT_SIZE];
    make_run("answers", "resnet8", 88, 90);
    write_text("answers", "args.json", "{\"model\": \"resnet8\", \"data\": \"builtin\"}");
    make_weights("answers");
    CHECK_OK(write_page(page, runs, 1));
    char *text = read_page(page);
    CHECK(markup_is_good(text), "the page is not well-formed");
    CHECK(markup_count(text, "<figure>") == 24, "%d worst pictures", markup_count(text, "<figure>"));
    CHECK(markup_count(text, "data:image/png;base64,iVBORw0KGgo") == 24, "pictures that are no PNG");
    CHECK(strstr(text, "Confusion matrix") && strstr(text, "Commonest mistakes"), "no answers in the page");
    CHECK(!strstr(text, "<ul"), "a comparison of one run");
    rn_free(text);
}

static void check_refusals(void)
{
    static const char *const runs[] = { "empty", "broken", "unknown" };
    char page[RN_TEXT_SIZE];
    write_text("empty", "other", "x");
    CHECK(write_page(page, runs, 1) == RN_IO && strstr(rn_error_text(), "args.json"), "%s", rn_error_text());
    CHECK(*rn_error_hint(), "no hint");
    make_run("broken", "plain20", 1, 2);
    write_text("broken", "summary.json", "{\"iteration\": ");
    CHECK(write_page(page, runs + 1, 1) == RN_BAD_FILE, "%s", rn_error_text());
    make_run("unknown", "plain21", 1, 2);
    CHECK(write_page(page, runs + 2, 1) == RN_BAD_ARGUMENT, "plain21");
    CHECK(strstr(rn_error_text(), "depth 21"), "%s", rn_error_text());
    CHECK(rn_report_write(page, NULL, 0) == RN_BAD_ARGUMENT, "a report about nothing");
    CHECK(!rn_file_exists(page), "a page was written all the same");
}

static void check_memory(void)
{
    static const char *const runs[] = { "a", "b" };
    char page[RN_TEXT_SIZE];
    for (long k = 1, status = !RN_OK; status != RN_OK; k++) {
        rn_memory_fail_at(k, false);
        status = write_page(page, runs, 2);
        CHECK(status == RN_OK || status == RN_NO_MEMORY, "allocation %ld: status %ld", k, status);
        CHECK((status == RN_OK) == rn_file_exists(page), "allocation %ld: status %ld", k, status);
    }
    rn_memory_fail_at(0, false);
}

int main(void)
{
    check_folder_open();
    check_page();
    check_answers();
    check_refusals();
    check_memory();
    check_folder_close();
    return check_result();
}
