#include "backend/kernel_choices.h"
#include "base/file.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_ROWS = 4096, MOST_BYTES = 2 << 20, SEPARATORS_IN_USE = 4 };
static const char separator[] = " | ";

/* ---- Uses ------------------------------------------------------------------------------------ */

/* A stride, dilation or number of groups, as op.h has it. */
static int64_t at_least_1(int64_t number)
{
    return number > 1 ? number : 1;
}

void rn_choices_use(const rn_choices *choices, const rn_call *call, char use[RN_USE_SIZE])
{
    const rn_args *a = &call->args;
    const rn_shape in = call->input[0].shape;
    const struct { const char *text; int64_t number; } part[] = {
        { " ", in.n }, { "x", in.c }, { "x", in.h }, { "x", in.w },
        { ", filters ", a->filters }, { ", kernel ", a->kernel_h }, { "x", a->kernel_w },
        { ", stride ", at_least_1(a->stride) }, { ", padding ", a->pad_h }, { "x", a->pad_w },
        { ", dilation ", at_least_1(a->dilation) }, { ", groups ", at_least_1(a->groups) },
    };
    int length = snprintf(use, RN_USE_SIZE, "%s%s%s%s", choices->machine,
                          call->training ? "train" : "infer", separator, call->op->name);
    for (size_t i = 0; i < sizeof part / sizeof *part && length < RN_USE_SIZE; i++)
        length += snprintf(use + length, (size_t)(RN_USE_SIZE - length), "%s%lld", part[i].text,
                           (long long)part[i].number);
    if (length < RN_USE_SIZE)
        snprintf(use + length, (size_t)(RN_USE_SIZE - length), "%s%s", a->bias ? ", bias" : "",
                 call->reads_picture ? ", first" : "");
}

static rn_choice *row_of(const rn_choices *choices, const char *use)
{
    for (int i = 0; i < choices->rows; i++)
        if (strcmp(choices->row[i].use, use) == 0)
            return &choices->row[i];
    return NULL;
}

const char *rn_choices_find(const rn_choices *choices, const rn_call *call)
{
    char use[RN_USE_SIZE];
    if (choices->rows == 0)
        return NULL;
    rn_choices_use(choices, call, use);
    const rn_choice *row = row_of(choices, use);
    return row ? row->kernel : NULL;
}

rn_status rn_choices_set(rn_choices *choices, const rn_choice *choice)
{
    rn_choice *row = row_of(choices, choice->use);
    if (!row) {
        if (choices->rows == choices->room) {
            const int room = choices->room ? 2 * choices->room : 32;
            RN_TRY(rn_reallocate((void **)&choices->row, (size_t)choices->room, (size_t)room,
                                 sizeof(rn_choice), "choices of kernels"));
            choices->room = room;
        }
        row = &choices->row[choices->rows++];
    }
    *row = *choice;
    return RN_OK;
}

/* ---- Lines ----------------------------------------------------------------------------------- */

/* Copy a field that ends at `end`; false when it is empty, too long or not printable. */
static bool take_field(char *to, size_t size, const char *from, const char *end)
{
    const size_t length = (size_t)(end - from);
    if (length == 0 || length >= size)
        return false;
    for (const char *c = from; c < end; c++)
        if ((unsigned char)*c < ' ' || *c == 127)
            return false;
    memcpy(to, from, length);
    to[length] = '\0';
    return true;
}

/* The `number`-th separator from `from` on, or NULL. */
static const char *find_separator(const char *from, const char *end, int number)
{
    const size_t length = sizeof separator - 1;
    for (; from + length <= end; from++)
        if (memcmp(from, separator, length) == 0 && --number == 0)
            return from;
    return NULL;
}

static bool read_line(rn_choice *choice, const char *line, const char *end)
{
    const size_t skip = sizeof separator - 1;
    const char *kernel = find_separator(line, end, SEPARATORS_IN_USE + 1);
    const char *measured = kernel ? find_separator(kernel + skip, end, 1) : NULL;
    return measured && !find_separator(measured + skip, end, 1)
           && take_field(choice->use, sizeof choice->use, line, kernel)
           && take_field(choice->kernel, sizeof choice->kernel, kernel + skip, measured)
           && take_field(choice->measured, sizeof choice->measured, measured + skip, end);
}

