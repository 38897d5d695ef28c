/* Every format that is written is read again as the same model; the C header holds the model file's bytes. */
#include "base/check_files.h"
#include "base/memory.h"
#include "base/text.h"
#include "weights/bundle.h"
#include "weights/pytorch.h"

#include <string.h>

static char *const names[] = { "one", "two \"2\"", "\xc3\xa9t\xc3\xa9?" };

static rn_bundle bundle;        /* resnet8 with everything that a bundle can have */

static void open_full(void)
{
    rn_architecture a = { .model = "resnet8", .classes = 3, .shortcut = RN_SHORTCUT_A_SPLIT };
    CHECK_OK(rn_bundle_new(&bundle, &a, 7));
    CHECK_OK(rn_preprocess_named(&bundle.preprocess, "paper-cifar"));
    CHECK_OK(rn_bundle_set_classes(&bundle, names, 3));
    CHECK_OK(rn_copy_text(&bundle.recipe, "{\"lr\":0.1}"));
    CHECK_OK(rn_copy_text(&bundle.training, "{\"iteration\":12}"));
    CHECK_OK(rn_new(&bundle.preprocess.mean_image, 3 * 32 * 32));
    for (int i = 0; i < 3 * 32 * 32; i++)
        bundle.preprocess.mean_image[i] = (float)i;
    CHECK_OK(rn_bundle_save(&bundle, check_path("model.safetensors"), NULL));
}

static bool same_file(const char *a, const char *b)
{
    rn_map x, y;
    CHECK_OK(rn_map_open(&x, a));
    CHECK_OK(rn_map_open(&y, b));
    bool same = x.size == y.size && memcmp(x.bytes, y.bytes, x.size) == 0;
    rn_map_close(&x);
    rn_map_close(&y);
    return same;
}

/* By way of PyTorch's format and back to the same bytes: nothing is lost. */
static void loses_nothing(void)
{
    static const rn_convert_options plain = { 0 }, named = { .format = "pytorch" };
    CHECK_OK(rn_file_convert(check_path("model.safetensors"), check_path("model.pth"), &plain));
    CHECK_OK(rn_file_convert(check_path("model.pth"), check_path("back.safetensors"), &plain));
    CHECK(same_file(check_path("model.safetensors"), check_path("back.safetensors")), "by way of .pth");
    CHECK_OK(rn_file_convert(check_path("model.safetensors"), check_path("model.weights"), &named));
    CHECK(same_file(check_path("model.pth"), check_path("model.weights")), "the format by its name");
}

/* The bytes of the string literals of a header. */
static void read_literals(rn_text *bytes, const char *text)
{
    const char *c = strstr(text, "=\n\"");
    for (bool inside = false; inside || *c != ';'; c++) {
        char byte = *c;
        if (byte == '"') {
            inside = !inside;
            continue;
        }
        if (byte == '\\') {
            char octal[4] = { 0 };
            size_t digits = strspn(c + 1, "01234567");
            memcpy(octal, c + 1, digits < 3 ? digits : 3);
            byte = (char)strtol(octal, NULL, 8);
            c += strlen(octal);
        }
        if (inside)
            rn_text_add_bytes(bytes, &byte, 1);
    }
    CHECK_OK(rn_text_finish(bytes));
}

static void becomes_a_header(void)
{
    static const rn_convert_options plain = { 0 };
    rn_map header, model;
    rn_text bytes = { 0 };
    CHECK_OK(rn_file_convert(check_path("model.safetensors"), check_path("1 net.h"), &plain));
    CHECK_OK(rn_map_open(&header, check_path("1 net.h")));
    CHECK_OK(rn_map_open(&model, check_path("model.safetensors")));
    char *text;
    CHECK_OK(rn_copy_text_part(&text, (const char *)header.bytes, header.size));
    CHECK(strstr(text, "char model_1_net[]") && strstr(text, "#define model_1_net_size"), "%.400s", text);
    CHECK(!strchr(strstr(text, "=\n\""), '?'), "a question mark may begin a trigraph");
    read_literals(&bytes, text);
    CHECK(bytes.length == model.size && memcmp(bytes.bytes, model.bytes, model.size) == 0,
          "%zu bytes, not %zu", bytes.length, model.size);
    rn_bundle inside;
    CHECK_OK(rn_bundle_open_memory(&inside, bytes.bytes, bytes.length, NULL));
    CHECK(strcmp(inside.class_name[1], names[1]) == 0, "%s", inside.class_name[1]);
    rn_bundle_close(&inside);
    CHECK(rn_bundle_open_memory(&inside, bytes.bytes, bytes.length - 1, NULL) == RN_BAD_FILE, "cut short");
    CHECK(strncmp(rn_error_text(), "model in memory: ", 17) == 0, "%s", rn_error_text());
    CHECK(rn_bundle_open_memory(&inside, bytes.bytes, 0, NULL) == RN_BAD_FILE, "nothing at all");
    rn_free(text);
    rn_text_free(&bytes);
    rn_map_close(&header);
    rn_map_close(&model);
}

