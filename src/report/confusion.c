/*
 * Who is taken for whom.  Rows are true classes, and each row adds up to 100 %.  Up to 20 classes make a
 * table with numbers; up to 256, a picture of little squares; the commonest mistakes are listed below either.
 */
#include "report/matrix.h"
#include "report/sections.h"

enum { TABLE_CLASSES = 20, SQUARES_CLASSES = 256, LISTED = 10 };

static void write_colour(rn_text *html, const char *property, double share, bool right)
{
    rn_text_add(html, "%s:rgba(%s,%.2f)", property, rn_matrix_colour(right),
                rn_matrix_strength(share, right));
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

static void write_table(rn_text *html, const rn_matrix *m)
{
    rn_text_add(html, "<div class='wide'><table class='confusion'><thead><tr><th>true \\ guess</th>");
    for (int c = 0; c < m->classes; c++) {
        rn_text_add(html, "<th scope='col'><span>");
        rn_text_add_escaped(html, m->class_name[c]);
        rn_text_add(html, "</span></th>");
    }
    rn_text_add(html, "</tr></thead><tbody>\n");
    for (int row = 0; row < m->classes; row++) {
        int64_t sum = rn_matrix_row_sum(m, row);
        rn_text_add(html, "<tr><th scope='row'>");
        rn_text_add_escaped(html, m->class_name[row]);
        rn_text_add(html, "</th>");
        for (int c = 0; c < m->classes; c++)
            write_cell(html, rn_matrix_entry(m, row, c), sum, row == c);
        rn_text_add(html, "</tr>\n");
    }
    rn_text_add(html, "</tbody></table>\n<p class='faint'>Per cent of each row's pictures.</p></div>\n");
}

static void write_squares(rn_text *html, const rn_matrix *m)
{
    rn_text_add(html, "<div class='squares'><svg viewBox='0 0 %d %d' role='img' "
                "aria-label='confusion matrix'>\n", m->classes, m->classes);
    for (int row = 0; row < m->classes; row++) {
        int64_t sum = rn_matrix_row_sum(m, row);
        for (int c = 0; c < m->classes; c++) {
            if (rn_matrix_entry(m, row, c) == 0)
                continue;
            rn_text_add(html, "<path style='");
            write_colour(html, "fill", (double)rn_matrix_entry(m, row, c) / (double)sum, row == c);
            rn_text_add(html, "' d='M%d %dh1v1h-1z'/>", c, row);
        }
        rn_text_add(html, "\n");
    }
    rn_text_add(html, "</svg>\n<p class='faint'>Rows are true classes, columns guesses, in the order of the "
                "classes; the stronger the colour, the larger its part of the row.</p></div>\n");
}

static void write_mistakes(rn_text *html, const rn_matrix *m)
{
    rn_mistake most[LISTED];
    int found = rn_matrix_mistakes(m, 0, m->classes, most, LISTED);
    rn_text_add(html, "<div>%s", found ? "<h4>Commonest mistakes</h4>\n<ol>\n" : "<p>No mistakes.</p>");
    for (int i = 0; i < found; i++) {
        int64_t sum = rn_matrix_row_sum(m, most[i].row);
        rn_text_add(html, "<li><b>");
        rn_text_add_escaped(html, m->class_name[most[i].row]);
        rn_text_add(html, "</b> taken for <b>");
        rn_text_add_escaped(html, m->class_name[most[i].column]);
        rn_text_add(html, "</b> <span class='faint'>%lld of %lld, %.1f %%</span></li>\n",
                    (long long)most[i].count, (long long)sum, 100 * (double)most[i].count / (double)sum);
    }
    rn_text_add(html, "%s</div>\n", found ? "</ol>" : "");
}

void rn_write_confusion(rn_text *html, const rn_judgement *judgement)
{
    const rn_matrix matrix = { judgement->classes, (const char *const *)judgement->class_name,
                               judgement->confusion };
    rn_text_add(html, "<div class='beside'>\n");
    if (matrix.classes <= TABLE_CLASSES)
        write_table(html, &matrix);
    else if (matrix.classes <= SQUARES_CLASSES)
        write_squares(html, &matrix);
    write_mistakes(html, &matrix);
    rn_text_add(html, "</div>\n");
}
