/* From any weights file that is understood to any format that is written: a format is a row. */
#include "weights/bundle.h"
#include "weights/c_header.h"
#include "weights/onnx.h"
#include "weights/pytorch.h"
#include "weights/safetensors.h"

#include <string.h>

static rn_status write_safetensors(rn_tensor_file *file, const char *path)
{
    return rn_safetensors_write(file, path, NULL);
}

/* `write` is given tensors and facts, `save` the network too. */
static const struct {
    const char *name, *ending[2];
    rn_status (*write)(rn_tensor_file *file, const char *path);
    rn_status (*save)(const rn_bundle *bundle, const char *path);
} format[] = {
    { "safetensors", { ".safetensors" }, write_safetensors, NULL },
    { "pytorch", { ".pth", ".pt" }, rn_torch_write, NULL },
    { "onnx", { ".onnx" }, NULL, rn_onnx_save },
    { "c", { ".h" }, rn_c_header_write, NULL },
};
enum { FORMATS = sizeof format / sizeof *format };

const char *const *rn_file_formats(void)
{
    static const char *name[FORMATS + 1];
    for (int i = 0; i < FORMATS; i++)
        name[i] = format[i].name;
    return name;
}

static bool has_ending(const char *path, const char *ending)
{
    size_t length = strlen(path), tail = ending ? strlen(ending) : length;
    return length > tail && strcmp(path + length - tail, ending) == 0;
}

static rn_status find_format(int *found, const char *name, const char *path)
{
    bool named = name && *name;
    for (*found = 0; *found < FORMATS; ++*found) {
        const char *const *ending = format[*found].ending;
        if (named ? strcmp(format[*found].name, name) == 0
                  : has_ending(path, ending[0]) || has_ending(path, ending[1]))
            return RN_OK;
    }
    if (!named)
        return rn_hint(rn_fail(RN_BAD_ARGUMENT, "%s: its ending tells no format, wanted .safetensors, .pth, "
                               "...", path), "name the format with --to");
    rn_fail(RN_BAD_ARGUMENT, "unknown format '%s'", name);
    const char *like = rn_suggest(name, rn_file_formats());
    return like ? rn_hint(RN_BAD_ARGUMENT, "did you mean '%s'?", like) : RN_BAD_ARGUMENT;
}

static rn_status write(const rn_bundle *bundle, int row, const char *path)
{
    if (format[row].save)
        return format[row].save(bundle, path);
    rn_tensor_file file;
    rn_status status = rn_bundle_list(bundle, &file, path);
    if (status == RN_OK)
        status = format[row].write(&file, path);
    rn_tensor_file_close(&file);
    return status;
}

rn_status rn_file_convert(const char *from, const char *to, const rn_convert_options *options)
{
    int row;
    rn_bundle bundle;
    RN_TRY(find_format(&row, options->format, to));
    if (!options->overwrite && rn_file_exists(to))
        return rn_hint(rn_fail(RN_BAD_ARGUMENT, "%s exists", to), "--force replaces it");
    RN_TRY(rn_bundle_open(&bundle, from, &options->model));
    rn_status status = options->fold ? rn_bundle_fold(&bundle) : RN_OK;
    if (status == RN_OK)
        status = write(&bundle, row, to);
    rn_bundle_close(&bundle);
    return status;
}
