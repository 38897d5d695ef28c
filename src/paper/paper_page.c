/* Results as a page: the same tables as HTML, with their figures, and as Markdown. */
#include "base/file.h"
#include "paper/paper.h"
#include "report/page.h"
#include "report/sections.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

static void write_number(rn_text *text, double number, int decimals)
{
    if (decimals > 0 && isfinite(number))
        rn_text_add(text, "%.*f", decimals, number);
    else
        rn_write_whole(text, number);
}

/* "Figure 6" of "figure6". */
static const char *heading_of(const rn_paper_result *r, char heading[64])
{
    const size_t letters = strcspn(r->item.name, "0123456789");
    const char *number = r->item.name + letters;
    snprintf(heading, 64, "%.*s%s%s", (int)letters, r->item.name, *number ? " " : "", number);
    heading[0] = (char)toupper((unsigned char)heading[0]);
    return heading;
}

static const double *row_of(const rn_paper_result *r, int row)
{
    return r->value + (ptrdiff_t)row * r->columns;
}

bool rn_paper_column_is_empty(const rn_paper_result *r, int column)
{
    for (int i = 0; i < r->rows; i++)
        if (isfinite(row_of(r, i)[column]))
            return false;
    return true;
}

/* The columns worth showing. */
typedef struct { int count, column[RN_MAX_COLUMNS]; } shown_columns;

static shown_columns columns_to_show(const rn_paper_result *r)
{
    shown_columns shown = { 0 };
    for (int c = 0; c < r->columns; c++)
        if (!rn_paper_column_is_empty(r, c))
            shown.column[shown.count++] = c;
    return shown;
}

/* ---- HTML ------------------------------------------------------------------------------------ */

static void write_html_table(rn_text *html, const rn_paper_result *r)
{
    const shown_columns shown = columns_to_show(r);
    if (shown.count == 0)
        return;
    rn_text_add(html, "<div class='wide'><table><thead><tr><th></th>");
    for (int i = 0; i < shown.count; i++)
        rn_text_add(html, "<th scope='col' class='number'>%s</th>", r->column[shown.column[i]].name);
    rn_text_add(html, "</tr></thead><tbody>\n");
    for (int row = 0; row < r->rows; row++) {
        rn_text_add(html, "<tr><th scope='row'>%s</th>", r->row[row]);
        for (int i = 0; i < shown.count; i++) {
            const int c = shown.column[i];
            rn_text_add(html, "<td class='number'>");
            write_number(html, row_of(r, row)[c], r->column[c].decimals);
            rn_text_add(html, "</td>");
        }
        rn_text_add(html, "</tr>\n");
    }
    rn_text_add(html, "</tbody></table></div>\n");
}

/* The beginning of a hash says enough beside the run's name; all of it is in the JSON. */
enum { HASH_DIGITS = 16 };

static void write_html_runs(rn_text *html, const rn_paper_result *r)
{
    rn_text_add(html, "<div class='wide'><table><thead><tr><th scope='col'>run</th>"
                "<th scope='col' class='number'>iterations</th>"
                "<th scope='col' class='number'>test error (%%)</th>"
                "<th scope='col' class='number'>minutes</th>"
                "<th scope='col'>SHA-256 of its network</th></tr></thead><tbody>\n");
    for (const rn_paper_evidence *e = r->evidence; e < r->evidence + r->evidences; e++) {
        rn_text_add(html, "<tr><th scope='row'>");
        rn_text_add_escaped(html, e->run);
        rn_text_add(html, "</th><td class='number'>");
        rn_write_whole(html, (double)e->iterations);
        rn_text_add(html, "</td><td class='number'>");
        write_number(html, e->test_error, 2);
        rn_text_add(html, "</td><td class='number'>");
        write_number(html, e->seconds / 60, 1);
        rn_text_add(html, "</td><td><code>%.*s</code></td></tr>\n", HASH_DIGITS, e->sha256);
    }
    rn_text_add(html, "</tbody></table></div>\n");
}

static void write_html(rn_text *html, const rn_paper_result *r)
{
    char heading[64];
    rn_text_add(html, "<section class='item' id='%s'>\n<h2>%s</h2>\n<p>%s</p>\n", r->item.name,
                heading_of(r, heading), r->item.title);
    if (r->figure)
        rn_text_add(html, "<div class='beside chart'>\n%s</div>\n", r->figure);
    write_html_table(html, r);
    rn_text_add(html, "<p class='faint'>");
    rn_text_add_escaped(html, r->note);
    rn_text_add(html, " <code>");
    rn_text_add_escaped(html, r->command);
    rn_text_add(html, "</code></p>\n");
    if (r->evidences)
        write_html_runs(html, r);
    rn_text_add(html, "</section>\n");
}

