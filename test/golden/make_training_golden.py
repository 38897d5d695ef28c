#!/usr/bin/python3
"""Golden values of training: writes src/model/training_golden.h (the only argument is its path).

Ten steps of gradient descent with momentum by PyTorch, for the cases of src/model/training_golden_test.c.
Weights and pictures are not stored: both sides draw them from the streams of that test.
"""
import sys

import numpy
import torch
import torch.nn as nn
import torch.nn.functional as F
from torchvision.models.resnet import BasicBlock, Bottleneck, ResNet

STEPS, CLASSES = 10, 10
RATE, MOMENTUM, DECAY = 0.002, 0.9, 1e-3
MASK = (1 << 64) - 1
GOLDEN = 0x9E3779B97F4A7C15


def mixed(z):
    z = (z ^ (z >> numpy.uint64(30))) * numpy.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> numpy.uint64(27))) * numpy.uint64(0x94D049BB133111EB)
    return z ^ (z >> numpy.uint64(31))


def bits(key, count):
    """rn_random_mix(key, 0 .. count-1)."""
    first = mixed(numpy.array([(key + GOLDEN) & MASK], dtype=numpy.uint64))
    return mixed(first + numpy.arange(1, count + 1, dtype=numpy.uint64) * numpy.uint64(GOLDEN))


def numbers(key, shape):
    """Uniform in [-1, 1)."""
    drawn = (bits(key, int(numpy.prod(shape))) >> numpy.uint64(40)).astype(numpy.float64) * 2.0**-23 - 1
    return torch.tensor(drawn, dtype=torch.float64).reshape(tuple(shape))


def key_of(name):
    """FNV-1a."""
    key = 0xCBF29CE484222325
    for byte in name.encode():
        key = (key ^ byte) * 0x100000001B3 & MASK
    return key


class CifarNet(nn.Module):
    """Section 4.2 with option A: zeros at the end."""

    def __init__(self, n, residual):
        super().__init__()
        self.residual = residual
        self.conv1, self.bn1 = nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16)
        self.stages, before = [], 16
        for stage, filters in enumerate((16, 32, 64)):
            blocks = []
            for i in range(n):
                block = nn.Module()
                block.stride = 2 if stage and not i else 1
                block.conv1 = nn.Conv2d(before, filters, 3, block.stride, 1, bias=False)
                block.conv2 = nn.Conv2d(filters, filters, 3, 1, 1, bias=False)
                block.bn1, block.bn2 = nn.BatchNorm2d(filters), nn.BatchNorm2d(filters)
                block.extra = filters - before
                before = filters
                blocks.append(block)
            self.stages.append(nn.ModuleList(blocks))
            setattr(self, f"layer{stage + 1}", self.stages[-1])
        self.fc = nn.Linear(64, CLASSES)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        for block in (block for stage in self.stages for block in stage):
            y = block.bn2(block.conv2(F.relu(block.bn1(block.conv1(x)))))
            if self.residual:
                y = y + F.pad(x[:, :, ::block.stride, ::block.stride], (0, 0, 0, 0, 0, block.extra))
            x = F.relu(y)
        return self.fc(x.mean((2, 3)))


def bottleneck_of_the_paper(net):
    """The stride in the first 1x1 instead of the 3x3."""
    for module in net.modules():
        if isinstance(module, Bottleneck) and module.stride != 1:
            module.conv1.stride, module.conv2.stride = module.conv2.stride, (1, 1)
    return net


CASES = [
    # name, images, size, network
    ("resnet20", 16, 32, lambda: CifarNet(3, True)),
    ("plain20", 16, 32, lambda: CifarNet(3, False)),
    ("resnet18", 8, 64, lambda: ResNet(BasicBlock, [2, 2, 2, 2], CLASSES)),
    ("resnet50", 8, 64, lambda: bottleneck_of_the_paper(ResNet(Bottleneck, [3, 4, 6, 3], CLASSES))),
]


HEAD = """\
/* Losses by PyTorch VERSION, in double; written by test/golden/make_training_golden.py. */
#ifndef RN_MODEL_TRAINING_GOLDEN_H
#define RN_MODEL_TRAINING_GOLDEN_H

typedef struct {
    const char *model;
    int images, size;
    double loss[10];
} training_case;

static const training_case cases[] = {
"""


def fill(net):
    decayed, others = [], []
    for name, param in net.named_parameters():
        with torch.no_grad():
            if param.dim() == 1:
                ends_branch = name.startswith("layer") and name.endswith(("bn2.weight", "bn3.weight"))
                param.fill_(0.2 if ends_branch else float(name.endswith("weight")))
            else:
                fan_in = param[0].numel()
                param.copy_(numbers(key_of(name), param.shape) * (6 / fan_in) ** 0.5)
        (decayed if param.dim() > 1 else others).append(param)
    return [{"params": decayed, "weight_decay": DECAY}, {"params": others, "weight_decay": 0}]


def batch(step, images, size):
    """Noise on a pattern for each class."""
    label = torch.tensor((bits(key_of("label"), (step + 1) * images)[step * images:] % CLASSES).astype(int))
    noise = numbers(key_of("noise") + step, (images, 3, size, size))
    pattern = numbers(key_of("pattern"), (CLASSES, 3, size, size))
    return (noise + pattern[label]), label


def losses(images, size, make):
    net = make().double().train()
    descent = torch.optim.SGD(fill(net), lr=RATE, momentum=MOMENTUM)
    for step in range(STEPS):
        x, label = batch(step, images, size)
        loss = F.cross_entropy(net(x), label)
        yield loss.item()
        descent.zero_grad()
        loss.backward()
        descent.step()


def main():
    with open(sys.argv[1], "w") as header:
        header.write(HEAD.replace("VERSION", torch.__version__.split("+")[0]))
        for name, images, size, make in CASES:
            rows = [f"{loss:.9f}" for loss in losses(images, size, make)]
            header.write(f'    {{ "{name}", {images}, {size},\n      {{ {", ".join(rows[:5])},\n        '
                         f'{", ".join(rows[5:])} }} }},\n')
        header.write("};\n\n#endif\n")


main()
