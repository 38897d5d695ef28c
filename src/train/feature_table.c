#include "train/feature_table.h"
#include "base/memory.h"
#include "base/text.h"
#include "train/telling.h"

#include <string.h>

/* The value that the classifier reads. */
static rn_value features_of(const rn_net *net)
{
    return net->node[rn_net_classifier(net, 0)].input[0];
}

static rn_status open_table(rn_feature_table *f, const rn_trainer *t, int64_t rows)
{
    const rn_net *net = &t->bundle.net;
    *f = (rn_feature_table){ .width = (int)rn_count(rn_value_shape(net, features_of(net))) };
    RN_TRY(rn_allocate((void **)&f->number, (size_t)rows, (size_t)f->width * sizeof(float), "features"));
    return rn_new(&f->label, rows);
}

void rn_feature_table_close(rn_feature_table *f)
{
    rn_free(f->number);
    rn_free(f->label);
    *f = (rn_feature_table){ 0 };
}

static void add_rows(rn_feature_table *f, rn_session *session, const rn_batch *batch)
{
    rn_session_read(session, f->number + f->rows * f->width);
    memcpy(f->label + f->rows, batch->labels, (size_t)batch->count * sizeof *f->label);
    f->rows += batch->count;
}

static rn_status add_all(rn_feature_table *f, rn_session *session, const rn_trainer *t, rn_loader *loader)
{
    const rn_batch *batch;
    char text[80];
    for (;;) {
        RN_TRY(rn_loader_next(loader, &batch));
        if (!batch)
            return RN_OK;
        rn_trainer_show(t, session, batch);
        rn_session_forward(session, batch->count, 0);
        add_rows(f, session, batch);
        rn_tell(t, RN_TRAIN_PREPARING,
                rn_text_print(text, sizeof text, "features of %lld pictures", (long long)f->rows));
        RN_TRY(rn_heed_stop(t, "the classifier learned alone"));
    }
}

static rn_status fill(rn_feature_table *f, rn_session *session, const rn_trainer *t, const rn_dataset *data)
{
    rn_loader *loader;
    rn_loader_options options = rn_trainer_test_loading(t);
    RN_TRY(open_table(f, t, data->count));
    RN_TRY(rn_loader_open(&loader, data, &options));
    rn_status status = add_all(f, session, t, loader);
    rn_loader_close(loader);
    return status;
}

rn_status rn_feature_table_open(rn_feature_table *train, rn_feature_table *test, rn_trainer *t)
{
    rn_session *session;
    rn_session_options options = { .mode = RN_INFER, .batch = rn_trainer_test_loading(t).batch,
                                   .watched = features_of(&t->bundle.net) };
    *train = *test = (rn_feature_table){ 0 };
    RN_TRY(rn_session_open(&session, &t->bundle.net, &t->bundle.weights, t->device, &options));
    rn_status status = fill(train, session, t, t->train);
    if (status == RN_OK)
        status = fill(test, session, t, t->test);
    rn_session_close(session);
    if (status != RN_OK) {
        rn_feature_table_close(train);
        rn_feature_table_close(test);
    }
    return status;
}
