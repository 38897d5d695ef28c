/* info: what a model file says of itself. */
#include "cli/commands.h"
#include "cli/document.h"
#include "cli/readable.h"
#include "cli/option_groups.h"

/* A JSON object with each of its own members on a line; what they hold stays as it is. */
static void print_members(const char *text)
{
    int depth = 0;
    bool quoted = false;
    for (const char *c = text; *c; c++) {
        putchar(*c);
        if (*c == '\\' && c[1])
            putchar(*++c);
        else if (*c == '"')
            quoted = !quoted;
        else if (!quoted)
            depth += (*c == '{' || *c == '[') - (*c == '}' || *c == ']');
        if (*c == ',' && depth == 1 && !quoted)
            printf("\n               ");
    }
    putchar('\n');
}

static void print(const char *file, const rn_file_info *info)
{
    number_text size, parameters;
    printf("%s\n", file);
    printf("  format      %s\n", info->format);
    printf("  size        %s\n", bytes_text(&size, info->bytes));
    printf("  tensors     %d\n", info->tensors);
    printf("  parameters  %s\n", grouped(&parameters, info->parameters));
    printf("  checksum    %s\n", info->checksum);
    printf("  sha256      %s\n", info->sha256);
    printf("  metadata    ");
    print_members(info->metadata);
}

static void print_json(const char *file, const rn_file_info *info)
{
    document doc = { 0 };
    put_object(&doc, NULL);
    put_int(&doc, "schema", 1);
    put_text(&doc, "file", file);
    put_text(&doc, "format", info->format);
    put_int(&doc, "bytes", info->bytes);
    put_int(&doc, "tensors", info->tensors);
    put_int(&doc, "parameters", info->parameters);
    put_text(&doc, "checksum", info->checksum);
    put_text(&doc, "sha256", info->sha256);
    put_raw(&doc, "metadata", info->metadata);
    put_end(&doc);
}

rn_status run_info(const arguments *args)
{
    rn_file_info *info;
    TRY(rn_file_inspect(args->word[0], &info));
    if (wants_json(args))
        print_json(args->word[0], info);
    else
        print(args->word[0], info);
    rn_file_info_free(info);
    return RN_OK;
}