/* Lines that begin with `machine`, or all. */
static rn_status read_lines(rn_choices *choices, const rn_map *map, const char *machine)
{
    const char *line = (const char *)map->bytes, *end = line + map->size;
    int damaged = 0;
    for (int lines = 0; line < end && lines < 2 * MOST_ROWS; lines++) {
        const char *stop = memchr(line, '\n', (size_t)(end - line));
        rn_choice choice;
        stop = stop ? stop : end;
        if (*line != '#' && !read_line(&choice, line, stop))
            damaged++;
        else if (*line != '#' && choices->rows < MOST_ROWS
                 && strncmp(choice.use, machine, strlen(machine)) == 0)
            RN_TRY(rn_choices_set(choices, &choice));
        line = stop + 1;
    }
    if (damaged)
        rn_warn("%s: %d damaged line%s passed over", choices->file, damaged, damaged > 1 ? "s" : "");
    return RN_OK;
}

static rn_status read_file(rn_choices *choices, const char *machine)
{
    rn_map map;
    if (!choices->file[0] || !rn_file_exists(choices->file))
        return RN_OK;
    if (rn_map_open(&map, choices->file) != RN_OK) {
        rn_warn("measured kernels are not used: %s", rn_error_text());
        return RN_OK;
    }
    rn_status status = RN_OK;
    if (map.size > MOST_BYTES)
        rn_warn("measured kernels are not used: %s: %zu bytes, expected at most %d", choices->file, map.size,
                (int)MOST_BYTES);
    else
        status = read_lines(choices, &map, machine);
    rn_map_close(&map);
    return status;
}

/* ---- Files ----------------------------------------------------------------------------------- */

/* "" where no place is known or it is too long. */
static void choose_file(char file[RN_TEXT_SIZE], const char *asked)
{
    const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME"), *named = getenv("RESNET_KERNELS");
    const bool given = asked && *asked;
    int length = 0;
    *file = '\0';
    if (given || (named && *named))
        length = snprintf(file, RN_TEXT_SIZE, "%s", given ? asked : named);
    else if (cache && *cache == '/')
        length = snprintf(file, RN_TEXT_SIZE, "%s/resnet/kernels", cache);
    else if (home && *home == '/')
        length = snprintf(file, RN_TEXT_SIZE, "%s/.cache/resnet/kernels", home);
    if (length >= RN_TEXT_SIZE || strcmp(file, "none") == 0)
        *file = '\0';
}

rn_status rn_choices_open(rn_choices *choices, const char *file, const char *isa, const char *type)
{
    char processor[RN_PROCESSOR_SIZE];
    *choices = (rn_choices){ 0 };
    rn_processor_name(processor);
    snprintf(choices->machine, sizeof choices->machine, "%s%s%s%s%s%s", processor, separator, isa, separator,
             type, separator);
    choose_file(choices->file, file);
    rn_status status = read_file(choices, choices->machine);
    if (status != RN_OK)
        rn_choices_close(choices);
    return status;
}

void rn_choices_close(rn_choices *choices)
{
    rn_free(choices->row);
    *choices = (rn_choices){ 0 };
}

static rn_status write_rows(const rn_choices *choices, const char *file)
{
    rn_text text = { 0 };
    rn_text_add(&text, "# resnet: kernels measured by `resnet bench --tune`\n");
    for (int i = choices->rows > MOST_ROWS ? choices->rows - MOST_ROWS : 0; i < choices->rows; i++) {
        const rn_choice *row = &choices->row[i];
        rn_text_add(&text, "%s%s%s%s%s\n", row->use, separator, row->kernel, separator, row->measured);
    }
    rn_status status = rn_text_finish(&text);
    if (status == RN_OK)
        status = rn_file_replace(file, text.bytes, text.length);
    rn_text_free(&text);
    return status;
}

static rn_status make_folder_of(const char *file)
{
    char folder[RN_TEXT_SIZE];
    const char *slash = strrchr(file, '/');
    if (!slash || slash == file)
        return RN_OK;
    snprintf(folder, sizeof folder, "%.*s", (int)(slash - file), file);
    return rn_folder_make(folder);
}

rn_status rn_choices_save(const rn_choices *choices, const char *file)
{
    rn_choices all = { 0 };
    snprintf(all.file, sizeof all.file, "%s", file);
    rn_status status = read_file(&all, "");
    for (int i = 0; i < choices->rows && status == RN_OK; i++)
        status = rn_choices_set(&all, &choices->row[i]);
    if (status == RN_OK)
        status = make_folder_of(file);
    if (status == RN_OK)
        status = write_rows(&all, file);
    rn_choices_close(&all);
    return status;
}