static void fails(const char *from, const char *to, const rn_convert_options *options, const char *text)
{
    rn_status status = rn_file_convert(check_path(from), check_path(to), options);
    CHECK(status == RN_BAD_ARGUMENT, "%s to %s: %s", from, to, rn_error_text());
    CHECK(strstr(rn_error_text(), text), "\"%s\" does not say \"%s\"", rn_error_text(), text);
}

static void refuses(void)
{
    static const rn_convert_options plain = { 0 }, wrong = { .format = "pytorhc" };
    static const rn_convert_options over = { .overwrite = true };
    const char *model = "model.safetensors", *lost = "no/new.pth";
    fails(model, "model.pth", &plain, "exists");
    CHECK(strstr(rn_error_hint(), "--force"), "%s", rn_error_hint());
    CHECK_OK(rn_file_convert(check_path(model), check_path("model.pth"), &over));
    fails(model, "model.xyz", &plain, "its ending tells no format");
    fails(model, "new.pth", &wrong, "unknown format 'pytorhc'");
    CHECK(strstr(rn_error_hint(), "pytorch"), "%s", rn_error_hint());
    CHECK(rn_file_convert(check_path("none"), check_path("new.pth"), &plain) == RN_IO, "%s", rn_error_text());
    CHECK(rn_file_convert(check_path(model), check_path(lost), &plain) == RN_IO, "%s", rn_error_text());
}

/* A file that holds nothing but tensors asks for the rest, and with it becomes a whole model. */
static void completes_a_foreign_file(void)
{
    rn_convert_options options = { 0 };
    rn_bundle before, after;
    rn_tensor_file file;
    CHECK_OK(rn_bundle_new(&before, &(rn_architecture){ .model = "resnet8" }, 1));
    CHECK_OK(rn_bundle_list(&before, &file, "bare"));
    for (int i = 0; i < file.facts; i++) {
        rn_free(file.fact[i].key);
        rn_free(file.fact[i].value);
    }
    file.facts = 0;
    CHECK_OK(rn_torch_write(&file, check_path("bare.pth")));
    rn_tensor_file_close(&file);
    fails("bare.pth", "whole.safetensors", &options, "does not tell which network it is");
    options.model = (rn_model_options){ .architecture = { .model = "resnet8", .shortcut = RN_SHORTCUT_A },
                                        .preprocess = "cifar-imagenet-norm" };
    CHECK_OK(rn_file_convert(check_path("bare.pth"), check_path("whole.safetensors"), &options));
    CHECK_OK(rn_bundle_open(&after, check_path("whole.safetensors"), NULL));
    CHECK(strcmp(after.preprocess.name, "cifar-imagenet-norm") == 0, "%s", after.preprocess.name);
    size_t bytes = (size_t)before.weights.count * sizeof(float);
    CHECK(memcmp(before.weights.values, after.weights.values, bytes) == 0, "values");
    rn_bundle_close(&before);
    rn_bundle_close(&after);
}

static void survives_failed_allocations(void)
{
    static const char *const target[] = { "a.pth", "a.h", "a.safetensors" };
    static const rn_convert_options over = { .overwrite = true };
    for (size_t i = 0; i < sizeof target / sizeof *target; i++) {
        rn_status status = RN_NO_MEMORY;
        long k;
        for (k = 1; status != RN_OK && k < 100000; k += k < 40 ? 1 : 37) {
            rn_memory_fail_at(k, false);
            status = rn_file_convert(check_path("model.safetensors"), check_path(target[i]), &over);
            rn_memory_fail_at(0, false);
            CHECK(status == RN_OK || status == RN_NO_MEMORY, "%s, allocation %ld: %s", target[i], k,
                  rn_error_text());
        }
        CHECK(status == RN_OK, "%s: %ld allocations", target[i], k);
    }
}

int main(void)
{
    check_folder_open();
    open_full();
    loses_nothing();
    becomes_a_header();
    refuses();
    completes_a_foreign_file();
    survives_failed_allocations();
    rn_bundle_close(&bundle);
    check_folder_close();
    return check_result();
}
