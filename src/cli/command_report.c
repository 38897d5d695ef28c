/* report: one HTML page about finished trainings. */
#include "cli/commands.h"
#include "cli/option_groups.h"

typedef struct {
    char out[RN_TEXT_SIZE];
} report_options;

const rn_option *report_table(void)
{
    static const rn_option table[] = {
        OPTION(report_options, out, "out", 'o', RN_KIND_TEXT, "FILE", "output",
               "the page (default report.html)"),
        { 0 },
    };
    return table;
}

rn_status run_report(const arguments *args)
{
    report_options options = { .out = "report.html" };
    TRY(arguments_apply(args, report_table(), &options));
    TRY(rn_report_write(options.out, args->word, args->words));
    printf("%s\n", options.out);
    return RN_OK;
}
