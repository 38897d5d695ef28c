/*
 * The fully connected layer: three products of matrices over rows of numbers, an image's features in a row.
 *
 *     y = x W' + bias             sums along rows, for tiles of outputs and images
 *     dx = dy W,  dW = dy' x      sums of rows, each times a number
 *
 * A task is a run of rows of W or of features, so that W, which is larger than all else, passes by once.  A
 * picture of more than one pixel is copied into rows first.
 */
#include "backend/cpu/kernels.h"

/* Images and rows of a tile; rows of a task; vectors of a sum of rows. */
enum { IMAGES = 4, ROWS = 4, RUN = 16, SPAN = 4 };

typedef float loose __attribute__((vector_size(RN_VL * 4), aligned(4), may_alias));

INLINE vec load_loose(const float *from) { return *(const loose *)from; }

typedef struct {
    const rn_call *call;
    int64_t features, outputs;
    const float *x, *dy;        /* rows of features and of outputs */
    int64_t dy_stride;
    float *y, *dx;
} work;

static bool is_row(const rn_call *call)
{
    return call->input[0].shape.h == 1 && call->input[0].shape.w == 1 && call->input[0].dtype == RN_FLOAT;
}

static work work_of(rn_call *call)
{
    work w = { .call = call, .features = call->param_shape[0].c, .outputs = call->output.shape.c,
               .x = is_row(call) ? call->input[0].data : call->shared, .dy = call->output_grad.data,
               .dy_stride = rn_blocked_image(call->output.shape, VL), .y = call->output.data };
    w.dx = is_row(call) ? call->input_grad[0].data : (float *)call->shared + rn_count(call->input[0].shape);
    return w;
}

/* ---- Forward --------------------------------------------------------------------------------- */

/* y of R outputs and N images. */
INLINE void dots(const int R, const int N, const work *w, int64_t output, int64_t image)
{
    const float *row = w->call->param[0] + output * w->features, *x = w->x + image * w->features;
    vec sum[ROWS][IMAGES];
    UNROLL(4) for (int r = 0; r < R; r++)
        UNROLL(4) for (int n = 0; n < N; n++)
            sum[r][n] = (vec){ 0 };
    for (int64_t i = 0; i < w->features; i += VL) {
        vec picture[IMAGES];
        UNROLL(4) for (int n = 0; n < N; n++)
            picture[n] = load(x + n * w->features + i);
        UNROLL(4) for (int r = 0; r < R; r++) {
            vec weight = load_loose(row + r * w->features + i);
            UNROLL(4) for (int n = 0; n < N; n++)
                sum[r][n] += weight * picture[n];
        }
    }
    for (int r = 0; r < R; r++)
        for (int n = 0; n < N; n++) {
            float total = w->call->args.bias ? w->call->param[1][output + r] : 0;
            for (int i = 0; i < VL; i++)
                total += sum[r][n][i];
            w->y[(image + n) * w->dy_stride + output + r] = total;
        }
}

static void forward_run(void *context, int task, int thread)
{
    const work *w = context;
    const int64_t images = w->call->output.shape.n, end = smaller(w->outputs, (task + 1) * RUN);
    (void)thread;
    for (int64_t output = task * RUN, rows; output < end; output += rows) {
        rows = images >= IMAGES && end - output >= ROWS ? ROWS : 1;    /* one picture: W in one stream */
        for (int64_t n = 0, count; n < images; n += count) {
            count = rows == ROWS && images - n >= IMAGES ? IMAGES : 1;
            if (count == IMAGES)
                dots(ROWS, IMAGES, w, output, n);
            else if (rows == ROWS)
                dots(ROWS, 1, w, output, n);
            else
                dots(1, 1, w, output, n);
        }
    }
}

static void forward(rn_device *device, rn_call *call)
{
    work w = work_of(call);
    if (!is_row(call))
        device->read(device, &call->input[0], call->shared, 1);
    rn_pool_run(device->pool, (int)ceil_div(w.outputs, RUN), forward_run, &w);
}

/* ---- Backward -------------------------------------------------------------------------------- */

/* to[r][i] = sum over k of number[r][k] * row[k][i], added to what is there or not. */
typedef struct {
    const float *number, *row;
    float *to;
    int64_t number_r, number_k, row_stride, to_stride, count;
    bool adds;
} weighted;

