/*
 * Who is taken for whom.  Rows are true classes, and each row adds up to 100 %.  Up to 20 classes make a
 * table with numbers; up to 256, a picture of little squares; the commonest mistakes are listed below either.
 */
#include "base/memory.h"
#include "report/sections.h"

#include <math.h>
#include <string.h>

enum { TABLE_CLASSES = 20, SQUARES_CLASSES = 256, LISTED = 10 };

static int64_t row_sum(const rn_judgement *j, int row)
{
    int64_t sum = 0;
    for (int c = 0; c < j->classes; c++)
        sum += j->confusion[(size_t)row * (size_t)j->classes + (size_t)c];
    return sum;
}

static int64_t entry(const rn_judgement *j, int row, int column)
{
    return j->confusion[(size_t)row * (size_t)j->classes + (size_t)column];
}

/* Right answers are blue, mistakes red; a mistake is seen earlier than its share would be. */
static void write_colour(rn_text *html, const char *property, double share, bool right)
{
    rn_text_add(html, "%s:rgb(%s / %.2f)", property, right ? "42 120 190" : "214 69 65",
                right ? share : sqrt(share));
}

static void write_cell(rn_text *html, int64_t count, int64_t sum, bool right)
{
    double share = sum ? (double)count / (double)sum : 0;
    if (count == 0) {
        rn_text_add(html, "<td></td>");
        return;
    }
    rn_text_add(html, "<td style='");
    write_colour(html, "background", share, right);
    rn_text_add(html, "%s' title='%lld of %lld'>%.*f</td>", share > (right ? 0.5 : 0.3) ? ";color:#fff" : "",
                (long long)count, (long long)sum, share < 0.0995 ? 1 : 0, 100 * share);
}

static void write_table(rn_text *html, const rn_judgement *j)
{
    rn_text_add(html, "<div class='wide'><table class='confusion'><thead><tr><th>true \\ guess</th>");
    for (int c = 0; c < j->classes; c++) {
        rn_text_add(html, "<th scope='col'><span>");
        rn_text_add_escaped(html, j->class_name[c]);
        rn_text_add(html, "</span></th>");
    }
    rn_text_add(html, "</tr></thead><tbody>\n");
    for (int row = 0; row < j->classes; row++) {
        int64_t sum = row_sum(j, row);
        rn_text_add(html, "<tr><th scope='row'>");
        rn_text_add_escaped(html, j->class_name[row]);
        rn_text_add(html, "</th>");
        for (int c = 0; c < j->classes; c++)
            write_cell(html, entry(j, row, c), sum, row == c);
        rn_text_add(html, "</tr>\n");
    }
    rn_text_add(html, "</tbody></table>\n<p class='faint'>Per cent of each row's pictures.</p></div>\n");
}

static void write_squares(rn_text *html, const rn_judgement *j)
{
    rn_text_add(html, "<div class='squares'><svg viewBox='0 0 %d %d' role='img' "
                "aria-label='confusion matrix'>\n", j->classes, j->classes);
    for (int row = 0; row < j->classes; row++) {
        int64_t sum = row_sum(j, row);
        for (int c = 0; c < j->classes; c++) {
            if (entry(j, row, c) == 0)
                continue;
            rn_text_add(html, "<path style='");
            write_colour(html, "fill", (double)entry(j, row, c) / (double)sum, row == c);
            rn_text_add(html, "' d='M%d %dh1v1h-1z'/>", c, row);
        }
        rn_text_add(html, "\n");
    }
    rn_text_add(html, "</svg>\n<p class='faint'>Rows are true classes, columns guesses, in the order of the "
                "classes; the stronger the colour, the larger its part of the row.</p></div>\n");
}

typedef struct { int row, column; int64_t count; } mistake;

/* The commonest mistakes, most first; returns how many. */
static int find_mistakes(const rn_judgement *j, mistake *most)
{
    int found = 0;
    for (int row = 0; row < j->classes; row++)
        for (int c = 0; c < j->classes; c++) {
            int64_t count = row == c ? 0 : entry(j, row, c);
            int place = found;
            while (place > 0 && most[place - 1].count < count)
                place--;
            if (count == 0 || place == LISTED)
                continue;
            found += found < LISTED;
            memmove(&most[place + 1], &most[place], (size_t)(found - 1 - place) * sizeof *most);
            most[place] = (mistake){ row, c, count };
        }
    return found;
}

static void write_mistakes(rn_text *html, const rn_judgement *j)
{
    mistake most[LISTED];
    int found = find_mistakes(j, most);
    rn_text_add(html, "<div>%s", found ? "<h4>Commonest mistakes</h4>\n<ol>\n" : "<p>No mistakes.</p>");
    for (int i = 0; i < found; i++) {
        int64_t sum = row_sum(j, most[i].row);
        rn_text_add(html, "<li><b>");
        rn_text_add_escaped(html, j->class_name[most[i].row]);
        rn_text_add(html, "</b> taken for <b>");
        rn_text_add_escaped(html, j->class_name[most[i].column]);
        rn_text_add(html, "</b> <span class='faint'>%lld of %lld, %.1f %%</span></li>\n",
                    (long long)most[i].count, (long long)sum, 100 * (double)most[i].count / (double)sum);
    }
    rn_text_add(html, "%s</div>\n", found ? "</ol>" : "");
}

void rn_write_confusion(rn_text *html, const rn_judgement *judgement)
{
    rn_text_add(html, "<div class='beside'>\n");
    if (judgement->classes <= TABLE_CLASSES)
        write_table(html, judgement);
    else if (judgement->classes <= SQUARES_CLASSES)
        write_squares(html, judgement);
    write_mistakes(html, judgement);
    rn_text_add(html, "</div>\n");
}
