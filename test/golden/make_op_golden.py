#!/usr/bin/python3
"""Golden values of the operations, from PyTorch: writes src/op/op_golden.h (the only argument is its path).

Inputs are not stored: both sides draw them from the streams of src/op/cases.h (rn_case_fill).  For each case
the numbers are: output, gradients of inputs, gradients of learned parameters, running statistics afterwards.
"""
import sys
import textwrap

import torch
import torch.nn.functional as F

MASK = (1 << 64) - 1
GOLDEN = 0x9E3779B97F4A7C15
KEY, FIRST_IMAGE = 7, 3  # of rn_case_open
RN_MAX_INPUTS = 4


def mixed(z):
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)


def mix(key, index):
    """rn_random_mix."""
    return mixed((mixed((key + GOLDEN) & MASK) + (index + 1) * GOLDEN) & MASK)


def numbers(stream, shape):
    count = torch.Size(shape).numel()
    drawn = [(mix(stream, i) >> 40) * 2.0**-23 - 1 for i in range(count)]
    return torch.tensor(drawn, dtype=torch.float64).reshape(shape)


def bias(p):
    return p[1].flatten() if len(p) > 1 else None


def conv2d(x, p, a):
    return F.conv2d(x, p[0], bias(p), a.get("stride", 1),
                    (a.get("pad_h", 0), a.get("pad_w", 0)), a.get("dilation", 1), a.get("groups", 1))


def linear(x, p, a):
    return F.linear(x.flatten(1), p[0].flatten(1), bias(p))[:, :, None, None]


def maxpool(x, p, a):
    if "bins" in a:
        return F.adaptive_max_pool2d(x, a["bins"])
    return F.max_pool2d(x, (a["kernel_h"], a["kernel_w"]), a["stride"], (a["pad_h"], a["pad_w"]),
                        ceil_mode=a.get("ceil_mode", False))


def averagepool(x, p, a):
    if "bins" in a or a["kernel_h"] == 0:
        return F.adaptive_avg_pool2d(x, a.get("bins", 1))
    return F.avg_pool2d(x, (a["kernel_h"], a["kernel_w"]), a["stride"], (a["pad_h"], a["pad_w"]),
                        ceil_mode=a.get("ceil_mode", False), count_include_pad=a.get("count_pad", False))


def pad_shortcut(x, p, a):
    extra = a["filters"] - x.shape[1]
    before = extra // 2 if a.get("place") == "RN_PLACE_SPLIT" else 0
    return F.pad(x[:, :, ::a["stride"], ::a["stride"]], (0, 0, 0, 0, before, extra - before))


def softmax_loss(x, p, a):
    label = torch.tensor([mix(20, n) % x.shape[1] for n in range(x.shape[0])])
    return F.cross_entropy(x.flatten(1), label, reduction="none")[:, None, None, None]


def dropout(x, p, a):
    begin = FIRST_IMAGE * x[0].numel()
    keep = [(mix(KEY, begin + i) >> 11) * 2.0**-53 >= a["rate"] for i in range(x.numel())]
    return x * torch.tensor(keep).reshape(x.shape) / (1 - a["rate"])


def highway(h, t, x, p, a):
    gate = torch.sigmoid(t + p[0].reshape(1, -1, 1, 1))
    return gate * h + (1 - gate) * x


