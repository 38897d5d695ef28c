/*
 * Networks side by side, in the manner of the paper's Table 1: a column for each network, a row for each
 * size of output.  Stages that have a name in the paper ("conv2_x") never share a row with other such stages:
 * conv1 and conv2_x of the networks for CIFAR are two rows of one size.
 *
 * A network is cut into cells, from the input on.  A cell goes into the first row below its predecessor's
 * that fits it, or into a new one, so that every column keeps its network's order.
 */
#include "cli/side_by_side.h"
#include "cli/commands.h"
#include "cli/messages.h"
#include "cli/readable.h"
#include "cli/stages.h"

#include <stdlib.h>
#include <string.h>

enum { LEFT = 24, GAP = 2 };    /* columns of the terminal before the networks, and between two */

/* Layers of one network. */
typedef struct {
    int first, end;
} cell;

typedef struct {
    stage stage;                /* its name, "" for none in the paper, and its output are the row's */
    bool last;                  /* where all networks end */
    cell cell[MOST_DRAWN];
} row;

typedef struct {
    rn_description *const *network;
    int networks;
    row *row;
    int rows;
    int width[MOST_DRAWN];
    bool measuring;             /* lines widen their columns and are not printed */
} table;

/* ---- cells and their rows ---- */

/* The row that the cell from layer `first` on needs: stages with one size of output, up to the first that the
 * paper names. */
static row row_for(const rn_description *d, int first, cell *taken)
{
    row wanted = { 0 };
    stage next;
    *taken = (cell){ first, take_stage(d, first, &wanted.stage) };
    while (!wanted.stage.in_paper && taken->end < d->layers) {
        int end = take_stage(d, taken->end, &next);
        if (strcmp(next.output, wanted.stage.output) != 0)
            break;
        taken->end = end;
        wanted.stage = next;
    }
    if (!wanted.stage.in_paper)
        wanted.stage.name[0] = '\0';
    wanted.last = taken->end == d->layers;
    return wanted;
}

static bool fits(const row *there, const row *wanted)
{
    const char *name = there->stage.name, *other = wanted->stage.name;
    return there->last == wanted->last && strcmp(there->stage.output, wanted->stage.output) == 0
           && (!name[0] || !other[0] || strcmp(name, other) == 0);
}

/* Whether a new row goes below this one: larger outputs first, the classifiers last. */
static bool goes_below(const row *there, const row *wanted)
{
    return wanted->last || (!there->last && there->stage.pixels > wanted->stage.pixels);
}

/* The number of the row, at least `from`, that fits; a new one if there is none. */
static int find_row(table *t, int from, const row *wanted)
{
    for (int r = from; r < t->rows; r++)
        if (fits(&t->row[r], wanted)) {
            if (wanted->stage.name[0])
                t->row[r].stage = wanted->stage;
            return r;
        }
    int r = from;
    while (r < t->rows && goes_below(&t->row[r], wanted))
        r++;
    memmove(&t->row[r + 1], &t->row[r], (size_t)(t->rows - r) * sizeof *t->row);
    t->row[r] = *wanted;
    t->rows++;
    return r;
}

static void add_network(table *t, int column)
{
    const rn_description *d = t->network[column];
    cell taken;
    for (int i = 0, r = 0; i < d->layers; i = taken.end, r++) {
        row wanted = row_for(d, i, &taken);
        r = find_row(t, r, &wanted);
        t->row[r].cell[column] = taken;
    }
}

/* The rows if no two networks shared one. */
static size_t most_rows(rn_description *const *network, int count)
{
    size_t rows = 0;
    cell taken;
    for (int n = 0; n < count; n++)
        for (int i = 0; i < network[n]->layers; i = taken.end, rows++)
            row_for(network[n], i, &taken);
    return rows;
}

/* ---- lines ---- */

static void put_line(table *t, const char *left, const char *const *text)
{
    int at = t->measuring ? 0 : printf("%s", left), start = LEFT;
    for (int n = 0; n < t->networks; n++) {
        int length = (int)strlen(text[n]);
        if (t->measuring && length > t->width[n])
            t->width[n] = length;
        else if (!t->measuring && length > 0)
            at += printf("%*s%s", start - at, "", text[n]);
        start += t->width[n] + GAP;
    }
    if (!t->measuring)
        putchar('\n');
}

static void put_head(table *t)
{
    const char *name[MOST_DRAWN], *kind[MOST_DRAWN];
    char held[MOST_DRAWN][64];
    for (int n = 0; n < t->networks; n++) {
        const rn_architecture *a = &t->network[n]->architecture;
        name[n] = a->model;
        kind[n] = held[n];
        snprintf(held[n], sizeof held[n], "%d layers%s%s", t->network[n]->depth,
                 a->shortcut ? ", shortcuts " : "", a->shortcut ? rn_shortcut_name(a->shortcut) : "");
    }
    put_line(t, "stage         output", name);
    put_line(t, "", kind);
}

/* As many lines as the cell with the most stages has. */
static void put_row(table *t, const row *r)
{
    stage now[MOST_DRAWN];
    const char *text[MOST_DRAWN];
    row rest = *r;
    char left[sizeof r->stage];
    snprintf(left, sizeof left, "%-12s  %s", r->stage.name, r->stage.output);
    for (bool more = true; more; left[0] = '\0') {
        more = false;
        for (int n = 0; n < t->networks; n++) {
            cell *c = &rest.cell[n];
            text[n] = c->first < c->end ? now[n].what : "";
            if (c->first < c->end)
                c->first = take_stage(t->network[n], c->first, &now[n]);
            more |= c->first < c->end;
        }
        put_line(t, left, text);
    }
}

typedef const char *number_writer(number_text *to, int64_t number);

static void put_numbers(table *t, const char *left, size_t field, number_writer *write)
{
    const char *text[MOST_DRAWN];
    number_text held[MOST_DRAWN];
    for (int n = 0; n < t->networks; n++)
        text[n] = write(&held[n], *(const int64_t *)((const char *)t->network[n] + field));
    put_line(t, left, text);
}

static void put_table(table *t, int batch)
{
    put_head(t);
    for (int r = 0; r < t->rows; r++)
        put_row(t, &t->row[r]);
    put_numbers(t, "parameters", offsetof(rn_description, parameters), grouped);
    put_numbers(t, "multiply-adds", offsetof(rn_description, multiply_adds), grouped);
    if (batch > 0) {
        put_numbers(t, "memory to classify", offsetof(rn_description, inference_bytes), bytes_text);
        put_numbers(t, "memory to train", offsetof(rn_description, training_bytes), bytes_text);
    }
}

rn_status print_side_by_side(rn_description *const *network, int count, int batch)
{
    table t = { .network = network, .networks = count, .measuring = true };
    t.row = calloc(most_rows(network, count), sizeof *t.row);
    if (!t.row)
        return complain(RN_NO_MEMORY, "out of memory: a table of %d networks", count);
    for (int n = 0; n < count; n++)
        add_network(&t, n);
    put_table(&t, batch);
    t.measuring = false;
    put_table(&t, batch);
    free(t.row);
    printf("\nmultiply-adds are for one image");
    if (batch > 0)
        printf(", memory is for batches of %d", batch);
    putchar('\n');
    return RN_OK;
}
