/*
 * The page: the runs compared, their curves in one chart, and for each run the confusion matrix, the worst
 * pictures and the network's table.  It is one file that needs nothing else; it follows the reader's choice
 * of light or dark, and prints.
 */
#include "base/file.h"
#include "base/log.h"
#include "base/memory.h"
#include "image/curves.h"
#include "report/page.h"
#include "report/sections.h"

#include <string.h>

static const char style[] =
    "<style>\n"
    ":root{color-scheme:light dark;--paper:#fff;--ink:#222;--faint:#555;--rule:#ddd}\n"
    "@media screen and (prefers-color-scheme:dark){"
    ":root{--paper:#16191f;--ink:#e6e6e6;--faint:#aaa;--rule:#343a44}}\n"
    "body{margin:0 auto;padding:1rem clamp(.8rem,4vw,2.5rem) 3rem;max-width:72rem;background:var(--paper);"
    "color:var(--ink);font:16px/1.5 system-ui,sans-serif;overflow-wrap:break-word;"
    "-webkit-print-color-adjust:exact;print-color-adjust:exact}\n"
    "h1{font-size:1.7rem;margin:.6em 0 .2em}h2{font-size:1.3rem;margin:2em 0 .5em}"
    "h3{font-size:1.05rem;margin:1.6em 0 .5em}h4{font-size:.95rem;margin:1.2em 0 .3em}\n"
    ".faint{color:var(--faint)}p.faint{font-size:.85rem;margin:.3em 0}\n"
    ".wide{overflow-x:auto}\ntable{border-collapse:collapse;font-size:.9rem}\n"
    "th,td{padding:.25em .7em;text-align:left;border-bottom:1px solid var(--rule);vertical-align:top}\n"
    "thead th{border-bottom:2px solid var(--rule);vertical-align:bottom}thead .number{white-space:normal}\n"
    "@media(max-width:40rem){thead th,thead .number{white-space:nowrap}}\n"
    "tbody th{font-weight:500;white-space:nowrap}\n"
    "tfoot th,tfoot td{font-weight:600;border:0}.number{text-align:right;white-space:nowrap;"
    "font-variant-numeric:tabular-nums}\n"
    ".confusion{font-size:clamp(.55rem,1.9vw,.88rem)}.confusion td{text-align:center;min-width:2.4em;"
    "padding:.35em .1em;border:1px solid var(--rule)}.confusion th{padding:.2em .5em .2em 0;border:0}\n"
    ".confusion thead th{font-weight:500}"
    ".confusion thead span{writing-mode:vertical-rl;transform:rotate(180deg)}\n"
    ".squares{flex:0 1 30rem}.squares svg{display:block;width:100%;border:1px solid var(--rule)}\n"
    ".beside{display:flex;flex-wrap:wrap;gap:0 2.5rem}.beside>*{min-width:0}.beside h4{margin:.3em 0}"
    "ol,ul{margin:0;padding-left:1.6em}ol{font-size:.9rem}ol .faint{white-space:nowrap}"
    ".comparison li{margin:.5em 0}\n"
    ".worst{display:grid;grid-template-columns:repeat(auto-fill,minmax(7.2rem,1fr));gap:1rem .8rem}\n"
    ".chart{overflow-x:auto}.chart>svg{min-width:27rem}.beside.chart{gap:.5rem 1.5rem}"
    ".beside.chart>.rn-chart{flex:1 1 27rem;min-width:min(27rem,100%);max-width:35rem}"
    ".beside.chart>.rn-graph{flex:none;max-width:none}\n"
    "figure{margin:0;font-size:.82rem;line-height:1.35;break-inside:avoid}\n"
    "figure img{display:block;width:100%;height:7rem;object-fit:contain;object-position:left;"
    "margin-bottom:.25em}\n"
    "figure img.small{image-rendering:pixelated}\n"
    "h2,h3,h4{break-after:avoid}tr,.beside{break-inside:avoid}\n"
    "@media print{body{font-size:11pt;max-width:none;padding:0}.wide{overflow:visible}table{font-size:8pt}"
    "th,td{padding:.2em .4em}.beside.chart>.rn-graph{width:100%;height:auto;max-height:20cm}"
    "section+section{break-before:page}section.item{break-before:auto;break-inside:avoid}}\n"
    "</style>\n";

