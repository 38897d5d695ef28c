/* Networks drawn side by side, each under its name and what it costs. */
#include "backend/registry.h"
#include "base/file.h"
#include "base/memory.h"
#include "predict/predict.h"
#include "report/graph.h"

enum { HEAD_HEIGHT = 74, FOOT = 8 };

typedef struct {
    rn_architecture architecture;
    rn_net built;               /* empty where the network belongs to a model */
    const rn_net *net;
} subject;

static const char *with_unit(char *to, size_t size, double number)
{
    const char *unit = number >= 1e9 ? "G" : number >= 1e6 ? "M" : "k";
    double part = number / (number >= 1e9 ? 1e9 : number >= 1e6 ? 1e6 : 1e3);
    return rn_text_print(to, size, part < 10 ? "%.2f %s" : part < 100 ? "%.1f %s" : "%.0f %s", part, unit);
}

static void write_title(rn_text *svg, const subject *s, double x)
{
    char number[32];
    rn_text_add(svg, "<text class='rn-ink rn-name' x='%.1f' y='28'>", x);
    rn_text_add_escaped(svg, s->architecture.model);
    rn_text_add(svg, "</text>\n<text class='rn-cost' x='%.1f' y='46'>%s parameters</text>\n", x,
                with_unit(number, sizeof number, (double)rn_net_parameters(s->net)));
    rn_text_add(svg, "<text class='rn-cost' x='%.1f' y='61'>%s multiply-adds</text>\n", x,
                with_unit(number, sizeof number, (double)rn_net_multiply_adds(s->net)));
}

static rn_status write_svg(rn_text *svg, const subject *s, rn_graph *graph, int count)
{
    double left = 0, width = 0, height = rn_graph_align(graph, count, HEAD_HEIGHT) + FOOT;
    for (int i = 0; i < count; i++)
        width += rn_graph_width(&graph[i]);
    rn_graph_write_head(svg, width, height);
    for (int i = 0; i < count; i++) {
        write_title(svg, &s[i], rn_graph_center(left));
        rn_graph_write(svg, &graph[i], left);
        left += rn_graph_width(&graph[i]);
    }
    rn_text_add(svg, "</svg>\n");
    return rn_text_finish(svg);
}

static rn_status open_graph(rn_graph *graph, const rn_net *net, bool folded)
{
    rn_device *device;
    rn_plan plan;
    if (!folded)
        return rn_graph_open(graph, net, NULL);
    RN_TRY(rn_device_open(&device, NULL));
    rn_session_options inference = { .mode = RN_INFER, .batch = 1 };
    rn_status status = rn_plan_make(&plan, net, device, &inference);
    if (status == RN_OK)
        status = rn_graph_open(graph, net, &plan);
    rn_plan_free(&plan);
    rn_device_close(device);
    return status;
}

static rn_status open_subject(subject *s, const rn_network *network)
{
    if (network->model) {
        s->architecture = network->model->bundle.architecture;
        s->net = &network->model->bundle.net;
        return RN_OK;
    }
    s->architecture = *network->architecture;
    RN_TRY(rn_model_build(&s->built, &s->architecture));
    s->net = &s->built;
    return RN_OK;
}

static rn_status draw(rn_text *svg, const rn_network *network, int count, bool folded, subject *s,
                      rn_graph *graph)
{
    for (int i = 0; i < count; i++) {
        RN_TRY(open_subject(&s[i], &network[i]));
        RN_TRY(open_graph(&graph[i], s[i].net, folded));
    }
    return write_svg(svg, s, graph, count);
}

rn_status rn_networks_write(rn_text *svg, const rn_network *network, int count, bool folded)
{
    subject *s = NULL;
    rn_graph *graph = NULL;
    rn_status status = rn_new(&s, count);
    if (status == RN_OK)
        status = rn_new(&graph, count);
    if (status == RN_OK)
        status = draw(svg, network, count, folded, s, graph);
    for (int i = 0; graph && i < count; i++) {
        rn_graph_close(&graph[i]);
        rn_net_free(&s[i].built);
    }
    rn_free(graph);
    rn_free(s);
    return status;
}

rn_status rn_networks_draw(const char *svg_file, const rn_network *network, int count, bool folded)
{
    rn_text svg = { 0 };
    rn_status status = rn_networks_write(&svg, network, count, folded);
    if (status == RN_OK)
        status = rn_file_replace(svg_file, svg.bytes, svg.length);
    rn_text_free(&svg);
    return status;
}
