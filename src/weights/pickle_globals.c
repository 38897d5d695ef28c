/*
 * The names that a file of tensors needs, and what calling them gives.  Nothing is ever executed: a call of
 * _rebuild_tensor_v2 becomes a value that describes a tensor, a call of OrderedDict becomes a dictionary.
 */
#include "weights/pickle_machine.h"

#include <string.h>

typedef rn_pickle machine;

static const struct { const char *module, *name; rn_py_role role; } known[] = {
    { "collections", "OrderedDict", RN_ROLE_DICT },
    { "collections", "Counter", RN_ROLE_DICT },
    { "torch._utils", "_rebuild_tensor", RN_ROLE_REBUILD },
    { "torch._utils", "_rebuild_tensor_v2", RN_ROLE_REBUILD },
    { "torch._utils", "_rebuild_tensor_v3", RN_ROLE_REBUILD_TYPED },
    { "torch._utils", "_rebuild_parameter", RN_ROLE_REBUILD_PARAMETER },
    { "torch._utils", "_rebuild_parameter_with_state", RN_ROLE_REBUILD_PARAMETER },
    { "torch.nn.parameter", "Parameter", RN_ROLE_PARAMETER },
    { "torch", "Size", RN_ROLE_SIZE },
    { "torch", "device", RN_ROLE_OTHER },
};

/* Classes of storages and tensors, and torch's words for the types of numbers. */
static const struct { const char *word, *dtype; rn_number_type type; } numbers[] = {
    { "Float", "float32", RN_F32 }, { "Double", "float64", RN_F64 }, { "Half", "float16", RN_F16 },
    { "BFloat16", "bfloat16", RN_BF16 }, { "Long", "int64", RN_I64 }, { "Int", "int32", RN_I32 },
    { "Short", "int16", RN_I16 }, { "Char", "int8", RN_I8 }, { "Byte", "uint8", RN_U8 },
    { "Bool", "bool", RN_BOOL }, { "Untyped", "", RN_OTHER },
};

/* Where the classes of whole models live. */
static const char *const model_homes[] = { "torchvision.models.", "torch.nn.modules.", "timm.", "__main__" };

static bool is(rn_word word, const char *text)
{
    return word.length == strlen(text) && memcmp(word.text, text, word.length) == 0;
}

static bool begins(rn_word word, const char *text)
{
    return word.length >= strlen(text) && memcmp(word.text, text, strlen(text)) == 0;
}

static bool is_name(rn_word word)
{
    for (size_t i = 0; i < word.length; i++)
        if ((uint8_t)word.text[i] <= ' ' || (uint8_t)word.text[i] >= 127)
            return false;
    return word.length > 0 && word.length < 200;
}

static rn_status refuse(const machine *m, rn_word module, rn_word name)
{
    if (!is_name(module) || !is_name(name))
        return rn_pickle_fail(m, "a global name that is none");
    int first = (int)module.length, second = (int)name.length;
    for (size_t i = 0; i < sizeof model_homes / sizeof *model_homes; i++)
        if (begins(module, model_homes[i])) {
            rn_fail(RN_BAD_FILE, "%s: holds a pickled Python object (%.*s.%.*s), not a state_dict", m->path,
                    first, module.text, second, name.text);
            return rn_hint(RN_BAD_FILE, "in Python: torch.save(model.state_dict(), \"weights.pth\")");
        }
    rn_fail(RN_BAD_FILE, "%s: refused: contains code (global \"%.*s.%.*s\" at byte %zu)", m->path, first,
            module.text, second, name.text, m->place);
    return rn_hint(RN_BAD_FILE, "export a plain state_dict or safetensors");
}

/* "torch.FloatStorage", "torch.cuda.FloatTensor", "torch.float32", "torch.storage.UntypedStorage". */
static bool find_numbers(rn_word module, rn_word name, rn_py *value)
{
    if (!is(module, "torch") && !is(module, "torch.cuda") && !is(module, "torch.storage"))
        return false;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        value->as.global.type = numbers[i].type;
        value->as.global.role = RN_ROLE_DTYPE;
        if (is(name, numbers[i].dtype))
            return true;
        if (!begins(name, numbers[i].word))
            continue;
        size_t length = strlen(numbers[i].word);
        rn_word rest = { name.text + length, name.length - length };
        value->as.global.role = is(rest, "Storage") ? RN_ROLE_STORAGE : RN_ROLE_TENSOR;
        if (is(rest, "Storage") || is(rest, "Tensor"))
            return true;
    }
    return false;
}

