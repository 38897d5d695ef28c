/*
 * What the runs say together, in sentences and in a table.  Two runs are compared when they learned the same
 * data: a residual network with the plain one of the same depth, and each network with the next deeper one of
 * its kind.  Test errors closer than two standard errors of their difference are called level.
 */
#include "report/sections.h"

#include <math.h>
#include <string.h>

static bool is_plain(const rn_past_run *run)
{
    return strncmp(rn_past_run_model(run), "plain", 5) == 0;
}

static bool are_comparable(const rn_past_run *a, const rn_past_run *b)
{
    return strcmp(rn_past_run_text(a, "data"), rn_past_run_text(b, "data")) == 0
           && isfinite(rn_past_run_number(a, "test_error")) && isfinite(rn_past_run_number(b, "test_error"));
}

/* The standard error of the difference of two error rates, in per cent. */
static double uncertainty(const rn_past_run *a, const rn_past_run *b)
{
    double variance = 0;
    const rn_past_run *const both[] = { a, b };
    for (int i = 0; i < 2; i++) {
        double images = rn_past_run_number(both[i], "test_images");
        double error = rn_past_run_number(both[i], "test_error");
        variance += images > 0 ? error * (100 - error) / images : 0;
    }
    return sqrt(variance);
}

static void write_test_errors(rn_text *html, const rn_past_run *a, const rn_past_run *b)
{
    double first = rn_past_run_number(a, "test_error"), second = rn_past_run_number(b, "test_error");
    double more = second - first;
    rn_text_add(html, " <b>%s</b> errs on ", rn_past_run_model(a));
    rn_write_error(html, first);
    rn_text_add(html, " of the test pictures, <b>%s</b> on ", rn_past_run_model(b));
    rn_write_error(html, second);
    if (fabs(more) < 2 * uncertainty(a, b))
        rn_text_add(html, ": level, since so few pictures cannot tell %.2f points from chance.", fabs(more));
    else
        rn_text_add(html, ": %.2f points %s.", fabs(more), more > 0 ? "more" : "fewer");
}

static void write_training_errors(rn_text *html, const rn_past_run *a, const rn_past_run *b)
{
    double first = rn_past_run_number(a, "train_error"), second = rn_past_run_number(b, "train_error");
    if (!isfinite(first) || !isfinite(second))
        return;
    rn_text_add(html, " In training they stand at ");
    rn_write_error(html, first);
    rn_text_add(html, " and ");
    rn_write_error(html, second);
}

static void write_twins(rn_text *html, const rn_past_run *residual, const rn_past_run *plain)
{
    rn_text_add(html, "<li>With %d layers,", residual->description->depth);
    write_test_errors(html, residual, plain);
    write_training_errors(html, residual, plain);
    if (rn_past_run_number(residual, "train_error") < rn_past_run_number(plain, "train_error"))
        rn_text_add(html, ": with shortcuts around its blocks the network fits the training pictures better");
    rn_text_add(html, ".</li>\n");
}

static void write_depths(rn_text *html, const rn_past_run *shallow, const rn_past_run *deep)
{
    bool worse = rn_past_run_number(deep, "train_error") > rn_past_run_number(shallow, "train_error");
    rn_text_add(html, "<li>From %d to %d layers:", shallow->description->depth, deep->description->depth);
    write_test_errors(html, shallow, deep);
    write_training_errors(html, shallow, deep);
    if (worse && is_plain(deep))
        rn_text_add(html, ": the deeper plain network fits even its training pictures less well, which the "
                    "paper calls degradation");
    rn_text_add(html, ".</li>\n");
}

/* Whether both are of one kind, and no third has a depth between theirs. */
static bool are_neighbours(const rn_past_run *run, int runs, const rn_past_run *shallow,
                           const rn_past_run *deep)
{
    if (is_plain(shallow) != is_plain(deep) || shallow->description->depth >= deep->description->depth)
        return false;
    for (int i = 0; i < runs; i++)
        if (is_plain(&run[i]) == is_plain(deep) && are_comparable(&run[i], deep)
            && run[i].description->depth > shallow->description->depth
            && run[i].description->depth < deep->description->depth)
            return false;
    return true;
}

static bool are_twins(const rn_past_run *residual, const rn_past_run *plain)
{
    return !is_plain(residual) && is_plain(plain)
           && residual->description->depth == plain->description->depth;
}

static void write_pairs(rn_text *html, const rn_past_run *run, int runs)
{
    for (int i = 0; i < runs; i++)
        for (int k = 0; k < runs; k++)
            if (are_comparable(&run[i], &run[k]) && are_twins(&run[i], &run[k]))
                write_twins(html, &run[i], &run[k]);
    for (int i = 0; i < runs; i++)
        for (int k = 0; k < runs; k++)
            if (are_comparable(&run[i], &run[k]) && are_neighbours(run, runs, &run[i], &run[k]))
                write_depths(html, &run[i], &run[k]);
}

typedef void writer(rn_text *html, double number);

static void write_number(rn_text *html, writer *write, double number)
{
    rn_text_add(html, "<td class='number'>");
    write(html, number);
    rn_text_add(html, "</td>");
}

static void write_run(rn_text *html, const rn_past_run *run)
{
    const rn_description *d = run->description;
    rn_text_add(html, "<tr><th scope='row'>");
    rn_text_add_escaped(html, run->name);
    rn_text_add(html, "</th><td>");
    rn_text_add_escaped(html, rn_past_run_model(run));
    rn_text_add(html, "</td>");
    write_number(html, rn_write_whole, d->depth);
    write_number(html, rn_write_rounded, (double)d->parameters);
    write_number(html, rn_write_rounded, (double)d->multiply_adds);
    write_number(html, rn_write_whole, rn_past_run_number(run, "iteration"));
    write_number(html, rn_write_error, rn_past_run_number(run, "train_error"));
    write_number(html, rn_write_error, rn_past_run_number(run, "test_error"));
    write_number(html, rn_write_duration, rn_past_run_number(run, "seconds"));
    rn_text_add(html, "</tr>\n");
}

static void write_table(rn_text *html, const rn_past_run *run, int runs)
{
    static const char *const column[] = {
        "depth", "parameters", "multiply-adds", "iterations", "training error", "test error", "time"
    };
    rn_text_add(html, "<h2>Runs</h2>\n<div class='wide'><table><thead><tr><th scope='col'>run</th>"
                "<th scope='col'>network</th>");
    for (size_t i = 0; i < sizeof column / sizeof *column; i++)
        rn_text_add(html, "<th scope='col' class='number'>%s</th>", column[i]);
    rn_text_add(html, "</tr></thead><tbody>\n");
    for (int i = 0; i < runs; i++)
        write_run(html, &run[i]);
    rn_text_add(html, "</tbody></table></div>\n");
}

void rn_write_comparison(rn_text *html, const rn_past_run *run, int runs)
{
    rn_text pairs = { 0 };
    write_pairs(&pairs, run, runs);
    if (pairs.length)
        rn_text_add(html, "<ul class='comparison'>\n%s</ul>\n", pairs.bytes);
    html->failed |= pairs.failed;
    rn_text_free(&pairs);
    write_table(html, run, runs);
}
