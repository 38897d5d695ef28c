/*
 * Pictures of networks: every operation has its box, boxes stand below those they read and never on each
 * other, sizes begin side by side, and the file is well-formed.
 */
#include "backend/registry.h"
#include "base/check.h"
#include "base/check_files.h"
#include "base/file.h"
#include "base/memory.h"
#include "image/check_markup.h"
#include "model/models.h"
#include "report/graph.h"

#include <string.h>

static const char *const names[] = {
    "resnet18", "resnet152", "plain34", "resnet20", "vgg19", "googlenet", "highway19", "resnet50v2", "lenet",
};
enum { NAMES = sizeof names / sizeof *names };

static void check_places(const char *name, const rn_graph *graph)
{
    for (int b = 0; b < graph->boxes; b++) {
        const rn_graph_box *box = &graph->box[b];
        const rn_graph_row *row = &graph->row[box->row];
        CHECK(box->label[0] && box->lane < graph->lanes && box->row < graph->rows,
              "%s, box %d: '%s' in lane %d", name, b, box->label, box->lane);
        CHECK(box->lane > 0 || row->spine == b, "%s, row %d: two boxes on the spine", name, box->row);
        for (int i = 0; i < box->inputs; i++)
            CHECK(graph->box[box->input[i]].row < box->row, "%s, box %d reads %d below it", name, b,
                  box->input[i]);
        for (int other = 0; other < b; other++)
            CHECK(box->row != graph->box[other].row || box->lane != graph->box[other].lane,
                  "%s: boxes %d and %d stand on each other", name, b, other);
    }
    for (int r = 1; r < graph->rows; r++)
        CHECK(graph->row[r].top >= graph->row[r - 1].top + graph->row[r - 1].height, "%s: row %d", name, r);
}

static int count_of(const rn_graph *graph, const char *label)
{
    int count = 0;
    for (int b = 0; b < graph->boxes; b++)
        count += strcmp(graph->box[b].label, label) == 0;
    return count;
}

static void check_network(const char *name, rn_device *device)
{
    rn_architecture architecture = { 0 };
    rn_session_options inference = { .mode = RN_INFER, .batch = 1 };
    rn_net net;
    rn_plan plan;
    rn_graph graph, folded;
    snprintf(architecture.model, sizeof architecture.model, "%s", name);
    CHECK_OK(rn_model_build(&net, &architecture));
    CHECK_OK(rn_graph_open(&graph, &net, NULL));
    CHECK_OK(rn_plan_make(&plan, &net, device, &inference));
    CHECK_OK(rn_graph_open(&folded, &net, &plan));
    rn_graph_align(&graph, 1, 10);
    rn_graph_align(&folded, 1, 10);
    CHECK(graph.boxes == net.nodes && folded.boxes <= graph.boxes, "%s: %d nodes, %d boxes, %d folded", name,
          net.nodes, graph.boxes, folded.boxes);
    check_places(name, &graph);
    check_places(name, &folded);
    if (strcmp(name, "resnet18") == 0) {
        CHECK(graph.lanes == 2 && count_of(&graph, "+") == 8 && count_of(&graph, "3x3 conv, 512, /2") == 1
              && count_of(&graph, "batch norm") == 20, "resnet18: %d lanes", graph.lanes);
        CHECK(count_of(&folded, "+, ReLU") == 8 && count_of(&folded, "batch norm") == 0, "resnet18, folded");
        int dotted = 0;
        for (int b = 0; b < graph.boxes; b++)
            dotted += graph.box[b].turns;
        CHECK(dotted == 6, "resnet18: %d boxes on dotted shortcuts, wanted 3 projections and norms", dotted);
    }
    if (strcmp(name, "googlenet") == 0)
        CHECK(graph.lanes == 5 && folded.lanes == 4, "googlenet: %d lanes, %d folded", graph.lanes,
              folded.lanes);
    rn_graph_close(&folded);
    rn_plan_free(&plan);
    rn_graph_close(&graph);
    rn_net_free(&net);
}

static void check_drawing(bool folded)
{
    rn_architecture architecture[NAMES] = { { .classes = 0 } };
    rn_network network[NAMES];
    rn_map svg;
    char *text;
    for (int i = 0; i < NAMES; i++) {
        snprintf(architecture[i].model, sizeof architecture[i].model, "%s", names[i]);
        network[i] = (rn_network){ .architecture = &architecture[i] };
    }
    CHECK_OK(rn_networks_draw(check_path("all.svg"), network, NAMES, folded));
    CHECK_OK(rn_map_open(&svg, check_path("all.svg")));
    CHECK_OK(rn_copy_text_part(&text, (const char *)svg.bytes, svg.size));
    CHECK(markup_is_good(text), "the picture of all networks is not well-formed");
    CHECK(strstr(text, "googlenet") && strstr(text, "7x7 conv, 64, /2"), "words are missing");
    CHECK(!strstr(text, "var("), "viewers that know no variables would draw black boxes");
    rn_free(text);
    rn_map_close(&svg);
    snprintf(architecture[3].model, sizeof architecture[3].model, "resnet21");
    CHECK(rn_networks_draw(check_path("all.svg"), network, NAMES, folded) == RN_BAD_ARGUMENT, "resnet21");
}

/* Plain and residual twins have the same sizes, each beginning at one height. */
static void check_alignment(void)
{
    rn_net net[2];
    rn_graph graph[2];
    for (int i = 0; i < 2; i++) {
        rn_architecture architecture = { .width = 0 };
        strcpy(architecture.model, i ? "resnet34" : "plain34");
        CHECK_OK(rn_model_build(&net[i], &architecture));
        CHECK_OK(rn_graph_open(&graph[i], &net[i], NULL));
    }
    rn_graph_align(graph, 2, 0);
    for (int r = 1, s = 1; r < graph[0].rows; r++) {
        int64_t size = graph[0].box[graph[0].row[r].spine].shape.h;
        if (graph[0].box[graph[0].row[r - 1].spine].shape.h == size)
            continue;
        while (s < graph[1].rows && graph[1].box[graph[1].row[s].spine].shape.h > size)
            s++;
        CHECK(s < graph[1].rows && graph[1].row[s].top == graph[0].row[r].top,
              "%lld pixels begin at %g and %g", (long long)size, graph[0].row[r].top, graph[1].row[s].top);
    }
    for (int i = 0; i < 2; i++) {
        rn_graph_close(&graph[i]);
        rn_net_free(&net[i]);
    }
}

static void check_memory(void)
{
    rn_architecture architecture = { .model = "resnet8" };
    rn_network network = { .architecture = &architecture };
    long before = rn_memory_count();
    CHECK_OK(rn_networks_draw(check_path("one.svg"), &network, 1, true));
    long count = rn_memory_count() - before;
    for (long k = 1; k <= count; k++) {
        rn_memory_fail_at(k, k % 2);
        rn_status status = rn_networks_draw(check_path("one.svg"), &network, 1, true);
        rn_memory_fail_at(0, false);
        CHECK(status == RN_NO_MEMORY, "allocation %ld of %ld: status %d", k, count, status);
    }
}

int main(void)
{
    rn_device *device;
    check_folder_open();
    CHECK_OK(rn_device_open(&device, NULL));
    for (int i = 0; i < NAMES; i++)
        check_network(names[i], device);
    rn_device_close(device);
    check_drawing(false);
    check_drawing(true);
    check_alignment();
    check_memory();
    check_folder_close();
    return check_result();
}
