/* The functions and option tables that the rows of commands in main.c name. */
#ifndef RN_CLI_COMMANDS_H
#define RN_CLI_COMMANDS_H

#include "cli/arguments.h"

enum { MOST_DRAWN = 16 };       /* networks side by side */

typedef rn_status command_function(const arguments *args);

command_function run_train, run_resume, run_eval, run_classify, run_describe, run_info, run_bench, run_report,
    run_paper, run_convert, run_data_get, run_data_check, run_data_shard, run_data_draw, run_models,
    run_version, run_help, run_completion, run_explain, run_features, run_quantize;

option_table train_table, eval_table, classify_table, describe_table, bench_table, report_table, get_table,
    paper_table, info_table, convert_table, check_table, shard_table, draw_table, explain_table,
    features_table, quantize_table;

#endif
