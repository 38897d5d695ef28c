/*
 * The bytes stand in string literals, 64 a line: compilers read these many times faster than lists of
 * numbers.  The array is called as the file, "model.h" -> model, and model_size is the number of its bytes.
 */
#include "weights/c_header.h"
#include "base/text.h"
#include "weights/safetensors.h"

#include <ctype.h>
#include <string.h>

enum { BYTES_A_LINE = 64, FULL = 1 << 16 };

typedef struct {
    rn_output *output;
    rn_text text;               /* not yet written */
} writer;

static rn_status flush(writer *w)
{
    RN_TRY(rn_text_finish(&w->text));
    rn_status status = rn_output_write(w->output, w->text.bytes, w->text.length);
    w->text.length = 0;
    return status;
}

/* An octal number may be short where no octal digit follows it.  No '?', for it may begin a trigraph. */
static void add_line(rn_text *text, const uint8_t *byte, size_t count)
{
    char line[4 * BYTES_A_LINE + 4], *to = line;
    *to++ = '"';
    for (size_t i = 0; i < count; i++) {
        bool plain = byte[i] >= ' ' && byte[i] < 0x7f && !strchr("\"\\?", byte[i]);
        bool digit = i + 1 < count && byte[i + 1] >= '0' && byte[i + 1] <= '7';
        if (plain) {
            *to++ = (char)byte[i];
            continue;
        }
        *to++ = '\\';
        if (digit || byte[i] >= 0100)
            *to++ = (char)('0' + (byte[i] >> 6));
        if (digit || byte[i] >= 010)
            *to++ = (char)('0' + (byte[i] >> 3 & 7));
        *to++ = (char)('0' + (byte[i] & 7));
    }
    *to++ = '"';
    *to++ = '\n';
    rn_text_add_bytes(text, line, (size_t)(to - line));
}

static rn_status add_bytes(void *context, const void *bytes, size_t size)
{
    writer *w = context;
    const uint8_t *next = bytes;
    for (size_t count; size > 0; next += count, size -= count) {
        count = size < BYTES_A_LINE ? size : BYTES_A_LINE;
        add_line(&w->text, next, count);
        if (w->text.length >= FULL)
            RN_TRY(flush(w));
    }
    return RN_OK;
}

/* "DIR/my-net.h" -> "my_net", "18.h" -> "model_18" */
static void choose_name(char *name, size_t size, const char *path)
{
    const char *slash = strrchr(path, '/'), *file = slash ? slash + 1 : path;
    const char *front = isdigit((unsigned char)file[0]) ? "model_" : "";
    snprintf(name, size, "%s%.*s", front, (int)strcspn(file, "."), file);
    for (char *c = name; *c; c++)
        if (!isalnum((unsigned char)*c))
            *c = '_';
}

static rn_status write_all(writer *w, rn_tensor_file *file, const char *name)
{
    const char *model = rn_tensor_file_fact(file, "resnet.model");
    rn_text_add(&w->text,
                "/*\n"
                " * %s, for programs that have no files:\n"
                " *\n"
                " *     rn_model_open_memory(&network, %s, %s_size, NULL);\n"
                " */\n"
                "#ifndef %s_MODEL_H\n#define %s_MODEL_H\n\n"
                "#pragma GCC diagnostic push\n#pragma GCC diagnostic ignored \"-Woverlength-strings\"\n"
                "static const unsigned char %s[] __attribute__((aligned(64))) =\n",
                model ? model : "tensors", name, name, name, name, name);
    RN_TRY(rn_safetensors_give(file, add_bytes, w));
    rn_text_add(&w->text, ";\n#pragma GCC diagnostic pop\n#define %s_size (sizeof %s - 1)\n\n#endif\n", name,
                name);
    return flush(w);
}

rn_status rn_c_header_write(rn_tensor_file *file, const char *path)
{
    char name[256];
    writer w = { 0 };
    choose_name(name, sizeof name, path);
    RN_TRY(rn_output_open(&w.output, path));
    rn_status status = write_all(&w, file, name);
    rn_text_free(&w.text);
    if (status == RN_OK)
        return rn_output_commit(w.output, NULL);
    rn_output_abandon(w.output);
    return status;
}