void rn_page_begin(rn_text *html, const char *title)
{
    rn_text_add(html, "<!DOCTYPE html>\n<html lang='en'>\n<head>\n<meta charset='utf-8'>\n"
                "<meta name='viewport' content='width=device-width, initial-scale=1'>\n<title>");
    rn_text_add_escaped(html, title);
    rn_text_add(html, "</title>\n%s</head>\n<body>\n<h1>", style);
    rn_text_add_escaped(html, title);
    rn_text_add(html, "</h1>\n");
}

rn_status rn_page_end(rn_text *html, const char *file)
{
    rn_text_add(html, "</body>\n</html>\n");
    RN_TRY(rn_text_finish(html));
    return rn_file_replace(file, html->bytes, html->length);
}

/* ---- Curves --------------------------------------------------------------------------------- */

/* A run is called by its network, or by its folder where several have the same network. */
static const char *find_label(const rn_past_run *run, int runs, int number)
{
    for (int i = 0; i < runs; i++)
        if (i != number && strcmp(rn_past_run_model(&run[i]), rn_past_run_model(&run[number])) == 0)
            return run[number].name;
    return rn_past_run_model(&run[number]);
}

/* Two curves a run. */
static void set_curves(const rn_past_run *run, int runs, rn_curve *curve, char (*label)[160])
{
    for (int i = 0; i < runs; i++) {
        const char *name = find_label(run, runs, i);
        for (int test = 0; test < 2; test++) {
            int c = 2 * i + test;
            snprintf(label[c], sizeof label[c], "%.140s %s", name, test ? "test" : "train");
            curve[c] = (rn_curve){ .label = label[c], .colour = i, .bold = test, .count = run[i].rows,
                                   .x = run[i].column[RN_ITERATION],
                                   .y = run[i].column[test ? RN_TEST_ERROR : RN_TRAIN_ERROR] };
        }
    }
}

/* A single test makes no curve: a classifier alone has no other. */
static bool has_curve(const rn_past_run *run, int runs)
{
    for (int i = 0; i < runs; i++)
        if (run[i].rows > 1)
            return true;
    return false;
}

static rn_status write_curves(rn_text *html, const rn_past_run *run, int runs)
{
    rn_curve *curve = NULL;
    char (*label)[160] = NULL;
    rn_status status = rn_new(&curve, 2 * runs);
    if (status == RN_OK)
        status = rn_new(&label, 2 * runs);
    if (status == RN_OK) {
        set_curves(run, runs, curve, label);
        rn_text_add(html, "<h2>Errors while training</h2>\n<p class='faint'>Thin and dashed: training "
                    "pictures, as they were shown. Bold: test pictures.</p>\n<div class='chart'>\n");
        rn_chart chart = { .x_label = "iterations", .y_label = "error (%)", .width = 760,
                           .curves = 2 * runs, .curve = curve };
        status = rn_curves_write(html, &chart);
        rn_text_add(html, "</div>\n");
    }
    rn_free(label);
    rn_free(curve);
    return status;
}

/* ---- One run -------------------------------------------------------------------------------- */

