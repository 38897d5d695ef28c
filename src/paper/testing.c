#include "paper/testing.h"
#include "base/file.h"
#include "base/json.h"
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

rn_status rn_paper_answer(const rn_paper_work *work, const rn_paper_run *run, rn_answers **answers)
{
    char weights[RN_TEXT_SIZE], scales[64] = "";
    rn_model *model;
    bool dense = strcmp(work->experiment->views, "dense") == 0;
    if (dense)
        scale_sides(scales, sizeof scales, run->config.size);
    rn_model_options options = { .placement.threads = (int)run->config.threads,
                                 .views = work->experiment->views, .scales = dense ? scales : NULL };
    RN_TRY(rn_path_join(weights, sizeof weights, run->config.out, "last.safetensors"));
    RN_TRY(rn_model_open(&model, weights, &options));
    rn_status status = rn_model_answer(model, run->config.data, 0, answers);
    rn_model_close(model);
    return status;
}

static rn_status read_kept(const char *path, rn_paper_errors *errors)
{
    rn_map map;
    json_t *kept;
    RN_TRY(rn_map_open(&map, path));
    rn_status status = rn_json_parse(&kept, (const char *)map.bytes, map.size, path);
    rn_map_close(&map);
    if (status != RN_OK)
        return status;
    errors->top1 = json_number_value(json_object_get(kept, "top1_error"));
    errors->top5 = json_number_value(json_object_get(kept, "top5_error"));
    json_decref(kept);
    return RN_OK;
}

static rn_status keep(const char *path, const rn_paper_errors *errors)
{
    rn_text text = { 0 };
    rn_text_add(&text, "{\"top1_error\": %.6g, \"top5_error\": %.6g}\n", errors->top1, errors->top5);
    rn_status status = rn_text_finish(&text);
    if (status == RN_OK)
        status = rn_file_replace(path, text.bytes, text.length);
    rn_text_free(&text);
    return status;
}

static rn_status test_again(const rn_paper_work *work, const rn_paper_run *run, rn_paper_errors *errors)
{
    rn_answers *answers;
    rn_evaluation *evaluation;
    RN_TRY(rn_paper_answer(work, run, &answers));
    rn_status status = rn_answers_count(answers, &evaluation);
    rn_answers_free(answers);
    if (status != RN_OK)
        return status;
    *errors = (rn_paper_errors){ evaluation->top1_error, evaluation->top5_error };
    rn_evaluation_free(evaluation);
    return RN_OK;
}

static rn_status read_last(const rn_paper_run *run, rn_paper_errors *errors)
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
    char path[RN_TEXT_SIZE], name[32];
    if (!work->experiment->views)
        return read_last(run, errors);
    snprintf(name, sizeof name, "tested-%s.json", work->experiment->views);
    RN_TRY(rn_path_join(path, sizeof path, run->config.out, name));
    if (rn_file_exists(path))
        return read_kept(path, errors);
    RN_TRY(test_again(work, run, errors));
    return keep(path, errors);
}