/* ---- Markdown -------------------------------------------------------------------------------- */

static void write_markdown_runs(rn_text *text, const rn_paper_result *r)
{
    rn_text_add(text, "| run | iterations | test error (%%) | minutes | SHA-256 of its network |\n"
                "|---|---:|---:|---:|---|\n");
    for (const rn_paper_evidence *e = r->evidence; e < r->evidence + r->evidences; e++) {
        rn_text_add(text, "| %s | %lld | ", e->run, (long long)e->iterations);
        write_number(text, e->test_error, 2);
        rn_text_add(text, " | ");
        write_number(text, e->seconds / 60, 1);
        rn_text_add(text, " | `%.*s` |\n", HASH_DIGITS, e->sha256);
    }
    rn_text_add(text, "\n");
}

/* The charts of a figure as files beside the page: "paper-figure6-2.svg" for paper.md. */
static rn_status write_charts(rn_text *text, const rn_paper_result *r, const char *file)
{
    static const char begin[] = "<svg xmlns";
    char path[RN_TEXT_SIZE], heading[64];
    const char *chart = r->figure, *next;
    for (int number = 1; chart; number++, chart = next) {
        next = strstr(chart + 1, begin);
        const int stem = (int)(strlen(file) - strlen(".md"));
        const int length = snprintf(path, sizeof path, "%.*s-%s-%d.svg", stem, file, r->item.name, number);
        if (length >= (int)sizeof path)
            return rn_fail(RN_BAD_ARGUMENT, "%s: the name is too long for those of its charts", file);
        RN_TRY(rn_file_replace(path, chart, next ? (size_t)(next - chart) : strlen(chart)));
        const char *name = strrchr(path, '/');
        rn_text_add(text, "![%s, chart %d](%s)\n\n", heading_of(r, heading), number, name ? name + 1 : path);
    }
    return RN_OK;
}

static rn_status write_markdown(rn_text *text, const rn_paper_result *r, const char *file)
{
    const shown_columns shown = columns_to_show(r);
    char heading[64];
    rn_text_add(text, "## %s\n\n%s\n\n", heading_of(r, heading), r->item.title);
    RN_TRY(write_charts(text, r, file));
    rn_text_add(text, "|  |");
    for (int i = 0; i < shown.count; i++)
        rn_text_add(text, " %s |", r->column[shown.column[i]].name);
    rn_text_add(text, "\n|---|");
    for (int i = 0; i < shown.count; i++)
        rn_text_add(text, "---:|");
    for (int row = 0; row < r->rows; row++) {
        rn_text_add(text, "\n| %s |", r->row[row]);
        for (int i = 0; i < shown.count; i++) {
            const int c = shown.column[i];
            rn_text_add(text, " ");
            write_number(text, row_of(r, row)[c], r->column[c].decimals);
            rn_text_add(text, " |");
        }
    }
    rn_text_add(text, "\n\n%s\n\n    %s\n\n", r->note, r->command);
    if (r->evidences)
        write_markdown_runs(text, r);
    return RN_OK;
}

/* ---- The whole ------------------------------------------------------------------------------- */

rn_status rn_paper_check_page(const char *file)
{
    if (rn_ends_with(file, ".html") || rn_ends_with(file, ".md"))
        return RN_OK;
    return rn_fail(RN_BAD_ARGUMENT, "%s: a page is written as .html or .md", file);
}

rn_status rn_paper_write(const char *file, rn_paper_result *const *result, int results)
{
    static const char title[] = "Deep Residual Learning for Image Recognition, reproduced";
    rn_text text = { 0 };
    rn_status status = RN_OK;
    RN_TRY(rn_paper_check_page(file));
    if (rn_ends_with(file, ".md")) {
        rn_text_add(&text, "# %s\n\n", title);
        for (int i = 0; i < results && status == RN_OK; i++)
            status = write_markdown(&text, result[i], file);
        if (status == RN_OK)
            status = rn_text_finish(&text);
        if (status == RN_OK)
            status = rn_file_replace(file, text.bytes, text.length);
    } else {
        rn_page_begin(&text, title);
        for (int i = 0; i < results; i++)
            write_html(&text, result[i]);
        status = rn_page_end(&text, file);
    }
    rn_text_free(&text);
    return status;
}
