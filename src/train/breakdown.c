#include "train/breakdown.h"
#include "train/metrics.h"
#include "train/results.h"
#include "train/run_folder.h"
#include "train/telling.h"

#include <string.h>

/* A float is not finite when all bits of its exponent are set. */
bool rn_all_finite(const float *number, int64_t count)
{
    uint32_t bad = 0, bits;
    for (int64_t i = 0; i < count; i++) {
        memcpy(&bits, &number[i], sizeof bits);
        bad |= (bits & 0x7f800000u) == 0x7f800000u;
    }
    return !bad;
}

static rn_status add_pictures(json_t *report, const rn_batch *batch)
{
    json_t *pictures = json_array();
    RN_TRY(rn_json_set(report, "pictures", pictures));
    for (int i = 0; i < batch->count; i++)
        RN_TRY(rn_json_add(pictures, json_integer(batch->index[i])));
    return RN_OK;
}

static rn_status describe(json_t *report, const rn_trainer *t, const char *what, const char *layer, double lr)
{
    RN_TRY(rn_json_set(report, "what", json_string(what)));
    RN_TRY(rn_json_set(report, "first_bad_layer", layer ? json_string(layer) : json_null()));
    RN_TRY(rn_json_set(report, "iteration", json_integer(t->state.iteration)));
    RN_TRY(rn_json_set(report, "epoch", rn_json_real(rn_trainer_epoch(t))));
    return rn_json_set(report, "lr", rn_json_real(lr));
}

static rn_status write_report(const rn_trainer *t, const char *what, const char *layer, double lr,
                              const rn_batch *batch)
{
    json_t *report = json_object();
    rn_status status = describe(report, t, what, layer, lr);
    if (status == RN_OK)
        status = add_pictures(report, batch);
    return rn_run_write_json(t->config.out, "nan-report.json", report, status);
}

rn_status rn_break_down(const rn_trainer *t, const char *what, double lr, const rn_batch *batch)
{
    const char *layer = rn_session_first_bad(t->session);
    char last[RN_TEXT_SIZE];
    long long epoch = (long long)(t->state.iteration / t->per_epoch) + 1;
    long long step = (long long)(t->state.iteration % t->per_epoch) + 1;
    RN_TRY(rn_run_path(last, t->config.out, "last.ckpt"));
    RN_TRY(write_report(t, what, layer, lr, batch));
    RN_TRY(rn_results_end(t, "not finite"));
    RN_TRY(rn_metrics_end(t, "not finite"));
    rn_tell(t, RN_TRAIN_ENDED, NULL);
    bool saved = rn_file_exists(last);
    rn_fail(RN_NOT_FINITE, "%s at epoch %lld step %lld (lr %.3g); first bad layer '%s'; %s%s", what, epoch,
            step, lr, layer ? layer : "unknown", saved ? "last good checkpoint: " : "no checkpoint yet",
            saved ? last : "");
    return rn_hint(RN_NOT_FINITE, "a smaller --lr");
}