rn_status rn_pickle_global(machine *m, rn_word module, rn_word name, rn_ref *ref)
{
    rn_py value = { .kind = RN_PY_GLOBAL };
    bool found = find_numbers(module, name, &value);
    for (size_t i = 0; i < sizeof known / sizeof *known && !found; i++) {
        value.as.global.role = known[i].role;
        found = is(module, known[i].module) && is(name, known[i].name);
    }
    if (!found)
        return refuse(m, module, name);
    RN_TRY(rn_pickle_new(m, RN_PY_GLOBAL, ref));
    m->value[*ref] = value;
    return RN_OK;
}

/* Nothing, a dictionary, or (Python 2) a list of lists [key, value]. */
static rn_status make_dict(machine *m, const rn_py *args, rn_ref *result)
{
    if (rn_pickle_item(m, args, 0, RN_PY_DICT)) {
        *result = args->as.item[0];
        return RN_OK;
    }
    const rn_py *pairs = rn_pickle_item(m, args, 0, RN_PY_LIST);
    rn_ref from = pairs ? args->as.item[0] : 0;
    uint32_t count = pairs ? pairs->count : 0;
    RN_TRY(rn_pickle_new(m, RN_PY_DICT, result));
    for (uint32_t i = 0; i < count; i++) {
        const rn_py *pair = &m->value[m->value[from].as.item[i]];
        bool good = (pair->kind == RN_PY_LIST || pair->kind == RN_PY_TUPLE) && pair->count == 2;
        if (!good)
            return rn_pickle_fail(m, "a dictionary made of something else than pairs");
        rn_ref key = pair->as.item[0], value = pair->as.item[1];
        RN_TRY(rn_pickle_append(m, *result, key));
        RN_TRY(rn_pickle_append(m, *result, value));
    }
    return RN_OK;
}

static rn_status describe(machine *m, rn_py_kind kind, rn_ref args, uint32_t at_least, rn_ref *result)
{
    uint32_t count = m->value[args].count;
    if (count < at_least)
        return rn_pickle_fail(m, "a tensor with too few arguments");
    RN_TRY(rn_pickle_new(m, kind, result));
    for (uint32_t i = 0; i < count; i++)
        RN_TRY(rn_pickle_append(m, *result, m->value[args].as.item[i]));
    return RN_OK;
}

rn_status rn_pickle_call(machine *m, rn_ref callable, rn_ref args, rn_ref *result)
{
    const rn_py *function = &m->value[callable], *given = &m->value[args];
    if (function->kind != RN_PY_GLOBAL || given->kind != RN_PY_TUPLE)
        return rn_pickle_fail(m, "a call of something else than a known name");
    switch (function->as.global.role) {
    case RN_ROLE_DICT:
        return make_dict(m, given, result);
    case RN_ROLE_REBUILD:
        return describe(m, RN_PY_TENSOR, args, 4, result);
    case RN_ROLE_REBUILD_TYPED:
        return describe(m, RN_PY_TENSOR, args, 7, result);
    case RN_ROLE_PARAMETER:
        return describe(m, RN_PY_PARAMETER, args, 0, result);
    case RN_ROLE_REBUILD_PARAMETER:
        return describe(m, RN_PY_PARAMETER, args, 1, result);
    case RN_ROLE_SIZE:
        if (!rn_pickle_item(m, given, 0, RN_PY_TUPLE))
            return rn_pickle_fail(m, "a size that is not a tuple");
        *result = given->as.item[0];
        return RN_OK;
    case RN_ROLE_OTHER:
        return rn_pickle_new(m, RN_PY_OTHER, result);
    default:
        return rn_pickle_fail(m, "a call of something that cannot be called");
    }
}

/* A parameter without data takes the first part of its state (2016).  A dictionary's state is its __dict__,
 * where our writer puts what is no parameter and PyTorch _metadata: it joins the items. */
rn_status rn_pickle_build(machine *m, rn_ref object, rn_ref state)
{
    const rn_py *to = &m->value[object], *from = &m->value[state];
    if (to->kind == RN_PY_PARAMETER && to->count == 0 && from->kind == RN_PY_TUPLE && from->count > 0)
        return rn_pickle_append(m, object, from->as.item[0]);
    bool joins = to->kind == RN_PY_DICT && from->kind == RN_PY_DICT && object != state;
    for (uint32_t i = 0, count = from->count; joins && i < count; i++)
        RN_TRY(rn_pickle_append(m, object, m->value[state].as.item[i]));
    return RN_OK;
}
