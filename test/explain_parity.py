"""Compare `resnet explain --json` and `resnet features` with PyTorch.

usage: explain_parity.py RESNET MODEL.safetensors PICTURE...

The network is built here from the paper's text: 6n+2 layers, option A's shortcuts.
"""
import json
import struct
import subprocess
import sys
import tempfile

import numpy
import torch
from PIL import Image
from torch.nn import functional as F


def read_safetensors(path):
    with open(path, "rb") as file:
        head = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        data = file.read()
    facts = head.pop("__metadata__", {})
    tensors = {}
    for name, about in head.items():
        begin, end = about["data_offsets"]
        numbers = numpy.frombuffer(data[begin:end], numpy.float32).reshape(about["shape"])
        tensors[name] = torch.from_numpy(numbers.copy())
    return tensors, facts


class Network:
    """Runs the network and keeps the value of every block and of every layer by name."""

    def __init__(self, tensors, blocks):
        self.tensors, self.blocks = tensors, blocks

    def conv_bn(self, scope, conv, norm, x, stride):
        t = self.tensors
        x = F.conv2d(x, t[f"{scope}{conv}.weight"], stride=stride, padding=1)
        self.values[scope + conv] = x
        part = [t[f"{scope}{norm}.{name}"] for name in ("running_mean", "running_var", "weight", "bias")]
        return F.batch_norm(x, *part)

    def run(self, x):
        self.values = {}
        x = F.relu(self.conv_bn("", "conv1", "bn1", x, 1))
        for stage in range(3):
            for block in range(self.blocks):
                stride = 2 if stage and block == 0 else 1
                scope = f"layer{stage + 1}.{block}."
                f = F.relu(self.conv_bn(scope, "conv1", "bn1", x, stride))
                f = self.conv_bn(scope, "conv2", "bn2", f, 1)
                if stride == 2:
                    x = x[:, :, ::2, ::2]
                    x = F.pad(x, (0, 0, 0, 0, 0, f.shape[1] - x.shape[1]))
                x = F.relu(f + x)
                self.values[scope[:-1]] = self.values[scope[:6]] = x
        self.values["avgpool"] = x.mean((2, 3))
        return F.linear(self.values["avgpool"], self.tensors["fc.weight"], self.tensors["fc.bias"])

    def heat(self, x, layer, chosen):
        scores = self.run(x)
        value = self.values[layer]
        grad, = torch.autograd.grad(scores[0, chosen], value)
        return F.relu((grad.mean((2, 3), keepdim=True) * value).sum(1))[0].detach().numpy()


def read_picture(path, tensors, facts):
    rule = json.loads(facts["resnet.preprocess"])
    pixels = numpy.asarray(Image.open(path).convert("RGB"), numpy.float32) * rule["scale"]
    x = torch.from_numpy(pixels.transpose(2, 0, 1).copy())
    return (x - tensors["preprocess.mean_image"].reshape(x.shape)).unsqueeze(0).requires_grad_()


def relative(ours, wanted):
    return float(numpy.abs(ours - wanted).max() / max(numpy.abs(wanted).max(), 1e-6))


CASES = [("layer3", None), ("layer3", 4), ("layer2.1", 1), ("layer1.0.conv2", 7), ("conv1", 2)]


def main(out, resnet, model, pictures):
    tensors, facts = read_safetensors(model)
    network = Network(tensors, (int(facts["resnet.model"][6:]) - 2) // 6)
    worst = 0
    for picture in pictures:
        x = read_picture(picture, tensors, facts)
        for layer, chosen in CASES:
            command = [resnet, "explain", picture, "-w", model, "--layer", layer, "--json", "-o", out + "/cam.png"]
            command += [] if chosen is None else ["--class", str(chosen)]
            answer = json.loads(subprocess.check_output(command))
            wanted = network.heat(x, layer, answer["class"])
            difference = relative(numpy.array(answer["heat"]), wanted)
            worst = max(worst, difference)
            if difference > 1e-3:
                sys.exit(f"{picture}, {layer}, class {answer['class']}: the heat differs by {difference:.2g}")
    for layer in ["avgpool", "layer2", "layer1.0.conv2"]:
        command = [resnet, "features", *pictures, "-w", model, "--layer", layer, "-o", out + "/f.npy"]
        subprocess.check_output(command)
        ours = numpy.load(out + "/f.npy")
        for row, picture in enumerate(pictures):
            network.run(read_picture(picture, tensors, facts))
            difference = relative(ours[row], network.values[layer][0].detach().numpy())
            worst = max(worst, difference)
            if difference > 1e-3:
                sys.exit(f"{picture}, {layer}: the features differ by {difference:.2g}")
    print(f"{len(pictures)} pictures, largest relative difference {worst:.2g}")


with tempfile.TemporaryDirectory() as folder:
    main(folder, sys.argv[1], sys.argv[2], sys.argv[3:])
