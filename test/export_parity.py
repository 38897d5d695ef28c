"""Our files in other programs: export_parity.py RESNET [PHOTOS]

Networks of torchvision with random weights go through `resnet convert` to .pth and .safetensors.  PyTorch loads the
.pth with and without weights_only, torchvision's network takes it strictly, and every tensor is the same bits.
With photographs: the scores of that network and ours from the same file differ by less than 1e-4 of the largest.
"""

import os
import subprocess
import sys
import tempfile

import numpy
import torch

import torchvision_nets as nets

BOUND = 1e-4
NETWORKS = {"resnet18": (), "resnet50": ("--stride-in", "3x3")}


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit("FAIL %s\n%s" % (" ".join(command), done.stderr))


def same(state, wanted, what):
    """Every tensor that was learned or measured, bit for bit, and no other one."""
    wanted = {name: value for name, value in wanted.items() if not name.endswith("num_batches_tracked")}
    good = list(state) and sorted(state) == sorted(wanted)
    good = good and all(torch.equal(state[name], wanted[name]) for name in wanted)
    print("%s%s: %d tensors" % ("" if good else "FAIL ", what, len(state)))
    return good


def check_pytorch(file, net, name):
    good = True
    for weights_only in (True, False):
        state = torch.load(file, weights_only=weights_only)
        good &= same(state, net.state_dict(), "%s, weights_only=%s" % (name, weights_only))
    again = nets.network(name, seed=2)
    again.load_state_dict(state, strict=True)
    picture = torch.randn(1, 3, 224, 224)
    with torch.no_grad():
        good &= torch.equal(again(picture), net(picture))
    return good and vars(state)["resnet.model"] == name


def check_safetensors(file, net, name):
    try:
        from safetensors.torch import load_file
    except ImportError:
        print("%s: the package safetensors is not here, left out" % name)
        return True
    return same(load_file(file), net.state_dict(), name + ", safetensors")


def check_scores(program, file, net, photos, scores):
    run(program, "classify", "--weights", file, "--logits", scores, "--quiet", *photos)
    ours, theirs = numpy.load(scores), nets.logits(net, photos, "imagenet")
    difference = abs(ours - theirs).max() / abs(theirs).max()
    print("%sscores of %d photos: %.1e of %.3g" % ("" if difference < BOUND else "FAIL ", len(photos), difference,
                                                  abs(theirs).max()))
    return difference < BOUND


def check(program, folder, photos, name):
    net = nets.network(name)
    theirs, ours, tensors = (os.path.join(folder, name + end) for end in (".theirs.pth", ".pth", ".safetensors"))
    nets.save(net, theirs)
    run(program, "convert", theirs, ours, "--model", name, *NETWORKS[name], "--preprocess", "imagenet", "--quiet")
    run(program, "convert", ours, tensors, "--quiet")
    good = check_pytorch(ours, net, name) & check_safetensors(tensors, net, name)
    return good & (not photos or check_scores(program, ours, net, photos, os.path.join(folder, "scores.npy")))


def main(program, folder=None):
    torch.set_num_threads(len(os.sched_getaffinity(0)))
    photos = sorted(os.path.join(folder, name) for name in os.listdir(folder) if name.lower().endswith("jpeg"))[:2] \
        if folder else []
    with tempfile.TemporaryDirectory() as scratch:
        good = [check(program, scratch, photos, name) for name in NETWORKS]
    print("PyTorch %s: %d of %d networks agree" % (torch.__version__, sum(good), len(good)))
    return not all(good)


sys.exit(main(*sys.argv[1:]))