INLINE void add_rows(const int R, const int V, const weighted *s, int64_t first, int64_t i)
{
    vec sum[ROWS][SPAN];
    UNROLL(4) for (int r = 0; r < R; r++)
        UNROLL(4) for (int v = 0; v < V; v++)
            sum[r][v] = s->adds ? load_loose(s->to + (first + r) * s->to_stride + i + v * VL) : (vec){ 0 };
    for (int64_t k = 0; k < s->count; k++) {
        vec row[SPAN];
        UNROLL(4) for (int v = 0; v < V; v++)
            row[v] = load_loose(s->row + k * s->row_stride + i + v * VL);
        UNROLL(4) for (int r = 0; r < R; r++) {
            vec number = broadcast(s->number[(first + r) * s->number_r + k * s->number_k]);
            UNROLL(4) for (int v = 0; v < V; v++)
                sum[r][v] += row[v] * number;
        }
    }
    UNROLL(4) for (int r = 0; r < R; r++)
        UNROLL(4) for (int v = 0; v < V; v++)
            *(loose *)(s->to + (first + r) * s->to_stride + i + v * VL) = sum[r][v];
}

/* Rows first .. end of the sums, features i .. end_i. */
static void add_all_rows(const weighted *s, int64_t first, int64_t end, int64_t i, int64_t end_i)
{
    for (int64_t vectors; i < end_i; i += vectors * VL) {
        vectors = end_i - i >= SPAN * VL ? SPAN : 1;
        for (int64_t r = first, rows; r < end; r += rows) {
            rows = vectors == SPAN && end - r >= ROWS ? ROWS : 1;
            if (rows == ROWS)
                add_rows(ROWS, SPAN, s, r, i);
            else if (vectors == SPAN)
                add_rows(1, SPAN, s, r, i);
            else
                add_rows(1, 1, s, r, i);
        }
    }
}

static void input_grad_run(void *context, int task, int thread)
{
    const work *w = context;
    const weighted s = { .number = w->dy, .number_r = w->dy_stride, .number_k = 1, .row = w->call->param[0],
                         .row_stride = w->features, .to = w->dx, .to_stride = w->features,
                         .count = w->outputs, .adds = w->call->adds[0] };
    const int64_t run = SPAN * VL, first = task * run;
    (void)thread;
    add_all_rows(&s, 0, w->call->output.shape.n, first, smaller(w->features, first + run));
}

static void weight_grad_run(void *context, int task, int thread)
{
    const work *w = context;
    const int64_t images = w->call->output.shape.n;
    const int64_t first = task * RUN, end = smaller(w->outputs, first + RUN);
    const weighted s = { .number = w->dy, .number_r = 1, .number_k = w->dy_stride, .row = w->x,
                         .row_stride = w->features, .to = w->call->param_grad[0], .to_stride = w->features,
                         .count = images };
    (void)thread;
    add_all_rows(&s, first, end, 0, w->features);
    for (int64_t o = first; w->call->args.bias && o < end; o++) {
        float sum = 0;
        for (int64_t n = 0; n < images; n++)
            sum += w->dy[n * w->dy_stride + o];
        w->call->param_grad[1][o] = sum;
    }
}

static void backward(rn_device *device, rn_call *call)
{
    work w = work_of(call);
    const rn_tensor *x = &call->input[0], *dx = &call->input_grad[0];
    if (!is_row(call))
        device->read(device, x, call->shared, 1);
    if (!is_row(call) && dx->data && call->adds[0])
        device->read(device, dx, w.dx, 1);
    if (dx->data)
        rn_pool_run(device->pool, (int)ceil_div(w.features, SPAN * VL), input_grad_run, &w);
    if (!is_row(call) && dx->data)
        device->write(device, dx, w.dx);
    if (call->param_grad[0])
        rn_pool_run(device->pool, (int)ceil_div(w.outputs, RUN), weight_grad_run, &w);
}

/* ---- The kernel ------------------------------------------------------------------------------ */

static bool accepts(const rn_device *device, const rn_call *call)
{
    (void)device;
    return call->param_shape[0].c % VL == 0 && call->output.dtype == RN_FLOAT;
}

static void prepare(const rn_device *device, rn_call *call)
{
    (void)device;
    const size_t copies = is_row(call) ? 0 : call->training ? 2 : 1;
    call->shared_bytes = copies * (size_t)rn_count(call->input[0].shape) * sizeof(float);
}

const rn_kernel ISA_NAME(rn_cpu_linear) = {
    .name = "linear", .op = &rn_op_linear,
    .accepts = accepts, .prepare = prepare, .forward = forward, .backward = backward,
};
