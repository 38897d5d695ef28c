#include "train/state.h"
#include "base/memory.h"

#define ROW(name, kind, field) { name, 0, RN_KIND_##kind, offsetof(rn_train_state, field), NULL, NULL, NULL }
#define SCORE(name, field) \
    ROW(name "-images", INT, field.images), ROW(name "-wrong", INT, field.wrong), \
    ROW(name "-wrong5", INT, field.wrong5), ROW(name "-loss", REAL, field.loss)

const rn_option rn_train_state_table[] = {
    ROW("iteration", INT, iteration),
    SCORE("epoch", epoch),
    SCORE("stretch", stretch),
    SCORE("test", test),
    ROW("head-error", REAL, head_error),
    ROW("recent-loss", REAL, recent_loss),
    ROW("recent-error", REAL, recent_error),
    ROW("warm", SWITCH, past.warm),
    ROW("best-error", REAL, past.best_error),
    ROW("worse", INT, past.worse),
    ROW("cuts", INT, past.cuts),
    ROW("averaged", INT, averaged),
    ROW("seconds", REAL, seconds),
    ROW("threads", INT, threads),
    ROW("isa", TEXT, isa),
    ROW("kernels", TEXT, kernels),
    ROW("data", TEXT, data),
    ROW("weights", TEXT, weights),
    { 0 },
};

rn_status rn_history_add(rn_history *history, const rn_result_row *row)
{
    if (history->rows == history->room) {
        size_t old = (size_t)history->room, room = old ? 2 * old : 64;
        RN_TRY(rn_reallocate((void **)&history->row, old, room, sizeof *row, "results"));
        history->room = (int)room;
    }
    history->row[history->rows++] = *row;
    return RN_OK;
}

void rn_history_close(rn_history *history)
{
    rn_free(history->row);
    *history = (rn_history){ 0 };
}
