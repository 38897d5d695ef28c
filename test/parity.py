"""The same answers as torchvision: parity.py RESNET PHOTOS

Networks with random weights, saved by PyTorch in its containers, answer for photographs: torchvision from
Pillow's pictures, this program from the files.  The largest difference of two scores must stay below 1e-4 of
the largest score.  Parameters and multiply-adds must be equal.  With RESNET_SLOW in the environment: every
network, container and rule, and all the photographs.
"""

import json
import os
import subprocess
import sys
import tempfile
import time

import numpy
import torch

import torchvision_nets as nets

BOUND = 1e-4
SLOW = bool(os.environ.get("RESNET_SLOW"))
QUICK = [
    # network, containers, rules, photographs
    ("resnet18", ("zip", "stream", "tar"), ("imagenet", "imagenet-v2"), 5),
    ("resnet34", ("tar",), ("imagenet",), 2),
    ("resnet50", ("zip",), ("imagenet-v2",), 2),
    ("resnet101", ("stream",), ("imagenet",), 1),
    ("resnet152", ("zip",), ("imagenet",), 1),
    ("googlenet", ("tar",), ("imagenet",), 3),
    ("vgg16", ("zip",), ("imagenet",), 1),
]
MORE = ("vgg11", "vgg13", "vgg19", "vgg11_bn", "vgg13_bn", "vgg16_bn", "vgg19_bn", "alexnet", "resnext50_32x4d",
        "resnext101_32x8d", "wide_resnet50_2", "wide_resnet101_2")
ALL = 70
EVERYTHING = ([(name, tuple(nets.CONTAINERS), tuple(nets.RESIZE), ALL) for name, *_ in QUICK] +
              [(name, ("zip",), ("imagenet",), 5) for name in MORE])


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit("FAIL %s\n%s" % (" ".join(command[:8]), done.stderr))
    return done.stdout


def check_counts(program, name, net):
    described = json.loads(run(program, "describe", name, *stride(name), "--json"))
    ours, theirs = (described["parameters"], described["multiply_adds"]), nets.counts(net)
    if ours != theirs:
        print("FAIL %s: %d parameters and %d multiply-adds, torchvision has %d and %d" % (name, *ours, *theirs))
    return ours == theirs


def stride(name):
    """Of the networks with bottlenecks only these exist with two places of the stride."""
    return ("--stride-in", "3x3") if name in ("resnet50", "resnet101", "resnet152") else ()


def check_logits(program, folder, name, file, rule, photos, theirs):
    scores = os.path.join(folder, "scores.npy")
    start = time.time()
    run(program, "classify", "--weights", file, *stride(name), "--preprocess", rule, "--logits", scores,
        "--quiet", *photos)
    ours = numpy.load(scores)
    difference = abs(ours - theirs).max() / abs(theirs).max()
    good = ours.shape == theirs.shape and difference < BOUND
    print("%s%-16s %-12s %-12s %2d photos  %.1e of %.3g  %5.1f s" % (
        "" if good else "FAIL ", name, os.path.splitext(file)[1][1:], rule, len(photos), difference,
        abs(theirs).max(), time.time() - start), flush=True)
    return good


def check(program, folder, photos, name, containers, rules, count):
    net = nets.network(name)
    chosen = photos[::max(1, len(photos) // count)][:count]
    good = check_counts(program, name, net)
    theirs = {rule: nets.logits(net, chosen, rule) for rule in rules}
    for container in containers:
        file = os.path.join(folder, "net." + container)
        nets.save(net, file, container)
        for rule in rules:
            good &= check_logits(program, folder, name, file, rule, chosen, theirs[rule])
        os.remove(file)
    return good


def main(program, folder):
    torch.set_num_threads(len(os.sched_getaffinity(0)))
    photos = sorted(os.path.join(folder, name) for name in os.listdir(folder) if name.lower().endswith("jpeg"))
    with tempfile.TemporaryDirectory() as scratch:
        good = [check(program, scratch, photos, *row) for row in (EVERYTHING if SLOW else QUICK)]
    print("PyTorch %s: %d of %d networks agree" % (torch.__version__, sum(good), len(good)))
    return not all(good)


sys.exit(main(*sys.argv[1:]))
