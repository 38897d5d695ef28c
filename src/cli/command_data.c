/* data get, data check, data shard, data draw. */
#include "cli/commands.h"
#include "cli/document.h"
#include "cli/messages.h"
#include "cli/option_groups.h"

typedef struct {
    char url[RN_TEXT_SIZE], sha256[RN_TEXT_SIZE];
} get_options;

const rn_option *get_table(void)
{
    static const rn_option table[] = {
        OPTION(get_options, url, "url", 0, RN_KIND_TEXT, "URL", "source", "instead of the official address"),
        OPTION(get_options, sha256, "sha256", 0, RN_KIND_TEXT, "SUM", "source",
               "of the archive, instead of the official one"),
        { 0 },
    };
    return table;
}

rn_status run_data_get(const arguments *args)
{
    get_options options = { 0 };
    TRY(arguments_apply(args, get_table(), &options));
    TRY(rn_data_get(args->word[0], args->word[1], options.url[0] ? options.url : NULL,
                    options.sha256[0] ? options.sha256 : NULL));
    printf("%s:%s\n", args->word[0], args->word[1]);
    return RN_OK;
}

typedef struct {
    int64_t threads;
} check_options;

const rn_option *check_table(void)
{
    static const rn_option table[] = {
        OPTION(check_options, threads, "threads", 't', RN_KIND_INT, "N", "machine",
               "threads that read (default: the processors this process may use)"),
        { 0 },
    };
    return table;
}

static void print_report(const rn_data_report *r)
{
    for (int i = 0; i < r->findings; i++)
        printf("%s\n", r->finding[i]);
    for (int i = 0; i < r->classes; i++)
        printf("%8lld  %s\n", (long long)r->class_count[i], r->class_name[i]);
    printf("%lld pictures in %d classes: %lld damaged, %lld odd, %lld duplicates\n", (long long)r->images,
           r->classes, (long long)r->bad, (long long)r->odd, (long long)r->duplicates);
}

static void print_report_json(const rn_data_report *r)
{
    document doc = { 0 };
    put_object(&doc, NULL);
    put_int(&doc, "schema", 1);
    put_int(&doc, "images", r->images);
    put_int(&doc, "bad", r->bad);
    put_int(&doc, "odd", r->odd);
    put_int(&doc, "duplicates", r->duplicates);
    put_array(&doc, "classes");
    for (int i = 0; i < r->classes; i++) {
        put_object(&doc, NULL);
        put_text(&doc, "name", r->class_name[i]);
        put_int(&doc, "images", r->class_count[i]);
        put_end(&doc);
    }
    put_end(&doc);
    put_array(&doc, "findings");
    for (int i = 0; i < r->findings; i++)
        put_text(&doc, NULL, r->finding[i]);
    put_end(&doc);
    put_end(&doc);
}

rn_status run_data_check(const arguments *args)
{
    check_options options = { 0 };
    rn_data_report *report;
    int threads;
    TRY(arguments_apply(args, check_table(), &options));
    TRY(in_range("threads", options.threads, 0, 4096, &threads));
    TRY(rn_data_check(args->word[0], threads, &report));
    if (wants_json(args))
        print_report_json(report);
    else
        print_report(report);
    int64_t bad = report->bad;
    rn_data_report_free(report);
    if (bad == 0)
        return RN_OK;
    return complain(RN_BAD_FILE, "%s: %lld pictures cannot be read", args->word[0], (long long)bad);
}

typedef struct {
    int64_t size;
} shard_options;

const rn_option *shard_table(void)
{
    static const rn_option table[] = {
        OPTION(shard_options, size, "size", 0, RN_KIND_BYTES, "SIZE", "archives",
               "about how large each becomes (default 1GB)"),
        { 0 },
    };
    return table;
}

rn_status run_data_shard(const arguments *args)
{
    shard_options options = { .size = 1000000000 };
    TRY(arguments_apply(args, shard_table(), &options));
    TRY(rn_data_shard(args->word[0], args->word[1], options.size));
    printf("%s\n", args->word[1]);
    return RN_OK;
}

typedef struct {
    int64_t count, seed;
} draw_options;

const rn_option *draw_table(void)
{
    static const rn_option table[] = {
        OPTION(draw_options, count, "count", 'n', RN_KIND_INT, "N", "pictures", "how many (default 100)"),
        OPTION(draw_options, seed, "seed", 0, RN_KIND_INT, "N", "pictures",
               "another seed draws other pictures (default 0)"),
        { 0 },
    };
    return table;
}

rn_status run_data_draw(const arguments *args)
{
    draw_options options = { .count = 100 };
    int count;
    TRY(arguments_apply(args, draw_table(), &options));
    TRY(in_range("count", options.count, 1, 1000000, &count));
    TRY(rn_data_draw(args->word[0], count, options.seed));
    printf("%s\n", args->word[0]);
    return RN_OK;
}