static rn_status write_tables(const rn_past_run *run, const rn_judgement *j)
{
    char svg[RN_TEXT_SIZE], csv[RN_TEXT_SIZE], classes[RN_TEXT_SIZE];
    const rn_evaluation answers = { .classes = j->classes, .confusion = j->confusion,
                                    .class_name = (const char *const *)j->class_name };
    RN_TRY(rn_path_join(svg, sizeof svg, run->folder, "confusion_matrix.svg"));
    RN_TRY(rn_path_join(csv, sizeof csv, run->folder, "confusion_matrix.csv"));
    RN_TRY(rn_path_join(classes, sizeof classes, run->folder, "per_class.csv"));
    RN_TRY(rn_evaluation_write_confusion(&answers, svg));
    RN_TRY(rn_evaluation_write_confusion(&answers, csv));
    return rn_evaluation_write_classes(&answers, classes);
}

/* A run whose data or weights are gone is still shown, without what needs them. */
static rn_status write_answers(rn_text *html, const rn_past_run *run)
{
    rn_judgement judgement;
    rn_status status = rn_judge_open(&judgement, run);
    if (status == RN_NO_MEMORY || status == RN_INTERRUPTED)
        return status;
    if (status != RN_OK) {
        rn_warn("%s: no confusion matrix in the report: %s", run->folder, rn_error_text());
        rn_text_add(html, "<p class='faint'>No confusion matrix: ");
        rn_text_add_escaped(html, rn_error_text());
        rn_text_add(html, "</p>\n");
        return RN_OK;
    }
    rn_text_add(html, "<h3>Confusion matrix</h3>\n");
    rn_write_confusion(html, &judgement);
    if (judgement.worsts)
        status = rn_write_worst(html, &judgement);
    if (status == RN_OK && run->tables)
        status = write_tables(run, &judgement);
    rn_judge_close(&judgement);
    return status;
}

static rn_status write_section(rn_text *html, const rn_past_run *run, const char *label)
{
    const char *data = rn_past_run_text(run, "data");
    rn_text_add(html, "<section>\n<h2>");
    rn_text_add_escaped(html, label);
    rn_text_add(html, "</h2>\n<p class='faint'>");
    rn_text_add_escaped(html, run->folder);
    rn_text_add(html, ", data ");
    rn_text_add_escaped(html, *data ? data : "builtin");
    rn_text_add(html, "</p>\n");
    RN_TRY(write_answers(html, run));
    rn_text_add(html, "<h3>The network</h3>\n");
    rn_write_layers(html, run->description);
    rn_text_add(html, "</section>\n");
    return RN_OK;
}

/* ---- The whole ------------------------------------------------------------------------------ */

static rn_status write_page(rn_text *html, const char *file, const rn_past_run *run, int runs)
{
    rn_page_begin(html, "Training report");
    rn_write_comparison(html, run, runs);
    if (has_curve(run, runs))
        RN_TRY(write_curves(html, run, runs));
    for (int i = 0; i < runs; i++)
        RN_TRY(write_section(html, &run[i], find_label(run, runs, i)));
    return rn_page_end(html, file);
}

static rn_status write_file(const char *file, const rn_past_run *run, int runs)
{
    rn_text html = { 0 };
    rn_status status = write_page(&html, file, run, runs);
    rn_text_free(&html);
    return status;
}

rn_status rn_report_write(const char *html_file, const char *const *folder, int count)
{
    rn_past_run *run;
    if (count < 1)
        return rn_fail(RN_BAD_ARGUMENT, "a report needs at least one run directory");
    RN_TRY(rn_new(&run, count));
    rn_status status = RN_OK;
    for (int i = 0; i < count && status == RN_OK; i++)
        status = rn_past_run_open(&run[i], folder[i]);
    if (status == RN_OK)
        status = write_file(html_file, run, count);
    for (int i = 0; i < count; i++)
        rn_past_run_close(&run[i]);
    rn_free(run);
    return status;
}

rn_status rn_report_run(const char *folder)
{
    char page[RN_TEXT_SIZE];
    rn_past_run run;
    RN_TRY(rn_path_join(page, sizeof page, folder, "index.html"));
    RN_TRY(rn_past_run_open(&run, folder));
    run.tables = true;
    rn_status status = write_file(page, &run, 1);
    rn_past_run_close(&run);
    return status;
}
