/*
 * Who is taken for whom, as files: the matrix as a picture or as a table, and a table with a row for each
 * class.  Each row of the picture adds up to 100 %; up to 20 classes have numbers in their cells, up to 100
 * their names beside them.
 */
#include "base/file.h"
#include "report/matrix.h"

#include <string.h>
#include <strings.h>

enum { NUMBERED = 20, NAMED = 100, LETTER = 7, MOST_LETTERS = 24, SIDE = 1000 };

static rn_matrix matrix_of(const rn_evaluation *e)
{
    return (rn_matrix){ e->classes, e->class_name, e->confusion };
}

/* ---- The picture ----------------------------------------------------------------------------- */

typedef struct {
    const rn_matrix *m;
    int cell, margin;           /* pixels; the names are in the margin */
} drawing;

static drawing plan(const rn_matrix *m)
{
    int cell = m->classes <= NUMBERED ? 36 : m->classes <= NAMED ? 14 : SIDE / m->classes;
    size_t letters = 0;
    for (int c = 0; c < m->classes && m->classes <= NAMED; c++)
        letters = strlen(m->class_name[c]) > letters ? strlen(m->class_name[c]) : letters;
    letters = letters > MOST_LETTERS ? MOST_LETTERS : letters;
    return (drawing){ m, cell > 1 ? cell : 1, 30 + (int)letters * LETTER };
}

static void add_name(rn_text *svg, const char *name, const char *place)
{
    rn_text_add(svg, "<text %s>", place);
    rn_text_add_escaped(svg, name);
    rn_text_add(svg, "</text>\n");
}

static void draw_names(rn_text *svg, const drawing *d)
{
    char place[128];
    for (int c = 0; c < d->m->classes && d->m->classes <= NAMED; c++) {
        int middle = d->margin + c * d->cell + d->cell / 2 + 4;
        rn_text_print(place, sizeof place, "text-anchor='end' x='%d' y='%d'", d->margin - 6, middle);
        add_name(svg, d->m->class_name[c], place);
        rn_text_print(place, sizeof place, "transform='translate(%d %d) rotate(-90)'", middle, d->margin - 6);
        add_name(svg, d->m->class_name[c], place);
    }
}

static void draw_cell(rn_text *svg, const drawing *d, int row, int column)
{
    const rn_matrix *m = d->m;
    double share = rn_matrix_share(m, row, column), strength = rn_matrix_strength(share, row == column);
    int x = d->margin + column * d->cell, y = d->margin + row * d->cell;
    if (share == 0)
        return;
    rn_text_add(svg, "<rect x='%d' y='%d' width='%d' height='%d' fill='rgb(%s)' fill-opacity='%.3f'/>\n",
                x, y, d->cell, d->cell, rn_matrix_colour(row == column), strength);
    if (m->classes <= NUMBERED)
        rn_text_add(svg, "<text text-anchor='middle' x='%d' y='%d' fill='%s'>%.*f</text>\n",
                    x + d->cell / 2, y + d->cell / 2 + 4, strength > 0.5 ? "#fff" : "#222",
                    share < 0.0995 ? 1 : 0, 100 * share);
}

static void draw(rn_text *svg, const rn_matrix *m)
{
    drawing d = plan(m);
    int side = m->classes * d.cell, whole = d.margin + side + 10;
    rn_text_add(svg, "<svg xmlns='http://www.w3.org/2000/svg' width='%d' height='%d' "
                "font-family='sans-serif' font-size='11'>\n"
                "<title>Confusion matrix, per cent of each true class</title>\n"
                "<rect width='100%%' height='100%%' fill='#fff'/>\n", whole, whole);
    rn_text_add(svg, "<text x='%d' y='16'>guessed as</text>\n<text transform='translate(16 %d) rotate(-90)'>"
                "true class</text>\n", d.margin, d.margin + 60);
    draw_names(svg, &d);
    for (int row = 0; row < m->classes; row++)
        for (int c = 0; c < m->classes; c++)
            draw_cell(svg, &d, row, c);
    rn_text_add(svg, "<rect x='%d' y='%d' width='%d' height='%d' fill='none' stroke='#888'/>\n</svg>\n",
                d.margin, d.margin, side, side);
}

/* ---- The tables ------------------------------------------------------------------------------ */

static void tabulate(rn_text *csv, const rn_matrix *m)
{
    rn_text_add(csv, "true class");
    for (int c = 0; c < m->classes; c++) {
        rn_text_add(csv, ",");
        rn_text_add_csv(csv, m->class_name[c]);
    }
    for (int row = 0; row < m->classes; row++) {
        rn_text_add(csv, "\n");
        rn_text_add_csv(csv, m->class_name[row]);
        for (int c = 0; c < m->classes; c++)
            rn_text_add(csv, ",%lld", (long long)rn_matrix_entry(m, row, c));
    }
    rn_text_add(csv, "\n");
}

static void add_class(rn_text *csv, const rn_matrix *m, int row)
{
    rn_mistake most;
    int64_t images = rn_matrix_row_sum(m, row), wrong = images - rn_matrix_entry(m, row, row);
    rn_text_add(csv, "%d,", row);
    rn_text_add_csv(csv, m->class_name[row]);
    rn_text_add(csv, ",%lld,%lld,", (long long)images, (long long)wrong);
    if (images)
        rn_text_add(csv, "%.2f", 100 * (double)wrong / (double)images);
    if (rn_matrix_mistakes(m, row, 1, &most, 1)) {
        rn_text_add(csv, ",");
        rn_text_add_csv(csv, m->class_name[most.column]);
        rn_text_add(csv, ",%lld\n", (long long)most.count);
    } else {
        rn_text_add(csv, ",,0\n");
    }
}

/* ---- The files ------------------------------------------------------------------------------- */

static rn_status write_text(rn_text *text, const char *file)
{
    rn_status status = rn_text_finish(text);
    if (status == RN_OK)
        status = rn_file_replace(file, text->bytes, text->length);
    rn_text_free(text);
    return status;
}

rn_status rn_evaluation_write_confusion(const rn_evaluation *evaluation, const char *file)
{
    rn_text text = { 0 };
    rn_matrix matrix = matrix_of(evaluation);
    const char *dot = strrchr(file, '.');
    if (dot && strcasecmp(dot, ".svg") == 0)
        draw(&text, &matrix);
    else if (dot && strcasecmp(dot, ".csv") == 0)
        tabulate(&text, &matrix);
    else
        return rn_fail(RN_BAD_ARGUMENT, "%s: a confusion matrix is written as .svg or .csv", file);
    return write_text(&text, file);
}

rn_status rn_evaluation_write_classes(const rn_evaluation *evaluation, const char *file)
{
    rn_text text = { 0 };
    rn_matrix matrix = matrix_of(evaluation);
    rn_text_add(&text, "class,name,images,wrong,error,taken_for,times\n");
    for (int row = 0; row < matrix.classes; row++)
        add_class(&text, &matrix, row);
    return write_text(&text, file);
}
