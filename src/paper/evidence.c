/* What a result stands on: the command that makes it again, and the finished runs with their hashes. */
#include "base/file.h"
#include "base/memory.h"
#include "paper/runs.h"
#include "report/past_run.h"

#include <math.h>
#include <string.h>

/* Words of a command line, quoted where a shell would part them. */
static void add_option(rn_text *text, const char *name, const char *value)
{
    if (*value)
        rn_text_add(text, strchr(value, ' ') ? " --%s '%s'" : " --%s %s", name, value);
}

static void add_number(rn_text *text, const char *name, double value)
{
    char number[32];
    add_option(text, name, rn_text_print(number, sizeof number, "%.6g", value));
}

static void write_command(rn_text *text, const rn_experiment *e, const rn_paper_options *o)
{
    rn_text_add(text, "resnet paper %s", e->item.name);
    if (e->data == RN_NO_DATA)
        return;
    if (e->data == RN_CIFAR)
        add_option(text, "cifar", o->cifar);
    else
        add_option(text, "photos", o->photos);
    if (e->data == RN_PHOTOS && o->size)
        add_number(text, "size", (double)o->size);
    if (o->scale != 1)
        add_number(text, "scale", o->scale);
    if (o->seeds != 1)
        add_number(text, "seeds", (double)o->seeds);
    add_option(text, "type", o->type);
    add_option(text, "only", o->only);
    if (strcmp(o->runs, RN_PAPER_RUNS) != 0)
        add_option(text, "runs", o->runs);
}

static bool is_hash(const char *text)
{
    return strlen(text) == 64 && strspn(text, "0123456789abcdef") == 64;
}

/* Runs that ended before summaries told it have it in their model file. */
static rn_status read_hash(char hash[65], const rn_past_run *past)
{
    char path[RN_TEXT_SIZE];
    rn_file_info *info;
    const char *told = json_string_value(json_object_get(past->summary, "sha256"));
    if (told && is_hash(told)) {
        snprintf(hash, 65, "%s", told);
        return RN_OK;
    }
    RN_TRY(rn_path_join(path, sizeof path, past->folder, "last.safetensors"));
    RN_TRY(rn_file_inspect(path, &info));
    snprintf(hash, 65, "%s", info->sha256);
    rn_file_info_free(info);
    return RN_OK;
}

static rn_status read_run(rn_paper_evidence *to, const rn_paper_run *run)
{
    rn_past_run past;
    RN_TRY(rn_past_run_open(&past, run->config.out));
    snprintf(to->run, sizeof to->run, "%s", past.name);
    to->iterations = run->config.iterations;
    to->test_error = rn_past_run_number(&past, "test_error");
    to->seconds = rn_past_run_number(&past, "seconds");
    rn_status status = read_hash(to->sha256, &past);
    rn_past_run_close(&past);
    return status;
}

rn_status rn_draft_evidence(rn_paper_draft *draft, const rn_paper_work *work)
{
    write_command(&draft->command, work->experiment, work->options);
    RN_TRY(rn_text_finish(&draft->command));
    RN_TRY(rn_new(&draft->evidence, work->runs));
    for (int i = 0; i < work->runs; i++)
        if (work->run[i].finished && !rn_paper_is_twin(work->run, i))
            RN_TRY(read_run(&draft->evidence[draft->result.evidences++], &work->run[i]));
    draft->result.command = draft->command.bytes;
    draft->result.evidence = draft->evidence;
    return RN_OK;
}
