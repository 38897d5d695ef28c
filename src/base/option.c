/*
 * Options by name.  A table row tells where in a structure its field lies and of what kind it is; setting and
 * getting go through one conversion for each kind, so that the command line, configuration files and run
 * records read and write the same text.
 *
 * A suggestion is the known word at the least edit distance, where a letter added, dropped, changed, or
 * swapped with its neighbour costs two, and where a word that only goes on (--epoch, --epochs) costs one.
 */
#include "base/error.h"
#include "base/text.h"

#include <assert.h>
#include <math.h>
#include <string.h>

enum { LONGEST_WORD = 48 };

static void *field(const rn_option *row, void *structure)
{
    return (char *)structure + row->offset;
}

static rn_status set_switch(const rn_option *row, void *to, const char *text)
{
    static const char *const yes[] = { "yes", "true", "on", "1" };
    static const char *const no[] = { "no", "false", "off", "0" };
    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
        if (strcmp(text, yes[i]) == 0 || strcmp(text, no[i]) == 0) {
            *(bool *)to = strcmp(text, yes[i]) == 0;
            return RN_OK;
        }
    return rn_fail(RN_BAD_ARGUMENT, "--%s: \"%s\" is neither yes nor no", row->name, text);
}

static rn_status set_int(const rn_option *row, void *to, const char *text)
{
    int64_t number;
    double real;
    if (rn_read_int(text, &number)) {
        *(int64_t *)to = number;
        return RN_OK;
    }
    const char *what = rn_read_real(text, &real) ? "a whole number in range" : "a number";
    return rn_fail(RN_BAD_ARGUMENT, "--%s: \"%s\" is not %s", row->name, text, what);
}

static rn_status set_real(const rn_option *row, void *to, const char *text)
{
    double number;
    if (!rn_read_real(text, &number) || !isfinite(number))
        return rn_fail(RN_BAD_ARGUMENT, "--%s: \"%s\" is not a number", row->name, text);
    *(double *)to = number;
    return RN_OK;
}

/* A number of bytes, perhaps with a unit: of thousands (GB) or of 1024 (GiB). */
static rn_status set_bytes(const rn_option *row, void *to, const char *text)
{
    static const char units[] = "KMGT";
    const size_t length = strspn(text, "0123456789.");
    const char *unit = text + length + strspn(text + length, " ");
    char digits[32];
    double number, size = 1;
    snprintf(digits, sizeof digits, "%.*s", (int)length, text);
    const char *scale = *unit ? strchr(units, *unit == 'k' ? 'K' : *unit) : NULL;
    const bool of_1024 = scale && strcmp(unit + 1, "iB") == 0;
    for (int i = 0; scale && i <= scale - units; i++)
        size *= of_1024 ? 1024 : 1000;
    const bool known = scale ? of_1024 || strcmp(unit + 1, "B") == 0 : !*unit || strcmp(unit, "B") == 0;
    if (!known || length >= sizeof digits || !rn_read_real(digits, &number) || number * size > 1e15)
        return rn_fail(RN_BAD_ARGUMENT, "--%s: \"%s\" is no size such as 8GB or 512MiB", row->name, text);
    *(int64_t *)to = (int64_t)(number * size);
    return RN_OK;
}

static rn_status set_text(const rn_option *row, void *to, const char *text)
{
    size_t length = strlen(text);
    if (length >= RN_TEXT_SIZE)
        return rn_fail(RN_BAD_ARGUMENT, "--%s: a text of %zu bytes is too long, the limit is %d", row->name,
                       length, RN_TEXT_SIZE - 1);
    memcpy(to, text, length + 1);
    return RN_OK;
}

static void get_switch(const void *from, char *text, size_t size)
{
    snprintf(text, size, "%s", *(const bool *)from ? "yes" : "no");
}

static void get_int(const void *from, char *text, size_t size)
{
    snprintf(text, size, "%lld", (long long)*(const int64_t *)from);
}

/* The shortest text that reads back as the same number.  A locale may have put a decimal comma. */
static void get_real(const void *from, char *text, size_t size)
{
    double number = *(const double *)from, again;
    for (int digits = 6; digits <= 17; digits++) {
        snprintf(text, size, "%.*g", digits, number);
        char *comma = strchr(text, ',');
        if (comma)
            *comma = '.';
        if (rn_read_real(text, &again) && again == number)
            return;
    }
}

static void get_text(const void *from, char *text, size_t size)
{
    snprintf(text, size, "%s", (const char *)from);
}

static const struct {
    rn_status (*set)(const rn_option *, void *to, const char *text);
    void (*get)(const void *from, char *text, size_t size);
} kinds[] = {
    [RN_KIND_SWITCH] = { set_switch, get_switch },
    [RN_KIND_INT] = { set_int, get_int },
    [RN_KIND_REAL] = { set_real, get_real },
    [RN_KIND_TEXT] = { set_text, get_text },
    [RN_KIND_BYTES] = { set_bytes, get_int },
};

static int least(int a, int b)
{
    return a < b ? a : b;
}

/* Damerau's distance, from the three latest rows of the usual table. */
static int distance(const char *a, const char *b)
{
    int rows[3][LONGEST_WORD + 1], *before = rows[0], *above = rows[1], *here = rows[2];
    int wide = (int)strlen(b);
    for (int j = 0; j <= wide; j++)
        above[j] = j;
    for (int i = 1; a[i - 1]; i++) {
        here[0] = i;
        for (int j = 1; j <= wide; j++) {
            here[j] = least(above[j - 1] + (a[i - 1] != b[j - 1]), 1 + least(above[j], here[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                here[j] = least(here[j], before[j - 2] + 1);
        }
        int *oldest = before;
        before = above;
        above = here;
        here = oldest;
    }
    return above[wide];
}

const char *rn_suggest(const char *word, const char *const *words)
{
    const char *best = NULL;
    size_t length = strlen(word);
    int bound = 1 + (int)length / 4, least_cost = 2 * bound + 1;
    if (length == 0 || length > LONGEST_WORD)
        return NULL;
    for (; *words; words++) {
        if (strlen(*words) > LONGEST_WORD)
            continue;
        bool goes_on = length >= 3 && strncmp(word, *words, length) == 0;
        int cost = goes_on ? 1 : 2 * distance(word, *words);
        if (cost < least_cost) {
            least_cost = cost;
            best = *words;
        }
    }
    return best;
}

const rn_option *rn_option_find(const rn_option *table, const char *name)
{
    for (; table->name; table++)
        if (strcmp(table->name, name) == 0)
            return table;
    return NULL;
}

static rn_status unknown(const rn_option *table, const char *name)
{
    enum { ROOM = 128 };
    const char *names[ROOM + 1];
    int count = 0;
    for (; table->name && count < ROOM; table++)
        names[count++] = table->name;
    names[count] = NULL;
    const char *near = rn_suggest(name, names);
    if (near)
        return rn_fail(RN_BAD_ARGUMENT, "unknown option --%s; did you mean --%s?", name, near);
    return rn_fail(RN_BAD_ARGUMENT, "unknown option --%s", name);
}

rn_status rn_option_set(const rn_option *table, void *structure, const char *name, const char *text)
{
    const rn_option *row = rn_option_find(table, name);
    if (!row)
        return unknown(table, name);
    return kinds[row->kind].set(row, field(row, structure), text);
}

void rn_option_get(const rn_option *row, const void *structure, char *text, size_t size)
{
    assert(size > 0);
    kinds[row->kind].get((const char *)structure + row->offset, text, size);
}