def batchnorm(x, p, a, groups=1, evaluating=False):
    """Each group of images in turn, each from the old running statistics; their mean is the new one."""
    training = not evaluating and not a.get("frozen", False)
    cuts = [len(x) * g // groups for g in range(groups + 1)]
    outputs, means, variances = [], [], []
    for begin, end in zip(cuts, cuts[1:]):
        mean, variance = p[2].detach().flatten().clone(), p[3].detach().flatten().clone()
        outputs.append(F.batch_norm(x[begin:end], mean, variance, p[0].flatten(), p[1].flatten(), training,
                                    a["momentum"], a["epsilon"]))
        means.append(mean)
        variances.append(variance)
    with torch.no_grad():
        p[2].copy_(torch.stack(means).mean(0).reshape(p[2].shape))
        p[3].copy_(torch.stack(variances).mean(0).reshape(p[3].shape))
    return torch.cat(outputs)


def no_params(x, a):
    return []


def filter_params(x, a):
    kernel = (x[1] // a.get("groups", 1), a["kernel_h"], a["kernel_w"])
    return [(a["filters"], *kernel)] + [(a["filters"], 1, 1, 1)] * a.get("bias", False)


def linear_params(x, a):
    return [(a["filters"], x[1] * x[2] * x[3], 1, 1)] + [(a["filters"], 1, 1, 1)] * a.get("bias", False)


OPS = {
    # name: (inputs, function, parameter shapes)
    "conv2d": (1, conv2d, filter_params),
    "batchnorm": (1, batchnorm, lambda x, a: [(x[1], 1, 1, 1)] * 4),
    "relu": (1, lambda x, p, a: F.relu(x), no_params),
    "add": (2, lambda x, y, p, a: x + y, no_params),
    "linear": (1, linear, linear_params),
    "maxpool": (1, maxpool, no_params),
    "averagepool": (1, averagepool, no_params),
    "pad_shortcut": (1, pad_shortcut, no_params),
    "softmax_loss": (1, softmax_loss, no_params),
    "dropout": (1, dropout, no_params),
    "concat": (RN_MAX_INPUTS, lambda *x: torch.cat(x[:-2], 1), no_params),
    "highway": (3, highway, lambda x, a: [(x[1], 1, 1, 1)]),
    "prelu": (1, lambda x, p, a: F.prelu(x, p[0].flatten()), lambda x, a: [(x[1], 1, 1, 1)]),
}


def window(kernel, stride, pad, **more):
    return dict(kernel_h=kernel, kernel_w=kernel, stride=stride, pad_h=pad, pad_w=pad, **more)


def conv(filters, kernel, stride, pad, **more):
    return dict(filters=filters, **window(kernel, stride, pad), **more)


NORM = dict(epsilon=1e-5, momentum=0.1)

CASES = [
    # operation, input shape, arguments, further fields of rn_case
    ("conv2d", (2, 3, 6, 5), conv(4, 3, 1, 1)),
    ("conv2d", (2, 3, 7, 6), conv(4, 3, 2, 1, bias=True)),
    ("conv2d", (2, 6, 4, 5), conv(5, 1, 1, 0)),
    ("conv2d", (1, 4, 7, 5), conv(6, 1, 2, 0)),
    ("conv2d", (1, 3, 11, 9), conv(2, 7, 2, 3)),
    ("conv2d", (1, 2, 8, 7), conv(3, 5, 1, 2, bias=True)),
    ("conv2d", (1, 6, 7, 8), conv(4, 3, 2, 2, dilation=2, groups=2)),
    ("conv2d", (2, 4, 5, 5), conv(4, 3, 1, 1, groups=4)),
    ("conv2d", (1, 2, 5, 6), dict(filters=3, kernel_h=1, kernel_w=3, stride=1, pad_w=1)),
    ("batchnorm", (4, 3, 3, 4), NORM),
    ("batchnorm", (5, 3, 2, 3), NORM, dict(groups=2)),
    ("batchnorm", (2, 3, 3, 2), NORM, dict(evaluating=True)),
    ("batchnorm", (2, 3, 3, 2), dict(NORM, frozen=True)),
    ("relu", (2, 3, 4, 3), {}),
    ("add", (2, 3, 4, 3), {}),
    ("prelu", (2, 3, 4, 3), {}),
    ("concat", (2, 3, 4, 3), {}),
    ("highway", (2, 3, 4, 3), {}),
    ("linear", (3, 5, 2, 1), dict(filters=7, bias=True)),
    ("linear", (2, 6, 1, 1), dict(filters=4)),
    ("maxpool", (2, 2, 7, 6), window(3, 2, 1)),
    ("maxpool", (1, 2, 6, 8), window(3, 2, 0, ceil_mode=True)),
    ("maxpool", (1, 2, 6, 7), window(2, 3, 1, ceil_mode=True)),
    ("maxpool", (1, 3, 7, 5), dict(bins=3)),
    ("maxpool", (1, 2, 3, 4), dict(bins=5)),
    ("averagepool", (2, 3, 4, 5), dict(kernel_h=0)),
    ("averagepool", (1, 3, 7, 5), dict(bins=3)),
    ("averagepool", (1, 2, 3, 4), dict(bins=5)),
    ("averagepool", (1, 2, 6, 7), window(3, 2, 1)),
    ("averagepool", (1, 2, 6, 7), window(3, 2, 1, count_pad=True)),
    ("averagepool", (1, 2, 8, 8), window(3, 2, 1, count_pad=True, ceil_mode=True)),
    ("averagepool", (1, 2, 8, 8), window(3, 2, 0, ceil_mode=True)),
    ("pad_shortcut", (1, 4, 5, 4), dict(filters=8, stride=2)),
    ("pad_shortcut", (1, 4, 5, 4), dict(filters=8, stride=2, place="RN_PLACE_SPLIT")),
    ("softmax_loss", (4, 10, 1, 1), {}),
    ("dropout", (2, 8, 2, 2), dict(rate=0.3)),
]


def run(name, shape, args, fields):
    inputs, function, param_shapes = OPS[name]
    x = [numbers(i, shape).requires_grad_() for i in range(inputs)]
    p = [numbers(10 + i, s) for i, s in enumerate(param_shapes(shape, args))]
    learned = p
    if name == "batchnorm":
        p[3] = 1 + 0.5 * p[3]
        learned = p[:2]
    for one in learned:
        one.requires_grad_()
    y = function(*x, p, args, **fields)
    y.backward(numbers(30, y.shape))
    return [y.detach()] + [t.grad for t in x + learned] + p[len(learned):]


def c_value(value):
    return str(value).lower() if isinstance(value, bool) else str(value)


def fill(words, indent):
    """Words and commas in lines of at most 100 characters."""
    text = textwrap.fill(", ".join(w.replace(" ", "~") for w in words), 100, initial_indent=indent,
                         subsequent_indent=indent, break_on_hyphens=False)
    return text.replace("~", " ")


def c_number(value):
    text = "%.7g" % value
    return text + "f" if "." in text or "e" in text else text


def c_row(name, shape, args, fields):
    shapes = ", ".join(["{ %s }" % ", ".join(map(str, shape))] * OPS[name][0])
    args_text = fill([".%s = %s" % (k, c_value(v)) for k, v in args.items()] or [".filters = 0"], " " * 16)
    more = "".join(" .%s = %s," % (k, c_value(v)) for k, v in fields.items())
    return "    { .op = &rn_op_%s, .input = { %s },%s\n      .args = { %s } }," % (
        name, shapes, more, args_text.strip())


def main(path):
    rows, lines = [], []
    for name, shape, args, *rest in CASES:
        fields = rest[0] if rest else {}
        rows.append(c_row(name, shape, args, fields))
        lines.append("    /* %s */" % name)
        for tensor in run(name, shape, args, fields):
            lines.append(fill(map(c_number, tensor.flatten().tolist()), "    ") + ",")
    with open(path, "w") as out:
        out.write("/* Written by test/golden/make_op_golden.py from PyTorch %s. */\n" % torch.__version__)
        out.write("#ifndef RN_OP_OP_GOLDEN_H\n#define RN_OP_OP_GOLDEN_H\n\n")
        out.write('#include "op/cases.h"\n\n')
        out.write("static const rn_case golden_case[] = {\n%s\n};\n\n" % "\n".join(rows))
        out.write("static const float golden_number[] = {\n%s\n};\n\n#endif\n" % "\n".join(lines))


main(sys.argv[1])
