#include "train/results.h"
#include "base/memory.h"
#include "data/trouble.h"
#include "image/curves.h"
#include "train/run_folder.h"

#include <math.h>
#include <string.h>

/* ---- results.csv and curves.svg -------------------------------------------------------------- */

static void add_column(rn_text *text, const char *format, double value)
{
    rn_text_add(text, ",");
    if (isfinite(value))
        rn_text_add(text, format, value);
}

static rn_status write_table(const rn_trainer *t)
{
    rn_text csv = { 0 };
    rn_text_add(&csv, "epoch,iteration,lr,train_loss,train_error,test_loss,test_error,seconds\n");
    for (int i = 0; i < t->history.rows; i++) {
        const rn_result_row *r = &t->history.row[i];
        rn_text_add(&csv, "%.6g,%.0f,%.6g,%.6g,%.4f", r->epoch, r->iteration, r->lr, r->train_loss,
                    r->train_error);
        add_column(&csv, "%.6g", r->test_loss);
        add_column(&csv, "%.4f", r->test_error);
        rn_text_add(&csv, ",%.1f\n", r->seconds);
    }
    return rn_run_write(t->config.out, "results.csv", &csv);
}

/* What a curve shows of the history: rows without the value are left out, so that the line goes on. */
static void fill_curve(rn_curve *curve, double *x, double *y, const rn_history *history, size_t field)
{
    for (int i = 0; i < history->rows; i++) {
        const double *value = (const double *)(const void *)((const char *)&history->row[i] + field);
        if (!isfinite(*value))
            continue;
        x[curve->count] = history->row[i].iteration;
        y[curve->count++] = *value;
    }
    curve->x = x;
    curve->y = y;
}

static rn_status draw(const rn_trainer *t, double *room)
{
    int rows = t->history.rows;
    rn_text svg = { 0 };
    rn_curve curve[] = { { .label = "train" }, { .label = "test", .bold = true } };
    fill_curve(&curve[0], room, room + rows, &t->history, offsetof(rn_result_row, train_error));
    fill_curve(&curve[1], room + 2 * rows, room + 3 * rows, &t->history, offsetof(rn_result_row, test_error));
    rn_chart chart = { .title = t->config.model, .x_label = "iterations", .y_label = "error (%)", .curves = 2,
                       .curve = curve };
    rn_status status = rn_curves_write(&svg, &chart);
    if (status == RN_OK)
        return rn_run_write(t->config.out, "curves.svg", &svg);
    rn_text_free(&svg);
    return status;
}

rn_status rn_results_write(const rn_trainer *t)
{
    double *room;
    RN_TRY(write_table(t));
    RN_TRY(rn_new(&room, 4 * t->history.rows));
    rn_status status = draw(t, room);
    rn_free(room);
    return status;
}

/* ---- The end --------------------------------------------------------------------------------- */

static rn_status summarise(json_t *s, const rn_trainer *t, const char *reason)
{
    const rn_train_state *now = &t->state;
    bool tested = now->test.images > 0;
    double test_loss = tested ? rn_score_loss(&now->test) : NAN;
    double test_error = tested ? rn_score_error(&now->test) : NAN;
    double top5_error = tested ? rn_score_error5(&now->test) : NAN;
    double best_error = tested ? now->past.best_error : NAN;
    RN_TRY(rn_json_set(s, "schema", json_integer(1)));
    RN_TRY(rn_json_set(s, "exit", json_string(reason)));
    RN_TRY(rn_json_set(s, "model", json_string(t->config.model)));
    RN_TRY(rn_json_set(s, "classes", json_integer(t->config.classes)));
    RN_TRY(rn_json_set(s, "parameters", json_integer(t->bundle.weights.learned)));
    RN_TRY(rn_json_set(s, "iteration", json_integer(now->iteration)));
    RN_TRY(rn_json_set(s, "iterations", json_integer(t->iterations)));
    RN_TRY(rn_json_set(s, "epochs", rn_json_real(rn_trainer_epoch(t))));
    RN_TRY(rn_json_set(s, "train_loss", rn_json_real(rn_score_loss(&now->epoch))));
    RN_TRY(rn_json_set(s, "train_error", rn_json_real(rn_score_error(&now->epoch))));
    RN_TRY(rn_json_set(s, "test_images", json_integer(now->test.images)));
    RN_TRY(rn_json_set(s, "test_wrong", json_integer(now->test.wrong)));
    RN_TRY(rn_json_set(s, "test_loss", rn_json_real(test_loss)));
    RN_TRY(rn_json_set(s, "test_error", rn_json_real(test_error)));
    RN_TRY(rn_json_set(s, "test_top5_error", rn_json_real(top5_error)));
    RN_TRY(rn_json_set(s, "best_error", rn_json_real(best_error)));
    RN_TRY(rn_json_set(s, "head_error", rn_json_real(now->head_error >= 0 ? now->head_error : NAN)));
    RN_TRY(rn_json_set(s, "bad_files", json_integer(t->told_bad)));
    RN_TRY(rn_json_set(s, "seed", json_integer(t->config.seed)));
    return rn_json_set(s, "seconds", rn_json_real(now->seconds));
}

/* Of a finished run, what last.safetensors holds. */
static rn_status add_hash(json_t *s, const rn_trainer *t)
{
    char hex[65];
    RN_TRY(rn_bundle_hash(&t->bundle, hex));
    return rn_json_set(s, "sha256", json_string(hex));
}

rn_status rn_results_end(const rn_trainer *t, const char *reason)
{
    json_t *summary = json_object();
    rn_status status = summarise(summary, t, reason);
    if (status == RN_OK && strcmp(reason, "finished") == 0)
        status = add_hash(summary, t);
    return rn_run_write_json(t->config.out, "summary.json", summary, status);
}

/* ---- Unreadable pictures --------------------------------------------------------------------- */

static int64_t list_bad(rn_text *text, const rn_dataset *set)
{
    int64_t count = 0;
    for (int64_t i = 0; i < set->count; i++) {
        const char *reason = rn_trouble_of(set->trouble, i);
        if (reason) {
            rn_text_add(text, "%s\n", reason);
            count++;
        }
    }
    return count;
}

rn_status rn_results_bad_files(rn_trainer *t)
{
    rn_text text = { 0 };
    int64_t bad = list_bad(&text, t->train) + list_bad(&text, t->test);
    if (bad == t->told_bad) {
        rn_text_free(&text);
        return RN_OK;
    }
    t->told_bad = bad;
    return rn_run_write(t->config.out, "bad_files.txt", &text);
}
