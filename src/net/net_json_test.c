/* Networks as data: there and back, and damaged. */
#include "base/check.h"
#include "net/answer.h"
#include "net/net_json.h"

#include <string.h>

static void make_net(rn_net *net)
{
    *net = (rn_net){ 0 };
    rn_value x = rn_input(net, 3, 16, 16);
    const rn_args conv = { .filters = 8, .kernel_h = 3, .kernel_w = 3, .stride = 2, .pad_h = 1, .pad_w = 1,
                           .bias = true };
    x = rn_apply(net, &rn_op_conv2d, "conv", x, conv);
    x = rn_apply(net, &rn_op_batchnorm, "bn", x, (rn_args){ .epsilon = 1e-3, .momentum = 0.25 });
    rn_value y = rn_apply(net, &rn_op_relu, "relu", x, (rn_args){ 0 });
    x = rn_apply2(net, &rn_op_add, "add", x, y, (rn_args){ 0 });
    x = rn_apply(net, &rn_op_pad_shortcut, "pad", x, (rn_args){ .filters = 12, .place = RN_PLACE_SPLIT });
    y = rn_apply(net, &rn_op_dropout, "drop", x, (rn_args){ .rate = 0.5 });
    x = rn_apply2(net, &rn_op_concat, "join", x, y, (rn_args){ 0 });
    x = rn_apply(net, &rn_op_averagepool, "pool", x, (rn_args){ .bins = 1, .count_pad = true });
    x = rn_apply(net, &rn_op_linear, "fc", x, (rn_args){ .filters = 4, .bias = true });
    CHECK(rn_head(net, x, 1) > 0, "%s", rn_error_text());
}

static void comes_back(void)
{
    rn_net net, back;
    rn_text text = { 0 }, again = { 0 };
    make_net(&net);
    CHECK_OK(rn_net_to_json(&net, &text));
    CHECK_OK(rn_net_from_json(&back, text.bytes, 0, 0, "net"));
    CHECK(rn_net_same(&net, &back), "%s", text.bytes);
    CHECK_OK(rn_net_to_json(&back, &again));
    CHECK(strcmp(text.bytes, again.bytes) == 0, "%s", again.bytes);
    rn_net_free(&back);
    CHECK_OK(rn_net_from_json(&back, text.bytes, 32, 48, "net"));
    CHECK(rn_value_shape(&back, 1).w == 24, "%lld", (long long)rn_value_shape(&back, 1).w);
    CHECK(!rn_net_same(&net, &back), "another size is the same");
    rn_net_free(&back);
    rn_text_free(&text);
    rn_text_free(&again);
    rn_net_free(&net);
}

#define NET(nodes) "{\"input\":[3,8,8],\"nodes\":[" nodes "],\"head\":1}"
#define POOL "{\"op\":\"averagepool\",\"name\":\"pool\",\"inputs\":[0]}"

static void distrusts_its_text(void)
{
    static const struct { const char *text, *fails; } sample[] = {
        { NET(POOL), NULL },
        { NET(""), "no or far too many nodes" },
        { "{\"input\":[3,8],\"nodes\":[" POOL "],\"head\":1}", "not three sizes" },
        { "{\"input\":[3,8,-8],\"nodes\":[" POOL "],\"head\":1}", "size of the input is not possible" },
        { "{\"input\":[3,8,8],\"nodes\":[" POOL "],\"head\":2}", "answer is not the output of a node" },
        { "{\"input\":[3,8,8],\"nodes\":[" POOL "],\"head\":0}", "answer is not the output of a node" },
        { NET("7"), "is not known or has no name" },
        { NET("{\"op\":\"twist\",\"name\":\"a\",\"inputs\":[0]}"), "is not known or has no name" },
        { NET("{\"op\":\"softmax_loss\",\"name\":\"a\",\"inputs\":[0]}"), "is not known or has no name" },
        { NET("{\"op\":\"relu\",\"name\":\"a\",\"inputs\":[0]}"), "a picture of 8x8 pixels" },
        { NET("{\"op\":\"relu\",\"name\":\"a\",\"inputs\":[1]}"), "a value that none before it makes" },
        { NET("{\"op\":\"relu\",\"name\":\"a\",\"inputs\":[0,0]}"), "another number of values" },
        { NET("{\"op\":\"add\",\"name\":\"a\",\"inputs\":[0,0]}"), "reads one value twice" },
        { NET("{\"op\":\"relu\",\"name\":\"a\",\"inputs\":[0],\"speed\":1}"), "an argument is not known" },
        { NET("{\"op\":\"relu\",\"name\":\"a\",\"inputs\":[0],\"bias\":1}"), "an argument is not known" },
        { NET("{\"op\":\"linear\",\"name\":\"a\",\"inputs\":[0],\"filters\":-1}"), "wanted at least 1" },
        { NET("{\"op\":\"linear\",\"name\":\"a\",\"inputs\":[0],\"filters\":4611686018427387904}"),
          "is not possible" },
    };
    for (size_t i = 0; i < sizeof sample / sizeof *sample; i++) {
        rn_net net;
        rn_status status = rn_net_from_json(&net, sample[i].text, 0, 0, "net");
        CHECK(status == (sample[i].fails ? RN_BAD_FILE : RN_OK), "%s: %s", sample[i].text, rn_error_text());
        CHECK(!sample[i].fails || strstr(rn_error_text(), sample[i].fails), "%s: %s", sample[i].text,
              rn_error_text());
        rn_net_free(&net);
    }
}

static void answers_without_dropout(void)
{
    rn_net net, answer;
    make_net(&net);
    rn_status status = rn_net_answer(&answer, &net);
    CHECK(status != RN_OK, "two inputs of 'join' have become one");
    rn_net_free(&answer);
    rn_net_free(&net);
}

int main(void)
{
    comes_back();
    distrusts_its_text();
    answers_without_dropout();
    return check_result();
}
