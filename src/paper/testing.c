#include "paper/testing.h"
#include "base/file.h"
#include "base/log.h"
#include "predict/answers.h"
#include "report/past_run.h"

#include <string.h>

/* The paper's five shorter sides for inputs of 224 pixels (section 3.4), in proportion for others. */
static void scale_sides(char *text, size_t size, int64_t input)
{
    static const int sides[] = { 224, 256, 384, 480, 640 };
    size_t used = 0;
    for (int i = 0; i < 5; i++)
        used += (size_t)snprintf(text + used, size - used, "%s%lld", i ? "," : "",
                                 (long long)(sides[i] * (input ? input : 224) / 224));
}

static rn_status answer(const rn_paper_work *work, const rn_paper_run *run, rn_answers **answers)
{
    char weights[RN_TEXT_SIZE], scales[64] = "";
    rn_model *model;
    bool dense = strcmp(work->experiment->views, "dense") == 0;
    if (dense)
        scale_sides(scales, sizeof scales, run->config.size);
    rn_model_options options = { .placement = { .threads = (int)run->config.threads,
                                                .type = run->config.type },
                                 .views = work->experiment->views, .scales = dense ? scales : NULL };
    if (work->watch->stop && *work->watch->stop)
        return rn_fail(RN_INTERRUPTED, "stopped before %s was tested", run->config.out);
    rn_note("%s: testing, %s", run->config.out, work->experiment->views);
    RN_TRY(rn_path_join(weights, sizeof weights, run->config.out, "last.safetensors"));
    RN_TRY(rn_model_open(&model, weights, &options));
    rn_status status = rn_model_answer(model, run->config.data, 0, answers);
    rn_model_close(model);
    return status;
}

static rn_status read_kept(const rn_paper_run *run, const char *path, rn_answers **answers)
{
    rn_dataset *data;
    const rn_dataset_options options = { .validation = run->config.validation,
                                         .seed = (uint64_t)run->config.seed };
    RN_TRY(rn_dataset_open(&data, run->config.data, RN_SPLIT_TEST, &options));
    rn_status status = rn_answers_read_for(answers, path, run->config.data, data);
    rn_dataset_close(data);
    return status;
}

rn_status rn_paper_answer(const rn_paper_work *work, const rn_paper_run *run, rn_answers **answers)
{
    char path[RN_TEXT_SIZE], name[32];
    snprintf(name, sizeof name, "tested-%s.npy", work->experiment->views);
    RN_TRY(rn_path_join(path, sizeof path, run->config.out, name));
    if (rn_file_exists(path)) {
        rn_status status = read_kept(run, path, answers);
        if (status != RN_BAD_FILE)
            return status;
        rn_warn("%s; it is tested again", rn_error_text());
    }
    RN_TRY(answer(work, run, answers));
    return rn_answers_write_scores(*answers, path);
}

rn_status rn_paper_count(const rn_answers *answers, rn_paper_errors *errors)
{
    rn_evaluation *evaluation;
    RN_TRY(rn_answers_count(answers, &evaluation));
    *errors = (rn_paper_errors){ evaluation->top1_error, evaluation->top5_error };
    rn_evaluation_free(evaluation);
    return RN_OK;
}

rn_status rn_paper_last_test(const rn_paper_run *run, rn_paper_errors *errors)
{
    rn_past_run past;
    RN_TRY(rn_past_run_open(&past, run->config.out));
    errors->top1 = rn_past_run_number(&past, "test_error");
    errors->top5 = rn_past_run_number(&past, "test_top5_error");
    rn_past_run_close(&past);
    return RN_OK;
}

rn_status rn_paper_test(const rn_paper_work *work, const rn_paper_run *run, rn_paper_errors *errors)
{
    rn_answers *answers = NULL;
    if (!work->experiment->views)
        return rn_paper_last_test(run, errors);
    rn_status status = rn_paper_answer(work, run, &answers);
    if (status == RN_OK)
        status = rn_paper_count(answers, errors);
    rn_answers_free(answers);
    return status;
}
