/* info: what a model file is, and the command line that uses it. */
#include "cli/commands.h"
#include "cli/document.h"
#include "cli/readable.h"
#include "cli/option_groups.h"

#include <string.h>

typedef struct {
    bool tensors;
} info_options;

const rn_option *info_table(void)
{
    static const rn_option table[] = {
        OPTION(info_options, tensors, "tensors", 0, RN_KIND_SWITCH, NULL, "output", "list the tensors"),
        { 0 },
    };
    return table;
}

/* Where the member that begins here ends: at a comma or the brace of the object around it. */
static const char *end_of_member(const char *c)
{
    int depth = 0;
    bool quoted = false;
    for (; *c && (quoted || depth > 0 || (*c != ',' && *c != '}')); c++) {
        if (*c == '\\' && c[1])
            c++;
        else if (*c == '"')
            quoted = !quoted;
        else if (!quoted)
            depth += (*c == '{' || *c == '[') - (*c == '}' || *c == ']');
    }
    return c;
}

/* A JSON object with each of its own members on a line; long ones, whole networks or a thousand class names,
 * are cut. */
static void print_members(const char *text)
{
    enum { MOST = 1000, SHOWN = 60 };
    const char *end;
    putchar(*text);
    for (const char *at = text + 1; *text && *at; at = end + 1) {
        end = end_of_member(at);
        int length = (int)(end - at);
        if (length > MOST)
            printf("%.*s... (%d characters, see --json)", SHOWN, at, length);
        else
            printf("%.*s", length, at);
        if (!*end)
            break;
        fputs(*end == ',' ? ",\n               " : "}", stdout);
    }
    putchar('\n');
}

static void print_network(const rn_file_info *info)
{
    printf("  network     %s", info->network ? info->network : "none that this program knows");
    if (info->network && info->classes)
        printf(", %d classes", info->classes);
    putchar('\n');
}

/* Where a question has one answer only, it stands in the command. */
static void print_use(const char *file, const rn_file_info *info)
{
    if (info->refused)
        printf("  not usable  %s\n", info->refused);
    if (info->refused || !info->network)
        return;
    printf("  to use it   resnet classify PICTURE --weights %s", file);
    for (int i = 0; i < info->questions; i++) {
        const rn_file_question *question = &info->question[i];
        printf(" --%s %s", question->option, strchr(question->values, ' ') ? "..." : question->values);
    }
    putchar('\n');
    for (int i = 0; i < info->questions; i++)
        printf("              --%-10s  %s: %s\n", info->question[i].option, info->question[i].what,
               info->question[i].values);
}

static void print(const char *file, const rn_file_info *info)
{
    number_text size, parameters;
    printf("%s\n", file);
    print_network(info);
    printf("  format      %s\n", info->format);
    printf("  written by  %s\n", info->writer ? info->writer : "unknown");
    printf("  size        %s\n", bytes_text(&size, info->bytes));
    printf("  tensors     %d\n", info->tensors);
    printf("  parameters  %s\n", grouped(&parameters, info->parameters));
    printf("  checksum    %s\n", info->checksum);
    printf("  sha256      %s\n", info->sha256);
    print_use(file, info);
    printf("  metadata    ");
    print_members(info->metadata);
}

/* Names from files may hold control characters, which a terminal would obey. */
static void print_name(const char *name)
{
    for (; *name; name++)
        putchar((unsigned char)*name < ' ' || *name == 0x7f ? '?' : *name);
    putchar('\n');
}

static void print_tensors(const rn_file_info *info)
{
    for (int i = 0; i < info->tensors; i++) {
        const rn_file_tensor *tensor = &info->tensor[i];
        printf("  %-5s [", tensor->type);
        for (int d = 0; d < tensor->dims; d++)
            printf("%s%lld", d ? "," : "", (long long)tensor->size[d]);
        printf("] ");
        print_name(tensor->name);
    }
}

static void put_questions(document *doc, const rn_file_info *info)
{
    put_array(doc, "questions");
    for (int i = 0; i < info->questions; i++) {
        put_object(doc, NULL);
        put_text(doc, "option", info->question[i].option);
        put_text(doc, "what", info->question[i].what);
        put_text(doc, "values", info->question[i].values);
        put_end(doc);
    }
    put_end(doc);
}

static void put_tensors(document *doc, const rn_file_info *info)
{
    put_array(doc, "tensor_list");
    for (int i = 0; i < info->tensors; i++) {
        const rn_file_tensor *tensor = &info->tensor[i];
        put_object(doc, NULL);
        put_text(doc, "name", tensor->name);
        put_text(doc, "type", tensor->type);
        put_array(doc, "shape");
        for (int d = 0; d < tensor->dims; d++)
            put_int(doc, NULL, tensor->size[d]);
        put_end(doc);
        put_end(doc);
    }
    put_end(doc);
}

static void print_json(const char *file, const rn_file_info *info, bool tensors)
{
    document doc = { 0 };
    put_object(&doc, NULL);
    put_int(&doc, "schema", 1);
    put_text(&doc, "file", file);
    put_text(&doc, "network", info->network);
    put_int(&doc, "classes", info->classes);
    put_questions(&doc, info);
    put_text(&doc, "refused", info->refused);
    put_text(&doc, "format", info->format);
    put_text(&doc, "writer", info->writer);
    put_int(&doc, "bytes", info->bytes);
    put_int(&doc, "tensors", info->tensors);
    put_int(&doc, "parameters", info->parameters);
    put_text(&doc, "checksum", info->checksum);
    put_text(&doc, "sha256", info->sha256);
    put_raw(&doc, "metadata", info->metadata);
    if (tensors)
        put_tensors(&doc, info);
    put_end(&doc);
}

rn_status run_info(const arguments *args)
{
    info_options options = { 0 };
    rn_file_info *info;
    TRY(arguments_apply(args, info_table(), &options));
    TRY(rn_file_inspect(args->word[0], &info));
    if (wants_json(args))
        print_json(args->word[0], info, options.tensors);
    else
        print(args->word[0], info);
    if (options.tensors && !wants_json(args))
        print_tensors(info);
    rn_file_info_free(info);
    return RN_OK;
}
